package microsoft

import (
	"strings"
	"unicode/utf8"

	"netstat/options"
)

// Synopsis is the command line that names every option of Microsoft's netstat.
const Synopsis = synopsis

// Options returns the options of Microsoft's netstat that [Parse] accepts, in the order of
// the help text, without the interval.
func Options() []options.Classic {
	var list []options.Classic
	for i, o := range english.options {
		name, argument, _ := strings.Cut(o.name, " ")
		if len(name) != 2 || name[0] != '-' {
			continue
		}
		c := options.Classic{
			Short: name[1], Argument: argument,
			About: strings.ReplaceAll(o.text, "\n", " "), AboutZH: joinChinese(chinese.options[i].text),
		}
		if argument != "" {
			for _, p := range argProtocols {
				c.Values = append(c.Values, p.word)
			}
		}
		list = append(list, c)
	}
	return append(list, options.Classic{
		Short: '?', About: "The help text, on standard error, with status 1.", AboutZH: "在标准错误显示帮助，退出状态为 1。",
	})
}

// joinChinese joins the lines of a paragraph. A blank separates them only beside Latin
// letters.
func joinChinese(text string) string {
	lines := strings.Split(text, "\n")
	joined := lines[0]
	for _, line := range lines[1:] {
		last, _ := utf8.DecodeLastRuneInString(joined)
		if (last < 0x80 || line[0] < 0x80) && !strings.ContainsRune("，、；。：", last) {
			joined += " "
		}
		joined += line
	}
	return joined
}
