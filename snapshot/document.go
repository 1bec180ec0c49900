package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"strings"

	"netstat/internal/zstd"
	"netstat/schema"
)

const (
	// largestText is the size of the largest text that a compressed snapshot may have:
	// a million sockets take 2 GiB.
	largestText = 64 << 30
	// keptPlain is how much of an input that cannot be read twice is kept uncompressed.
	keptPlain = 8 << 20
)

// document is the text of a snapshot, which can be read from any offset.
type document struct {
	in     io.ReaderAt
	size   int64
	frames []frame        // nil if the text is not compressed
	base   []byte         // the text of the base that the frames need
	lists  map[int64]list // the long lists of rows, by their offsets
	close  func() error

	// idle goes on where the last stream ended: tables are mostly read in their order.
	idle    *stream
	read    bool // all of it, with its checksums
	skipped bool // some of it, when it was opened
}

// frame is where a frame and its text start.
type frame struct{ at, text int64 }

// stream reads the text of a document from an offset on.
type stream struct {
	io.Reader
	window schema.Window // nil if the text is not compressed
	packed *zstd.Reader  // nil if the text is not compressed
	at     int64         // of the next byte
	rowEnd int64         // of the long list that is read; 0 for none
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	return n, s.advance(n, err)
}

// Next makes a stream of compressed text a schema.Window.
func (s *stream) Next(keep int) ([]byte, error) {
	b, err := s.window.Next(keep)
	return b, s.advance(len(b)-keep, err)
}

// advance counts n bytes, and words an error.
func (s *stream) advance(n int, err error) error {
	s.at += int64(n)
	switch {
	case s.at > largestText:
		return errors.New("more than 64 GiB when decompressed")
	case errors.Is(err, zstd.ErrCorrupt), errors.Is(err, zstd.ErrWindow), errors.Is(err, zstd.ErrDictionary), errors.Is(err, zstd.ErrLong):
		return fmt.Errorf("damaged: %w", err)
	case s.packed != nil && errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("truncated: unexpected end of zstd data")
	}
	return err
}

// reader returns a reader of the text, whose next byte is at an offset.
func (s *stream) reader(offset int) *schema.Reader {
	if s.packed == nil {
		return schema.NewStream(s, offset)
	}
	r := schema.NewWindow(s, offset)
	r.CutSockets(int(s.rowEnd))
	return r
}

// File is a file with a snapshot, such as an *os.File.
type File interface {
	io.Reader
	io.ReaderAt
	io.Closer
	Stat() (fs.FileInfo, error)
}

// newDocument returns the document in a regular file, which it reads when needed and closes.
// open opens the base.
func newDocument(f File, open func(name string) (File, error)) (*document, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		defer func() { _ = f.Close() }()
		return keepDocument(f)
	}
	return (&document{in: f, size: info.Size(), close: f.Close}).find(open)
}

// keepDocument returns the document that it reads from in and keeps in memory.
func keepDocument(in io.Reader) (*document, error) {
	text, err := keep(in)
	if err != nil {
		return nil, err
	}
	d := &document{in: bytes.NewReader(text), size: int64(len(text)), close: func() error { return nil }}
	return d.find(nil)
}

// find finds the frames of the document and reads the base that they need.
func (d *document) find(open func(name string) (File, error)) (*document, error) {
	head := make([]byte, BaseHead)
	n, err := d.in.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	base, needed, err := ReadBase(head[:n])
	if needed && err == nil {
		d.base, err = base.text(open)
	}
	if err != nil {
		return nil, err
	}
	if zstd.Starts(head[:n]) {
		d.frames = []frame{{}}
		for f := range zstd.Frames(io.NewSectionReader(d.in, 0, d.size)) {
			if f.Note == nil {
				d.frames = append(d.frames, frame{f.At, f.Content})
			} else if lists := readLists(f.Note); lists != nil {
				d.lists = lists
			}
		}
	}
	return d, nil
}

// keep reads all of an input, and compresses it if it is long.
func keep(in io.Reader) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.CopyN(&b, in, keptPlain)
	if errors.Is(err, io.EOF) {
		return b.Bytes(), nil
	}
	if err != nil {
		return nil, err
	}
	if zstd.Starts(b.Bytes()) {
		_, err = b.ReadFrom(in)
		return b.Bytes(), err
	}
	var packed bytes.Buffer
	w := zstd.NewWriter(&packed)
	if _, err = io.Copy(w, io.MultiReader(&b, in)); err != nil {
		return nil, err
	}
	err = w.Close()
	return packed.Bytes(), err
}

