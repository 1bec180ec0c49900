package schema

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math"
	"math/bits"
	"net/netip"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Reader reads JSON text in order. Each method reads one value. The first mistake is
// kept and ends the text: all methods then return zero values, and [Reader.Err] returns
// it.
//
// Unknown fields are skipped. A null field counts as missing, and of a duplicate field
// the last value wins.
//
// A Reader of a stream keeps a part of it, which grows to the longest value, at most
// maxWindow. Its caller can keep at most maxKept of a row, or of all that is not in rows.
type Reader struct {
	b       []byte
	at      int
	in      Window // nil if b is all
	before  int    // number of bytes before b
	held    int    // the bytes from held-1 on are kept; 0 for those from at on
	inErr   error  // of in
	depth   int
	kept    int // bytes, about, that the caller keeps of what it read
	scratch []byte
	err     *SyntaxError
	spare   *fields // for readFields
	sockets *lastSocket
	// cutBefore is that of CutSockets; 0 for none.
	cutBefore int
	// skip is that of SkipLists; nil for none.
	skip func(list int) (in Window, end, rows int)
}

// SyntaxError is the position of text that is not JSON or not what was expected.
type SyntaxError struct {
	Offset int // offset in bytes
	Text   string
}

func (e *SyntaxError) Error() string { return e.Text }

// maxDepth limits the nesting of objects and lists.
const maxDepth = 200

// NewReader returns a Reader of b, which must not change while the Reader is in use.
func NewReader(b []byte) *Reader { return &Reader{b: b} }

// Err returns the first mistake, a *SyntaxError, or nil. It returns an error of a stream
// as is.
func (r *Reader) Err() error {
	if r.inErr != nil {
		return r.inErr
	}
	if r.err == nil {
		return nil
	}
	return r.err
}

// Offset returns the current position in bytes.
func (r *Reader) Offset() int { return r.before + r.at }

// Fail ends the text at its current position, as a mistake in it does.
func (r *Reader) Fail(text string) { r.fail(r.at, text) }

// FailAt is like Fail for a mistake that starts at an offset.
func (r *Reader) FailAt(offset int, text string) { r.fail(offset-r.before, text) }

// Stop ends the text without a mistake, for a caller that has read enough.
func (r *Reader) Stop() { r.fail(r.at, "stopped") }

func (r *Reader) fail(at int, text string) {
	if r.err == nil {
		r.err = &SyntaxError{Offset: r.before + at, Text: text}
	}
	r.at, r.in = len(r.b), nil
}

const errEnds = "unexpected end of text"

// peek skips white space and returns the next byte, or 0 at the end.
func (r *Reader) peek() byte {
	if r.at < len(r.b) && r.b[r.at] > ' ' {
		return r.b[r.at]
	}
	return r.peekFurther()
}

func (r *Reader) peekFurther() byte {
	for {
		for r.at < len(r.b) {
			switch c := r.b[r.at]; c {
			case ' ', '\t', '\r', '\n':
				r.at++
			default:
				return c
			}
		}
		if !r.more() {
			return 0
		}
	}
}

// next returns the next byte if it is not white space and in the window, or 0. It is small
// enough to become a part of its callers.
func (r *Reader) next() byte {
	if r.at < len(r.b) {
		return r.b[r.at]
	}
	return 0
}

// expect skips white space and reads the byte c.
func (r *Reader) expect(c byte, what string) bool {
	if r.peek() == c && r.at < len(r.b) {
		r.at++
		return true
	}
	r.unexpected(what)
	return false
}

// unexpected fails because the next value is not the wanted one.
func (r *Reader) unexpected(want string) {
	if r.peek(); r.at >= len(r.b) {
		r.fail(r.at, errEnds)
		return
	}
	r.fail(r.at, "expected "+want)
}

// End fails unless only white space is left.
func (r *Reader) End() {
	if r.peek(); r.at < len(r.b) {
		r.fail(r.at, "trailing data")
	}
}

