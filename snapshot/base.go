package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"netstat/internal/zstd"
)

// A compressed snapshot may need another one, its base, from which it repeats most of its
// text. It then starts with a frame that programs skip:
//
//	netstat base NAME SIZE SUM
//
// NAME is the file name of the base, SIZE the number of bytes in its text and SUM their
// XXH64 with 16 hexadecimal digits.

// Base is what a compressed snapshot says of the one that it needs.
type Base struct {
	Name string // of a file in the same directory
	Size int    // bytes of its text
	Sum  uint64 // XXH64 of its text
}

const (
	baseStart = "netstat base "
	// BaseHead is the number of bytes at the start of a file that [ReadBase] looks at.
	BaseHead = 512
)

// NewBase returns the Base of a name and a text.
func NewBase(name string, text []byte) Base { return Base{name, len(text), zstd.Sum(text)} }

// Append appends the start of a snapshot that needs the base.
func (b Base) Append(to []byte) []byte {
	return zstd.AppendSkippable(to, fmt.Appendf(nil, "%s%s %d %016x\n", baseStart, b.Name, b.Size, b.Sum))
}

// ReadBase returns the base that a snapshot needs, from the first bytes of its file. ok is
// false if it needs none.
func ReadBase(head []byte) (b Base, ok bool, err error) {
	content, ok := zstd.Skippable(head)
	if !ok || !bytes.HasPrefix(content, []byte(baseStart)) {
		return b, false, nil
	}
	fields := strings.Split(strings.TrimSuffix(string(content[len(baseStart):]), "\n"), " ")
	if len(fields) == 3 {
		b.Name = fields[0]
		b.Size, err = strconv.Atoi(fields[1])
		var mistake error
		b.Sum, mistake = strconv.ParseUint(fields[2], 16, 64)
		// The name may come from another host: it must not lead elsewhere.
		if err = errors.Join(err, mistake); err == nil && b.Size >= 0 && b.Size <= zstd.MaxBase &&
			b.Name != "" && b.Name[0] != '.' && !strings.ContainsAny(b.Name, "/\\:\x00") {
			return b, true, nil
		}
	}
	return Base{}, true, fmt.Errorf("damaged: names no base: %.100q", content)
}

// text reads the text of the base with open, which opens a file beside the snapshot.
func (b *Base) text(open func(name string) (File, error)) ([]byte, error) {
	if open == nil {
		return nil, errors.New("needs " + b.Name + " beside it: read it from its directory")
	}
	text, err := b.read(open)
	if err != nil {
		// The error of the file is only text, because it is about another file than this one.
		return nil, errors.New("needs " + b.Name + ": " + err.Error())
	}
	return text, nil
}

func (b *Base) read(open func(name string) (File, error)) ([]byte, error) {
	f, err := open(b.Name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(errors.New("not a regular file"), err)
	}
	head := make([]byte, BaseHead)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if _, ok, _ := ReadBase(head[:n]); ok {
		return nil, errors.New("itself needs another one")
	}
	var text bytes.Buffer
	packed := zstd.NewReader(f)
	if _, err := io.Copy(&text, io.LimitReader(&stream{Reader: packed, packed: packed}, int64(b.Size)+1)); err != nil {
		return nil, err
	}
	if text.Len() != b.Size || zstd.Sum(text.Bytes()) != b.Sum {
		return nil, errors.New("it is no longer the same")
	}
	return text.Bytes(), nil
}
