package options

import (
	"errors"
	"testing"
)

// TestMistakes checks the messages about wrongly written options in both languages.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		text    string
		english string
		chinese string
		foreign bool
	}{
		{"colums=local", "unknown option --colums: did you mean --columns?", "未知选项 --colums: 是否指 --columns？", false},
		{"JSON", "unknown option --JSON: did you mean --json?", "未知选项 --JSON: 是否指 --json？", false},
		{"prots", "unknown option --prots: did you mean --port?", "未知选项 --prots: 是否指 --port？", false},
		{"sor-t", "unknown option --sor-t: did you mean --sort?", "未知选项 --sor-t: 是否指 --sort？", false},
		{"stati", "unknown option --stati: did you mean --state?", "未知选项 --stati: 是否指 --state？", false},
		{"hepl", "unknown option --hepl: did you mean --help?", "未知选项 --hepl: 是否指 --help？", false},
		{"listning", "unknown option --listning: did you mean --listening?", "未知选项 --listning: 是否指 --listening？", true},
		{"bogus", "unknown option --bogus", "未知选项 --bogus", true},
		{"re", "option --re is ambiguous: --resolve-timeout, --redact, --replay or --record", "选项 --re 有歧义: --resolve-timeout、--redact、--replay、--record", false},
		{"json=x", "option --json takes no value", "选项 --json 不带值", false},
		{"mem=", "option --memory takes no value", "选项 --memory 不带值", false},
		{"port", "option --port needs a value: --port=LIST", "选项 --port 需要一个值: --port=列表", false},
		{"resol", "option --resolve-timeout needs a value: --resolve-timeout=D", "选项 --resolve-timeout 需要一个值: --resolve-timeout=时长", false},
	} {
		var o Options
		err := o.Read(c.text, func() (string, bool) { return "", false }, func() []string { return []string{"help", "listening", "protocol"} })
		var m *Mistake
		if !errors.As(err, &m) {
			t.Errorf("--%s: %v", c.text, err)
			continue
		}
		if m.Error() != c.english || m.Text(true) != c.chinese || m.Foreign() != c.foreign {
			t.Errorf("--%s: %s; %s; foreign: %v", c.text, m, m.Text(true), m.Foreign())
		}
	}
}