func (r *Reader) enter() bool {
	if r.depth == maxDepth {
		r.fail(r.at-1, "nested too deeply")
		return false
	}
	r.depth++
	return true
}

// Object reads an object. It calls field at each value, which field must read. The key
// is valid until the next key or text is read.
func (r *Reader) Object(field func(key []byte)) {
	if !r.beginObject() {
		return
	}
	defer func() { r.depth-- }()
	for more := true; more; more = r.afterField() {
		key, ok := r.fieldName()
		if !ok {
			return
		}
		if r.peek() == 'n' {
			r.literal("null")
		} else {
			field(key)
		}
	}
}

// beginObject reads the start of an object, and all of an empty one. It reports whether it
// entered an object with fields.
func (r *Reader) beginObject() bool {
	if !r.expect('{', "an object") || !r.enter() {
		return false
	}
	if r.peek() == '}' {
		r.at++
		r.depth--
		return false
	}
	return true
}

// fieldName reads the name of a field and the colon.
func (r *Reader) fieldName() (key []byte, ok bool) {
	if r.peek() != '"' {
		r.unexpected("a field name")
		return nil, false
	}
	key = r.key()
	if r.next() == ':' {
		r.at++
		return key, true
	}
	return key, r.expect(':', "a colon")
}

// afterField reads what follows a field, and reports whether another one does, to whose name
// it goes.
func (r *Reader) afterField() bool {
	switch r.peek() {
	case ',':
		r.at++
		r.peek()
		return r.err == nil
	case '}':
		r.at++
	default:
		r.unexpected("a comma or '}'")
	}
	return false
}

// Array reads a list. It calls item at each value, which item must read.
func (r *Reader) Array(item func()) {
	r.list(func() {
		r.keep(itemSize)
		item()
	})
}

// list is Array for items that the caller does not keep.
func (r *Reader) list(item func()) {
	if !r.expect('[', "a list") || !r.enter() {
		return
	}
	defer func() { r.depth-- }()
	if r.peek() == ']' {
		r.at++
		return
	}
	for r.err == nil {
		r.ahead()
		item()
		switch r.peek() {
		case ',':
			r.at++
		case ']':
			r.at++
			return
		default:
			r.unexpected("a comma or ']'")
		}
	}
}

const (
	// maxKept is the most that a caller can keep of one row, or of all but rows: a short
	// compressed text may be one of many gigabytes. It is enough for some 700,000
	// processes, or 3.5 million names.
	maxKept = 512 << 20
	// itemSize is about the memory that most items of lists take.
	itemSize = 128
	// processSize is about the memory that a process takes.
	processSize = 512
)

// keep counts memory that the caller keeps.
func (r *Reader) keep(size int) {
	if r.kept += size; r.kept > maxKept {
		r.fail(r.at, "needs more than 512 MiB of memory")
	}
}

func (r *Reader) literal(word string) {
	for len(r.b)-r.at < len(word) && r.more() {
	}
	if len(r.b)-r.at < len(word) && string(r.b[r.at:]) == word[:len(r.b)-r.at] {
		r.fail(len(r.b), errEnds)
		return
	}
	if !bytes.HasPrefix(r.b[r.at:], []byte(word)) {
		r.unexpected("a value")
		return
	}
	r.at += len(word)
}

// Skip skips any value.
func (r *Reader) Skip() {
	switch c := r.peek(); {
	case c == '{':
		r.Object(func([]byte) { r.Skip() })
	case c == '[':
		r.list(r.Skip)
	case c == '"':
		r.stringBytes()
	case c == 't':
		r.literal("true")
	case c == 'f':
		r.literal("false")
	case c == 'n':
		r.literal("null")
	case c == '-' || c >= '0' && c <= '9':
		if _, end := r.integer(); end > 0 {
			r.at = end
		} else {
			r.number()
		}
	default:
		r.unexpected("a value")
	}
}

