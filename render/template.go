package render

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
	"time"

	"netstat/internal/ascii"
	"netstat/schema"
	"netstat/view"
)

// templateReport executes a template of text/template for each record. Its data
// are plain maps, lists, texts, numbers and true or false, by the names of JSON:
// there is nothing in them that does anything.
type templateReport struct {
	*report
	tree *template.Template
	json []byte
	out  templateOut
}

// templateLimit is how much text one record may make: all of it is kept until it is
// known that the template does not fail.
const templateLimit = 16 << 20

var errTemplateLimit = errors.New("a record makes more than 16 MiB of text")

// templateOut gathers what a template writes, up to a limit.
type templateOut struct {
	b     []byte
	limit int
}

func (o *templateOut) Write(b []byte) (int, error) {
	if len(b) > o.limit-len(o.b) {
		return 0, errTemplateLimit
	}
	o.b = append(o.b, b...)
	return len(b), nil
}

const templateName = "template"

func newTemplate(r *report, f Format) (Renderer, error) {
	t := template.New(templateName).Funcs(template.FuncMap{
		templateShow: showAbsent,
		"json":       templateJSON,
		"join":       templateJoin,
		"default":    templateDefault,
		"len":        templateLen,
		"index":      templateIndex,
		"print":      func(args ...any) (string, error) { return templatePrint(args, fmt.Sprint) },
		"println":    func(args ...any) (string, error) { return templatePrint(args, fmt.Sprintln) },
		"printf": func(format string, args ...any) (string, error) {
			return templatePrint(args, func(args ...any) string { return fmt.Sprintf(format, args...) })
		},
	}).Funcs(templateComparisons())
	if _, err := t.Parse(unescape(f.argument)); err != nil {
		return nil, templateError(err)
	}
	check := templateCheck{names: map[string]bool{}, defined: t.Lookup}
	if g := r.options.Grouping; g != nil {
		for i := range r.columns {
			check.names[r.columns[i].Name] = true
		}
		check.names["netns"], check.names["change"] = true, true
	} else {
		for name := range strings.FieldsSeq(fieldNames) {
			check.names[name] = true
		}
	}
	for _, part := range t.Templates() {
		if part.Tree != nil {
			check.node(part.Root)
		}
	}
	if check.err != nil {
		return nil, check.err
	}
	return &templateReport{report: r, tree: t}, nil
}

func (t *templateReport) Begin(time.Time) error { return t.err }

func (t *templateReport) Record(rec *view.Record) error {
	t.json = t.appendRecord(t.json[:0], rec)
	data := schema.NewReader(t.json).Value(templateText)
	t.out.b = t.b
	before := len(t.b)
	t.out.limit = before + templateLimit
	err := t.tree.Execute(&t.out, data)
	t.b = t.out.b
	if err != nil {
		// What the records before it wrote is shown.
		t.b = t.b[:before]
		if t.flush() == nil {
			t.err = templateError(err)
		}
		return t.err
	}
	if len(t.b) > before {
		t.b = append(t.b, '\n')
	}
	return t.wrote()
}

func (t *templateReport) Problem(error) {}
func (t *templateReport) End() error    { return t.flush() }

// templateText makes a text from outside safe for a terminal.
func templateText(s string) string {
	return string(ascii.AppendSafe(make([]byte, 0, len(s)), s))
}

