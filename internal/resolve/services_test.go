package resolve

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree makes a Root with the given files.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func wantService(t *testing.T, r *Resolver, port uint16, network, want string) {
	t.Helper()
	name, ok := r.Service(port, network)
	if name != want || ok != (want != "") {
		t.Errorf("Service(%d, %q) = %q, %v; want %q", port, network, name, ok, want)
	}
}

// serviceLines are lines and what net-tools 2.10 on glibc 2.36 makes of them.
var serviceLines = []struct {
	line string
	want entry // zero if the line is skipped
}{
	{"", entry{}},
	{"# comment 80/tcp", entry{}},
	{"ssh 22/tcp", entry{"ssh", 22, "tcp"}},
	{"  lead\t22/tcp", entry{"lead", 22, "tcp"}},
	{"tabs\t\t22/tcp\talias1 alias2", entry{"tabs", 22, "tcp"}},
	{"noproto 22/", entry{"noproto", 22, ""}},
	{"noproto 22", entry{"noproto", 22, ""}},
	{"upper 22/TCP", entry{"upper", 22, "TCP"}},
	{"big 65536/tcp", entry{"big", 0, "tcp"}},
	{"big 67543/tcp", entry{"big", 2007, "tcp"}},
	{"big 4294967295/tcp", entry{"big", 65535, "tcp"}},
	{"big 4294967296/tcp", entry{}},
	{"big 99999999999999999999/tcp", entry{}},
	{"neg -1/tcp", entry{}},
	{"neg -18446744073709549614/tcp", entry{"neg", 2002, "tcp"}},
	{"plus +22/tcp", entry{"plus", 22, "tcp"}},
	{"plus + 22/tcp", entry{}},
	{"oct 010/tcp", entry{"oct", 8, "tcp"}},
	{"oct 02008/tcp", entry{}},
	{"hex 0x7d9/tcp", entry{"hex", 2009, "tcp"}},
	{"hex 0X7D9/tcp", entry{"hex", 2009, "tcp"}},
	{"hex 0x/tcp", entry{}},
	{"blank 22 /tcp", entry{}},
	{"blank 22/ tcp", entry{"blank", 22, ""}},
	{"comment 22/tcp#x", entry{"comment", 22, "tcp"}},
	{"com#ment 22/tcp", entry{}},
	{"garbage 22x/tcp", entry{}},
	{"slashes 22//tcp", entry{"slashes", 22, "tcp"}},
	{"comma 22,tcp", entry{}},
	{"comma 22/tcp,udp", entry{"comma", 22, "tcp,udp"}},
	{"six 22/tcp/x", entry{"six", 22, "tcp/x"}},
	{"crlf 22/tcp\r", entry{"crlf", 22, "tcp"}},
	{"vt\v22/tcp\f", entry{"vt", 22, "tcp"}},
	{"nb\xa022/tcp", entry{}},
	{"nul\x00x 22/tcp", entry{}},
	{"nul 22/tcp\x00", entry{"nul", 22, "tcp"}},
	{"utf\xc3\xa9 22/tcp", entry{"utf\xc3\xa9", 22, "tcp"}},
	{"/x 22/tcp", entry{"/x", 22, "tcp"}},
	{"22/tcp", entry{}},
	{"22", entry{}},
	{"x y z", entry{}},
}

func TestParseServices(t *testing.T) {
	for _, c := range serviceLines {
		got := slices.Collect(parseServices(c.line))
		if c.want == (entry{}) && len(got) == 0 {
			continue
		}
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%q: %v, want %v", c.line, got, c.want)
		}
	}
}

