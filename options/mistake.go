package options

import (
	"slices"
	"strings"

	"netstat/fact"
)

// A Mistake is what is wrong with how an option is written, apart from its value.
type Mistake struct {
	kind   mistakeKind
	name   string   // of the option, as typed or, where it is found, in full
	names  []string // options that may have been meant
	values string   // what the value is called
}

type mistakeKind uint8

const (
	unknownOption mistakeKind = iota
	ambiguousOption
	needlessValue
	missingValue

	mistakeKinds
)

// ChineseText returns all that Text may say in Chinese.
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

// Foreign reports whether the option is unknown and the likeliest one, if any, is not of
// All: it is the dialect's own matter.
func (m *Mistake) Foreign() bool {
	ours := func(o Option) bool { return "--"+o.Name == m.names[0] }
	return m.kind == unknownOption && (len(m.names) == 0 || !slices.ContainsFunc(All[:], ours))
}

// Error is Text in English.
func (m *Mistake) Error() string { return m.Text(false) }

// Text says in one line what is wrong and what may have been meant, in Chinese or in
// English.
func (m *Mistake) Text(chinese bool) string {
	name := "--" + m.name
	if chinese {
		switch m.kind {
		case ambiguousOption:
			return "选项 " + name + " 有歧义: " + strings.Join(m.names, "、")
		case needlessValue:
			return "选项 " + name + " 不带值"
		case missingValue:
			return "选项 " + name + " 需要一个值: " + name + "=" + argument(m.values, true)
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

// Read notes an option that is given as text, without its dashes. next returns the word
// behind it, and false for none; it is called for a value that is not in text. classic
// returns the dialect's own long options, which may have been meant too; nil for none. The
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

// near returns the options that are like name.
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