// Bool reads true or false.
func (r *Reader) Bool() bool {
	switch r.peek() {
	case 't':
		r.literal("true")
		return r.err == nil
	case 'f':
		r.literal("false")
	default:
		r.unexpected("true or false")
	}
	return false
}

// number reads a number and returns its text.
func (r *Reader) number() []byte {
	c := r.peek()
	start := r.at
	if c != '-' && (c < '0' || c > '9') {
		r.unexpected("a number")
		return nil
	}
	for r.in != nil && !r.numberEnds() && r.more() {
		start = r.at
	}
	if c == '-' {
		r.at++
	}
	digits := r.digits()
	if digits > 1 && r.b[r.at-digits] == '0' {
		r.fail(start, "number has a leading zero")
		return nil
	}
	ok := digits > 0
	if ok && r.at < len(r.b) && r.b[r.at] == '.' {
		r.at++
		ok = r.digits() > 0
	}
	if ok && r.at < len(r.b) && r.b[r.at]|0x20 == 'e' {
		r.at++
		if r.at < len(r.b) && (r.b[r.at] == '+' || r.b[r.at] == '-') {
			r.at++
		}
		ok = r.digits() > 0
	}
	if !ok {
		if r.at >= len(r.b) {
			r.fail(r.at, errEnds)
		} else {
			r.fail(start, "not a number")
		}
		return nil
	}
	return r.b[start:r.at]
}

// digits skips decimal digits and returns their number.
func (r *Reader) digits() int {
	start := r.at
	for r.at < len(r.b) && r.b[r.at]-'0' <= 9 {
		r.at++
	}
	return r.at - start
}

// integer returns the integer at r.at and where it ends, or 0 if it is none, or is longer than
// 19 digits, or may end beyond the window.
func (r *Reader) integer() (n uint64, end int) {
	b := r.b[r.at:]
	for i, c := range b {
		if d := c - '0'; d <= 9 {
			n = n*10 + uint64(d)
			continue
		}
		if i == 0 || i > 19 || i > 1 && b[0] == '0' || c != ',' && c != '}' && c != ']' {
			break
		}
		return n, r.at + i
	}
	return 0, 0
}

// Uint reads an integer from 0 to limit.
func (r *Reader) Uint(limit uint64) uint64 {
	r.peek()
	start := r.at
	if n, end := r.integer(); end > 0 && n <= limit {
		r.at = end
		return n
	}
	text := r.number()
	if r.err != nil {
		return 0
	}
	n := uint64(0)
	for _, c := range text {
		d := uint64(c - '0')
		if d > 9 {
			r.fail(start, "not a non-negative integer")
			return 0
		}
		if n > limit/10 || n*10 > limit-d {
			r.fail(start, "number above "+strconv.FormatUint(limit, 10))
			return 0
		}
		n = n*10 + d
	}
	return n
}

// Int reads a 32-bit integer.
func (r *Reader) Int() int32 {
	if r.peek() != '-' {
		return int32(r.Uint(math.MaxInt32))
	}
	start := r.at
	n, err := strconv.ParseInt(string(r.number()), 10, 32)
	if err != nil {
		r.fail(start, "not a 32-bit integer")
		return 0
	}
	return int32(n)
}

// Seconds reads a decimal number of seconds.
func (r *Reader) Seconds() time.Duration {
	r.peek()
	start := r.at
	text, negative := bytes.CutPrefix(r.number(), []byte{'-'})
	whole, fraction, _ := bytes.Cut(text, []byte{'.'})
	ok := r.err == nil && len(fraction) <= 9
	limit := uint64(math.MaxInt64)
	if negative {
		limit++
	}
	n := uint64(0)
	for i := 0; ok && i < len(whole)+9; i++ {
		d := uint64(0)
		if i < len(whole) {
			d = uint64(whole[i] - '0')
		} else if at := i - len(whole); at < len(fraction) {
			d = uint64(fraction[at] - '0')
		}
		ok = d <= 9 && n <= limit/10 && n*10 <= limit-d
		n = n*10 + d
	}
	if !ok {
		r.fail(start, "not a number of seconds")
		return 0
	}
	if negative {
		n = -n
	}
	return time.Duration(n)
}

