package zstd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// rows returns a text of n lines like those of a snapshot at a time.
func rows(n int, at int) []byte {
	var b []byte
	random := rand.New(rand.NewPCG(uint64(at), 2))
	for i := range n {
		if (i+at)%97 == 0 {
			continue // this socket is closed at this time
		}
		b = fmt.Appendf(b, `{"proto":"tcp","local_port":%d,"inode":%d,"last_data_sent":%d.%03d,"bytes_sent":%d`, i%65536, 7*i+100_000, at+i%9, random.IntN(1000), i*i+at)
		if i%5 == at%5 {
			b = fmt.Appendf(b, `,"ato":0.04`)
		}
		b = append(b, `,"rtt":0.000009},`+"\n"...)
	}
	return b
}

// idle returns a text of n lines like those of idle connections at a time: neighbouring fields
// have the same value, and many lines have the same ones.
func idle(n int, at int) []byte {
	var b []byte
	for i := range n {
		since := fmt.Sprintf("%d.%03d", at+i%7, 4*(i%5))
		b = fmt.Appendf(b, `{"proto":"tcp","local_port":%d,"inode":%d,"last_data_sent":%s,"last_data_recv":%[3]s,"last_ack_recv":%[3]s,"pmtu":65535,"rtt":%d},`+"\n", i%65536, 7*i+100_000, since, i*i)
	}
	return b
}

// inode is the key of rows.
func inode(line []byte) []byte {
	_, after, _ := bytes.Cut(line, []byte(`"inode":`))
	key, _, _ := bytes.Cut(after, []byte(","))
	return key
}

// pairs returns texts of many forms and others to compress them against.
func pairs() map[string][2][]byte {
	list := map[string][2][]byte{
		"rows": {rows(20_000, 10), rows(20_000, 20)}, "more": {rows(10, 1), rows(3000, 2)}, "fewer": {rows(3000, 1), rows(10, 2)},
		"same": {rows(1000, 1), rows(1000, 1)}, "idle": {idle(20_000, 1234), idle(20_000, 5678)}, "several frames": {rows(90_000, 100), rows(90_000, 1)},
	}
	all := contents()
	for name, content := range all {
		if len(content) > 1<<20 {
			continue
		}
		list[name+" after rows"] = [2][]byte{all["rows"], content}
		list[name+" after nothing"] = [2][]byte{nil, content}
		list[name+" again"] = [2][]byte{content, content}
	}
	list["moved"] = [2][]byte{all["rows"], append(bytes.Clone(all["rows"][1<<20:]), all["rows"][:1<<20]...)}
	return list
}

func readAgainst(base, packed []byte) ([]byte, error) {
	r := NewReader(bytes.NewReader(packed))
	r.SetBase(base)
	return io.ReadAll(r)
}

// TestBase compares with zstd(1) as well, with the base as a dictionary.
func TestBase(t *testing.T) {
	name := filepath.Join(t.TempDir(), "base")
	for of, p := range pairs() {
		base, text := p[0], p[1]
		packed := NewBase(base, inode).Append([]byte("x"), text)[1:]
		if got, err := readAgainst(base, packed); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes from %d of %d: %v", of, len(got), len(packed), len(text), err)
		}
		if err := os.WriteFile(name, base, 0o600); err != nil {
			t.Fatal(err)
		}
		if len(base) == 0 {
			continue // zstd refuses it
		}
		if got := run(t, packed, "-dc", "-D", name); !bytes.Equal(got, text) {
			t.Errorf("%s: zstd decoded %d bytes of %d", of, len(got), len(text))
		}
	}
}

// TestOthersBase reads what zstd(1) writes with a dictionary.
func TestOthersBase(t *testing.T) {
	name := filepath.Join(t.TempDir(), "base")
	for _, of := range []string{"rows", "more", "same", "rows after rows", "rows 59319 again"} {
		base, text := pairs()[of][0], pairs()[of][1]
		if err := os.WriteFile(name, base, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, level := range []string{"-1", "-3", "-12", "--fast=5"} {
			packed := run(t, text, level, "-c", "--check", "-D", name)
			if got, err := readAgainst(base, packed); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%s %s: %d bytes of %d: %v", of, level, len(got), len(text), err)
			}
		}
	}
}

// TestBaseGain requires that little is written of a text that is mostly the same.
func TestBaseGain(t *testing.T) {
	for of, most := range map[string]int{"rows": 14, "same": 200, "idle": 100, "several frames": 10, "block again": 200, "moved": 200} {
		p := pairs()[of]
		packed := len(NewBase(p[0], inode).Append(nil, p[1]))
		if packed > len(p[1])/most {
			t.Errorf("%s: %d of %d bytes, want a share of 1/%d", of, packed, len(p[1]), most)
		}
	}
}

// TestBaseReuse requires that a Base compresses a text alike whatever it did before.
func TestBaseReuse(t *testing.T) {
	base := NewBase(rows(3000, 1), inode)
	want := base.Append(nil, rows(3000, 2))
	base.Append(nil, contents()["noise"])
	if got := base.Append(nil, rows(3000, 2)); !bytes.Equal(got, want) {
		t.Errorf("%d bytes, then %d", len(want), len(got))
	}
}

// TestOtherBase requires that frames cannot be read with another base or with none.
func TestOtherBase(t *testing.T) {
	base, text := rows(3000, 1), rows(3000, 2)
	packed := NewBase(base, inode).Append(nil, text)
	for name, other := range map[string][]byte{
		"none": nil, "short": base[len(base)/2:], "other": rows(3000, 3), "longer": append(bytes.Clone(base), 'x'),
	} {
		if _, err := readAgainst(other, packed); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSkippable(t *testing.T) {
	b := AppendSkippable([]byte{}, []byte("content"))
	if got, ok := Skippable(append(b, "more"...)); !ok || string(got) != "content" {
		t.Errorf("%q, %v", got, ok)
	}
	for n := range b {
		if got, ok := Skippable(b[:n]); ok {
			t.Errorf("%d bytes: %q", n, got)
		}
	}
	if got, ok := Skippable(compress(t, []byte("content"))); ok {
		t.Errorf("a frame: %q", got)
	}
	for _, content := range []string{"", "content"} {
		packed := append(AppendSkippable(nil, []byte("skipped")), compress(t, []byte(content))...)
		if got, err := io.ReadAll(NewReader(bytes.NewReader(packed))); err != nil || string(got) != content {
			t.Errorf("%q: %q, %v", content, got, err)
		}
	}
}

func FuzzBase(f *testing.F) {
	f.Add(rows(20, 1), rows(20, 2), uint8(1))
	f.Add(rows(20, 1), []byte("{\n,:\n,:,:"), uint8(100))
	f.Add([]byte{}, rows(2, 1), uint8(3))
	f.Fuzz(func(t *testing.T, base, text []byte, times uint8) {
		text = bytes.Repeat(text, int(times))
		packed := NewBase(base, inode).Append(nil, text)
		if got, err := readAgainst(base, packed); err != nil || !bytes.Equal(got, text) {
			t.Fatalf("%d bytes of %d: %v", len(got), len(text), err)
		}
	})
}

func FuzzReaderBase(f *testing.F) {
	base := rows(40, 1)
	f.Add(NewBase(base, inode).Append(nil, rows(40, 2)))
	f.Add(NewBase(base, inode).Append(nil, rows(4000, 2)))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b))
		r.SetBase(base)
		// It ends, whatever the input.
		_, _ = io.Copy(io.Discard, io.LimitReader(r, 64<<20))
	})
}
