package options

import (
	"strings"

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
		text += "[=" + argument(o.Argument, chinese) + "]"
	case o.Argument != "":
		text += "=" + argument(o.Argument, chinese)
	}
	b.WriteString(text)
	if pad := helpColumn - help.Width(text); pad >= 2 {
		b.WriteString(strings.Repeat(" ", pad))
	} else {
		b.WriteString("\n" + strings.Repeat(" ", helpColumn))
	}
	about := o.help
	if chinese {
		about = o.helpZH
	}
	for i, line := range strings.Split(about, "\n") {
		words := help.Words(line)
		switch line {
		case formatList:
			words = render.FormatWords(chinese)
		case topicList:
			words = help.TopicWords(chinese)
		}
		if i > 0 {
			b.WriteString(strings.Repeat(" ", helpColumn))
		}
		help.Wrap(b, words, helpColumn, helpColumn+helpWidth)
	}
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

// argument returns the name of an option's value in the language of a help text.
func argument(name string, chinese bool) string {
	for _, a := range argumentsZH {
		if chinese && a.name == name {
			return a.nameZH
		}
	}
	return name
}
