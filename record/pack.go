package record

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"netstat/internal/zstd"
	"netstat/snapshot"
)

// baseAge is the age of a base from which on no round is compressed against it. The rounds
// that need a base are thus within this time after it.
const baseAge = time.Hour

// packer compresses rounds. The first one is complete; most others are compressed against
// the last complete one, their base, and need it to be read.
type packer struct {
	dir   string
	plain *zstd.Writer // for complete rounds
	out   []byte       // a compressed round, to reuse its memory

	// The current round.
	w       io.Writer
	text    []byte // collected so far
	size    int64  // bytes of text, also of those no longer in it
	cuts    []int  // where frames start in the text
	note    []byte // at the end, nil for none
	long    bool   // too long for a base, and written as it comes
	against bool   // needs the base

	// The base, nil if there is none: its text, its round, its file as it was written, and
	// what rounds that need it say of it.
	base  *zstd.Base
	of    Round
	file  fs.FileInfo
	about snapshot.Base
	// all is the size of the base and of the rounds that need it, and rounds the number of
	// the latter. usual is the moving average of their sizes.
	all, usual int64
	rounds     int64
}

// pack writes a round to w. write writes its text.
func (p *packer) pack(w io.Writer, round Round, write func(io.Writer) error) error {
	p.long = p.size > zstd.MaxBase // as long as the last one
	p.text, p.size, p.w, p.against = p.text[:0], 0, w, false
	p.cuts, p.note = p.cuts[:0], nil
	if p.long {
		if err := p.start(w); err != nil {
			return err
		}
	}
	if err := write(p); err != nil {
		return err
	}
	if p.long {
		return p.plain.Close()
	}
	if p.usable(round) {
		p.out = p.base.Append(p.about.Append(p.out[:0]), p.parts()...)
		if p.note != nil {
			p.out = zstd.AppendSkippable(p.out, p.note)
		}
		if p.pays(int64(len(p.out))) {
			p.against = true
			_, err := w.Write(p.out)
			return err
		}
	}
	if err := p.start(w); err != nil {
		return err
	}
	if p.note != nil {
		p.plain.Note(p.note)
	}
	return p.plain.Close()
}

// parts returns the parts of the text that start frames.
func (p *packer) parts() [][]byte {
	var parts [][]byte
	from := 0
	for _, cut := range p.cuts {
		parts = append(parts, p.text[from:cut])
		from = cut
	}
	return append(parts, p.text[from:])
}

// Write collects the text of a round, unless it is long.
func (p *packer) Write(b []byte) (int, error) {
	if p.size += int64(len(b)); !p.long && p.size > zstd.MaxBase {
		p.long = true
		if err := p.start(p.w); err != nil {
			return 0, err
		}
		p.text = nil
	}
	if p.long {
		return p.plain.Write(b)
	}
	p.text = append(p.text, b...)
	return len(b), nil
}

// Offset returns the number of bytes in the text so far.
func (p *packer) Offset() int64 { return p.size }

// Cut makes the next byte the first one of a frame.
func (p *packer) Cut() {
	if p.long {
		p.plain.Cut()
	} else {
		p.cuts = append(p.cuts, len(p.text))
	}
}

// Note adds a note at the end of the round.
func (p *packer) Note(content []byte) {
	if p.long {
		p.plain.Note(content)
	} else {
		p.note = content
	}
}

// start writes the text so far as a complete round.
func (p *packer) start(w io.Writer) error {
	if p.plain == nil {
		p.plain = zstd.NewWriter(w)
	}
	p.plain.Reset(w)
	for i, part := range p.parts() {
		if i > 0 {
			p.plain.Cut()
		}
		if _, err := p.plain.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// usable reports whether a round can have the base: its file is still there, as it was
// written.
func (p *packer) usable(round Round) bool {
	if p.base == nil || round.Time.Before(p.of.Time) || round.Time.Sub(p.of.Time) >= baseAge {
		return false
	}
	info, err := os.Lstat(filepath.Join(p.dir, p.of.Name()))
	return err == nil && os.SameFile(info, p.file) && info.Size() == p.file.Size() && info.ModTime().Equal(p.file.ModTime())
}

// pays reports whether it is better to write a round of this size than a new base. The more
// the host changes, the larger the rounds get. A new base pays off as soon as rounds are
// larger than those since the base, which included, are on average.
func (p *packer) pays(size int64) bool {
	if p.rounds > 0 {
		size = (7*p.usual + size) / 8
	}
	p.usual = size
	return size < p.all/(p.rounds+1)
}

// added is called when the file of a round has its final name.
func (p *packer) added(round Round, size int64) {
	if p.against {
		p.all += size
		p.rounds++
		return
	}
	spare := p.text
	p.text = nil
	if p.base != nil {
		p.text = p.base.Text()
	}
	p.base = nil
	info, err := os.Lstat(filepath.Join(p.dir, round.Name()))
	if p.long || err != nil {
		return
	}
	p.base = zstd.NewBase(spare, rowKey)
	p.about = snapshot.NewBase(round.Name(), spare)
	p.of, p.file, p.all, p.rounds = round, info, size, 0
}

// rowKey returns what identifies a row: its inode or else how it starts, which with sockets
// are the addresses.
func rowKey(line []byte) []byte {
	const (
		inode = `"inode":`
		start = 160
	)
	if i := bytes.Index(line, []byte(inode)); i > 1 && i+len(inode) < len(line) && line[i+len(inode)] != '0' {
		if n := bytes.IndexByte(line[i:], ','); n > 0 {
			return line[i : i+n]
		}
	}
	return line[:min(len(line), start)]
}