// from returns a stream of the text from an offset on. Give it back with done.
func (d *document) from(offset int64) (*stream, error) {
	s := d.idle
	d.idle = nil
	if d.frames == nil {
		return &stream{Reader: io.NewSectionReader(d.in, offset, d.size-offset), at: offset}, nil
	}
	if s == nil {
		s = &stream{packed: zstd.NewReader(io.NewSectionReader(d.in, 0, d.size))}
		s.Reader, s.window = s.packed, s.packed
		s.packed.SetBase(d.base)
		if d.read {
			s.packed.Trust()
		}
	}
	if err := d.seek(s, offset); err != nil {
		return nil, err
	}
	return s, nil
}

// rows returns a stream of a list of rows that is at an offset, and a function that gives it
// back. A long list is decompressed while its first rows are in use already.
func (d *document) rows(offset int64) (s *stream, done func(), err error) {
	long, ok := d.lists[offset]
	if !ok || len(d.frames) == 0 {
		s, err = d.from(offset)
		return s, func() { d.done(s) }, err
	}
	start := d.frameOf(offset)
	packed := zstd.NewReader(io.NewSectionReader(d.in, start.at, d.size-start.at))
	packed.SetBase(d.base)
	ahead := zstd.NewAhead(packed, int(offset-start.text))
	return &stream{window: ahead, packed: packed, at: offset, rowEnd: long.end}, ahead.Stop, nil
}

// frameOf returns the frame that the byte at an offset is in.
func (d *document) frameOf(offset int64) frame {
	i := sort.Search(len(d.frames), func(i int) bool { return d.frames[i].text > offset })
	return d.frames[i-1]
}

// seek makes a stream of compressed text go on at an offset.
func (d *document) seek(s *stream, offset int64) error {
	start := d.frameOf(offset)
	if s.at > offset || s.at < start.text {
		s.packed.Reset(io.NewSectionReader(d.in, start.at, d.size-start.at))
		s.at = start.text
	}
	_, err := io.CopyN(io.Discard, s, offset-s.at)
	return err
}

// done gives a stream back.
func (d *document) done(s *stream) {
	if s.packed == nil {
		return
	}
	if d.read {
		s.packed.Trust()
	}
	d.idle = s
}

// locate says where in the text a mistake is.
func (d *document) locate(e *schema.SyntaxError) error {
	if end := d.trimmed(); int64(e.Offset) >= end {
		return fmt.Errorf("truncated in line %d: %w", d.lineOf(end), e)
	}
	return fmt.Errorf("damaged in line %d, byte %d: %w", d.lineOf(int64(e.Offset)), e.Offset, e)
}

// lineOf returns the number of the line of an offset.
func (d *document) lineOf(offset int64) int {
	s, err := d.from(0)
	if err != nil {
		return 0
	}
	defer d.done(s)
	lines := lineCounter(1)
	_, _ = io.CopyN(&lines, s, offset)
	return int(lines)
}

// trimmed returns the length of the text without white space at its end.
func (d *document) trimmed() int64 {
	s, err := d.from(0)
	if err != nil {
		return 0
	}
	defer d.done(s)
	var end trimmer
	_, _ = io.Copy(&end, s)
	return end.length
}

type lineCounter int

func (n *lineCounter) Write(b []byte) (int, error) {
	*n += lineCounter(bytes.Count(b, []byte{'\n'}))
	return len(b), nil
}

// trimmer counts bytes up to the last one that is not white space.
type trimmer struct{ all, length int64 }

func (t *trimmer) Write(b []byte) (int, error) {
	if n := len(bytes.TrimRight(b, " \t\r\n")); n > 0 {
		t.length = t.all + int64(n)
	}
	t.all += int64(len(b))
	return len(b), nil
}

// Compressed reports whether a snapshot in a file of this name is to be compressed.
func Compressed(name string) bool { return strings.HasSuffix(strings.ToLower(name), ".zst") }

// NewCompressor returns a writer that compresses a snapshot for w. Close it to write the
// rest; it does not close w.
func NewCompressor(w io.Writer) io.WriteCloser { return zstd.NewWriter(w) }
