package manual

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"netstat/dialect/microsoft"
	"netstat/fact"
	"netstat/help"
)

//go:embed pages
var pages embed.FS

// writer makes one page.
type writer struct {
	chinese bool
	windows bool // the page of Microsoft's dialect
	t       *template.Template
	shown   map[string]bool // options that the page has, and notes that it has used
	read    func(name string) (string, error)
}

// page returns a manual page. Its prose is pages/NAME, in Chinese pages/zh_CN/NAME: mdoc(7)
// in which `text` is bold and actions of text/template stand for lists. A template with
// the name of an option is the note that follows its description.
func page(name string, chinese bool, read func(string) (string, error)) (string, error) {
	path := "pages/" + name
	if chinese {
		path = "pages/zh_CN/" + name
	}
	prose, err := pages.ReadFile(path)
	if err != nil {
		return "", err
	}
	w := &writer{chinese: chinese, windows: name == "netstat-windows.8", shown: map[string]bool{}, read: read}
	w.t, err = template.New(name).Funcs(template.FuncMap{
		"options": w.options, "microsoft": w.microsoft, "synopsis": func() string { return literal(microsoft.Synopsis) },
		"beyond": w.beyond, "topic": w.topic, "examples": w.examples, "facts": w.facts, "grammar": w.grammar,
		"documents": w.documents, "records": w.records,
	}).Parse(string(prose))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := w.t.Execute(&b, nil); err != nil {
		return "", err
	}
	if err := w.complete(name); err != nil {
		return "", err
	}
	return fill(b.String()), nil
}

// complete checks that the page of a dialect has each of its options, and that each note
// belongs to one.
func (w *writer) complete(name string) (err error) {
	if strings.HasSuffix(name, ".8") {
		all := windows(w.chinese)
		if !w.windows {
			all = nil
			for _, o := range netToolsNames() {
				row, _ := linux(o, w.chinese)
				all = append(all, row)
			}
		}
		for _, o := range all {
			if !w.shown[o.name()] {
				err = errors.Join(err, fmt.Errorf("the page lacks option %s", o.text(", ")))
			}
		}
	}
	for _, t := range w.t.Templates() {
		if t.Name() != name && !w.shown[t.Name()] {
			err = errors.Join(err, fmt.Errorf("note %s belongs to no option of the page", t.Name()))
		}
	}
	return err
}

// name returns the long name of an option or its letter.
func (f *forms) name() string {
	if f.long != "" {
		return f.long
	}
	return string(rune(f.short))
}

// options lists options of net-tools, by their long names or letters.
func (w *writer) options(names ...string) (string, error) {
	var rows []option
	for _, name := range names {
		o, err := linux(name, w.chinese)
		if err != nil {
			return "", err
		}
		rows = append(rows, o)
	}
	return w.rows(rows)
}

func (w *writer) microsoft() (string, error) { return w.rows(windows(w.chinese)) }

