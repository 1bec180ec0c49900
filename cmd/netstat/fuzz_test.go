package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"netstat"
	"netstat/collect"
)

// FuzzReplay checks that any file is replayed or rejected in one line, that no
// command line makes anything else of it, and that nothing in it controls a
// terminal.
func FuzzReplay(f *testing.F) {
	hosts, err := filepath.Glob("testdata/hosts/*.json")
	if err != nil || len(hosts) == 0 {
		f.Fatal("no hosts", err)
	}
	for _, name := range hosts {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		// Each section is a seed of its own, since small documents
		// mutate faster.
		var sections map[string]json.RawMessage
		if err := json.Unmarshal(text, &sections); err != nil {
			f.Fatal(err)
		}
		for _, key := range slices.Sorted(maps.Keys(sections)) {
			f.Add([]byte(`{"schema":"netstat","version":1,"content":"snapshot","` + key + `":` + string(sections[key]) + `}`))
		}
	}
	// An endpoint has no remote address, but this one does.
	f.Add([]byte(`{"schema":"netstat","version":1,"content":"snapshot","sockets":[{"family":"inet","proto":"sctp","rows":[{"family":"inet","proto":"sctp","detail":{"kind":"sctp","association":false,"remote_more":[{"port":1}]}}]}]}`))
	// Error texts come from outside, like names, and must be made safe
	// wherever they are printed. Each table prints them in a different way.
	for section, table := range map[string]string{
		"sockets": `"family":"unix","proto":"unix"`, "routes": `"family":"inet","cache":true`, "rare_routes": `"family":"rose"`,
		"interfaces": `"details":true`, "groups": `"family":"inet"`, "counters": `"family":"inet6"`, "nat_sessions": `"rows":[]`,
	} {
		for _, kind := range []string{"operation", "file", "record", "missing-column", "system"} {
			for _, reported := range []string{"true", "false"} {
				const evil = `"\u001b[2J\n\u009b"`
				wrong := `{"kind":"` + kind + `","text":` + evil + `,"number":99999,"operation":` + evil + `,"path":` + evil +
					`,"record":` + evil + `,"column":` + evil
				f.Add([]byte(`{"schema":"netstat","version":1,"content":"snapshot","` + section + `":[{` + table +
					`,"problems":[{"after_rows":0,"reported":` + reported + `,"error":` + wrong + `,"is":["unsupported"],"causes":[` + wrong + `}]}}]}]}`))
			}
		}
	}
	lines := [][]string{
		{"-apeeoW"}, {"-lnZ"}, {"-r46eeC"}, {"-rnF"}, {"-iae"}, {"-i"}, {"-g"}, {"-s"}, {"-s6"}, {"-Me"}, {"-aS2f"},
		{"-reA", "ax25"}, {"-rA", "netrom"}, {"-reA", "rose"}, {"-rA", "x25"}, {"-rA", "ipx"}, {"-rA", "ddp"},
		{"-aepA", "ax25,netrom,rose,x25,ipx,ddp,unix,inet"}, {"--snapshot", "-"}, {"-rC"}, {"-r6C"},
		{"--dialect=windows", "-anoit"}, {"--dialect=windows", "-qb"}, {"--dialect=windows", "-ay"}, {"--dialect=windows", "-r"},
		{"--dialect=windows", "-es"}, {"--dialect=windows", "-c"}, {"--dialect=windows", "-s", "-p", "udpv6"},
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, line := range lines {
			var out, errs bytes.Buffer
			p := &process{
				getenv: func(string) (string, bool) { return "", false },
				stdin:  bytes.NewReader(text), stdout: &out, stderr: &errs,
				selinux: func() bool { return false },
				dialect: "linux", systemLanguage: func() string { return "" },
				elevationText: func() string { return "" },
				open: func(collect.Options) (netstat.Source, error) {
					t.Error("the running host was opened")
					return nil, io.EOF
				},
				sleep: func(time.Duration) { t.Error("a pause") },
			}
			status := run(append([]string{"netstat", "--replay", "-"}, line...), p)
			if strings.HasPrefix(errs.String(), "netstat: standard input: ") {
				if status == 0 || strings.Count(errs.String(), "\n") != 1 {
					t.Fatalf("exit %d, %q", status, &errs)
				}
				return // the other command lines do so too
			}
			for _, said := range []string{out.String(), errs.String()} {
				if i := strings.IndexFunc(said, controls); i >= 0 || !utf8.ValidString(said) {
					t.Fatalf("%v: %q", line, said)
				}
			}
		}
	})
}

// controls reports whether a terminal does anything but show a character.
func controls(c rune) bool {
	return c != '\n' && c != '\t' && unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) || c == '\u2028' || c == '\u2029'
}
