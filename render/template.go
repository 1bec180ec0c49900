package render

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"

	"netstat/fact"
	"netstat/internal/ascii"
	"netstat/schema"
)

// templateReport executes a text/template for each record. Its data are plain
// maps, lists, texts, numbers and booleans under their JSON names. They have no
// methods.
type templateReport struct {
	*report
	tree *template.Template
	// facts lists the facts that the template names. A record whose JSON
	// has no field of this name gets the fact instead.
	facts []fact.Fact
	json  []byte
	out   templateOut
}

// templateLimit is the largest size in bytes of one record's text, which is
// kept until the template is known not to fail.
const templateLimit = 16 << 20

var errTemplateLimit = errors.New("a record is longer than 16 MiB")

// templateOut collects the output of a template, up to templateLimit.
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
	t, err := parseTemplate(f.argument)
	if err != nil {
		return nil, err
	}
	check := templateCheck{names: map[string]bool{}, defined: t.Lookup}
	if r.options.Grouping != nil {
		for i := range r.columns {
			check.names[r.columns[i].Name] = true
		}
		check.names["netns"], check.names["change"] = true, true
	} else {
		check.json = true
		check.all = fact.Of(r.head.View)
	}
	if check.templates(t); check.err != nil {
		return nil, check.err
	}
	return &templateReport{report: r, tree: t, facts: check.facts}, nil
}

// templateNeeds returns what the facts that a template names need of records.
// It returns nothing for a template with a mistake, which newTemplate reports.
func templateNeeds(text string, v fact.View) fact.Needs {
	t, err := parseTemplate(text)
	if err != nil {
		return fact.Needs{}
	}
	check := templateCheck{names: map[string]bool{}, defined: t.Lookup, all: fact.Of(v)}
	check.templates(t)
	return fact.NeedsOf(check.facts)
}

func parseTemplate(text string) (*template.Template, error) {
	t := template.New(templateName).Funcs(templateFunctions())
	if _, err := t.Parse(unescape(text)); err != nil {
		return nil, templateError(err)
	}
	return t, nil
}

// TemplateFunctions returns the names of the functions that templates have beyond
// text/template, in alphabetical order, for help texts.
func TemplateFunctions() []string {
	names := slices.Sorted(maps.Keys(templateFunctions()))
	return slices.DeleteFunc(names, func(name string) bool { return name == templateShow })
}

func templateFunctions() template.FuncMap {
	functions := template.FuncMap{
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
	}
	maps.Copy(functions, templateComparisons())
	return functions
}

func (t *templateReport) Begin(time.Time) error { return t.err }

func (t *templateReport) Record(rec *fact.Record) error {
	t.json = t.appendRecord(t.json[:0], rec)
	data := schema.NewReader(t.json).Value(templateText)
	if fields, ok := data.(map[string]any); ok && len(t.facts) > 0 {
		t.addFacts(fields, rec)
	}
	t.out.b = t.b
	before := len(t.b)
	t.out.limit = before + templateLimit
	err := t.tree.Execute(&t.out, data)
	t.b = t.out.b
	if err != nil {
		// The output of earlier records is kept.
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

// addFacts adds the facts that the template names to a record without a field
// of that name.
func (t *templateReport) addFacts(fields map[string]any, rec *fact.Record) {
	t.json = append(t.json[:0], '{')
	for i := range t.facts {
		if _, ok := fields[t.facts[i].Name]; !ok {
			t.json = appendFact(t.json, &t.facts[i], rec)
		}
	}
	t.json = append(t.json, '}')
	added, _ := schema.NewReader(t.json).Value(templateText).(map[string]any)
	for name, value := range added {
		fields[name] = value
	}
}

func (t *templateReport) Problem(error) {}
func (t *templateReport) End() error    { return t.flush() }

// templateText makes text from outside safe for a terminal.
func templateText(s string) string {
	return string(ascii.AppendSafe(make([]byte, 0, len(s)), s))
}

// unescape replaces \n, \t and \\ outside of actions by the characters they
// mean, since these are hard to type in a shell.
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

// templateError shortens an error of a template to one line, without the parts
// that only repeat its origin.
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

var _ io.Writer = (*templateOut)(nil)
