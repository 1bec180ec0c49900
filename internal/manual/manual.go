// Package manual makes the manual pages of man/, the shell completions of completions/
// and the option lists of docs/ from the tables of the packages that define options,
// facts, states, families, formats and rules, and from the prose in pages/. The program
// does not contain it: its test compares the files with what it makes, and writes them
// with -update.
package manual

import (
	"fmt"
	"slices"
	"strings"

	"netstat/dialect/microsoft"
	"netstat/dialect/nettools"
	"netstat/help"
	"netstat/options"
)

// Files returns the contents of every generated file by its path below the root of the
// repository. read reads a file of docs/ by its name.
func Files(read func(name string) (string, error)) (map[string]string, error) {
	files := map[string]string{}
	for _, name := range [...]string{"netstat.8", "netstat-windows.8", "netstat-filter.7", "netstat-json.5"} {
		for _, chinese := range [...]bool{false, true} {
			text, err := page(name, chinese, read)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if chinese {
				files["man/zh_CN/"+name] = text
			} else {
				files["man/"+name] = text
			}
		}
	}
	files["docs/options.md"] = list(false)
	files["docs/options.zh-CN.md"] = list(true)
	for name, text := range completions() {
		files["completions/"+name] = text
	}
	return files, nil
}

// forms is how an option is written.
type forms struct {
	short byte
	long  string
	// argument is the name of the value, "" for none. optional is set if it may be
	// omitted, and classic if the value is the next word.
	argument string
	optional bool
	classic  bool
}

// option is a row of a list of options.
type option struct {
	forms
	about string
}

// linux returns net-tools' option with this long name or letter.
func linux(name string, chinese bool) (option, error) {
	for _, o := range nettools.Options() {
		if o.Long == name || o.Long == "" && string(rune(o.Short)) == name {
			return classic(&o, chinese), nil
		}
	}
	return option{}, fmt.Errorf("net-tools has no option %s", name)
}

func classic(o *options.Classic, chinese bool) option {
	about := o.About
	if chinese {
		about = o.AboutZH
	}
	argument := options.Argument(o.Argument, chinese)
	return option{forms{o.Short, o.Long, argument, o.Optional, o.Long == ""}, about}
}

// windows returns all options of Microsoft's netstat.
func windows(chinese bool) (list []option) {
	for _, o := range microsoft.Options() {
		list = append(list, classic(&o, chinese))
	}
	return list
}

// group is a group of the options of both dialects.
type group struct {
	title   string
	options []option
}

// beyond returns the options that both dialects have beyond the classic ones. --help
// stands among net-tools' own options.
func beyond(chinese bool) (list []group) {
	for g := options.Group(0); g.Title(chinese) != ""; g++ {
		list = append(list, group{title: g.Title(chinese)})
	}
	for i := range options.All {
		o := &options.All[i]
		g := &list[o.Group]
		g.options = append(g.options, option{forms{0, o.Name, options.Argument(o.Argument, chinese), o.Optional, false}, o.About(chinese)})
	}
	return slices.DeleteFunc(list, func(g group) bool { return len(g.options) == 0 })
}

// list returns a page of docs/ with every option of both dialects.
func list(chinese bool) string {
	var b strings.Builder
	say := func(english, zh string) string {
		if chinese {
			return zh
		}
		return english
	}
	b.WriteString(say(`# Options

Every option of both dialects, from the tables of the parsers. `+"`netstat -h`"+` shows the same,
netstat(8) explains more. [dialects.md](dialects.md) says what each does on either system.
`, `# 选项

两种方言的全部选项，取自解析器的表。`+"`netstat -h`"+` 显示同样的内容，netstat(8) 有更多说明。
[dialects.md](dialects.md)（英文）说明各选项在两种系统上的作用。
`))
	table := func(title string, rows []option) {
		b.WriteString("\n## " + title + "\n\n" + say("| Option | What |", "| 选项 | 说明 |") + "\n|---|---|\n")
		for _, o := range rows {
			b.WriteString("| `" + o.text("`, `") + "` | " + strings.NewReplacer("\n", " ", "|", "\\|").Replace(o.about) + " |\n")
		}
	}
	var rows []option
	for _, o := range nettools.Options() {
		rows = append(rows, classic(&o, chinese))
	}
	table(say("net-tools", "net-tools 的选项"), rows)
	table(say("Microsoft's netstat", "微软 netstat 的选项"), windows(chinese))
	for _, g := range beyond(chinese) {
		table(say("Both dialects: ", "两种方言: ")+g.title, g.options)
	}
	b.WriteString("\n## " + say("Help topics", "帮助主题") + "\n\n| `--help=` | |\n|---|---|\n")
	for _, item := range help.Sections(help.Topics, &help.Request{Chinese: chinese})[0].Items {
		b.WriteString("| `" + item.Name + "` | " + item.About + " |\n")
	}
	return b.String()
}

// text returns the option as it is typed, with its forms joined by a separator.
func (f *forms) text(separator string) string {
	value := ""
	switch {
	case f.argument == "":
	case f.optional:
		value = "[=" + f.argument + "]"
	case f.classic:
		value = " " + f.argument
	default:
		value = "=" + f.argument
	}
	switch {
	case f.long == "":
		return "-" + string(rune(f.short)) + value
	case f.short == 0:
		return "--" + f.long + value
	case f.optional:
		return "-" + string(rune(f.short)) + separator + "--" + f.long + value
	}
	if f.argument != "" {
		return "-" + string(rune(f.short)) + " " + f.argument + separator + "--" + f.long + value
	}
	return "-" + string(rune(f.short)) + separator + "--" + f.long
}

// netToolsNames returns the names of net-tools' options: long, or the letter of one that has
// no long form.
func netToolsNames() (names []string) {
	for _, o := range nettools.Options() {
		f := forms{short: o.Short, long: o.Long}
		names = append(names, f.name())
	}
	return names
}
