package schema

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"netstat"
)

// lastRow is the row that was read last, by which the next one is read: rows of a table have
// the same fields in the same order, and most values of one are those of the row before.
type lastRow struct {
	fields [48]rowField
	n      int // number of fields; 0 if the next row is read alone
	first  int // offset of the first field
	// until is the first field that is not wanted, nor are those behind it; "" for none. cut
	// reports that the last row had it, and was read up to there.
	until string
	cut   bool
}

// rowField is the length of the parts of a field of the last row.
type rowField struct {
	key    int  // from quote to quote
	name   int  // from the start of the field to its value
	all    int  // to the start of the next field, or the end of the row
	nested bool // the value is an object or a list
}

// row is Object for one of many objects. It does not call field at a value that is equal to
// that of the last row, if it is not an object or a list: the caller keeps what it read then.
// It calls fresh before the fields of a row of which the caller has to forget all.
func (r *Reader) row(last *lastRow, fresh func(), field func(key []byte)) {
	r.peek()
	outer, start := r.held > 0, r.Offset()
	if !outer {
		r.held = r.at + 1
	}
	if last.n == 0 || !r.similarRow(last, field) && r.err == nil {
		r.at = start - r.before
		last.n = 0
		fresh()
		r.similarRow(last, field)
	}
	if !outer {
		r.held = 0
	}
}

// similarRow reads a row that has the fields of the last one and maybe more. It reports false
// for another row, of which it may have read a part.
func (r *Reader) similarRow(last *lastRow, field func(key []byte)) bool {
	if !r.beginObject() {
		return last.n == 0
	}
	defer func() { r.depth-- }()
	old := rowCursor{at: last.first}
	last.first = r.Offset()
	learns := true
	for i := 0; ; i++ {
		r.ahead()
		start := r.Offset()
		var key []byte
		known := i < last.n
		if known {
			var equal int
			if i, equal = last.skipEqual(r, i, &old); i == last.n {
				return !last.cut || r.nextIs(last.until) && r.leaveLine()
			}
			f := &last.fields[i]
			if equal < f.name {
				return false
			}
			start = r.Offset()
			key = r.b[r.at+1 : r.at+f.key-1]
			if r.at += f.name; r.at == len(r.b) {
				key = bytes.Clone(key) // the window may move before the key is used
			}
			old.at += f.all
		} else {
			var ok bool
			if key, ok = r.fieldName(); !ok {
				return true
			}
			if last.until != "" && string(key) == last.until {
				if r.leaveLine() {
					last.cut = true
					return last.end(i, learns)
				}
				key = []byte(last.until) // the window may have moved
			}
			learns = learns && last.learn(r, i, start)
		}
		c := r.peek()
		value := r.Offset()
		if c == 'n' {
			// The value of the last row does not hold any more.
			if known {
				return false
			}
			learns = false
			r.literal("null")
		} else {
			field(key)
		}
		more := r.afterField()
		if r.err != nil {
			return true
		}
		if learns {
			f := &last.fields[i]
			f.name, f.all, f.nested = value-start, r.Offset()-start, c == '{' || c == '['
		}
		if !more {
			last.cut = false
			return last.end(i+1, learns)
		}
	}
}

// end ends a row with n fields, and reports whether it has all those of the last row.
func (l *lastRow) end(n int, learns bool) bool {
	complete := n >= l.n
	if l.n = n; !learns {
		l.n = 0
	}
	return complete
}

// CutSockets lets PartOfSocket leave out the rest of a row behind all that is wanted of it.
// The rows before an offset must be those of AppendSocket, each on a line of its own.
func (r *Reader) CutSockets(before int) { r.cutBefore = before }

// wantedFrom returns the first field of sockets, as AppendSocket orders them, from which on
// nothing is wanted; "" for none that is known.
func wantedFrom(wanted netstat.Facts) string {
	switch {
	case wanted&^(netstat.FactQueues|netstat.FactBacklog) == 0:
		return "uid"
	case wanted&^(netstat.FactQueues|netstat.FactBacklog|netstat.FactUID|netstat.FactInode) == 0:
		return "timer"
	}
	return ""
}

// nextIs reports whether the next field has this name.
func (r *Reader) nextIs(name string) bool {
	b := r.b[r.at:]
	return len(b) > len(name)+2 && b[0] == '"' && string(b[1:1+len(name)]) == name && b[1+len(name)] == '"'
}

// leaveLine goes to the end of an object that ends this line, if it may be cut and another
// one follows.
func (r *Reader) leaveLine() bool {
	end := -1
	for from := 0; end < 0; {
		if end = bytes.IndexByte(r.b[r.at+from:], '\n'); end >= 0 {
			end += from
		} else if from = len(r.b) - r.at; !r.more() {
			return false
		}
	}
	if r.Offset()+end >= r.cutBefore || end < 2 || string(r.b[r.at+end-2:r.at+end]) != "}," {
		return false
	}
	r.at += end - 1
	return true
}

// rowCursor is where in the last row a field is.
type rowCursor struct {
	at   int // offset of the field
	end  int // offset of the next object or list, or the end of the row
	upTo int // number of the field there
}

// skipEqual skips fields from number i on, as long as they are equal to those of the last
// row. It returns the number of the next one, and how many bytes from there on are equal too.
func (l *lastRow) skipEqual(r *Reader, i int, old *rowCursor) (next, equal int) {
	if old.at < r.before {
		return i, 0
	}
	if i >= old.upTo {
		// Behind its name, an object or a list is not compared.
		for old.end, old.upTo = old.at, i; old.upTo < l.n; {
			f := &l.fields[old.upTo]
			if old.upTo++; f.nested {
				old.end += f.name
				break
			}
			old.end += f.all
		}
	}
	equal = commonLength(r.b[old.at-r.before:old.end-r.before], r.b[r.at:])
	for i < l.n {
		f := &l.fields[i]
		if f.nested || f.all > equal {
			break
		}
		old.at += f.all
		r.at += f.all
		equal -= f.all
		i++
	}
	return i, equal
}

// learn keeps the name of field i, which starts at an offset, and reports whether it can: the
// name has no escapes, and no field before has the same one.
func (l *lastRow) learn(r *Reader, i, start int) bool {
	if i == len(l.fields) {
		return false
	}
	text := r.b[start-r.before : r.at]
	if bytes.IndexByte(text, '\\') >= 0 {
		return false
	}
	quoted := text[:bytes.IndexByte(text[1:], '"')+2]
	before := r.b[l.first-r.before:]
	for _, f := range l.fields[:i] {
		if bytes.HasPrefix(before, quoted) {
			return false
		}
		before = before[f.all:]
	}
	l.fields[i].key = len(quoted)
	return true
}

// commonLength returns how many bytes at the start of a and b are equal.
func commonLength(a, b []byte) int {
	n := min(len(a), len(b))
	a, b = a[:n], b[:n]
	i := 0
	for ; i+8 <= n; i += 8 {
		if d := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); d != 0 {
			return i + bits.TrailingZeros64(d)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}
