package options

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"netstat/render"
)

func TestSet(t *testing.T) {
	format := func(value string) render.Format {
		f, err := render.ParseFormat(value)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, c := range []struct {
		name, value string
		want        Options
	}{
		{"dialect", "Windows", Options{Dialect: "windows"}},
		{"dialect", "linux", Options{Dialect: "linux"}},
		{"json", "", Options{Format: format("json")}},
		{"format", "text", Options{}},
		{"format", "template={{.state}}=x", Options{Format: format("template={{.state}}=x")}},
		{"limit", "10", Options{Limit: 10}},
		{"count", "", Options{Count: true}},
		{"columns", "proto,state", Options{Columns: "proto,state"}},
		{"state", "listening", Options{States: []string{"listening"}}},
		{"filter", "dport = :443", Options{Filters: []string{"dport = :443"}}},
		{"diff", "", Options{Diff: true}},
		{"diff", "old", Options{Diff: true, DiffFiles: []string{"old"}}},
		{"color", "never", Options{Color: "never"}},
		{"snapshot", "-", Options{Snapshot: "-"}},
		{"replay", "a b", Options{Replay: "a b"}},
		{"resolve-timeout", "1.5", Options{ResolveTimeout: 1500 * time.Millisecond, ResolveTimeoutSet: true}},
		{"resolve-timeout", "0", Options{ResolveTimeoutSet: true}},
	} {
		o, rivals := Find(c.name)
		if o == nil || rivals != nil {
			t.Fatalf("%s: not found", c.name)
		}
		var got Options
		if err := got.Set(o, c.value); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("--%s=%s: %+v, %v", c.name, c.value, got, err)
		}
	}
	for _, c := range [][2]string{
		{"dialect", ""}, {"dialect", "bsd"}, {"format", "xml"}, {"format", "template"}, {"format", "template="},
		{"format", "json=x"}, {"limit", "0"}, {"limit", "-1"}, {"limit", "x"}, {"columns", ""}, {"sort", ""},
		{"filter", ""}, {"netns", ""}, {"color", "red"}, {"snapshot", ""}, {"replay", ""},
		{"resolve-timeout", "-1"}, {"resolve-timeout", "soon"}, {"resolve-timeout", "1e400"},
	} {
		o, _ := Find(c[0])
		var got Options
		if err := got.Set(o, c[1]); err == nil || !strings.Contains(err.Error(), "'"+c[1]+"' for --"+c[0]) || !reflect.DeepEqual(got, Options{}) {
			t.Errorf("--%s=%s: %+v, %v", c[0], c[1], got, err)
		}
	}
}

func TestFind(t *testing.T) {
	if o, rivals := Find("res"); o == nil || o.Name != "resolve-timeout" || rivals != nil {
		t.Errorf("res: %v, %v", o, rivals)
	}
	if o, rivals := Find("re"); o == nil || len(rivals) != 1 {
		t.Errorf("re: %v, %v", o, rivals)
	}
	if o, _ := Find("nothing"); o != nil {
		t.Errorf("nothing: %v", o)
	}
}

func TestUsage(t *testing.T) {
	for _, chinese := range []bool{false, true} {
		text := Usage(chinese)
		for _, o := range All {
			if !strings.Contains(text, "--"+o.Name) {
				t.Errorf("%v: --%s is missing", chinese, o.Name)
			}
		}
		for line := range strings.Lines(text) {
			if utf8.RuneCountInString(line) > 80 {
				t.Errorf("too long: %q", line)
			}
		}
	}
}

// TestWrap: a list of formats that does not fit a line goes on below it.
func TestWrap(t *testing.T) {
	indent := "\n" + strings.Repeat(" ", helpColumn)
	long := strings.Repeat("x", helpWidth-len("a, "))
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"a, ", "b or ", "c"}, "a, b or c"},
		{[]string{"a, ", long}, "a, " + long},
		{[]string{"a, ", long[3:] + " or ", "c"}, "a, " + long[3:] + " or" + indent + "c"},
		{[]string{strings.Repeat("名", helpWidth/2-1) + "、", "名"}, strings.Repeat("名", helpWidth/2-1) + "、" + indent + "名"},
	} {
		if got := wrap(c.words); got != c.want {
			t.Errorf("%q: got %q, want %q", c.words, got, c.want)
		}
	}
}
