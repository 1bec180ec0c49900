package record

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"netstat/internal/zstd"
	"netstat/snapshot"
)

// sockets returns a text with n rows like those of sockets from the first one on, at a time.
func sockets(first, n, at int) []byte {
	var b []byte
	for i := first; i < first+n; i++ {
		x := i * 2654435761 % 1_000_003 // as good as random
		b = append(strconv.AppendInt(append(b, `{"local_port":`...), int64(x%60_000), 10), `,"inode":`...)
		b = append(strconv.AppendInt(b, int64(100_000+x), 10), `,"last_data_sent":`...)
		b = append(strconv.AppendInt(b, int64(at+x%9000), 10), "},\n"...)
	}
	return b
}

// needs returns the name of the base that a round needs, "" if none, and the round's text.
func needs(t *testing.T, dir, name string) (base string, text []byte) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	of, ok, err := snapshot.ReadBase(b)
	if err != nil {
		t.Fatal(err)
	}
	r := zstd.NewReader(bytes.NewReader(b))
	if ok {
		_, text := needs(t, dir, of.Name)
		if of != snapshot.NewBase(of.Name, text) {
			t.Errorf("%s: %+v", name, of)
		}
		r.SetBase(text)
	}
	if text, err = io.ReadAll(r); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return of.Name, text
}

// TestBases requires that rounds are compressed against the last complete one, and which
// are complete.
func TestBases(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	r := opened(t, dir, Keep{})
	names := map[time.Duration]string{}
	write := func(at time.Duration, text []byte) {
		t.Helper()
		if err := r.Add(noon.Add(at), func(w io.Writer) error { // in parts
			for len(text) > 0 {
				n, err := w.Write(text[:min(len(text), 1<<20-1)])
				if err != nil {
					return err
				}
				text = text[n:]
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		names[at] = Round{Time: noon.Add(at).Truncate(time.Millisecond)}.Name()
	}
	long := sockets(0, 600_000, 5) // longer than a base can be
	if len(long) <= zstd.MaxBase {
		t.Fatal(len(long))
	}
	for _, c := range []struct {
		at, base time.Duration // base is the same as at if the round is complete
		text     []byte
		before   func()
	}{
		{at: 0, text: sockets(0, 1000, 0)},
		{at: 10 * time.Second, base: 0, text: sockets(0, 1000, 10)},
		{at: 20 * time.Second, base: 0, text: sockets(0, 1000, 20)},
		{at: time.Hour - time.Second, base: 0, text: sockets(0, 1010, 3600)},
		{at: time.Hour, base: time.Hour, text: sockets(0, 1010, 3600)}, // an hour later
		{at: time.Hour + time.Second, base: time.Hour, text: sockets(0, 1010, 3601)},
		{at: time.Minute, base: time.Minute, text: sockets(0, 1010, 3602)}, // set back
		{at: 2 * time.Minute, base: time.Minute, text: sockets(0, 1010, 3603)},
		{at: 3 * time.Minute, base: 3 * time.Minute, text: sockets(0, 1010, 3604), before: func() { // removed
			if err := os.Remove(filepath.Join(dir, names[time.Minute])); err != nil {
				t.Fatal(err)
			}
			delete(names, 2*time.Minute)
		}},
		{at: 4 * time.Minute, base: 4 * time.Minute, text: sockets(0, 1010, 3605), before: func() { // replaced
			name := filepath.Join(dir, names[3*time.Minute])
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, append(b, b...), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{at: 5 * time.Minute, base: 5 * time.Minute, text: sockets(500_000, 20_000, 0)}, // other sockets
		{at: 6 * time.Minute, base: 6 * time.Minute, text: long},
		{at: 7 * time.Minute, base: 7 * time.Minute, text: long},
		{at: 8 * time.Minute, base: 8 * time.Minute, text: sockets(0, 1000, 9)}, // the one before was long
		{at: 9 * time.Minute, base: 9 * time.Minute, text: sockets(0, 1000, 10)},
		{at: 10 * time.Minute, base: 9 * time.Minute, text: sockets(0, 1000, 11)},
		{at: 11 * time.Minute, base: 11 * time.Minute, text: sockets(0, 1000, 11), before: func() { // another recorder
			r.Close()
			r = opened(t, dir, Keep{})
		}},
	} {
		if c.before != nil {
			c.before()
		}
		write(c.at, c.text)
		want := ""
		if c.base != c.at {
			want = names[c.base]
		}
		if base, text := needs(t, dir, names[c.at]); base != want || !bytes.Equal(text, c.text) {
			t.Errorf("%v: needs %q, want %q; %d bytes of %d", c.at, base, want, len(text), len(c.text))
		}
	}
}

// TestNote requires that the frames and the note of a snapshot are in its round, whether it is
// complete, needs a base or is long.
func TestNote(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	r := opened(t, dir, Keep{})
	short := sockets(0, 1000, 0)
	for i, text := range [][]byte{short, short, bytes.Repeat(short, 1+zstd.MaxBase/len(short)), short} {
		at := noon.Add(time.Duration(i) * time.Second)
		if err := r.Add(at, func(w io.Writer) error {
			f := w.(interface {
				io.Writer
				Offset() int64
				Cut()
				Note([]byte)
			})
			if _, err := f.Write(text[:1000]); err != nil {
				return err
			}
			if f.Cut(); f.Offset() != 1000 {
				t.Errorf("offset %d", f.Offset())
			}
			_, err := f.Write(text[1000:])
			f.Note([]byte("note"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		name := Round{Time: at.Truncate(time.Millisecond)}.Name()
		base, got := needs(t, dir, name)
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, text) || (base != "") != (i == 1) {
			t.Errorf("round %d: needs %q; %d bytes, want %d; %v", i, base, len(got), len(text), err)
		}
		cut, note := false, ""
		for f := range zstd.Frames(bytes.NewReader(b)) {
			cut = cut || f.Content == 1000
			note = string(f.Note)
		}
		if !cut || note != "note" {
			t.Errorf("round %d: cut %v, note %q", i, cut, note)
		}
	}
}

// TestNewBase requires that a host that changes more and more gets a new base, and one that
// changes in the same way does not.
func TestNewBase(t *testing.T) {
	for name, c := range map[string]struct {
		sockets  func(i int) []byte
		complete func(n int) bool
	}{
		"steady":  {func(i int) []byte { return sockets(0, 2000, 10*i) }, func(n int) bool { return n < 5 }},
		"growing": {func(i int) []byte { return sockets(0, 1000+100*i, 10*i) }, func(n int) bool { return n > 2 && n < 50 }},
		"new":     {func(i int) []byte { return sockets(2000*i, 2000, 10*i) }, func(n int) bool { return n > 80 }},
	} {
		dir := filepath.Join(t.TempDir(), "d")
		r := opened(t, dir, Keep{})
		complete := 0
		for i := range 100 {
			if err := r.Add(noon.Add(time.Duration(i)*time.Second), func(w io.Writer) error {
				_, err := w.Write(c.sockets(i + 1))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if !r.packer.against {
				complete++
			}
		}
		if !c.complete(complete) {
			t.Errorf("%s: %d complete rounds of 100", name, complete)
		}
	}
}
