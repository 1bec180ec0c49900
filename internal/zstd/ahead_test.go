package zstd

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// nexter is a Reader or an Ahead.
type nexter interface {
	Next(keep int) ([]byte, error)
}

// readNext reads all of in, keeping a random part of what it has.
func readNext(t *testing.T, in nexter, most int) ([]byte, error) {
	t.Helper()
	var all []byte
	held := 0
	for {
		keep := rand.IntN(min(held, most) + 1)
		b, err := in.Next(keep)
		if len(b) < keep || !bytes.Equal(b[:keep], all[len(all)-keep:]) {
			t.Fatalf("after %d bytes: the kept %d bytes differ", len(all), keep)
		}
		if err != nil {
			if len(b) > keep {
				t.Fatalf("%d bytes with an error", len(b)-keep)
			}
			return all, err
		}
		if len(b) == keep {
			t.Fatal("nothing new, and no error")
		}
		all, held = append(all, b[keep:]...), len(b)
	}
}

func TestNext(t *testing.T) {
	text := contents()["rows"]
	var frames bytes.Buffer
	w := NewWriter(&frames)
	for at := 0; at < len(text); {
		n := min(rand.IntN(2*FrameSize), len(text)-at)
		_, _ = w.Write(text[at : at+n])
		w.Cut()
		w.Note([]byte("a note"))
		at += n
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	packed := frames.Bytes()
	for _, most := range [...]int{0, 5000, 1 << 30} {
		if got, err := readNext(t, NewReader(bytes.NewReader(packed)), most); !errors.Is(err, io.EOF) || !bytes.Equal(got, text) {
			t.Errorf("Reader, keeping up to %d: %v, %d bytes", most, err, len(got))
		}
		for _, leaveOut := range [...]int{0, 100_000, FrameSize + 1, len(text) + 1} {
			a := NewAhead(NewReader(bytes.NewReader(packed)), leaveOut)
			if got, err := readNext(t, a, most); !errors.Is(err, io.EOF) || !bytes.Equal(got, text[min(leaveOut, len(text)):]) {
				t.Errorf("Ahead, keeping up to %d, without %d: %v, %d bytes", most, leaveOut, err, len(got))
			}
			a.Stop()
		}
	}
	// What follows a mistake is lost, but not what is before.
	for range 10 {
		bad := bytes.Clone(packed)
		bad[rand.IntN(len(bad))] ^= 1 << rand.IntN(8)
		bad = bad[:len(bad)-rand.IntN(2)*rand.IntN(len(bad))]
		want, wantErr := io.ReadAll(NewReader(bytes.NewReader(bad)))
		a := NewAhead(NewReader(bytes.NewReader(bad)), 0)
		got, err := readNext(t, a, 5000)
		if wantErr == nil {
			wantErr = io.EOF
		}
		if !errors.Is(err, wantErr) && !errors.Is(err, ErrLong) || !bytes.HasPrefix(want, got) {
			t.Errorf("damaged: %v, %d bytes; a Reader has %v, %d bytes", err, len(got), wantErr, len(want))
		}
		a.Stop()
	}
	// An Ahead can be stopped at any time.
	for n := range 4 {
		a := NewAhead(NewReader(bytes.NewReader(packed)), 0)
		for range n {
			_, _ = a.Next(0)
		}
		a.Stop()
	}
}
