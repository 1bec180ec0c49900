package render

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/internal/ascii"
	"netstat/schema"
)

// FindingsText describes the text about findings.
type FindingsText struct {
	// Chinese is set for Chinese text.
	Chinese bool
	// Height is the height of the terminal in lines, 0 for no terminal. Without a Limit,
	// the text shows as many findings as fit, at least one.
	Height int
	// Limit is the largest number of findings to show, 0 for no limit.
	Limit int
	// Continued ends a line of a command line that continues in the next one.
	Continued string
	// Rules is the number of rules that were asked for.
	Rules int
}

// findingsReport writes findings as text for people, by their severity, and what was
// looked at.
type findingsReport struct {
	*report
	FindingsText
	begun  bool // an earlier report is above
	blocks []findingBlock
	counts [netstat.Critical + 1]int
}

// findingBlock is the text about a finding.
type findingBlock struct {
	severity netstat.Severity
	text     []byte
}

const (
	// textWidth is the width of the text without a terminal.
	textWidth = 80
	// leastWidth is the width below which text is not wrapped.
	leastWidth = 40
	// findingIndent and labelColumn are where the first line of a finding and what is
	// below it begin.
	findingIndent = 2
	labelColumn   = 4
	detailColumn  = 14
)

func (t *findingsReport) say(english, chinese string) string {
	if t.Chinese {
		return chinese
	}
	return english
}

func (t *findingsReport) width() int {
	if t.options.Width <= 0 {
		return textWidth
	}
	return max(t.options.Width, leastWidth)
}

func (t *findingsReport) Begin(time.Time) error {
	if t.begun {
		t.b = append(t.b, '\n')
	}
	t.begun = true
	t.blocks, t.counts = nil, [netstat.Critical + 1]int{}
	return t.err
}

func (t *findingsReport) Record(rec *fact.Record) error {
	f := rec.Finding
	t.counts[f.Severity]++
	if t.Limit > 0 && len(t.blocks) >= t.Limit {
		return t.err
	}
	var b []byte
	b = t.appendWrapped(b, findingIndent, findingIndent, f.Rule+": "+f.Text)
	subject := string(fact.AppendSubject(nil, &f.Subject))
	if rec.Netns != "" {
		subject += t.say(" in namespace ", "，命名空间 ") + rec.Netns
	}
	b = t.appendDetail(b, t.say("where", "对象"), subject)
	for i := range f.Evidence {
		label := ""
		if i == 0 {
			label = t.say("evidence", "证据")
		}
		b = t.appendDetail(b, label, t.evidence(&f.Evidence[i]))
	}
	b = t.appendDetail(b, t.say("advice", "建议"), f.Advice)
	if f.Command != "" {
		b = t.appendCommand(b, t.say("see", "查看"), "netstat "+f.Command)
	}
	b = t.appendDetail(b, t.say("read", "参考"), f.Source)
	t.blocks = append(t.blocks, findingBlock{f.Severity, b})
	return t.err
}

// evidence returns one fact with its limit.
func (t *findingsReport) evidence(e *netstat.Evidence) string {
	text := e.Fact + " " + e.Value.String()
	if e.Grown {
		text = e.Fact + " +" + e.Value.String()
	}
	if e.Limit.Kind != netstat.QuantityAbsent {
		text += t.say(" (limit ", "（限值 ") + e.Limit.String() + t.say(")", "）")
	}
	return text
}

// appendDetail appends lines with a label before the first one, or nothing for no text.
func (t *findingsReport) appendDetail(b []byte, label, text string) []byte {
	if text == "" {
		return b
	}
	b = t.appendLabel(b, label)
	return t.appendWrapped(b, 0, detailColumn, text)
}

// appendCommand is appendDetail for a command line. A line that does not end it ends in
// the shell's mark of continuation.
func (t *findingsReport) appendCommand(b []byte, label, text string) []byte {
	room := t.width() - detailColumn - len(" ") - len(t.Continued)
	start, quote := 0, byte(0)
	space := -1 // the last blank outside of quotes on this line
	for i := range len(text) {
		if room < i-start && space > start && len(text)-start > room+2 {
			b = t.appendLabel(b, label)
			b = append(ascii.AppendSafe(b, text[start:space]), ' ')
			b = append(append(b, t.Continued...), '\n')
			start, space, label = space+1, -1, ""
		}
		switch c := text[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
		case c == '\'' || c == '"':
			quote = c
		case c == ' ':
			space = i
		}
	}
	b = t.appendLabel(b, label)
	return append(ascii.AppendSafe(b, text[start:]), '\n')
}

// appendLabel appends a label and blanks to the column of details.
func (t *findingsReport) appendLabel(b []byte, label string) []byte {
	b = ascii.AppendBlanks(b, labelColumn)
	b = append(b, label...)
	return ascii.AppendBlanks(b, max(detailColumn-labelColumn-ascii.Width([]byte(label)), 1))
}

