package help

import (
	"strings"
	"unicode/utf8"

	"netstat/fact"
)

// sectionTitles holds the headings of the sections of facts.
var sectionTitles = [...]struct{ title, titleZH string }{
	fact.SectionGeneral:    {"General", "常规"},
	fact.SectionProcess:    {"Process", "进程"},
	fact.SectionSettings:   {"Settings and timers", "设置与定时器"},
	fact.SectionPeer:       {"Peer: the socket at the other end, if on this host", "对端: 另一端的套接字（若在本机）"},
	fact.SectionTCP:        {"Inside TCP", "TCP 内部"},
	fact.SectionTCPWindows: {"Inside TCP, on Windows only", "TCP 内部，仅 Windows"},
	fact.SectionMemory:     {"Memory", "内存"},
	fact.SectionFamily:     {"Some families and systems only", "仅部分地址族或系统"},
	fact.SectionEvent:      {"Events, with --events", "事件，与 --events 同用"},
	fact.SectionReceived:   {"Received", "接收"},
	fact.SectionSent:       {"Sent", "发送"},
	fact.SectionRates:      {"Per second, with --delta", "每秒，与 --delta 同用"},
	fact.SectionTraffic:    {"Per second, with --delta or --watch", "每秒，与 --delta 或 --watch 同用"},
	fact.SectionReport:     {"In every report", "所有报告"},
}

// SectionTitle returns the heading of a section of facts in Chinese or in English.
func SectionTitle(s fact.Section, chinese bool) string {
	if chinese {
		return sectionTitles[s].titleZH
	}
	return sectionTitles[s].title
}

func (w *writer) columns() {
	w.facts(fact.Of(w.View), fact.Common(w.View), false)
	w.b.WriteByte('\n')
	Wrap(&w.b, Words(w.say(
		"--columns, --sort and --group-by take these names with commas between them; "+
			"in --columns, all and default stand for all of them and for those shown unless others are named, "+
			"+NAME adds a column and -NAME takes one away.",
		"--columns、--sort、--group-by 接受以上名称，以逗号分隔。在 --columns 中，all 表示全部列，default 表示默认列，+名称 增加一列，-名称 去掉一列。")), 0, width)
	if w.View == fact.Sockets {
		views := "-r, -i, -g, -s, -M"
		if w.Windows {
			views = "-r, -e, -s"
		}
		w.line("Columns of other reports: netstat -r --columns=help (also "+views[4:]+").",
			"其他报告的列: netstat -r --columns=help（"+strings.ReplaceAll(views[4:], ", ", "、")+" 同样）。")
	}
}

// facts writes the facts by section, the common ones first.
func (w *writer) facts(all, common []fact.Fact, types bool) {
	w.title("Common", "常用")
	w.factLines(common, types)
	for s := range sectionTitles {
		var list []fact.Fact
		for i := range all {
			if all[i].Section == fact.Section(s) && fact.Named(common, all[i].Name) == nil {
				list = append(list, all[i])
			}
		}
		if len(list) > 0 {
			w.title(sectionTitles[s].title, sectionTitles[s].titleZH)
			w.factLines(list, types)
		}
	}
}

// factLines writes a line about each fact: its name, its type if types is set, and its
// description.
func (w *writer) factLines(list []fact.Fact, types bool) {
	name, kind := 0, 0
	for i := range list {
		name, kind = max(name, len(list[i].Name)), max(kind, len(list[i].Type()))
	}
	for i := range list {
		f := &list[i]
		line := "  " + pad(f.Name, min(name, mostName)+2)
		if types {
			line += pad(f.Type(), kind+2)
		}
		w.b.WriteString(line + brief(w.say(f.About, f.AboutZH), width-len(line)) + "\n")
	}
}

// mostName is the largest column where a description begins, except after a longer name.
const mostName = 22

func pad(s string, n int) string { return s + strings.Repeat(" ", max(n-len(s), 2)) }

// brief shortens a text to n columns: it omits a remark in parentheses at the end,
// remarks after ";" and ":" and, if that is not enough, the last words.
func brief(text string, n int) string {
	for Width(text) > n {
		end := max(strings.LastIndex(text, "; "), strings.LastIndex(text, "；"), strings.LastIndex(text, ": "))
		switch {
		case strings.HasSuffix(text, ")"):
			end = max(end, strings.LastIndex(text, " ("))
		case strings.HasSuffix(text, "）"):
			end = max(end, strings.LastIndex(text, "（"))
		}
		if end < 0 {
			for Width(text) >= n {
				text = text[:lastBreak(text)]
			}
			return strings.TrimRight(text, ",，") + "…"
		}
		text = text[:end]
	}
	return text
}

// lastBreak returns where the last word of a text begins, or its last character if it has
// no blanks, as in Chinese.
func lastBreak(text string) int {
	if blank := strings.LastIndexByte(text, ' '); blank >= 0 {
		return blank
	}
	_, size := utf8.DecodeLastRuneInString(text)
	return len(text) - size
}
