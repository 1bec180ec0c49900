package zstd

import (
	"bufio"
	"encoding/binary"
	"io"
	"iter"
)

// Frame is where a frame and its content start. Note is the content of a skippable frame,
// nil of others.
type Frame struct {
	At, Content int64
	Note        []byte
}

// longestNote is the length of the longest note that Frames reads.
const longestNote = 64 << 10

// Starts reports whether b starts as a frame does, or a skippable one.
func Starts(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	m := binary.LittleEndian.Uint32(b)
	return m == magic || m&skippableMask == skippableMagic
}

// AppendSkippable appends a frame that readers skip, with this content.
func AppendSkippable(b, content []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, skippableMagic)
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(content))), content...)
}

// Skippable returns the content of the frame that b starts with, if readers skip it and all
// of it is in b.
func Skippable(b []byte) (content []byte, ok bool) {
	if len(b) < 8 || binary.LittleEndian.Uint32(b)&skippableMask != skippableMagic {
		return nil, false
	}
	size := uint64(binary.LittleEndian.Uint32(b[4:]))
	if uint64(len(b)-8) < size {
		return nil, false
	}
	return b[8 : 8+size], true
}

// Frames yields the frames, without decoding them: those with data from the second one on,
// as long as each frame before says the size of its content, and those skippable ones that
// are not too long for a note. It ends early at a mistake, which a Reader reports.
func Frames(in io.Reader) iter.Seq[Frame] {
	return func(yield func(Frame) bool) {
		r := bufio.NewReaderSize(in, 64<<10)
		var at, content int64
		for {
			var b [8]byte
			if _, err := io.ReadFull(r, b[:4]); err != nil {
				return
			}
			switch m := binary.LittleEndian.Uint32(b[:]); {
			case m&skippableMask == skippableMagic:
				if _, err := io.ReadFull(r, b[4:]); err != nil {
					return
				}
				size := int64(binary.LittleEndian.Uint32(b[4:]))
				if size <= longestNote {
					note := make([]byte, size)
					if _, err := io.ReadFull(r, note); err != nil || !yield(Frame{at, content, note}) {
						return
					}
				} else if _, err := io.CopyN(io.Discard, r, size); err != nil {
					return
				}
				at += 8 + size
				continue
			case m != magic:
				return
			}
			if at > 0 && !yield(Frame{At: at, Content: content}) {
				return
			}
			length, size, ok := frameLength(r)
			if !ok {
				return
			}
			at += 4 + length
			content += size
		}
	}
}

// frameLength reads a frame after its magic number. It returns the length of that and of
// its content.
func frameLength(r *bufio.Reader) (length, content int64, ok bool) {
	c := countingReader{r: r}
	h, err := readHeader(&c)
	if err != nil || !h.hasSize || h.size > 1<<40 {
		return 0, 0, false
	}
	for last := false; !last; {
		var b [3]byte
		if _, err := io.ReadFull(&c, b[:]); err != nil {
			return 0, 0, false
		}
		size := int(b[0]>>3) | int(b[1])<<5 | int(b[2])<<13
		last = b[0]&1 != 0
		if b[0]>>1&3 == blockRLE {
			size = 1
		}
		n, err := r.Discard(size)
		if c.n += int64(n); err != nil {
			return 0, 0, false
		}
	}
	if h.checksum {
		n, err := r.Discard(4)
		if c.n += int64(n); err != nil {
			return 0, 0, false
		}
	}
	return c.n, int64(h.size), true
}

type countingReader struct {
	r *bufio.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
