package manual

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"netstat/docs"
	"netstat/fact"
)

// schemaChinese has the Chinese texts for descriptions of the JSON schema: a line each, with a tab
// between the two.
const schemaChinese = "pages/zh_CN/schema.tsv"

// viewOf maps objects of the schema to the view whose facts have the same names and meanings.
var viewOf = map[string]fact.View{
	"process": fact.Sockets, "tcp_info": fact.Sockets, "memory": fact.Sockets, "socket": fact.Sockets, "event": fact.Sockets,
	"route": fact.Routes, "interface": fact.Interfaces, "membership": fact.Groups, "counter": fact.Statistics,
	"neighbor": fact.Neighbors, "summary_number": fact.Summaries, "nat_session": fact.NAT, "tracked_connection": fact.Conntrack,
	"finding": fact.Findings, "rule": fact.Rules, "lookup": fact.Lookups,
}

// node is a part of the JSON schema.
type node struct {
	Description string          `json:"description"`
	Type        any             `json:"type"` // a name or a list of them
	Ref         string          `json:"$ref"`
	Enum        []any           `json:"enum"`
	Items       *node           `json:"items"`
	Properties  map[string]node `json:"properties"`
	Defs        map[string]node `json:"$defs"`
}

// kind returns the type of a node, or the name of the object that it refers to.
func (n *node) kind() string {
	kind, _ := n.Type.(string)
	switch {
	case kind == "" && n.Ref != "":
		return n.Ref[strings.LastIndexByte(n.Ref, '/')+1:]
	case n.Items != nil && n.Items.kind() != "":
		return kind + " of " + n.Items.kind()
	}
	return kind
}

// texts describes the schema in the language of a page.
type texts struct {
	*writer
	root   node
	zh     map[string]string // Chinese texts by the English ones
	unused map[string]bool   // English texts that nothing has
	err    error
}

// schema reads the JSON schema and its Chinese texts.
func (w *writer) schema() (*texts, error) {
	d := &texts{writer: w, zh: map[string]string{}, unused: map[string]bool{}}
	if err := json.Unmarshal([]byte(docs.Schema), &d.root); err != nil {
		return nil, err
	}
	if !w.chinese {
		return d, nil
	}
	lines, err := pages.ReadFile(schemaChinese)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(lines)) {
		en, zh, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || en == "" || zh == "" || d.zh[en] != "" {
			return nil, fmt.Errorf("%s: bad or repeated line %q", schemaChinese, line)
		}
		d.zh[en], d.unused[en] = zh, true
	}
	return d, nil
}

// english describes a node. Without a description of its own it is that of what the node
// refers to or lists.
func (d *texts) english(n *node) string {
	switch {
	case n.Description != "":
		return strings.TrimSuffix(n.Description, ".")
	case n.Ref != "":
		def := d.root.Defs[n.kind()]
		return strings.TrimSuffix(def.Description, ".")
	case n.Items != nil:
		return d.english(n.Items)
	}
	return ""
}

// about describes a node: an object, or its field if name is not "". The Chinese text for
// a description is that of the file or of the fact with this name, which comes first if
// the field has no description of its own.
func (d *texts) about(object, name string, n *node) string {
	about := d.english(n)
	if !d.chinese || about == "" {
		return about
	}
	delete(d.unused, about)
	zh := d.zh[about]
	if view, ok := viewOf[object]; ok && (zh == "" || n.Description == "") {
		if f := fact.Named(fact.Of(view), name); f != nil {
			return f.AboutZH
		}
	}
	if zh != "" {
		return zh
	}
	d.err = errors.Join(d.err, fmt.Errorf("%s has no line for %q (%s %s)", schemaChinese, about, object, name))
	return ""
}

// complete returns an error if a description has no Chinese text, or a text no
// description.
func (d *texts) complete() error {
	for _, en := range slices.Sorted(maps.Keys(d.unused)) {
		d.err = errors.Join(d.err, fmt.Errorf("%s: the schema does not have %q", schemaChinese, en))
	}
	return d.err
}

// documents lists the fields of every document.
func (w *writer) documents() (string, error) {
	d, err := w.schema()
	if err != nil {
		return "", err
	}
	text := d.fields("", d.root.Properties)
	return text, d.err
}

// records lists the fields of every record.
func (w *writer) records() (string, error) {
	d, err := w.schema()
	if err != nil {
		return "", err
	}
	_ = d.fields("", d.root.Properties) // those of documents
	d.about("", "", &d.root)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(d.root.Defs)) {
		def := d.root.Defs[name]
		if len(def.Properties) == 0 {
			continue
		}
		b.WriteString(".Ss " + escape(name) + "\n")
		b.WriteString(escape(w.end(d.about(name, "", &def))) + "\n")
		b.WriteString(d.fields(name, def.Properties))
	}
	return b.String(), d.complete()
}

// fields lists the fields of an object.
func (d *texts) fields(object string, fields map[string]node) string {
	var b strings.Builder
	b.WriteString(".Bl -tag -width Ds -compact\n")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f := fields[name]
		if strings.HasSuffix(name, "_bytes") && fields[strings.TrimSuffix(name, "_bytes")].Description+fields[strings.TrimSuffix(name, "_bytes")].Ref != "" {
			continue // the rule about text describes it
		}
		b.WriteString(".It Cm " + name)
		if kind := f.kind(); kind != "" {
			b.WriteString(" Pq " + kind)
		}
		b.WriteString("\n")
		about := d.about(object, name, &f)
		var values []string
		for _, v := range f.Enum {
			if text, ok := v.(string); ok {
				values = append(values, text)
			}
		}
		if about != "" {
			about = d.end(about)
		}
		if len(values) > 0 {
			if d.chinese {
				about += "取值: " + strings.Join(values, "、") + "。"
			} else {
				about = strings.TrimSpace(about + " One of " + strings.Join(values, ", ") + ".")
			}
		}
		if about != "" {
			b.WriteString(escape(about) + "\n")
		}
	}
	b.WriteString(".El\n")
	return b.String()
}
