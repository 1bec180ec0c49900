package snapshot

import (
	"bytes"
	"context"
	"encoding/binary"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"netstat"
	"netstat/schema"
	"netstat/test/need"
)

// listedSnapshot returns a snapshot with a long list as Write writes it, plain and
// compressed.
func listedSnapshot(t testing.TB, rows int) (plain, packed []byte) {
	t.Helper()
	s := open(t, longSnapshot(rows))
	plain = record(t, s, s.Meta, s.Names())
	var b bytes.Buffer
	w := NewCompressor(&b)
	if err := Write(context.Background(), w, s, s.Meta, s.Names(), nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return plain, b.Bytes()
}

// TestLists checks that a snapshot is opened without its long list, and gives the same
// answers.
func TestLists(t *testing.T) {
	const rows = 60_000
	plain, packed := listedSnapshot(t, rows)
	unzip := exec.Command(need.Program(t, "zstd", "zstd"), "-dc")
	unzip.Stdin = bytes.NewReader(packed)
	if out, err := unzip.Output(); err != nil || !bytes.Equal(out, plain) {
		t.Fatalf("zstd decompresses %d bytes of %d: %v", len(out), len(plain), err)
	}
	s, err := OpenFile(file(t, packed))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !s.doc.skipped || len(s.doc.lists) != 1 {
		t.Errorf("skipped %t, lists %v", s.doc.skipped, s.doc.lists)
	}
	for range 2 {
		if got := inodes(t, s, netstat.UDP4Table); !slices.Equal(got, []uint64{5}) {
			t.Errorf("udp: %v", got)
		}
		if got := inodes(t, s, netstat.TCP4Table); len(got) != rows || got[rows-1] != rows-1 {
			t.Errorf("tcp: %d rows", len(got))
		}
	}
	whole := open(t, plain)
	for _, facts := range [...]netstat.Facts{netstat.FactQueues, netstat.FactUID | netstat.FactInode, schema.AllFacts} {
		if got, want := wantedOf(t, s, facts), wantedOf(t, whole, facts); len(want) != rows || !slices.Equal(got, want) {
			t.Errorf("rows with %v differ", facts)
		}
	}
	if again := record(t, s, s.Meta, s.Names()); !bytes.Equal(again, plain) {
		t.Error("a copy of the compressed snapshot differs from the plain one")
	}
}

// wantedOf returns the rows of tcp with these facts, without those that were not requested.
func wantedOf(t *testing.T, s *Source, facts netstat.Facts) (rows []string) {
	t.Helper()
	for row, err := range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{Facts: facts}) {
		if err != nil {
			t.Fatal(err)
		}
		if facts&netstat.FactInode == 0 {
			row.Cookie = 0
		}
		rows = append(rows, string(schema.AppendSocket(nil, &row, facts, nil)))
	}
	return rows
}

// TestDamagedLists checks that no damage goes unnoticed: a truncated snapshot cannot be
// opened, and damage in a list is reported when the list is read.
func TestDamagedLists(t *testing.T) {
	_, packed := listedSnapshot(t, 20_000)
	for n := 1; n < len(packed); n += 1 + len(packed)/20 {
		if _, err := Open(bytes.NewReader(packed[:n])); err == nil {
			// The note is not needed.
			if rest := packed[n:]; len(rest) > len(listNote)+8+24 {
				t.Errorf("%d of %d bytes are accepted as a snapshot", n, len(packed))
			}
		}
	}
	damaged := bytes.Clone(packed)
	copy(damaged[len(damaged)*2/3:], "damage")
	s, err := Open(bytes.NewReader(damaged))
	if err != nil {
		t.Fatal(err)
	}
	if got := inodes(t, s, netstat.UDP4Table); !slices.Equal(got, []uint64{5}) {
		t.Errorf("udp: %v", got)
	}
	var last error
	for _, err := range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}) {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "damaged") {
		t.Errorf("%v", last)
	}
	if err := Write(context.Background(), new(bytes.Buffer), s, s.Meta, s.Names(), nil); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a copy: %v", err)
	}
}

// TestWrongLists checks that a note that contradicts the text is an error, not wrong rows.
func TestWrongLists(t *testing.T) {
	_, packed := listedSnapshot(t, 20_000)
	at := bytes.LastIndex(packed, []byte(listNote)) + len(listNote)
	for i, name := range []string{"start", "end", "rows"} {
		for _, add := range []uint64{1, 1000, 1 << 40, 1 << 63, ^uint64(0)} {
			b := bytes.Clone(packed)
			n := b[at+8*i : at+8*i+8]
			binary.LittleEndian.PutUint64(n, binary.LittleEndian.Uint64(n)+add)
			s, err := Open(bytes.NewReader(b))
			if err != nil {
				continue
			}
			rows, last := 0, error(nil)
			for _, err := range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}) {
				if last = err; err == nil {
					rows++
				}
			}
			if rows != 20_000 {
				t.Errorf("%s + %d: %d rows, %v", name, add, rows, last)
			}
			if name == "rows" && s.doc.skipped && last == nil {
				t.Errorf("%s + %d: no error", name, add)
			}
		}
	}
}

func FuzzLists(f *testing.F) {
	_, packed := listedSnapshot(f, 20_000)
	at := bytes.LastIndex(packed, []byte(listNote))
	f.Add(packed[at:])
	f.Add([]byte(listNote))
	f.Fuzz(func(t *testing.T, note []byte) {
		b := binary.LittleEndian.AppendUint32(bytes.Clone(packed[:at-4]), uint32(len(note)))
		s, err := Open(bytes.NewReader(append(b, note...)))
		if err != nil {
			return
		}
		for range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{}) {
		}
	})
}