// Text reads a string.
func (r *Reader) Text() string {
	text := r.stringBytes()
	r.keep(len(text))
	return string(text)
}

// stringBytes reads a string. The bytes are valid until the next string is read.
func (r *Reader) stringBytes() []byte {
	if r.next() == '"' {
		r.at++
	} else if !r.expect('"', "a text") {
		return nil
	}
	for {
		start := r.at
		for i := start + plainBytes(r.b[start:]); i < len(r.b); i++ {
			c := r.b[i]
			if c == '"' {
				r.at = i + 1
				return r.b[start:i]
			}
			if c == '\\' || c < ' ' || c >= utf8.RuneSelf {
				return r.slowString(start, i)
			}
		}
		if !r.more() {
			r.fail(len(r.b), errEnds)
			return nil
		}
	}
}

// plainBytes returns how many bytes at the start of b are certainly inside a string and
// plain ASCII. It looks at eight at a time.
func plainBytes(b []byte) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(b); i += 8 {
		v := binary.LittleEndian.Uint64(b[i:])
		quote, backslash := v^'"'*ones, v^'\\'*ones
		// The lowest of these bits is that of a byte that ends the run; those above it may be
		// wrong.
		if ends := (v | (v - ' '*ones) | (quote - ones) | (backslash - ones)) & tops; ends != 0 {
			return i + bits.TrailingZeros64(ends)/8
		}
	}
	return i
}

// slowString continues at i with a string that has more than plain ASCII.
func (r *Reader) slowString(start, i int) []byte {
	out := append(r.scratch[:0], r.b[start:i]...)
	defer func() { r.scratch = out }()
	for i < len(r.b) {
		// An escape is up to twelve bytes long.
		if len(r.b)-i < 12 {
			if n := i - r.at; r.more() {
				i = r.at + n
				continue
			}
		}
		switch c := r.b[i]; {
		case c == '"':
			r.at = i + 1
			return out
		case c < ' ':
			r.fail(i, "control character in a string")
			return nil
		case c == '\\':
			var ok bool
			if out, i, ok = r.escape(out, i); !ok {
				return nil
			}
		case c < utf8.RuneSelf:
			out = append(out, c)
			i++
		default:
			char, size := utf8.DecodeRune(r.b[i:])
			if char == utf8.RuneError && size == 1 {
				r.fail(i, "not UTF-8")
				return nil
			}
			out = append(out, r.b[i:i+size]...)
			i += size
		}
	}
	r.fail(len(r.b), errEnds)
	return nil
}

// escape appends the character of the escape at i and returns its end.
func (r *Reader) escape(out []byte, i int) ([]byte, int, bool) {
	if i+1 >= len(r.b) {
		r.fail(len(r.b), errEnds)
		return out, i, false
	}
	switch c := r.b[i+1]; c {
	case '"', '\\', '/':
		return append(out, c), i + 2, true
	case 'b':
		return append(out, '\b'), i + 2, true
	case 'f':
		return append(out, '\f'), i + 2, true
	case 'n':
		return append(out, '\n'), i + 2, true
	case 'r':
		return append(out, '\r'), i + 2, true
	case 't':
		return append(out, '\t'), i + 2, true
	case 'u':
		char, ok := r.hex4(i)
		if !ok {
			return out, i, false
		}
		next := i + 6
		if utf16.IsSurrogate(char) {
			second, pair := rune(0), next+1 < len(r.b) && r.b[next] == '\\' && r.b[next+1] == 'u'
			if pair {
				if second, pair = r.hex4(next); !pair {
					return out, i, false
				}
			}
			if char = utf16.DecodeRune(char, second); char != utf8.RuneError {
				next += 6
			}
		}
		return utf8.AppendRune(out, char), next, true
	}
	r.fail(i, "invalid escape")
	return out, i, false
}