// beyond lists the options of both dialects, by their groups.
func (w *writer) beyond() (string, error) {
	var b strings.Builder
	for _, g := range beyond(w.chinese) {
		b.WriteString(".Ss " + heading(g.title) + "\n")
		rows := slices.DeleteFunc(g.options, func(o option) bool { return w.shown[o.long] && o.long == "help" })
		text, err := w.rows(rows)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// rows returns a list of options, each with its description and its note.
func (w *writer) rows(rows []option) (string, error) {
	var b strings.Builder
	b.WriteString(".Bl -tag -width Ds\n")
	for _, o := range rows {
		w.shown[o.name()] = true
		b.WriteString(".It " + o.mdoc() + "\n")
		for i, line := range strings.Split(o.about, "\n") {
			if i > 0 {
				b.WriteString(".br\n")
			}
			b.WriteString(escape(w.end(line)))
			if i < strings.Count(o.about, "\n") {
				b.WriteString("\n")
			}
		}
		note, err := w.note(o.name())
		if err != nil {
			return "", err
		}
		// A newline is a blank, which Chinese does not put between sentences.
		if !w.chinese || note == "" || note[0] == '.' {
			b.WriteString("\n")
		}
		b.WriteString(note)
		if note != "" && !strings.HasSuffix(note, "\n") {
			b.WriteString("\n")
		}
	}
	b.WriteString(".El\n")
	return b.String(), nil
}

// note returns the note about an option, "" if it has none.
func (w *writer) note(name string) (string, error) {
	if w.t.Lookup(name) == nil {
		return "", nil
	}
	var b strings.Builder
	err := w.t.ExecuteTemplate(&b, name, nil)
	return b.String(), err
}

// end ends a phrase with a stop.
func (w *writer) end(text string) string {
	for _, stop := range [...]string{".", "。", "；", ";", ":", "…"} {
		if strings.HasSuffix(text, stop) {
			return text
		}
	}
	if w.chinese {
		return text + "。"
	}
	return text + "."
}

// mdoc returns the arguments of the macro It for an option.
func (f *forms) mdoc() string {
	value := func(between string) string {
		switch {
		case f.argument == "":
			return ""
		case f.optional:
			return " Ns Oo = Ns Ar " + f.argument + " Oc"
		}
		return between + "Ar " + f.argument
	}
	letter := string(rune(f.short))
	switch {
	case f.long == "":
		return "Fl " + letter + value(" ")
	case f.short == 0:
		return `Fl \-` + f.long + value(" Ns = Ns ")
	case f.optional || f.argument == "":
		return "Fl " + letter + ` , Fl \-` + f.long + value(" Ns = Ns ")
	}
	return "Fl " + letter + value(" ") + ` , Fl \-` + f.long + value(" Ns = Ns ")
}

// heading returns a title that does not end like a sentence; mandoc(1) takes a last
// Chinese character for a delimiter.
func heading(title string) string { return escape(title) + `\&` }

// topic lists what a topic of help explains. kinds selects its sections by number.
func (w *writer) topic(name string, sections ...int) string {
	var b strings.Builder
	for i, s := range help.Sections(help.Topic(name), &help.Request{Chinese: w.chinese, Windows: w.windows}) {
		if len(sections) > 0 && !slices.Contains(sections, i) {
			continue
		}
		if s.Title != "" {
			b.WriteString(".Ss " + heading(s.Title) + "\n")
		}
		if len(s.Items) > 0 {
			b.WriteString(".Bl -tag -width Ds\n")
			for _, item := range s.Items {
				b.WriteString(".It Cm " + argument(item.Name) + "\n" + escape(w.end(item.About)) + "\n")
			}
			b.WriteString(".El\n")
		}
		var examples []string
		for _, line := range s.Lines {
			if strings.HasPrefix(line, "netstat ") {
				examples = append(examples, line)
			}
		}
		b.WriteString(display(examples))
	}
	return b.String()
}

// display returns lines of text as a literal display.
func display(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(".Bd -literal -offset indent\n")
	for _, line := range lines {
		b.WriteString(literal(line) + "\n")
	}
	b.WriteString(".Ed\n")
	return b.String()
}

// examples lists the questions of --help=examples and their command lines.
func (w *writer) examples() string {
	var b strings.Builder
	for i, e := range help.List() {
		command := e.Linux
		if w.windows {
			command = e.Windows
		}
		if command != "" {
			if i > 0 {
				b.WriteString(".Pp\n")
			}
			b.WriteString(escape(e.Question(w.chinese)) + "\n" + display([]string{command}))
		}
	}
	return b.String()
}

// facts lists the facts of every view, those of all views first.
func (w *writer) facts() string {
	var b strings.Builder
	for _, v := range fact.Views() {
		all := fact.Of(v)
		b.WriteString(".Ss " + heading(w.view(v)) + "\n")
		section := fact.Section(255)
		for i := range all {
			f := &all[i]
			if f.Section == fact.SectionReport && v != fact.Sockets {
				continue // every view has them
			}
			if f.Section != section {
				if i > 0 {
					b.WriteString(".El\n.Pp\n")
				}
				section = f.Section
				b.WriteString(escape(help.SectionTitle(section, w.chinese)) + ":\n.Bl -tag -width Ds -compact\n")
			}
			b.WriteString(".It Cm " + f.Name + " Pq " + f.Type() + "\n" + escape(w.fact(f)) + "\n")
		}
		b.WriteString(".El\n")
	}
	return b.String()
}

// view returns the heading of a view's facts.
func (w *writer) view(v fact.View) string {
	if w.chinese {
		return v.String() + " 的字段"
	}
	return "Fields of " + v.String()
}

// fact returns the description of a fact with its texts and other names.
func (w *writer) fact(f *fact.Fact) string {
	about, colon, comma, also := f.About, ": ", ", ", "; also "
	if w.chinese {
		about, comma, also = f.AboutZH, "、", "；又名 "
	}
	if f.Texts != nil {
		about += colon + strings.Join(slices.DeleteFunc(slices.Clone(f.Texts), func(t string) bool { return t == "" }), comma)
	}
	if len(f.Aliases) > 0 {
		about += also + strings.Join(f.Aliases, comma)
	}
	return w.end(about)
}

// grammar returns the grammar of filters, which docs/filters.md has.
func (w *writer) grammar() (string, error) {
	text, err := w.read("filters.md")
	if err != nil {
		return "", err
	}
	_, rest, found := strings.Cut(text, "## Grammar\n\n")
	block, _, ends := strings.Cut(rest, "\n\n")
	if !found || !ends {
		return "", errors.New("filters.md has no grammar")
	}
	lines := strings.Split(block, "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "    ")
	}
	return display(lines), nil
}
