package zstd

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"testing"

	"netstat/test/need"
)

// contents returns contents of many forms, by name.
func contents() map[string][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	list := map[string][]byte{
		"empty": {}, "byte": {'x'}, "short": []byte("netstat"), "zeros": make([]byte, 1<<20),
		"two": bytes.Repeat([]byte("ab"), 300), "utf-8": bytes.Repeat([]byte("网络状态 – 套接字\n"), 5000),
	}
	noise := make([]byte, 700_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	list["noise"] = noise
	few := make([]byte, 300_000)
	for i := range few {
		few[i] = "aaaaaaaaaaaaaabbbbbcc\xff"[random.IntN(22)]
	}
	list["few"] = few
	rare := make([]byte, 130_000)
	for i := range rare {
		// A distribution that makes long codes.
		for rare[i] = 0; rare[i] < 200 && random.IntN(3) > 0; rare[i]++ {
		}
	}
	list["rare"] = rare
	var rows []byte
	for i := range 90_000 {
		rows = append(rows, `{"family":"inet","proto":"tcp","local_port":`...)
		rows = strconv.AppendInt(rows, int64(random.IntN(65536)), 10)
		rows = append(rows, `,"inode":`...)
		rows = strconv.AppendInt(rows, int64(i)*7, 10)
		rows = append(rows, "},\n"...)
		if i%50 == 0 {
			rows = append(rows, noise[i:i+random.IntN(400)]...)
		}
	}
	list["rows"] = rows
	list["block"], list["frame"] = rows[:maxBlock], append(rows[:FrameSize-1:FrameSize-1], 'x')
	for n := 1; n < 40; n++ {
		list["rows "+strconv.Itoa(n*n*n)] = rows[7 : 7+n*n*n]
	}
	return list
}

func compress(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	for rest := content; len(rest) > 0; {
		n := min(len(rest), 1+len(rest)/3) // in parts, which must make no difference
		if _, err := w.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// run runs zstd(1).
func run(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	program := need.Program(t, "zstd", "zstd")
	var out, diagnosis bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &diagnosis
	if err := cmd.Run(); err != nil {
		t.Fatalf("zstd %v: %v: %s", args, err, diagnosis.Bytes())
	}
	return out.Bytes()
}

func TestRoundTrip(t *testing.T) {
	for name, content := range contents() {
		packed := compress(t, content)
		got, err := io.ReadAll(NewReader(bytes.NewReader(packed)))
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes from %d of %d: %v", name, len(got), len(packed), len(content), err)
		}
	}
}

// TestOthers compares with zstd(1): it reads what Writer writes, and Reader what it
// writes.
func TestOthers(t *testing.T) {
	for name, content := range contents() {
		if got := run(t, compress(t, content), "-dc"); !bytes.Equal(got, content) {
			t.Errorf("%s: zstd decoded %d bytes of %d", name, len(got), len(content))
		}
		for _, level := range []string{"-1", "-3", "-12", "--fast=5"} {
			packed := run(t, content, level, "-c", "--check")
			got, err := io.ReadAll(NewReader(bytes.NewReader(packed)))
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s %s: %d bytes of %d: %v", name, level, len(got), len(content), err)
			}
		}
	}
}

func TestDamage(t *testing.T) {
	content := contents()["rows"][:20_000]
	packed := compress(t, content)
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		b := bytes.Clone(packed)
		b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		got, err := io.ReadAll(NewReader(bytes.NewReader(b)))
		if err == nil && !bytes.Equal(got, content) {
			t.Fatal("wrong content without an error")
		}
	}
	for n := 0; n < len(packed); n += 1 + n/50 {
		if _, err := io.ReadAll(NewReader(bytes.NewReader(packed[:n]))); err == nil != (n == 0) {
			t.Fatalf("%d of %d bytes: %v", n, len(packed), err)
		}
	}
}

func TestLimits(t *testing.T) {
	content := make([]byte, 20<<20)
	packed := run(t, content, "--ultra", "-22", "-c", "--long=27")
	if _, err := io.ReadAll(NewReader(bytes.NewReader(packed))); !errors.Is(err, ErrWindow) {
		t.Errorf("window of 128 MiB: %v", err)
	}
	if _, err := io.ReadAll(NewReader(bytes.NewReader([]byte("{}")))); err == nil {
		t.Error("no frame, no error")
	}
}

// TestRepeated checks that a writer and a reader keep the same last distances, whatever
// distances follow each other.
func TestRepeated(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		m := sequences{repeated: firstRepeated}
		last := m.repeated
		for range 40 {
			literals, distance := make([]byte, random.IntN(2)), 1+random.IntN(5)
			m.add(literals, distance, 5)
			// As RFC 8878 says in section 3.1.1.5.
			value, noLiterals := m.list[len(m.list)-1].offset, len(literals) == 0
			switch {
			case value > 3:
				last = [3]uint32{value - 3, last[0], last[1]}
			case value == 1 && !noLiterals:
			case value == 2 && !noLiterals, value == 1:
				last = [3]uint32{last[1], last[0], last[2]}
			case value == 3 && !noLiterals, value == 2:
				last = [3]uint32{last[2], last[0], last[1]}
			default:
				last = [3]uint32{last[0] - 1, last[0], last[1]}
			}
			if last != m.repeated || last[0] != uint32(distance) {
				t.Fatalf("distance %d, %d literals: value %d, %v, want %v", distance, len(literals), value, m.repeated, last)
			}
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, content := range contents() {
		if len(content) < 4096 {
			f.Add(compress(f, content))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		// It ends, whatever the input.
		_, _ = io.Copy(io.Discard, io.LimitReader(NewReader(bytes.NewReader(b)), 64<<20))
	})
}

func FuzzRoundTrip(f *testing.F) {
	for _, content := range contents() {
		if len(content) < 4096 {
			f.Add(content, uint8(1))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, times uint8) {
		content := bytes.Repeat(b, int(times))
		got, err := io.ReadAll(NewReader(bytes.NewReader(compress(t, content))))
		if err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%d bytes of %d: %v", len(got), len(content), err)
		}
	})
}
