package zstd

import (
	"encoding/binary"
	"io"
)

// FrameSize is the number of bytes in each frame of a Writer, except the last one and those
// that Cut ends. A reader can start at any frame. Frames of 4 MiB would make a file some 8 %
// shorter, but do not stay in a processor's cache from their decoding to their use.
const FrameSize = 512 << 10

// Writer compresses what is written to it. Close it to write the rest.
type Writer struct {
	w     io.Writer
	err   error
	in    []byte // of the frame
	out   []byte
	found matches
	code  encoder
	wrote bool
	total int64 // written to this Writer
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Reset makes w write other data to another writer, with the memory that it has.
func (w *Writer) Reset(to io.Writer) {
	w.w, w.err, w.in, w.wrote, w.total = to, nil, w.in[:0], false, 0
}

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	n := 0
	for n < len(p) && w.err == nil {
		part := p[n:min(len(p), n+FrameSize-len(w.in))]
		w.in = append(w.in, part...)
		if n += len(part); len(w.in) == FrameSize {
			w.frame()
		}
	}
	w.total += int64(n)
	return n, w.err
}

// Offset returns the number of bytes written to w.
func (w *Writer) Offset() int64 { return w.total }

// Cut ends the frame, so that a reader can start with the next byte.
func (w *Writer) Cut() {
	if w.err == nil && len(w.in) > 0 {
		w.frame()
	}
}

// Note ends the frame and writes a skippable one, which readers of the data ignore.
func (w *Writer) Note(content []byte) {
	if w.Cut(); w.err != nil {
		return
	}
	w.out = AppendSkippable(w.out[:0], content)
	_, w.err = w.w.Write(w.out)
}

// Close writes the last frame. It does not close the underlying writer.
func (w *Writer) Close() error {
	if w.err == nil && (len(w.in) > 0 || !w.wrote) {
		w.frame()
	}
	return w.err
}

// frame writes the collected bytes as a frame.
func (w *Writer) frame() {
	w.out = appendHeader(w.out[:0], len(w.in))
	w.found.reset(w.in)
	w.code.reset()
	for from, last := 0, false; !last; {
		to := min(from+maxBlock, len(w.in))
		last = to == len(w.in)
		repeated := w.found.repeated
		w.found.find(from, to)
		var compressed bool
		if w.out, compressed = w.code.block(w.out, w.in[from:to], w.found.literals, w.found.list, last); !compressed {
			w.found.repeated = repeated
		}
		from = to
	}
	w.out = appendChecksum(w.out, w.in)
	w.in, w.wrote = w.in[:0], true
	_, w.err = w.w.Write(w.out)
}

// appendHeader appends the start of a frame, which says the number of bytes in it and that a
// checksum follows them.
func appendHeader(b []byte, size int) []byte {
	return binary.LittleEndian.AppendUint32(append(append(b, Magic...), 2<<6|1<<5|1<<2), uint32(size))
}

// appendChecksum appends the end of a frame with this content.
func appendChecksum(b, content []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, uint32(Sum(content)))
}
