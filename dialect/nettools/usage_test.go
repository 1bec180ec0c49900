package nettools

import (
	"slices"
	"strings"
	"testing"
)

func TestUsageLanguages(t *testing.T) {
	for lang, want := range map[string]string{
		"": usageEnglish, "C": usageEnglish, "de": usageEnglish, "z": usageEnglish,
		"zh": usageChinese, "zh_CN.UTF-8": usageChinese, "zh-Hans": usageChinese, "ZH": usageChinese,
		"zh_SG": usageChinese, "zh_TW.UTF-8": usageEnglish, "zh_HK": usageEnglish, "zh-MO": usageEnglish, "zh-Hant": usageEnglish,
	} {
		if !strings.HasPrefix(Usage(lang), want) {
			t.Errorf("%q: another language", lang)
		}
	}
	_, exit := Parse([]string{"netstat", "-h"}, Environment{Lang: "zh"})
	if exit == nil || exit.Stdout != Usage("zh") {
		t.Error("-h is not in the language asked for")
	}
}

// TestUsageFits keeps the help within a terminal of 80 columns.
func TestUsageFits(t *testing.T) {
	for _, lang := range []string{"", "zh"} {
		text := Usage(lang)
		if !strings.HasSuffix(text, "\n") || strings.Contains(text, "\t") {
			t.Errorf("%q: no newline at the end, or a tab", lang)
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if w := usageColumns(line); w > 79 || strings.HasSuffix(line, " ") {
				t.Errorf("%q: %d columns: %s|", lang, w, line)
			}
		}
	}
}

// usageColumns is the width of text on a terminal. Only Chinese occurs
// outside ASCII, and takes two columns a character.
func usageColumns(text string) (n int) {
	for _, r := range text {
		if n++; r >= 0x80 {
			n++
		}
	}
	return n
}

// TestUsageNamesEveryOption: an option that is added must be documented, in
// each language.
func TestUsageNamesEveryOption(t *testing.T) {
	for _, lang := range []string{"", "zh"} {
		words := strings.FieldsFunc(Usage(lang), func(r rune) bool {
			return r >= 0x80 || strings.ContainsRune(" ,=[]\n", r)
		})
		for _, o := range argClassic {
			if o.long != "" && !slices.Contains(words, "--"+o.long) {
				t.Errorf("%q: --%s is missing", lang, o.long)
			}
			if o.short != 0 && o.short != '?' && o.short != 'd' && !slices.Contains(words, "-"+string(rune(o.short))) {
				t.Errorf("%q: -%c is missing", lang, o.short)
			}
		}
	}
}

func TestVersion(t *testing.T) {
	_, exit := Parse([]string{"netstat", "-V"}, Environment{Version: "1.2.3"})
	if exit == nil || exit.Code != 0 || exit.Stderr != "" || !strings.HasPrefix(exit.Stdout, "netstat 1.2.3 (speaks net-tools 2.10)\n") {
		t.Errorf("got %+v", exit)
	}
	for line := range strings.Lines(exit.Stdout) {
		names, ok := strings.CutPrefix(line, "families:")
		if !ok {
			continue
		}
		for _, name := range strings.Fields(names) {
			if argFamily(name) == "" {
				t.Errorf("-A does not take %s", name)
			}
		}
	}
}
