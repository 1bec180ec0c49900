package nettools

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files with the program's output")

// TestGoldenUsage compares the whole help of each language. The other tests
// check single properties.
func TestGoldenUsage(t *testing.T) {
	for lang, path := range map[string]string{"": "testdata/usage.txt", "zh": "testdata/zh-usage.txt"} {
		_, exit := Parse([]string{"netstat", "-h"}, Environment{Lang: lang})
		if exit == nil || exit.Code != 0 || exit.Stderr != "" {
			t.Fatalf("%q: -h: %+v", lang, exit)
		}
		if *update {
			if err := os.WriteFile(path, []byte(exit.Stdout), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if want, err := os.ReadFile(path); err != nil || exit.Stdout != string(want) {
			t.Errorf("-h is not %s (%v); got\n%s", path, err, exit.Stdout)
		}
	}
}

func TestUsageLanguages(t *testing.T) {
	chinese := Usage("zh")
	for lang, want := range map[string]bool{
		"": false, "C": false, "de": false, "z": false, "zh_TW.UTF-8": false, "zh_HK": false, "zh-MO": false, "zh-Hant": false,
		"zh": true, "zh_CN.UTF-8": true, "zh-Hans": true, "ZH": true, "zh_SG": true,
	} {
		if (Usage(lang) == chinese) != want {
			t.Errorf("%q: wrong language", lang)
		}
	}
}

// TestUsageFits checks that the help fits a terminal of 80 columns.
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

// usageColumns returns the width of text on a terminal. Only Chinese occurs
// outside ASCII; each character takes two columns.
func usageColumns(text string) (n int) {
	for _, r := range text {
		if n++; r >= 0x80 {
			n++
		}
	}
	return n
}

// TestUsageNamesEveryOption checks that each language documents every option.
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

// TestVersion reads -V as scripts do: the first line, its second field, and the
// family words.
func TestVersion(t *testing.T) {
	for _, word := range []string{"-V", "--version"} {
		_, exit := Parse([]string{"netstat", word}, Environment{Version: func() string { return "1.2.3" }})
		if exit == nil || exit.Code != 0 || exit.Stderr != "" {
			t.Fatalf("%s: got %+v", word, exit)
		}
		lines := strings.Split(exit.Stdout, "\n")
		if lines[0] != "net-tools 2.10" {
			t.Errorf("%s: the first line is %q", word, lines[0])
		}
		if !strings.HasPrefix(lines[1], "netstat 1.2.3,") {
			t.Errorf("%s: the second line is %q", word, lines[1])
		}
		names, ok := strings.CutPrefix(lines[3], "AF: (inet) ")
		if !ok {
			t.Errorf("%s: the families line is %q", word, lines[3])
		}
		for _, name := range strings.Fields(names) {
			name = strings.ToLower(strings.TrimPrefix(name, "+"))
			if name == "atalk" { // its name in net-tools' source
				name = "ddp"
			}
			if argFamily(name) == "" {
				t.Errorf("%s: -A does not accept %s", word, name)
			}
		}
	}
}
