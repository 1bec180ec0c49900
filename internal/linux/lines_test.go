package linux

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
)

func linesOf(r io.Reader) (lines []string, long int, err error) {
	l := &lineReader{ctx: context.Background(), r: io.NopCloser(r), buf: make([]byte, 16), tooLong: func([]byte) { long++ }}
	for {
		line, err := l.next()
		if err == io.EOF {
			return lines, long, nil
		}
		if err != nil {
			return lines, long, err
		}
		lines = append(lines, string(line))
	}
}

func TestLines(t *testing.T) {
	wide := strings.Repeat("w", 5000)
	tests := []struct {
		text string
		want []string
	}{
		{"", nil},
		{"\n", []string{""}},
		{"a", []string{"a"}},
		{"a\nb\n", []string{"a", "b"}},
		{"a\n\nb", []string{"a", "", "b"}},
		{"0123456789abcdef\n0123456789abcde\nx", []string{"0123456789abcdef", "0123456789abcde", "x"}},
		{"a\n" + wide + "\nb\n" + wide, []string{"a", wide, "b", wide}},
	}
	for _, test := range tests {
		for name, r := range map[string]io.Reader{
			"whole": strings.NewReader(test.text),
			"bytes": iotest.OneByteReader(strings.NewReader(test.text)),
			"eof":   iotest.DataErrReader(strings.NewReader(test.text)),
		} {
			if got, long, err := linesOf(r); !reflect.DeepEqual(got, test.want) || long > 0 || err != nil {
				t.Errorf("%q by %s: %q, %d too long, error %v", test.text, name, got, long, err)
			}
		}
	}
}

func TestTooLong(t *testing.T) {
	long := strings.Repeat("l", 3*maxLine)
	for _, test := range []struct {
		text string
		want []string
	}{
		{"a\n" + long + "\nb\n", []string{"a", "b"}},
		{"a\n" + long, []string{"a"}},
		{long + "\n" + long + "\n", nil},
	} {
		r := &chunkReader{text: test.text, size: 4096}
		got, n, err := linesOf(r)
		if !reflect.DeepEqual(got, test.want) || n != strings.Count(test.text, "l\n")+strings.Count(test.text[len(test.text)-1:], "l") || err != nil {
			t.Errorf("%d lines, %d too long, error %v", len(got), n, err)
		}
	}
}

func TestReadError(t *testing.T) {
	r := io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(syscall.EIO))
	if got, _, err := linesOf(r); !reflect.DeepEqual(got, []string{"a"}) || !errors.Is(err, syscall.EIO) {
		t.Errorf("%q, error %v", got, err)
	}
}

func TestTextSlab(t *testing.T) {
	var slab textSlab
	var kept, want []string
	for i := range 4000 {
		text := strings.Repeat(string(rune('a'+i%26)), i%3000)
		kept = append(kept, slab.string([]byte(text)))
		want = append(want, text)
	}
	if !reflect.DeepEqual(kept, want) {
		t.Error("a string changed after it was made")
	}
}