// hex4 reads the four digits of a \u escape at i.
func (r *Reader) hex4(i int) (rune, bool) {
	if i+6 > len(r.b) {
		r.fail(len(r.b), errEnds)
		return 0, false
	}
	n := rune(0)
	for _, c := range r.b[i+2 : i+6] {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			n = n<<4 | rune(c|0x20-'a'+10)
		default:
			r.fail(i, "invalid escape")
			return 0, false
		}
	}
	return n, true
}

// Bytes reads a field with a text's exact bytes.
func (r *Reader) Bytes() string {
	r.peek()
	start := r.at
	out, err := base64.StdEncoding.Strict().DecodeString(r.Text())
	if err != nil {
		r.fail(start, "not base64")
		return ""
	}
	return string(out)
}

// TextField reports whether key is the field of the named text or of its exact bytes,
// and reads the value if so.
func (r *Reader) TextField(key []byte, name string, to *ExactText) bool {
	rest, ok := bytes.CutPrefix(key, []byte(name))
	switch {
	case !ok:
		return false
	case len(rest) == 0:
		if text := r.Text(); !to.exact {
			to.s = text
		}
		return true
	case string(rest) == bytesSuffix:
		to.s, to.exact = r.Bytes(), true
		return true
	}
	return false
}

// ExactText is a text whose object is being read. The exact bytes take precedence, in
// whichever order the fields appear.
type ExactText struct {
	s     string
	exact bool
}

func (t *ExactText) String() string { return t.s }

// texts reads a list of strings, or of base64 strings if exact is set.
func (r *Reader) texts(exact bool) []string {
	var list []string
	r.Array(func() {
		if exact {
			list = append(list, r.Bytes())
		} else {
			list = append(list, r.Text())
		}
	})
	return list
}

// IP reads an address without a zone.
func (r *Reader) IP() netip.Addr {
	r.peek()
	start := r.at
	text := r.stringBytes()
	if ip, ok := parseIPv4(text); ok {
		return ip
	}
	ip, err := netip.ParseAddr(string(text))
	if r.err == nil && (err != nil || ip.Zone() != "") {
		r.fail(start, "not an IP address")
		return netip.Addr{}
	}
	return ip
}

// parseIPv4 parses a plain address without the string that netip.ParseAddr needs. It
// leaves everything else to ParseAddr.
func parseIPv4(text []byte) (netip.Addr, bool) {
	var a [4]byte
	at, digits, n := 0, 0, 0
	for _, c := range text {
		switch {
		case c == '.' && digits > 0 && at < 3:
			a[at] = byte(n)
			at, digits, n = at+1, 0, 0
		case c >= '0' && c <= '9' && (digits == 0 || n > 0):
			if n, digits = n*10+int(c-'0'), digits+1; n > 255 {
				return netip.Addr{}, false
			}
		default:
			return netip.Addr{}, false
		}
	}
	a[at] = byte(n)
	return netip.AddrFrom4(a), at == 3 && digits > 0
}

// Time reads an RFC 3339 time.
func (r *Reader) Time() time.Time {
	r.peek()
	start := r.at
	t, err := time.Parse(time.RFC3339Nano, string(r.stringBytes()))
	if r.err == nil && err != nil {
		r.fail(start, "not an RFC 3339 time")
		return time.Time{}
	}
	return t
}

// name reads one of a list of names and returns its index. An unknown name, which a
// newer version may write, counts as the first.
func (r *Reader) name(names []string) int {
	s := r.stringBytes()
	for i, name := range names {
		if string(s) == name {
			return i
		}
	}
	return 0
}

// names reads a set of names. It skips unknown ones.
func (r *Reader) names(names []string) uint64 {
	var set uint64
	r.Array(func() {
		s := r.stringBytes()
		for i, name := range names {
			if string(s) == name {
				set |= 1 << i
			}
		}
	})
	return set
}