// unescape takes \n, \t and \\ outside of actions for what they mean, since a
// shell makes it hard to write them otherwise.
func unescape(s string) string {
	var b strings.Builder
	for {
		text, rest, action := strings.Cut(s, "{{")
		for i := 0; i < len(text); i++ {
			if text[i] == '\\' && i+1 < len(text) {
				if k := strings.IndexByte(`nt\`, text[i+1]); k >= 0 {
					b.WriteByte("\n\t\\"[k])
					i++
					continue
				}
			}
			b.WriteByte(text[i])
		}
		if !action {
			return b.String()
		}
		action2, rest2, ends := strings.Cut(rest, "}}")
		b.WriteString("{{" + action2)
		if !ends {
			return b.String()
		}
		b.WriteString("}}")
		s = rest2
	}
}

// templateError makes one line of an error of a template, without what only
// repeats where it comes from.
func templateError(err error) error {
	if errors.Is(err, errTemplateLimit) {
		return errors.New("template: " + errTemplateLimit.Error())
	}
	text := err.Error()
	var exec template.ExecError
	if errors.As(err, &exec) && exec.Err != nil {
		text = exec.Err.Error()
	}
	text = strings.TrimPrefix(text, "template: ")
	if rest, ok := strings.CutPrefix(text, templateName+":"); ok {
		text = rest
	}
	if before, rest, ok := strings.Cut(text, ` executing "`); ok {
		if _, at, ok := strings.Cut(rest, `" at <`); ok {
			text = before + " at <" + at
		}
	}
	return errors.New("template:" + string(ascii.AppendSafe(nil, text)))
}

// The functions that templates have beside those of text/template.

// templateShow is what every action ends in, so that an absent field shows as
// nothing.
const templateShow = "_show"

func showAbsent(v any) any {
	if v == nil {
		return ""
	}
	return v
}

// templateDefault returns what it is given last, or the other where that is absent
// or empty.
func templateDefault(other, v any) any {
	if truth, ok := template.IsTrue(v); v == nil || !truth && ok && v != any(false) && !isZeroNumber(v) {
		return other
	}
	return v
}

// isZeroNumber says whether v is a 0, which is not absent.
func isZeroNumber(v any) bool {
	switch v.(type) {
	case uint64, int64, schema.Decimal:
		return true
	}
	return false
}

// templateLen is text/template's len, and 0 for what is absent.
func templateLen(v any) (int, error) {
	switch v := v.(type) {
	case nil:
		return 0, nil
	case string:
		return len(v), nil
	case []any:
		return len(v), nil
	case map[string]any:
		return len(v), nil
	}
	return 0, errors.New("len wants a list, an object or a text")
}

// templateIndex is text/template's index of lists and objects, but what is absent or
// beyond the end is absent.
func templateIndex(v any, keys ...any) (any, error) {
	for _, key := range keys {
		switch in := v.(type) {
		case nil:
			return nil, nil
		case []any:
			i, ok := listIndex(key)
			if !ok {
				return nil, errors.New("index wants a number for a list")
			}
			if v = nil; i < uint64(len(in)) {
				v = in[i]
			}
		case map[string]any:
			name, ok := key.(string)
			if !ok {
				return nil, errors.New("index wants the name of a field for an object")
			}
			v = in[name]
		default:
			return nil, errors.New("index wants a list or an object")
		}
	}
	return v, nil
}

// listIndex returns a place in a list; negative ones are beyond any end.
func listIndex(key any) (uint64, bool) {
	switch key := key.(type) {
	case int:
		return uint64(key), true
	case int64:
		return uint64(key), true
	case uint64:
		return key, true
	}
	return 0, false
}

// templatePrint prints arguments, of which those that are absent show as nothing. Texts
// must not grow beyond all bounds, as they would if put together again and again.
func templatePrint(args []any, print func(...any) string) (string, error) {
	size := 0
	for i, arg := range args {
		switch arg := arg.(type) {
		case nil:
			args[i] = absentArg{}
		case string:
			size += len(arg)
		}
	}
	if size > templateLimit {
		return "", errTemplateLimit
	}
	return print(args...), nil
}

// absentArg is as wide as its place, and empty.
type absentArg struct{}

func (absentArg) Format(s fmt.State, _ rune) {
	if width, ok := s.Width(); ok {
		_, _ = s.Write(appendBlanks(nil, width))
	}
}

// templateJoin joins a list, or a field of each object in it, with a separator
// between: join "," .flags, join "," "name" .owners.
func templateJoin(separator string, args ...any) (string, error) {
	field := ""
	switch len(args) {
	case 1:
	case 2:
		name, ok := args[0].(string)
		if !ok {
			return "", errors.New("join wants a separator, the name of a field or none, and a list")
		}
		field = name
	default:
		return "", errors.New("join wants a separator, the name of a field or none, and a list")
	}
	if args[len(args)-1] == nil {
		return "", nil
	}
	list, ok := args[len(args)-1].([]any)
	if !ok {
		return "", errors.New("join wants a list")
	}
	var b []byte
	for i, item := range list {
		if field != "" {
			object, ok := item.(map[string]any)
			if !ok {
				return "", errors.New("join wants a list of objects to take a field of")
			}
			item = object[field]
		}
		if i > 0 {
			b = append(b, separator...)
		}
		b = appendPlain(b, item)
	}
	return string(b), nil
}

// appendPlain appends a value of a template as text.
func appendPlain(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
	case string:
		b = append(b, v...)
	default:
		b = appendValueJSON(b, v)
	}
	return b
}

// templateJSON returns a value as JSON.
func templateJSON(v any) string { return string(appendValueJSON(nil, v)) }

func appendValueJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return schema.AppendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case uint64:
		return strconv.AppendUint(b, v, 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case float64:
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	case schema.Decimal:
		return append(b, v.String()...)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValueJSON(b, item)
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for i, key := range keys {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(schema.AppendString(b, key), ':')
			b = appendValueJSON(b, v[key])
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}

// templateCheck goes through a template before it is executed: it finds names
// that no record has, and has actions show absent fields as nothing.
type templateCheck struct {
	names   map[string]bool
	defined func(name string) *template.Template
	err     error
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
			c.err = errors.New("template: no template is defined as " + strconv.Quote(n.Name))
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
	for _, name := range names {
		if c.names[name] || c.err != nil {
			continue
		}
		text := "template: no record has the field " + strconv.Quote(name)
		if near := c.near(name); near != "" {
			text += ", did you mean " + strconv.Quote(near) + "?"
		}
		c.err = errors.New(text)
	}
}

// near returns the field whose name takes the fewest edits to be made of another,
// empty where all take too many.
func (c *templateCheck) near(name string) string {
	best, least := "", len(name)/3+1
	for _, field := range slices.Sorted(mapKeys(c.names)) {
		d := edits(name, field)
		if d < least || d == least && (best == "" || best[0] != name[0] && field[0] == name[0]) {
			best, least = field, d
		}
	}
	return best
}

func mapKeys(m map[string]bool) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// edits counts the letters to be put in, taken out or replaced to make b of a.
func edits(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

var _ io.Writer = (*templateOut)(nil)
