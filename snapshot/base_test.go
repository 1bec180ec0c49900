package snapshot

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netstat"
	"netstat/internal/zstd"
)

// packedAgainst returns text compressed against the text of a base.
func packedAgainst(name string, base, text []byte) []byte {
	key := func(line []byte) []byte { return line[:min(len(line), 80)] }
	return zstd.NewBase(base, key).Append(NewBase(name, base).Append(nil), text)
}

// TestBase checks what a snapshot that needs another one says of it.
func TestBase(t *testing.T) {
	base, text := longSnapshot(29_900), longSnapshot(30_000)
	dir := t.TempDir()
	open := func(name string) (File, error) { return os.Open(filepath.Join(dir, name)) }
	good := packed(t, base)
	changed := bytes.Replace(base, []byte(`"inode":7,`), []byte(`"inode":8,`), 1)
	round := packedAgainst("b.json.zst", base, text)
	odd := func(content string) []byte {
		return append(zstd.AppendSkippable(nil, []byte("netstat base "+content)), round...)
	}
	sum := "0123456789abcdef"
	for name, c := range map[string]struct {
		round []byte
		base  []byte // nil if there is none
		want  string // "" if all is well
	}{
		"good":            {round, good, ""},
		"one frame":       {round, append(bytes.Clone(good), zstd.AppendSkippable(nil, []byte("x"))...), ""},
		"missing":         {round, nil, "needs b.json.zst: open " + filepath.Join(dir, "b.json.zst") + ": "},
		"changed":         {round, packed(t, changed), "needs b.json.zst: it is no longer the same"},
		"shorter":         {round, packed(t, base[:len(base)-1]), "needs b.json.zst: it is no longer the same"},
		"longer":          {round, packed(t, append(bytes.Clone(base), '\n')), "needs b.json.zst: it is no longer the same"},
		"damaged":         {round, append(bytes.Clone(good[:len(good)/2]), append([]byte("damage"), good[len(good)/2+6:]...)...), "needs b.json.zst: damaged: "},
		"truncated":       {round, good[:len(good)-9], "needs b.json.zst: truncated: unexpected end of zstd data"},
		"empty":           {round, []byte{}, "needs b.json.zst: it is no longer the same"},
		"not compressed":  {round, base, "needs b.json.zst: damaged: "},
		"chain":           {round, packedAgainst("b.json.zst", base, base), "needs b.json.zst: itself needs another one"},
		"damaged round":   {append(bytes.Clone(round[:len(round)/2]), append([]byte("damage"), round[len(round)/2+6:]...)...), good, "damaged: "},
		"truncated round": {round[:len(round)-9], good, "truncated: unexpected end of zstd data"},
		"no name":         {odd(" 5 " + sum + "\n"), good, `damaged: names no base: "netstat base `},
		"directory":       {odd("../b 5 " + sum), good, `damaged: names no base: "netstat base `},
		"hidden":          {odd("..  5 " + sum), good, `damaged: names no base: "netstat base `},
		"drive":           {odd("c:b 5 " + sum), good, `damaged: names no base: "netstat base `},
		"negative":        {odd("b -5 " + sum), good, `damaged: names no base: "netstat base `},
		"huge":            {odd("b 28311553 " + sum), good, `damaged: names no base: "netstat base `},
		"sum":             {odd("b 5 x"), good, `damaged: names no base: "netstat base `},
		"words":           {odd("b"), good, `damaged: names no base: "netstat base `},
	} {
		name := strings.ReplaceAll(name, " ", "_")
		_ = os.Remove(filepath.Join(dir, "b.json.zst"))
		if c.base != nil {
			if err := os.WriteFile(filepath.Join(dir, "b.json.zst"), c.base, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := OpenBeside(file(t, c.round), open)
		if err != nil {
			if c.want == "" || !strings.HasPrefix(err.Error(), c.want) || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
			continue
		}
		if got := inodes(t, s, netstat.TCP4Table); c.want != "" || len(got) != 30_000 || !slices.IsSorted(got) {
			t.Errorf("%s: %d rows, want %s", name, len(got), c.want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "d"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenBeside(file(t, packedAgainst("d", base, text)), open); err == nil || !strings.HasPrefix(err.Error(), "needs d: ") {
		t.Errorf("%v", err)
	}
	// From where there is nothing beside it.
	for _, read := range []func() (*Source, error){
		func() (*Source, error) { return Open(bytes.NewReader(round)) },
		func() (*Source, error) { return OpenFile(file(t, round)) },
	} {
		if _, err := read(); err == nil || err.Error() != "needs b.json.zst beside it: read it from its directory" {
			t.Errorf("%v", err)
		}
	}
}

func FuzzReadBase(f *testing.F) {
	f.Add(NewBase("b.json.zst", []byte("text")).Append(nil))
	f.Add([]byte("P*M\x18\x10\x00\x00\x00netstat base x y"))
	f.Fuzz(func(t *testing.T, head []byte) {
		b, ok, err := ReadBase(head)
		if !ok || err != nil {
			return
		}
		if again, ok, err := ReadBase(b.Append(nil)); again != b || !ok || err != nil {
			t.Fatalf("%+v, then %+v, %v", b, again, err)
		}
		if b.Name == "" || filepath.Base(b.Name) != b.Name || b.Size > zstd.MaxBase {
			t.Fatalf("%+v", b)
		}
	})
}
