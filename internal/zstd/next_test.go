package zstd

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// readNext reads all of in, keeping a random part of what it has.
func readNext(t *testing.T, in *Reader, most int) ([]byte, error) {
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
	}
}
