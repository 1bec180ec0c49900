package snapshot

import (
	"bytes"
	"encoding/binary"

	"netstat/schema"
)

// A compressed snapshot ends with a note, a frame that other programs skip: where its long
// lists of rows start and end. A reader can so leave out those that it does not need, and
// read the others once. Only this program writes the note: each row of such a list is on a
// line of its own, with its fields in the order of the package schema.

// longList is the length of the shortest list in the note. A shorter one is skipped as fast.
const longList = 2 << 20

// listNote begins the note. Each list follows as three numbers of 64 bits, the lowest byte
// first: the offset of its first byte in the text, that of its last byte, where a frame
// starts, and the number of its rows.
const listNote = "netstat-lists-1\n"

// list is a long list of rows: the offset of its last byte, and the number of its rows.
type list struct{ end, rows int64 }

// listWriter collects the lists of a snapshot that is being written. The zero value, for a
// snapshot that is not compressed, collects none.
type listWriter struct {
	to   frameWriter
	note []byte
}

// frameWriter is a writer that compresses, such as a zstd.Writer or a round of a record.
type frameWriter interface {
	// Offset returns the number of bytes written.
	Offset() int64
	// Cut makes the next byte the first one of a frame.
	Cut()
	// Note writes a frame that readers of the data ignore.
	Note(content []byte)
}

// offset returns the offset of the next byte, if so many bytes are not yet written.
func (w *listWriter) offset(unwritten int) int64 {
	if w.to == nil {
		return 0
	}
	return w.to.Offset() + int64(unwritten)
}

// add adds the list that starts at an offset, if it is long. All but its last byte must be
// written.
func (w *listWriter) add(start int64, rows int) {
	w.to.Cut()
	if w.note == nil {
		w.note = append(w.note, listNote...)
	}
	for _, n := range [...]int64{start, w.to.Offset(), int64(rows)} {
		w.note = binary.LittleEndian.AppendUint64(w.note, uint64(n))
	}
}

func (w *listWriter) finish() {
	if w.note != nil {
		w.to.Note(w.note)
	}
}

// readLists returns the lists of a note by the offsets of their first bytes; nil for another
// note.
func readLists(note []byte) map[int64]list {
	b, ok := bytes.CutPrefix(note, []byte(listNote))
	if !ok {
		return nil
	}
	lists := map[int64]list{}
	for ; len(b) >= 24; b = b[24:] {
		start, end, rows := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:])
		if start < end && end < largestText && rows < end {
			lists[int64(start)] = list{int64(end), int64(rows)}
		}
	}
	return lists
}

// skipLists makes a document be read without its long lists. in is the stream that is read.
func (d *document) skipLists(in *stream) func(start int) (schema.Window, int, int) {
	return func(start int) (schema.Window, int, int) {
		l, ok := d.lists[int64(start)]
		if !ok || l.end < in.at {
			return nil, 0, 0
		}
		d.skipped = true
		if err := d.seek(in, l.end); err != nil {
			return failedWindow{err}, int(l.end), int(l.rows)
		}
		return in, int(l.end), int(l.rows)
	}
}

// failedWindow is a stream that cannot be read on.
type failedWindow struct{ err error }

func (w failedWindow) Next(int) ([]byte, error) { return nil, w.err }
