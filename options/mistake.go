package options

import (
	"slices"
	"strings"

	"netstat/fact"
)

// Mistake is an error in how an option is written, apart from its value.
type Mistake struct {
	kind   mistakeKind
	name   string   // name of the option: in full if it was found, else as typed
	names  []string // options with a similar name
	values string   // name of the value
}

type mistakeKind uint8

const (
	unknownOption mistakeKind = iota
	ambiguousOption
	needlessValue
	missingValue

	mistakeKinds
)

// ChineseText returns all texts of Text in Chinese.
func ChineseText() string {
	var b strings.Builder
	for kind := range mistakeKinds {
		for _, names := range [][]string{nil, {"", ""}} {
			m := Mistake{kind: kind, names: names}
			b.WriteString(m.Text(true))
		}
	}
	return b.String()
}

// Foreign reports whether the option is unknown and the most similar one, if any, is not
// in All. The dialect then reports the error.
func (m *Mistake) Foreign() bool {
	ours := func(o Option) bool { return "--"+o.Name == m.names[0] }
	return m.kind == unknownOption && (len(m.names) == 0 || !slices.ContainsFunc(All[:], ours))
}

// Error returns Text in English.
func (m *Mistake) Error() string { return m.Text(false) }

// Text returns one line in Chinese or in English: what is wrong and which options may be
// meant.
func (m *Mistake) Text(chinese bool) string {
	name := "--" + m.name
	if chinese {
		switch m.kind {
		case ambiguousOption:
			return "选项 " + name + " 有歧义: " + strings.Join(m.names, "、")
		case needlessValue:
			return "选项 " + name + " 不带值"
		case missingValue:
			return "选项 " + name + " 需要一个值: " + name + "=" + Argument(m.values, true)
		}
		if len(m.names) > 0 {
			return "未知选项 " + name + ": 是否指 " + strings.Join(m.names, "、") + "？"
		}
		return "未知选项 " + name
	}
	switch m.kind {
	case ambiguousOption:
		return "option " + name + " is ambiguous: " + fact.Or(m.names)
	case needlessValue:
		return "option " + name + " takes no value"
	case missingValue:
		return "option " + name + " needs a value: " + name + "=" + m.values
	}
	return "unknown option " + name + fact.DidYouMean(m.names)
}

// Read sets an option that is given as text, without its dashes. next returns the next
// word, or false if there is none; it is called for a value that is not in text. classic
// returns the dialect's own long options, which may be meant too; nil means none. The
// error is a *Mistake, or that of Set.
func (o *Options) Read(text string, next func() (string, bool), classic func() []string) error {
	name, value, hasValue := strings.Cut(text, "=")
	option, rivals := Find(name)
	switch {
	case option == nil:
		return &Mistake{kind: unknownOption, name: name, names: near(name, classic)}
	case rivals != nil:
		return &Mistake{kind: ambiguousOption, name: name, names: withDashes(append([]string{option.Name}, rivals...))}
	case option.Argument == "" && hasValue:
		return &Mistake{kind: needlessValue, name: option.Name}
	case option.Argument == "" || option.Optional || hasValue:
	default:
		if value, hasValue = next(); !hasValue {
			return &Mistake{kind: missingValue, name: option.Name, values: option.Argument}
		}
	}
	return o.Set(option, value)
}

// near returns the options whose names resemble name.
func near(name string, classic func() []string) []string {
	var all []string
	for i := range All {
		all = append(all, All[i].Name)
	}
	if classic != nil {
		for _, c := range classic() {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return withDashes(fact.Near(strings.ToLower(name), all))
}

func withDashes(names []string) []string {
	for i := range names {
		names[i] = "--" + names[i]
	}
	return names
}
