package snapshot

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"netstat"
	"netstat/internal/zstd"
	"netstat/test/need"
)

// longSnapshot returns a snapshot of several frames, with n sockets in one table.
func longSnapshot(n int) []byte {
	b := []byte(`{"schema":"netstat","version":1,"content":"snapshot","sockets":[{"family":"inet","proto":"tcp","facts":["inode"],"rows":[`)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, "\n"+`{"family":"inet","proto":"tcp","local_address":"127.0.0.1","local_port":`...)
		b = strconv.AppendInt(b, int64(i%65536), 10)
		b = append(b, `,"inode":`...)
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, `,"tcp_info":{"mss":`...)
		b = strconv.AppendInt(b, int64(i*i%65536), 10)
		b = append(b, `},"owners":[{"pid":`...)
		b = append(strconv.AppendInt(b, int64(i%7), 10), `}]}`...)
	}
	return append(b, "]},\n"+`{"family":"inet","proto":"udp","facts":["inode"],"rows":[{"family":"inet","proto":"udp","inode":5}]}]}`...)
}

// packed returns text compressed by a Writer.
func packed(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewCompressor(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// file returns a file with this content.
func file(t *testing.T, content []byte) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "host")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func openAny(in io.Reader) (*Source, error) {
	if f, ok := in.(File); ok {
		return OpenFile(f)
	}
	return Open(in)
}

func inodes(t *testing.T, s *Source, table netstat.Table) []uint64 {
	t.Helper()
	var list []uint64
	for row, err := range s.Sockets(context.Background(), table, netstat.Need{Facts: netstat.FactInode}) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, row.Inode)
	}
	return list
}

// TestForms checks that a snapshot gives the same answers however it is stored and
// whatever it is read from.
func TestForms(t *testing.T) {
	const n = 60_000
	text := longSnapshot(n)
	zip := exec.Command(need.Program(t, "zstd", "zstd"), "-c")
	zip.Stdin = bytes.NewReader(text)
	single, err := zip.Output()
	if err != nil {
		t.Fatal(err)
	}
	oneLine := bytes.ReplaceAll(text, []byte("\n"), nil)
	spaced := bytes.ReplaceAll(text, []byte(`:`), []byte("\n : \n"))
	want := make([]uint64, n)
	for i := range want {
		want[i] = uint64(i)
	}
	for name, in := range map[string]io.Reader{
		"pipe": bytes.NewBuffer(text), "file": file(t, text), "one line": file(t, oneLine), "spaced": file(t, spaced),
		"compressed pipe": bytes.NewBuffer(packed(t, text)), "compressed file": file(t, packed(t, text)),
		"one frame": file(t, single), "small": bytes.NewReader(packed(t, text)),
	} {
		s, err := openAny(in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		// In an order other than that of the document, and twice.
		for range 2 {
			if got := inodes(t, s, netstat.UDP4Table); !slices.Equal(got, []uint64{5}) {
				t.Errorf("%s: udp %v", name, got)
			}
			if got := inodes(t, s, netstat.TCP4Table); !slices.Equal(got, want) {
				t.Errorf("%s: %d rows", name, len(got))
			}
		}
		// Two tables at once.
		seen := 0
		for row, err := range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}) {
			if err != nil || row.Inode != want[seen] || row.TCP != nil {
				t.Fatalf("%s: %+v, %v", name, row, err)
			}
			if seen++; seen%20_000 == 0 {
				inodes(t, s, netstat.UDP4Table)
			}
		}
		owners, err := s.Owners(context.Background(), netstat.OwnerQuery{})
		if pids := owners.All(nil, 8); err != nil || !slices.Equal(pids, []uint32{1}) {
			t.Errorf("%s: owners %v, %v", name, pids, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLateMistake checks that a mistake in a row that Open leaves unchecked is reported
// when the row is read.
func TestLateMistake(t *testing.T) {
	text := longSnapshot(30_000)
	for _, c := range []struct{ old, new, want string }{
		{`"inode":29000`, `"inode":"x"`, "damaged in line 29002, byte "},
		{`"proto":"tcp","local_address":"127.0.0.1","local_port":29000`, `"proto":"udp"`, "socket of another table"},
	} {
		damaged := bytes.Replace(text, []byte(c.old), []byte(c.new), 1)
		for _, in := range []io.Reader{bytes.NewReader(damaged), file(t, packed(t, damaged))} {
			s, err := openAny(in)
			if err != nil {
				t.Fatal(err)
			}
			rows, last := 0, error(nil)
			for _, err := range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}) {
				if last = err; err == nil {
					rows++
				}
			}
			if rows != 29_000 || last == nil || !strings.Contains(last.Error(), c.want) {
				t.Errorf("%d rows, %v", rows, last)
			}
		}
	}
}

func TestDamagedCompression(t *testing.T) {
	text := longSnapshot(60_000)
	whole := packed(t, text)
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"truncated": {whole[:len(whole)-9], "truncated: unexpected end of zstd data"},
		"one frame": {whole[:frameEnd(whole)], "truncated in line "},
		"damaged":   {append(bytes.Clone(whole[:len(whole)/2]), append([]byte("damage"), whole[len(whole)/2+6:]...)...), "damaged: "},
		"head":      {whole[:9], "truncated: unexpected end of zstd data"},
		"empty":     {packed(t, nil), "empty"},
		"no JSON":   {packed(t, []byte("text")), "not a snapshot: not JSON"},
		"trailing":  {append(bytes.Clone(whole), "x"...), "truncated: unexpected end of zstd data"},
	} {
		for _, in := range []io.Reader{bytes.NewReader(c.content), file(t, c.content)} {
			if _, err := openAny(in); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
		}
	}
}

// frameEnd returns the length of the first frame.
func frameEnd(b []byte) int64 {
	for f := range zstd.Frames(bytes.NewReader(b)) {
		return f.At
	}
	return 0
}

// TestBomb checks that a small file cannot make a reader use much memory.
func TestBomb(t *testing.T) {
	value := append([]byte(`{"schema":"`), make([]byte, 65<<20)...)
	for i := range value[11:] {
		value[11+i] = 'x'
	}
	if _, err := OpenFile(file(t, packed(t, value))); err == nil || !strings.Contains(err.Error(), "value longer than 64 MiB") {
		t.Errorf("%v", err)
	}
	const head, row = `{"schema":"netstat","version":1,"content":"snapshot",`, `{"family":"inet","proto":"sctp","owners":[`
	for _, c := range [...][3]string{
		{`"sockets":[{"family":"inet","proto":"sctp","rows":[` + row, `{"pid":1},`, `{}]}]}]}`},
		{`"sockets":[{"family":"inet","proto":"sctp","rows":[{"detail":{"kind":"sctp","local_more":[`, `{},`, `{}]}}]}]}`},
		{`"names":{"users":[`, `{"name":"` + strings.Repeat("x", 4000) + `"},`, `{}]}}`},
	} {
		text := append([]byte(head+c[0]), bytes.Repeat([]byte(c[1]), min(5_000_000, 600<<20/len(c[1])))...)
		text = append(text, c[2]...)
		if _, err := OpenFile(file(t, packed(t, text))); err == nil || !strings.Contains(err.Error(), "needs more than 512 MiB of memory") {
			t.Errorf("%s: %v", c[0], err)
		}
	}
}
