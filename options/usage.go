package options

import (
	"errors"
	"strings"

	"netstat/fact"
	"netstat/help"
	"netstat/render"
)

const (
	// formatList and topicList are placeholders in help for the lists of formats and
	// topics.
	formatList = "FORMATS"
	topicList  = "TOPICS"

	helpColumn = 27 // column where help begins
	helpWidth  = 52 // largest width of a line
)

// Usage returns the end of a help text, in Chinese or in English: all options by their
// groups, examples and the topics that --help explains. windows selects Microsoft's
// classic options in the examples instead of net-tools'.
func Usage(chinese, windows bool) string {
	var b strings.Builder
	for g := range groups {
		title := groups[g].title
		if chinese {
			title = groups[g].titleZH
		}
		b.WriteString("\n" + title + ":\n")
		for i := range All {
			if All[i].Group == Group(g) {
				All[i].usage(&b, chinese)
			}
		}
	}
	b.WriteByte('\n')
	help.UsageExamples(&b, chinese, windows)
	return b.String()
}

// usage appends the lines about an option.
func (o *Option) usage(b *strings.Builder, chinese bool) {
	text := "      --" + o.Name
	switch {
	case o.Optional:
		text += "[=" + Argument(o.Argument, chinese) + "]"
	case o.Argument != "":
		text += "=" + Argument(o.Argument, chinese)
	}
	about := o.help
	if chinese {
		about = o.helpZH
	}
	usageLines(b, text, about, chinese)
}

// UsageLines appends an option's forms and its description as lines of a help text. The
// description begins a new line at each newline and where a line is full.
func UsageLines(b *strings.Builder, forms, about string) { usageLines(b, forms, about, false) }

func usageLines(b *strings.Builder, forms, about string, chinese bool) {
	b.WriteString(forms)
	if pad := helpColumn - help.Width(forms); pad >= 2 {
		b.WriteString(strings.Repeat(" ", pad))
	} else {
		b.WriteString("\n" + strings.Repeat(" ", helpColumn))
	}
	for i, line := range strings.Split(about, "\n") {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", helpColumn))
		}
		help.Wrap(b, aboutWords(line, chinese), helpColumn, helpColumn+helpWidth)
	}
}

// aboutWords splits a line of a description where a line may end. It replaces
// placeholders.
func aboutWords(line string, chinese bool) []string {
	switch line {
	case formatList:
		return render.FormatWords(chinese)
	case topicList:
		return help.TopicWords(chinese)
	}
	return help.Words(line)
}

// About returns the description of the option in Chinese or in English: one or more
// lines.
func (o *Option) About(chinese bool) string {
	about := o.help
	if chinese {
		about = o.helpZH
	}
	lines := strings.Split(about, "\n")
	for i := range lines {
		lines[i] = strings.Join(aboutWords(lines[i], chinese), "")
	}
	return strings.Join(lines, "\n")
}

// Title returns the heading of the group in Chinese or in English, or "" after the last
// group.
func (g Group) Title(chinese bool) string {
	switch {
	case int(g) >= len(groups):
		return ""
	case chinese:
		return groups[g].titleZH
	}
	return groups[g].title
}

// Topic returns the topic of help that the option's value "help" shows, or "".
func (o *Option) Topic() help.Topic { return o.topic }

// Values returns the words that the option accepts, or nil if it accepts others too.
func (o *Option) Values() []string {
	var unknown *fact.UnknownError
	if o.Argument != "" && errors.As(o.set(new(Options), "\x00"), &unknown) {
		return unknown.Known
	}
	return nil
}

// Classic is an option of a classic netstat, for manuals and completions.
type Classic struct {
	Short byte   // 0 if it has no short form
	Long  string // "" if it has no long form
	// Argument is the name of its value, "" if it has none. Optional is as in [Option].
	Argument string
	Optional bool
	// Values lists the words that the value may be, nil for any.
	Values []string
	// About and AboutZH describe the option, in one or more lines.
	About, AboutZH string
}

// argumentsZH lists the names of values that differ in Chinese.
var argumentsZH = [...]struct{ name, nameZH string }{
	{"EXPR", "表达式"},
	{"LIST", "列表"},
	{"NAME", "名称"},
	{"FORM", "格式"},
	{"WHEN", "何时"},
	{"D", "时长"},
	{"FILE", "文件"},
	{"DIR", "目录"},
	{"SIZE", "大小"},
	{"TIME", "时刻"},
	{"RULE", "规则"},
	{"SEVERITY", "级别"},
	{"TOPIC", "主题"},
}

// Argument returns the name of an option's value in the language of a help text.
func Argument(name string, chinese bool) string {
	for _, a := range argumentsZH {
		if chinese && a.name == name {
			return a.nameZH
		}
	}
	return name
}
