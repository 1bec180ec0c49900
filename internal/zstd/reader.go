package zstd

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// Reader decodes the frames of its input, one after the other. It checks the checksums
// that frames have. Its errors are those of the input, io.ErrUnexpectedEOF for input that
// ends within a frame, ErrCorrupt, ErrWindow and ErrDictionary.
type Reader struct {
	in  *bufio.Reader
	err error

	// out ends with the decoded bytes of the frame, which start at start or before it. Those
	// from unread on are not yet returned; those before are kept for matches, and the last
	// ones, keep in number, for Next.
	out    []byte
	start  int
	unread int
	keep   int
	frame  frameHeader
	inside bool // a frame has begun
	size   uint64
	hash   digest

	block    []byte
	literals []byte
	codes    literalTable
	table    [3]sequenceTable // of the lengths of literals, of offsets, of the lengths of matches
	known    [3]bool
	trusts   bool
	repeated [3]uint32 // offsets
	base     []byte
}

// NewReader returns a Reader of in, of which it may read more than the frames need.
func NewReader(in io.Reader) *Reader {
	r := new(Reader)
	r.Reset(in)
	return r
}

// Reset starts anew with another input.
func (r *Reader) Reset(in io.Reader) {
	if r.in == nil {
		r.in = bufio.NewReaderSize(in, 64<<10)
	} else {
		r.in.Reset(in)
	}
	r.err, r.inside, r.out, r.unread = nil, false, r.out[:0], 0
}

// SetBase makes the frames from the next one on those of a Base with this text. The Reader
// keeps the text.
func (r *Reader) SetBase(text []byte) { r.base = text }

// Trust leaves out the check of checksums from now on, for input that was read before.
func (r *Reader) Trust() { r.trusts = true }

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	err := r.decode(0)
	n := copy(p, r.out[r.unread:])
	r.unread += n
	return n, err
}

// Next returns the bytes that follow those returned before, without a copy of them, and in
// front of them the last keep ones of those. The result is valid until the next call. If
// there are none left, it has only the kept bytes, and Next returns an error.
func (r *Reader) Next(keep int) ([]byte, error) {
	err := r.decode(keep)
	from := r.unread - keep
	r.unread = len(r.out)
	return r.out[from:], err
}

// decode decodes more if all is returned. It keeps the last keep of the returned bytes.
func (r *Reader) decode(keep int) error {
	r.keep = keep
	for len(r.out) == r.unread && r.err == nil {
		r.err = r.next()
	}
	if len(r.out) > r.unread {
		return nil
	}
	return r.err
}

// frameHeader is what the start of a frame says.
type frameHeader struct {
	window   uint64
	size     uint64 // of the content
	hasSize  bool
	checksum bool
}

// readHeader reads the header of a frame with data after its magic number.
func readHeader(in io.Reader) (h frameHeader, err error) {
	var b [8]byte
	if _, err = io.ReadFull(in, b[:1]); err != nil {
		return h, err
	}
	descriptor := b[0]
	if descriptor&0x08 != 0 {
		return h, ErrCorrupt
	}
	single := descriptor&0x20 != 0
	h.checksum = descriptor&0x04 != 0
	if !single {
		if _, err = io.ReadFull(in, b[:1]); err != nil {
			return h, err
		}
		h.window = 1 << (10 + b[0]>>3)
		h.window += h.window / 8 * uint64(b[0]&7)
	}
	if n := [4]int{0, 1, 2, 4}[descriptor&3]; n > 0 {
		clear(b[:])
		if _, err = io.ReadFull(in, b[:n]); err != nil {
			return h, err
		}
		if binary.LittleEndian.Uint64(b[:]) != 0 {
			return h, ErrDictionary
		}
	}
	n := [4]int{0, 2, 4, 8}[descriptor>>6]
	if n == 0 && single {
		n = 1
	}
	if n > 0 {
		clear(b[:])
		if _, err = io.ReadFull(in, b[:n]); err != nil {
			return h, err
		}
		h.size, h.hasSize = binary.LittleEndian.Uint64(b[:]), true
		if n == 2 {
			h.size += 256
		}
	}
	if single {
		h.window = h.size
	}
	if h.window > maxWindow {
		return h, ErrWindow
	}
	return h, nil
}

// unexpected makes the end of the input within a frame an error.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// next decodes the next block or header.
func (r *Reader) next() error {
	if !r.inside {
		return r.begin()
	}
	var head [3]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return unexpected(err)
	}
	h := uint32(head[0]) | uint32(head[1])<<8 | uint32(head[2])<<16
	size := int(h >> 3)
	if size > maxBlock {
		return ErrCorrupt
	}
	r.makeRoom()
	from := len(r.out)
	switch h >> 1 & 3 {
	case blockRaw:
		r.out = r.out[:from+size]
		if _, err := io.ReadFull(r.in, r.out[from:]); err != nil {
			r.out = r.out[:from]
			return unexpected(err)
		}
	case blockRLE:
		c, err := r.in.ReadByte()
		if err != nil {
			return unexpected(err)
		}
		r.out = r.out[:from+size]
		for i := from; i < len(r.out); i++ {
			r.out[i] = c
		}
	case blockCompressed:
		if cap(r.block) < maxBlock {
			r.block = make([]byte, maxBlock)
		}
		b := r.block[:size]
		if _, err := io.ReadFull(r.in, b); err != nil {
			return unexpected(err)
		}
		if !r.compressed(b) {
			r.out = r.out[:from]
			return ErrCorrupt
		}
	default:
		return ErrCorrupt
	}
	made := r.out[from:]
	if r.size += uint64(len(made)); r.frame.hasSize && r.size > r.frame.size {
		r.out = r.out[:from]
		return ErrCorrupt
	}
	if r.frame.checksum && !r.trusts {
		r.hash.write(made)
	}
	if h&1 != 0 {
		return r.end()
	}
	return nil
}

