package snapshot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"netstat"
	"netstat/test/need"
)

func TestWriteFails(t *testing.T) {
	full := errors.New("no space left")
	if err := Write(context.Background(), fakeWriter{full}, newFakeHost(), fakeMeta, fakeNames{}, nil); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Write(ctx, new(bytes.Buffer), newFakeHost(), fakeMeta, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	s := open(t, record(t, newFakeHost(), fakeMeta, nil))
	for _, err := range s.Sockets(ctx, netstat.TCP4Table, netstat.Need{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
	if _, err := s.Owners(ctx, netstat.OwnerQuery{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

type fakeWriter struct{ err error }

func (w fakeWriter) Write([]byte) (int, error) { return 0, w.err }

func TestOpenMistakes(t *testing.T) {
	text := string(record(t, newFakeHost(), fakeMeta, fakeNames{}))
	line := strings.Count(text[:strings.Index(text, `"local_port":22`)], "\n") + 1
	for _, c := range []struct{ text, want string }{
		{"", "empty"},
		{" \n\t", "empty"},
		{"Active Internet connections\n", "not a snapshot: not JSON"},
		{"\x1f\x8b\x08", "compressed: decompress it first"},
		{"\xff\xfe{\x00", "encoded in UTF-16: a snapshot must be UTF-8; let --snapshot=FILE write the file"},
		{"\xef\xbb\xbf{}", "not a snapshot: starts with a byte order mark"},
		{"\x7fELF\x00\xfe", "not a snapshot: not text"},
		{"{}", `not a snapshot: no field "schema"`},
		{`{"schema":"netstat"}`, `not a snapshot: no field "version"`},
		{`{"schema":"netstat","version":1}`, `not a snapshot: content is ""`},
		{`{"schema":"netstat","version":1,"content":"sockets"}`, `not a snapshot: content is "sockets"`},
		{`{"schema":"osquery"}`, `not a snapshot: schema is "osquery"`},
		{strings.Replace(text, `"version":1`, `"version":7`, 1), "written by a newer program: format version 7, this program reads up to 1"},
		{strings.Replace(text, `"local_port":22`, `"local_port":220000`, 1), fmt.Sprintf("damaged in line %d, byte %d: number above 65535", line, strings.Index(text, `"local_port":22`)+13)},
		{text[:len(text)-2], fmt.Sprintf("truncated in line %d: unexpected end of text", strings.Count(text, "\n"))},
		{text + "x", fmt.Sprintf("damaged in line %d, byte %d: trailing data", strings.Count(text, "\n")+1, len(text))},
		{strings.Replace(text, `"after_rows":0`, `"after_rows":9`, 1), ""},
		{strings.Replace(text, `"proto":"tcp","state":"LISTEN"`, `"proto":"udp","state":"LISTEN"`, 1), ""},
		{strings.Replace(text, `"kind":"unix"`, `"kind":"x25"`, 1), ""},
		{strings.Replace(text, `"destination":"127.0.0.0"`, `"destination":"::1"`, 1), ""},
		{strings.Replace(text, `"destination":"127.0.0.0",`, ``, 1), ""},
		{strings.Replace(text, `{"family":"ax25","destination"`, `{"family":"rose","destination"`, 1), ""},
		{strings.Replace(text, `"proto":"tcp","bound":true`, `"proto":"tcp"`, 1), ""},
		{strings.Replace(text, `"address":"10.0.0.2"`, `"address":"fe80::2"`, 1), ""},
		{strings.Replace(text, `"address":"10.0.0.2",`, ``, 1), ""},
		{strings.Replace(text, `"hardware_address":"02:00`, `"hardware_address":"2:00`, 1), ""},
		{strings.Replace(text, `"name":"TCP.inuse","value":3`, `"name":"TCP.inuse","value":-3`, 1), ""},
		{strings.Replace(text, `"reported":true,"error":`, `"reported":true,"other":`, 1), ""},
	} {
		_, err := Open(strings.NewReader(c.text))
		switch {
		case err == nil:
			t.Errorf("%.60q is accepted as a snapshot", c.text)
		case strings.Contains(err.Error(), "\n"):
			t.Errorf("more than one line: %v", err)
		case c.want != "" && err.Error() != c.want:
			t.Errorf("%.60q: %v\nwant %s", c.text, err, c.want)
		case c.want == "" && !strings.HasPrefix(err.Error(), "damaged in line "):
			t.Errorf("%v", err)
		}
	}
	broken := errors.New("broken disk")
	if _, err := Open(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	// Every truncated document is an error. Each prefix is read from the beginning.
	step := 1
	if testing.Short() {
		step = 13
		need.Partly(t, "most truncations (short tests)")
	}
	for n := 0; n < len(text)-2; n += step {
		if _, err := Open(strings.NewReader(text[:n])); err == nil {
			t.Fatalf("the first %d of %d bytes are accepted as a snapshot", n, len(text))
		}
	}
}

// TestContradictions checks that a document which no host would produce still gives the
// same answer each time.
func TestContradictions(t *testing.T) {
	text := []byte(`{"schema":"netstat","version":1,"content":"snapshot","sockets":[` +
		`{"family":"inet","proto":"udp","facts":["inode"],"rows":[{"family":"inet","proto":"udp","inode":5,"owners":[{"pid":1}]}]},` +
		`{"family":"inet6","proto":"udp","facts":["inode"],"rows":[{"family":"inet6","proto":"udp","inode":5,"owners":[{"pid":7},{"pid":2}]}]},` +
		`{"family":"inet","proto":"tcp","facts":["inode"],"rows":[{"family":"inet","proto":"tcp","inode":5,"owners":[{"pid":9},{"pid":3}]},` +
		`{"family":"inet","proto":"tcp","inode":5,"cookie":8,"max_backlog":1,"owners":[]}]}]}`)
	var first []byte
	for range 20 {
		s := open(t, text)
		once := record(t, s, s.Meta, s.Names())
		if first == nil {
			first = once
		}
		c := open(t, once)
		if twice := record(t, c, c.Meta, c.Names()); !bytes.Equal(once, first) || !bytes.Equal(once, twice) {
			t.Fatalf("the second answer differs:\n%s", fakeDiff(string(twice), string(first)))
		}
	}
	owners, _ := open(t, text).Owners(context.Background(), netstat.OwnerQuery{})
	if got := owners.All(nil, 5); !slices.Equal(got, []uint32{1, 2, 3, 7, 9}) {
		t.Errorf("%v", got)
	}
}

func FuzzOpen(f *testing.F) {
	// Each section is a separate seed: mutating a small document is faster.
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(record(f, newFakeHost(), fakeMeta, fakeNames{}), &sections); err != nil {
		f.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		f.Add([]byte(`{"schema":"netstat","version":1,"content":"snapshot","` + name + `":` + string(sections[name]) + `}`))
	}
	f.Add([]byte(`{"schema":"netstat","version":1,"content":"snapshot","sockets":[{"family":"inet","proto":"tcp","rows":[{"inode":1}],"problems":[{"after_rows":1,"error":{"text":"x"}}]}]}`))
	f.Add([]byte(`{"schema":"netstat","version":1,"content":"snapshot","owners":{"error":{}},"processes":[{"pid":1}],"names":{"users":[{"uid":1,"name":"x"}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Open(bytes.NewReader(text))
		if err != nil {
			if err.Error() == "" || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q", err)
			}
			return
		}
		// An accepted document can be replayed and recorded again; further copies are
		// identical.
		_ = transcript(s)
		once := record(t, s, s.Meta, s.Names())
		c := open(t, once)
		if twice := record(t, c, c.Meta, c.Names()); !bytes.Equal(once, twice) {
			t.Fatalf("a copy of a copy differs:\n%s", fakeDiff(string(twice), string(once)))
		}
	})
}