// appendWrapped appends a text made safe for a terminal. Its first line follows first
// blanks, and the others indent. A line ends at the width of the terminal if a word ends
// before it.
func (t *findingsReport) appendWrapped(b []byte, first, indent int, text string) []byte {
	b = ascii.AppendBlanks(b, first)
	room := t.width() - indent
	used := 0
	safe := string(ascii.AppendSafe(nil, text))
	for _, word := range breakable(safe) {
		bare := strings.TrimRight(word, " ")
		if width := ascii.Width([]byte(bare)); used > 0 && used+width > room {
			b = append(trimBlanks(b), '\n')
			b = ascii.AppendBlanks(b, indent)
			used = 0
		}
		b = append(b, word...)
		used += ascii.Width([]byte(word))
	}
	return append(trimBlanks(b), '\n')
}

func trimBlanks(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// breakable splits a text after blanks and after each wide character, where a line may
// end. Punctuation stays with the character before it.
func breakable(text string) (words []string) {
	start, wide := 0, false
	for i, r := range text {
		closing := strings.ContainsRune("，、；。：）》”", r)
		if i > start && !closing && (text[i-1] == ' ' && r != ' ' || wide || ascii.RuneWidth(r) == 2 && text[i-1] != ' ') {
			words = append(words, text[start:i])
			start = i
		}
		wide = ascii.RuneWidth(r) == 2 && !strings.ContainsRune("（《“", r)
	}
	if start < len(text) {
		words = append(words, text[start:])
	}
	return words
}

func (t *findingsReport) Problem(error) {}

func (t *findingsReport) End() error {
	footer := t.footer()
	shown, last := 0, netstat.Severity(255)
	left := t.Height - 1 - lines(footer) - 1 // the prompt, and a note
	for i := range t.blocks {
		f := &t.blocks[i]
		need := lines(f.text)
		if f.severity != last {
			need++
		}
		if t.Height > 0 && t.Limit == 0 && i > 0 && need > left {
			break
		}
		left -= need
		if f.severity != last {
			t.appendHeading(f.severity)
			last = f.severity
		}
		t.b = append(t.b, f.text...)
		shown++
	}
	if more := t.total() - shown; more > 0 {
		n := strconv.Itoa(more)
		t.b = t.appendWrapped(t.b, 0, 0, t.say("… "+n+" more: --limit "+strconv.Itoa(t.total())+" or --json shows all", "… 另有 "+n+" 项: --limit "+strconv.Itoa(t.total())+" 或 --json 显示全部"))
	}
	t.b = append(t.b, footer...)
	return t.flush()
}

func (t *findingsReport) total() (n int) {
	for _, count := range t.counts {
		n += count
	}
	return n
}

func lines(b []byte) (n int) {
	for _, c := range b {
		if c == '\n' {
			n++
		}
	}
	return n
}

var severityColours = [...]string{netstat.Info: cyan, netstat.Warning: yellow, netstat.Critical: red}

// appendHeading appends the name of a severity.
func (t *findingsReport) appendHeading(s netstat.Severity) {
	name := s.String()
	if t.Chinese {
		name = [...]string{netstat.Info: "提示（info）", netstat.Warning: "警告（warning）", netstat.Critical: "严重（critical）"}[s]
	}
	if t.options.Color {
		name = bold + severityColours[s] + name + plain
	}
	t.b = append(append(t.b, name...), '\n')
}

// footer returns the lines that say how much was found, looked at, and not looked at.
func (t *findingsReport) footer() (b []byte) {
	var looked schema.Looked
	if t.options.Looked != nil {
		looked = *t.options.Looked
	}
	rules := strconv.Itoa(len(looked.Rules))
	all := strconv.Itoa(t.Rules)
	found := t.say("nothing found", "未发现问题")
	if t.total() > 0 {
		var parts []string
		for s := netstat.Critical; ; s-- {
			if n := t.counts[s]; n > 0 {
				name := s.String()
				if s == netstat.Warning && n > 1 {
					name = t.say(name+"s", name)
				}
				parts = append(parts, strconv.Itoa(n)+" "+name)
			}
			if s == netstat.Info {
				break
			}
		}
		found = t.say("found ", "发现 ") + strings.Join(parts, t.say(", ", "、"))
	}
	b = t.appendWrapped(b, 0, 0, found+t.say(": "+rules+" of "+all+" rules looked", ": 检查了 "+all+" 条规则中的 "+rules+" 条"))
	// Rules and namespaces with the same reason share a line.
	var reasons []string
	of := map[string][]string{}
	for _, u := range looked.Unlooked {
		name := u.Rule
		if u.Netns != "" {
			name += t.say(" in ", "@") + u.Netns
		}
		if of[u.Why] == nil {
			reasons = append(reasons, u.Why)
		}
		if !slices.Contains(of[u.Why], name) {
			of[u.Why] = append(of[u.Why], name)
		}
	}
	if len(reasons) == 0 {
		return b
	}
	heading := t.say("not looked at", "未检查")
	if slices.ContainsFunc(looked.Unlooked, func(u schema.Unlooked) bool { return slices.Contains(looked.Rules, u.Rule) }) {
		heading = t.say("not looked at, or only in part", "未检查或只检查了一部分")
	}
	b = append(append(b, heading...), ":\n"...)
	for _, why := range reasons {
		b = t.appendWrapped(b, findingIndent, labelColumn, strings.Join(of[why], ", ")+": "+why)
	}
	return b
}
