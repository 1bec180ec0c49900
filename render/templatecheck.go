package render

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"text/template"
	"text/template/parse"

	"netstat/fact"
)

// templateCheck walks through a template before it is executed. It finds names
// that no record has, and makes actions show absent fields as nothing.
type templateCheck struct {
	names map[string]bool
	// json is set if JSON names are accepted and not added to names yet:
	// most templates name only facts.
	json    bool
	defined func(name string) *template.Template
	// all lists the facts that can be named, facts those that the template
	// names, under the names it uses.
	all, facts []fact.Fact
	err        error
}

func (c *templateCheck) templates(t *template.Template) {
	for _, part := range t.Templates() {
		if part.Tree != nil {
			c.node(part.Root)
		}
	}
}

// known reports whether some record has a field of that name.
func (c *templateCheck) known(name string) bool {
	if c.json && !c.names[name] {
		addFieldNames(c.names)
		c.json = false
	}
	return c.names[name]
}

// fact reports whether a name is a fact, and adds the fact to facts.
func (c *templateCheck) fact(name string) bool {
	f := fact.Named(c.all, name)
	if f == nil {
		return false
	}
	for i := range c.facts {
		if c.facts[i].Name == name {
			return true
		}
	}
	named := *f
	named.Name = name
	c.facts = append(c.facts, named)
	return true
}

func (c *templateCheck) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		c.node(n)
	}
}

func (c *templateCheck) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		c.list(n)
	case *parse.ActionNode:
		c.pipe(n.Pipe)
		if len(n.Pipe.Decl) == 0 {
			show := parse.NewIdentifier(templateShow).SetPos(n.Pos)
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{show}})
		}
	case *parse.IfNode:
		c.branch(&n.BranchNode)
	case *parse.RangeNode:
		c.branch(&n.BranchNode)
	case *parse.WithNode:
		c.branch(&n.BranchNode)
	case *parse.TemplateNode:
		if c.defined(n.Name) == nil && c.err == nil {
			c.err = errors.New("template: undefined template " + strconv.Quote(n.Name))
		}
		c.pipe(n.Pipe)
	case *parse.PipeNode:
		c.pipe(n)
	case *parse.FieldNode:
		c.fields(n.Ident)
	case *parse.VariableNode:
		c.fields(n.Ident[1:])
	case *parse.ChainNode:
		c.node(n.Node)
		c.fields(n.Field)
	}
}

func (c *templateCheck) branch(n *parse.BranchNode) {
	c.pipe(n.Pipe)
	c.list(n.List)
	c.list(n.ElseList)
}

func (c *templateCheck) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, command := range p.Cmds {
		for _, arg := range command.Args {
			c.node(arg)
		}
	}
}

func (c *templateCheck) fields(names []string) {
	for i, name := range names {
		if i == 0 && c.fact(name) || c.known(name) || c.err != nil {
			continue
		}
		c.err = errors.New("template: unknown field '" + name + "'" + fact.DidYouMean(c.near(name)))
	}
}

// near returns the fields with similar names.
func (c *templateCheck) near(name string) []string {
	for i := range c.all {
		c.names[c.all[i].Name] = true
	}
	return fact.Near(name, slices.Sorted(maps.Keys(c.names)))
}
