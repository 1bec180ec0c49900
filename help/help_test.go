package help

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
	"netstat/filter"
	"netstat/render"
)

var everyTopic = []Topic{Filter, Columns, States, Formats, Families, Namespaces, Examples, Topics}

var update = flag.Bool("update", false, "write the golden files")

// TestGoldenTopics checks the texts in both languages and, where they differ, both
// dialects. Other tests check those that list all facts.
func TestGoldenTopics(t *testing.T) {
	for _, topic := range []Topic{States, Formats, Families, Namespaces, Examples, Topics} {
		for i := range 4 {
			r := Request{Windows: i&1 != 0, Chinese: i&2 != 0, Namespaces: []string{"red", "42/nginx"}}
			name := string(topic)
			if r.Windows {
				if topic != Formats && topic != Examples {
					continue
				}
				name += "-windows"
			}
			if r.Chinese {
				name += "-zh"
			}
			path := filepath.Join("testdata", name+".txt")
			text := Text(topic, &r)
			if *update {
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if want, err := os.ReadFile(path); err != nil || text != string(want) {
				t.Errorf("%s: got\n%s%v", path, text, err)
			}
		}
	}
}

// TestTopicsFit checks that each topic, for each view, dialect and language, fits 80
// columns.
func TestTopicsFit(t *testing.T) {
	for _, topic := range everyTopic {
		for v := fact.Sockets; v <= fact.Lookups; v++ {
			for i := range 4 {
				r := Request{View: v, Windows: i&1 != 0, Chinese: i&2 != 0, Namespaces: []string{"red"}}
				text := Text(topic, &r)
				if text == "" || strings.HasPrefix(text, "\n") || !strings.HasSuffix(text, "\n") || strings.Contains(text, "\n\n\n") {
					t.Errorf("%s %+v: bad blank lines", topic, r)
				}
				for line := range strings.Lines(text) {
					line = strings.TrimSuffix(line, "\n")
					if Width(line) > width || strings.TrimRight(line, " ") != line || strings.Contains(line, "\t") {
						t.Errorf("%s %+v: %d columns: %q", topic, r, Width(line), line)
					}
					// An explanation is short enough; only lists of examples go on.
					if strings.HasSuffix(line, "…") && !strings.HasSuffix(line, ", …") {
						t.Errorf("%s %+v: cut: %q", topic, r, line)
					}
				}
			}
		}
	}
}

func TestParseTopic(t *testing.T) {
	for name, want := range map[string]Topic{
		"filter": Filter, "FILTER": Filter, "col": Columns, "help": Topics, "Examples": Examples, "state": States,
	} {
		if got, err := ParseTopic(name); got != want || err != nil {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	const known = " (known: filter, columns, states, formats, families, namespaces, diagnose, examples)"
	for name, want := range map[string]string{
		"filtr": "unknown help topic 'filtr': did you mean filter?" + known,
		"f":     "unknown help topic 'f'" + known,
		"":      "unknown help topic ''" + known,
	} {
		if got, err := ParseTopic(name); got != "" || err == nil || err.Error() != want {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	list := Text(Topics, &Request{})
	for _, topic := range everyTopic[:len(everyTopic)-1] {
		if !strings.Contains(list, "\n  "+string(topic)+" ") {
			t.Errorf("%s is not listed", topic)
		}
	}
}

// TestEveryFactIsListed checks that each column of a view has one line in the list of
// columns, and each filter field one in the list of fields.
func TestEveryFactIsListed(t *testing.T) {
	count := func(text, name string) int { return strings.Count(text, "\n  "+name+" ") }
	for v := fact.Sockets; v <= fact.Lookups; v++ {
		text := Text(Columns, &Request{View: v})
		for _, f := range fact.Of(v) {
			if count(text, f.Name) != 1 {
				t.Errorf("%v: %s stands there %d times", v, f.Name, count(text, f.Name))
			}
		}
	}
	_, text, _ := strings.Cut(Text(Filter, &Request{}), "\nCommon:")
	for _, f := range filter.Fields() {
		if count(text, f.Name) != 1 {
			t.Errorf("field %s stands there %d times", f.Name, count(text, f.Name))
		}
	}
}

func TestBrief(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"segments sent", 13, "segments sent"},
		{"bytes sent (Linux 4.1)", 21, "bytes sent"},
		{"state: open, lost; 0 for none", 28, "state: open, lost"},
		{"state: open, lost; 0 for none", 16, "state"},
		{"largest window that may be announced", 20, "largest window that…"},
		{"sockets, listening or not", 10, "sockets…"},
		{"TLS: none (by the program), sw or hw", 34, "TLS"},
		{"送达的段数（Linux 4.18）", 23, "送达的段数"},
		{"状态: 打开、丢失；无则为 0", 20, "状态: 打开、丢失"},
		{"等待接受的连接", 10, "等待接受…"},
	} {
		if got := brief(c.text, c.n); got != c.want || Width(got) > c.n {
			t.Errorf("%q in %d: %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

// TestStates checks that each state has a meaning and that the list has each name that
// filters accept.
func TestStates(t *testing.T) {
	for s := range netstat.State(32) {
		if netstat.AllStates.Has(s) != (int(s) < len(stateAbout) && stateAbout[s].about != "" && stateAbout[s].aboutZH != "") {
			t.Errorf("%v has no meaning, or a meaning has no state", s)
		}
	}
	words := strings.FieldsFunc(Text(States, &Request{}), func(r rune) bool { return strings.ContainsRune(" ,\n", r) })
	for name := range filter.States() {
		if !slices.Contains(words, strings.ToLower(name)) {
			t.Errorf("%s is not listed", name)
		}
	}
}

// accepted parses an expression as on a host with a few names.
func accepted(t *testing.T, expression string) {
	t.Helper()
	_, err := filter.Parse(expression, filter.Env{
		User: func(string) (uint32, bool) { return 33, true },
		Host: func(string) ([]netip.Addr, error) { return []netip.Addr{netip.IPv6Loopback()}, nil },
	})
	if err != nil {
		t.Errorf("%s: %v", expression, err)
	}
}

// TestFilterForms checks that Parse accepts every form in the text about filters.
func TestFilterForms(t *testing.T) {
	for _, e := range filterExamples {
		accepted(t, e.expression)
	}
	forms := Text(Filter, &Request{})
	for _, operator := range strings.Fields("= == eq != ne neq < lt <= le > gt >= ge") {
		accepted(t, "recvq "+operator+" 1")
		if !strings.Contains(forms, operator) {
			t.Errorf("%s is not named", operator)
		}
	}
	for _, expression := range []string{
		"recvq 1", "port in 80,443", "port = 80,443", "recvq > max_backlog", "state TIME_WAIT", "state FIN_WAIT2", "state SynSent", "abstract", "not abstract", "! abstract", "( abstract )", "state listening", "exclude listening",
		"abstract and v6only", "abstract & v6only", "abstract && v6only", "abstract, v6only",
		"abstract or v6only", "abstract | v6only", "abstract || v6only",
		"process = 'a b*'", "pid = 42", "pid = 1000-2000", "retrans > 2k", "retrans > 3M", "recvq > 64Ki", "recvq > 10M",
		"delivery_rate > 10Mbit", "rtt > 50ms", "rto > 1.5s", "rto < 2h", "started > 2026-01-31", "started > 2026-01-31T08:30:00Z",
		"abstract = yes", "abstract = no", "src 10.0.0.0/8", "src 10.0.0.1:80", "src example.org", "src /run/*",
	} {
		accepted(t, expression)
	}
	var kinds []string
	for _, f := range filter.Fields() {
		kinds = append(kinds, f.Type())
	}
	for _, v := range valueForms {
		if !slices.Contains(kinds, v.kind) {
			t.Errorf("no field has the type %s", v.kind)
		}
	}
}

// TestFormats checks that each format is explained.
func TestFormats(t *testing.T) {
	for i, name := range render.FormatNames(false) {
		if render.FormatAbout(i, false) == "" || render.FormatAbout(i, true) == "" {
			t.Errorf("%s is not explained", name)
		}
	}
}

// TestFamilies checks that each family is explained and that each name of a table or a
// type is listed.
func TestFamilies(t *testing.T) {
	words := strings.FieldsFunc(Text(Families, &Request{}), func(r rune) bool { return strings.ContainsRune(" ,:\n", r) })
	for _, table := range netstat.Tables() {
		if about := familyAbout[table.Family]; about.about == "" || about.aboutZH == "" {
			t.Errorf("%v is not explained", table.Family)
		}
		for _, name := range append(table.Netids(), table.String(), table.Family.String()) {
			if name != "nl" && !slices.Contains(words, name) {
				t.Errorf("%s is not listed", name)
			}
		}
	}
}

// TestWrap checks that a list that does not fit a line continues on the next one.
func TestWrap(t *testing.T) {
	const column, end = 4, 24
	long := strings.Repeat("x", end-column-len("a, "))
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"a, ", "b or ", "c"}, "a, b or c\n"},
		{[]string{"a, ", long}, "a, " + long + "\n"},
		{[]string{"a, ", long[3:] + " or ", "c"}, "a, " + long[3:] + " or\n    c\n"},
		{[]string{strings.Repeat("名", (end-column)/2-1) + "、", "名"}, strings.Repeat("名", (end-column)/2-1) + "、\n    名\n"},
		{[]string{""}, "\n"},
	} {
		var b strings.Builder
		if Wrap(&b, c.words, column, end); b.String() != c.want {
			t.Errorf("%q: got %q, want %q", c.words, b.String(), c.want)
		}
	}
}