// begin reads the header of a frame, or skips a skippable one.
func (r *Reader) begin() error {
	var b [4]byte
	if n, err := io.ReadFull(r.in, b[:]); err != nil {
		if n > 0 {
			err = unexpected(err)
		}
		return err
	}
	m := binary.LittleEndian.Uint32(b[:])
	if m&skippableMask == skippableMagic {
		if _, err := io.ReadFull(r.in, b[:]); err != nil {
			return unexpected(err)
		}
		_, err := io.CopyN(io.Discard, r.in, int64(binary.LittleEndian.Uint32(b[:])))
		return unexpected(err)
	}
	if m != magic {
		return ErrCorrupt
	}
	var err error
	if r.frame, err = readHeader(r.in); err != nil {
		return unexpected(err)
	}
	r.moveTo(r.keep, r.keep+int(min(2*r.frame.window, r.frame.window+1<<20))+maxBlock)
	r.start, r.inside, r.size = r.keep, true, 0
	r.hash.reset()
	r.codes.bits, r.known = 0, [3]bool{}
	r.repeated = [3]uint32{1, 4, 8}
	return nil
}

// end checks a frame that is complete.
func (r *Reader) end() error {
	r.inside = false
	if r.frame.hasSize && r.size != r.frame.size {
		return ErrCorrupt
	}
	if !r.frame.checksum {
		return nil
	}
	var b [4]byte
	if _, err := io.ReadFull(r.in, b[:]); err != nil {
		return unexpected(err)
	}
	if !r.trusts && binary.LittleEndian.Uint32(b[:]) != uint32(r.hash.sum()) {
		return ErrCorrupt
	}
	return nil
}

// makeRoom makes room for a block. All bytes are returned by now.
func (r *Reader) makeRoom() {
	if cap(r.out)-len(r.out) >= maxBlock {
		return
	}
	left, need := min(int(r.frame.window), len(r.out)), 0
	if r.keep > left {
		left, need = r.keep, 2*r.keep // it may grow on
	}
	r.start = max(0, r.start-(len(r.out)-left))
	r.moveTo(left, need+maxBlock)
}

// moveTo keeps only the last bytes, left in number, in a buffer of this capacity or more.
func (r *Reader) moveTo(left, capacity int) {
	kept := r.out[len(r.out)-left:]
	if cap(r.out) < capacity {
		r.out = make([]byte, 0, capacity)
	}
	r.out = append(r.out[:0], kept...)
	r.unread = left
}

// compressed decodes a compressed block, for which there is room.
func (r *Reader) compressed(b []byte) bool {
	n, ok := r.readLiterals(b)
	if !ok {
		return false
	}
	b = b[n:]
	if len(b) == 0 {
		return false
	}
	count := int(b[0])
	b = b[1:]
	switch {
	case count == 0:
		r.out = append(r.out, r.literals...)
		return len(b) == 0
	case count == 255:
		if len(b) < 2 {
			return false
		}
		count = int(binary.LittleEndian.Uint16(b)) + 0x7F00
		b = b[2:]
	case count >= 128:
		if len(b) < 1 {
			return false
		}
		count = (count-128)<<8 + int(b[0])
		b = b[1:]
	}
	if len(b) == 0 || b[0]&3 != 0 {
		return false
	}
	modes := b[0]
	b = b[1:]
	for i := range 3 {
		if n, ok = r.readTable(i, modes>>(6-2*i)&3, b); !ok {
			return false
		}
		b = b[n:]
	}
	return r.sequences(b, count)
}

// readLiterals decodes the literals of a block and returns the length of their section.
func (r *Reader) readLiterals(b []byte) (length int, ok bool) {
	if len(b) == 0 {
		return 0, false
	}
	kind, format := b[0]&3, b[0]>>2&3
	var head [8]byte
	copy(head[:], b)
	h := binary.LittleEndian.Uint64(head[:])
	if r.literals == nil {
		r.literals = make([]byte, 0, maxBlock+wide)
	}
	if kind == literalsRaw || kind == literalsRLE {
		size := int(h >> 3 & 0x1F)
		switch length = 1; format {
		case 1:
			length, size = 2, int(h>>4&0xFFF)
		case 3:
			length, size = 3, int(h>>4&0xFFFFF)
		}
		if size > maxBlock || length >= len(b)+1 {
			return 0, false
		}
		r.literals = r.literals[:size]
		if kind == literalsRaw {
			if length+size > len(b) {
				return 0, false
			}
			copy(r.literals, b[length:])
			return length + size, true
		}
		if length >= len(b) {
			return 0, false
		}
		for i := range r.literals {
			r.literals[i] = b[length]
		}
		return length + 1, true
	}
	width := uint(10)
	switch length = 3; format {
	case 2:
		length, width = 4, 14
	case 3:
		length, width = 5, 18
	}
	mask := uint64(1)<<width - 1
	size, packed := int(h>>4&mask), int(h>>4>>width&mask)
	if size > maxBlock || length+packed > len(b) {
		return 0, false
	}
	in := b[length : length+packed]
	if kind == literalsCompressed {
		n, ok := r.codes.read(in)
		if !ok {
			r.codes.bits = 0
			return 0, false
		}
		in = in[n:]
	}
	r.literals = r.literals[:size]
	if format == 0 {
		ok = r.codes.decode(r.literals, in)
	} else {
		ok = r.codes.decodeFour(r.literals, in)
	}
	return length + packed, ok
}
