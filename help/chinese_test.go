package help

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"netstat/fact"
)

// english matches three English words in a row.
var english = regexp.MustCompile(`\b[A-Za-z]+( [a-z]+){2,}\b`)

// TestChinese checks that each topic, of each view and dialect, explains in Chinese, and
// that no explanation is cut. Names, command lines and expressions are as in English.
func TestChinese(t *testing.T) {
	for _, topic := range everyTopic {
		for v := fact.Sockets; v <= fact.Lookups; v++ {
			for _, windows := range []bool{false, true} {
				text := Text(topic, &Request{View: v, Windows: windows, Chinese: true, Namespaces: []string{"red"}})
				for line := range strings.Lines(text) {
					line = strings.TrimSuffix(line, "\n")
					if strings.HasPrefix(line, "  netstat ") {
						continue
					}
					about := line[strings.LastIndex(line, "  ")+1:]
					if found := english.FindString(strings.ReplaceAll(about, "ip link set alias", "")); found != "" || strings.Contains(line, "…") {
						t.Errorf("%s %v: %q: %s", topic, v, found, line)
					}
				}
			}
		}
	}
}

// TestFactsAreChinese checks that each fact has a description in Chinese, with Chinese
// punctuation.
func TestFactsAreChinese(t *testing.T) {
	for v := fact.Sockets; v <= fact.Lookups; v++ {
		for _, f := range fact.Of(v) {
			if !strings.ContainsFunc(f.AboutZH, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || strings.ContainsAny(f.AboutZH, ",;()…") {
				t.Errorf("%v: %s: %q", v, f.Name, f.AboutZH)
			}
		}
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"one, two":              "one, |two",
		"名称、路径或 all":            "名称、|路径或 |all",
		"增减；--columns=help 列出。": "增减；|--columns=help |列出。",
	} {
		if got := strings.Join(Words(text), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