func TestParseProtocols(t *testing.T) {
	for _, c := range []struct {
		line string
		want entry
	}{
		{"icmp\t1\tICMP # comment", entry{name: "icmp", number: 1}},
		{" lead 3", entry{name: "lead", number: 3}},
		{"4", entry{}},
		{"six 6/x", entry{}},
		{"slash 10/", entry{}},
		{"oct 010", entry{name: "oct", number: 10}},
		{"hex 0x9", entry{}},
		{"com 11#x", entry{name: "com", number: 11}},
		{"big 256", entry{name: "big", number: 256}},
		{"wrap 65549", entry{name: "wrap", number: 13}},
		{"big 4294967295", entry{name: "big", number: 65535}},
		{"big 4294967296", entry{}},
		{"neg -1", entry{}},
		{"neg -18446744073709551609", entry{name: "neg", number: 7}},
		{"plus +18", entry{name: "plus", number: 18}},
		{"garbage 14abc", entry{}},
		{"cr 9\rx", entry{name: "cr", number: 9}},
		{"nul 11\t\x00", entry{name: "nul", number: 11}},
		{"vt\v12", entry{name: "vt", number: 12}},
	} {
		got := slices.Collect(parseProtocols(c.line))
		if c.want == (entry{}) && len(got) == 0 {
			continue
		}
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%q: %v, want %v", c.line, got, c.want)
		}
	}
}

func TestService(t *testing.T) {
	long := strings.Repeat("x", 70)
	r := New(Options{Root: tree(t, map[string]string{
		"etc/services":  "a 80/tcp\nb 80/udp\nc 80/tcp alias\nd 80/sctp\n" + long + " 81/tcp\nr1 1/raw\nr2 2/raw\nr3 2/raw\nlast 82/tcp",
		"etc/protocols": "p1 1\np3 3\np4 3 P4\n" + long + " 5\nmptcp 262",
	})})
	wantService(t, r, 80, "tcp", "c")
	wantService(t, r, 80, "udp", "b")
	wantService(t, r, 80, "sctp", "")
	wantService(t, r, 80, "", "")
	wantService(t, r, 81, "tcp", long[:63])
	wantService(t, r, 82, "tcp", "last")
	wantService(t, r, 82, "udp", "")
	for number, want := range map[uint16]string{1: "p1", 2: "r3", 3: "p4", 4: "", 5: long[:63], 262: "mptcp"} {
		if name, ok := r.Protocol(number); name != want || ok != (want != "") {
			t.Errorf("Protocol(%d) = %q, %v; want %q", number, name, ok, want)
		}
	}
}

func TestNoFiles(t *testing.T) {
	r := New(Options{Root: t.TempDir()})
	wantService(t, r, 80, "tcp", "")
	if name, ok := r.Protocol(1); ok {
		t.Errorf("protocol 1 is %q", name)
	}
	wantUser(t, r, 0, "")
}

// checkEntries checks that entries are well-formed, that they parse the same
// when written as lines, and that a further line adds one entry at the end.
func checkEntries(t *testing.T, text string, parse func(string) iter.Seq[entry], line func(entry) string) {
	list := slices.Collect(parse(text))
	var again strings.Builder
	for _, e := range list {
		if e.name == "" || strings.ContainsAny(e.name+e.protocol, " \t\n\v\f\r#\x00") {
			t.Fatalf("bad entry %+v", e)
		}
		fmt.Fprintln(&again, line(e))
	}
	if got := slices.Collect(parse(again.String())); !slices.Equal(got, list) {
		t.Errorf("%+v rewritten as %q is %+v", list, again.String(), got)
	}
	last := entry{name: "last", number: 1}
	got := slices.Collect(parse(text + "\n" + line(last)))
	if !slices.Equal(got, append(list, last)) {
		t.Errorf("a line more gives %+v after %+v", got, list)
	}
}

func FuzzServices(f *testing.F) {
	for _, c := range serviceLines {
		f.Add(c.line)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkEntries(t, text, parseServices,
			func(e entry) string { return fmt.Sprintf("%s %d/%s", e.name, e.number, e.protocol) })
	})
}

func FuzzProtocols(f *testing.F) {
	f.Add("icmp\t1\tICMP # comment\n big 65549\n")
	f.Add("oct 010\nneg -1\nhex 0x9\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		checkEntries(t, text, parseProtocols,
			func(e entry) string { return fmt.Sprintf("%s %d", e.name, e.number) })
	})
}

func BenchmarkLoadServices(b *testing.B) {
	var text strings.Builder
	for i := range 600 {
		fmt.Fprintf(&text, "service%d\t\t%d/%s\t# a service\n", i, i+1, []string{"tcp", "udp"}[i%2])
	}
	root := b.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc/services"), []byte(text.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		New(Options{Root: root}).Service(80, "tcp")
	}
}
