package schema

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"netstat"
)

// fields visits the fields of an object in one of two directions, so that a list of
// fields is written once: without a Reader it appends them, with one it reads the value
// of the field key.
type fields struct {
	b     []byte
	r     *Reader
	key   []byte
	taken bool
	exact []string // texts whose exact bytes were read
	next  *fields  // in the list Reader.spare
}

// at reports whether the value of this field is to be read.
func (f *fields) at(name string) bool {
	if f.taken || string(f.key) != name {
		return false
	}
	f.taken = true
	return true
}

// readFields reads an object; visit visits its fields.
func readFields(r *Reader, visit func(*fields)) {
	f := r.spare
	if f == nil {
		f = new(fields)
	}
	r.spare = f.next
	*f = fields{r: r, exact: f.exact[:0]}
	r.Object(func(key []byte) {
		f.key, f.taken = key, false
		if visit(f); !f.taken {
			r.Skip()
		}
	})
	f.next, r.spare = r.spare, f
}

// appending holds values for appendFields. A fields value reached through a function
// would otherwise be allocated for each row.
var appending sync.Pool

// appendFields appends fields; visit visits them.
func appendFields(b []byte, visit func(*fields)) []byte {
	f, ok := appending.Get().(*fields)
	if !ok {
		f = new(fields)
	}
	f.b = b
	visit(f)
	b, f.b = f.b, nil
	appending.Put(f)
	return b
}

// number is a numeric field. Unless always is set, it is omitted if 0.
func number[T ~uint8 | ~uint16 | ~uint32 | ~uint64](f *fields, name string, p *T, always bool) {
	switch {
	case f.r == nil:
		if always || *p != 0 {
			f.b = appendUint(f.b, name, uint64(*p))
		}
	case f.at(name):
		*p = T(f.r.Uint(uint64(^T(0))))
	}
}

func signed(f *fields, name string, p *int32, always bool) {
	switch {
	case f.r == nil:
		if always || *p != 0 {
			f.b = appendInt(f.b, name, int64(*p))
		}
	case f.at(name):
		*p = f.r.Int()
	}
}

// given is a number whose bit in known tells whether there is one: 0 is a value.
func given[T ~uint8 | ~uint16 | ~uint32 | ~uint64, S ~uint8 | ~uint16 | ~uint32](f *fields, name string, p *T, known *S, bit S) {
	switch {
	case f.r == nil:
		if *known&bit != 0 {
			f.b = appendUint(f.b, name, uint64(*p))
		}
	case f.at(name):
		*p = T(f.r.Uint(uint64(^T(0))))
		*known |= bit
	}
}

// givenSeconds is given for a duration.
func givenSeconds[S ~uint8 | ~uint16 | ~uint32](f *fields, name string, p *time.Duration, known *S, bit S) {
	switch {
	case f.r == nil:
		if *known&bit != 0 {
			f.b = appendSeconds(f.b, name, *p)
		}
	case f.at(name):
		*p = f.r.Seconds()
		*known |= bit
	}
}

// flag is a boolean field. Unless always is set, it is omitted if false.
func flag(f *fields, name string, p *bool, always bool) {
	switch {
	case f.r == nil:
		if always || *p {
			f.b = appendBool(f.b, name, *p)
		}
	case f.at(name):
		*p = f.r.Bool()
	}
}

// millis is a duration that the model stores in milliseconds. It fails if the duration
// does not fit.
func millis(f *fields, name string, p *uint32, always bool) {
	switch {
	case f.r == nil:
		if always || *p != 0 {
			f.b = appendSeconds(f.b, name, time.Duration(*p)*time.Millisecond)
		}
	case f.at(name):
		start := f.r.Offset()
		n := f.r.Seconds() / time.Millisecond
		if n < 0 || n > math.MaxUint32 {
			f.r.FailAt(start, "time out of range")
			return
		}
		*p = uint32(n)
	}
}

// named is a field with one of a list of names; omitted if the name is empty.
func named[T ~uint8](f *fields, name string, names []string, p *T) {
	switch {
	case f.r == nil:
		f.b = appendNamed(f.b, name, names, *p)
	case f.at(name):
		*p = T(f.r.name(names))
	}
}

// text is a text field; omitted if empty.
func text(f *fields, name string, p *string) {
	if f.r == nil {
		f.b = AppendText(f.b, name, *p)
		return
	}
	if f.taken {
		return
	}
	t := ExactText{s: *p}
	for _, n := range f.exact {
		t.exact = t.exact || n == name
	}
	before := t.exact
	if f.taken = f.r.TextField(f.key, name, &t); !f.taken {
		return
	}
	if *p = t.s; t.exact && !before {
		f.exact = append(f.exact, name)
	}
}

// moment is a time field; omitted for the zero time.
func moment(f *fields, name string, p *time.Time) {
	switch {
	case f.r == nil:
		f.b = appendTime(f.b, name, *p)
	case f.at(name):
		*p = f.r.Time()
	}
}

// ip is an address field; omitted for the zero Addr.
func ip(f *fields, name string, p *netip.Addr) {
	switch {
	case f.r == nil:
		f.b = appendIP(f.b, name, *p)
	case f.at(name):
		*p = f.r.IP()
	}
}

// hardwareAddr is a hardware address; omitted if empty.
func hardwareAddr(f *fields, name string, p *[]byte) {
	switch {
	case f.r == nil:
		if len(*p) > 0 {
			f.b = append(appendHex(append(appendKey(f.b, name), '"'), *p), '"')
		}
	case f.at(name):
		*p = f.r.hexBytes()
	}
}

// numbers is a list of numbers; omitted if empty.
func numbers(f *fields, name string, p *[]uint32) {
	switch {
	case f.r == nil:
		if len(*p) == 0 {
			return
		}
		f.openList(name)
		for i, n := range *p {
			if i > 0 {
				f.b = append(f.b, ',')
			}
			f.b = strconv.AppendUint(f.b, uint64(n), 10)
		}
		f.closeList()
	case f.at(name):
		*p = nil
		f.r.Array(func() { *p = append(*p, f.r.uint32()) })
	}
}

// addrs is a list of addresses with ports; omitted if empty.
func addrs(f *fields, name string, p *[]netstat.Addr) {
	switch {
	case f.r == nil:
		f.b = appendAddrs(f.b, name, *p)
	case f.at(name):
		*p = f.r.addrs()
	}
}

// object is an object with its own fields; omitted if nil.
func object[T any](f *fields, name string, p **T, visit func(*fields, *T)) {
	switch {
	case f.r == nil:
		if *p != nil {
			f.open(name)
			visit(f, *p)
			f.close()
		}
	case f.at(name):
		to := new(T)
		readFields(f.r, func(g *fields) { visit(g, to) })
		*p = to
	}
}

// objects is a list of objects; omitted if nil.
func objects[T any](f *fields, name string, p *[]T, visit func(*fields, *T)) {
	switch {
	case f.r == nil:
		if *p == nil {
			return
		}
		f.openList(name)
		for i := range *p {
			f.item()
			visit(f, &(*p)[i])
			f.close()
		}
		f.closeList()
	case f.at(name):
		*p = []T{}
		f.r.Array(func() {
			var to T
			readFields(f.r, func(g *fields) { visit(g, &to) })
			*p = append(*p, to)
		})
	}
}

// texts is a list of texts; omitted if empty.
func texts(f *fields, name string, p *[]string) {
	if f.r == nil {
		f.b = appendTexts(f.b, name, *p)
		return
	}
	key := string(f.key) // this conversion is only compared, so it does not copy
	switch {
	case f.taken:
	case key == name:
		f.taken = true
		if list := f.r.texts(false); !slices.Contains(f.exact, name) {
			*p = list
		}
	case len(key) == len(name)+len(bytesSuffix) && key[:len(name)] == name && key[len(name):] == bytesSuffix:
		f.taken = true
		*p = f.r.texts(true)
		f.exact = append(f.exact, name)
	}
}

// open starts an object, which close ends. Both only append.
func (f *fields) open(name string) { f.b = append(appendKey(f.b, name), '{') }
func (f *fields) close()           { f.b = append(f.b, '}') }

// openList starts a list, which closeList ends; item starts an object in it.
func (f *fields) openList(name string) { f.b = append(appendKey(f.b, name), '[') }
func (f *fields) closeList()           { f.b = append(f.b, ']') }

func (f *fields) item() {
	if f.b[len(f.b)-1] != '[' {
		f.b = append(f.b, ',')
	}
	f.b = append(f.b, '{')
}

// address writes one end as fields of the enclosing object: local_address and so on.
func address(f *fields, end string, a *netstat.Addr) {
	if f.r == nil {
		f.b = appendAddr(f.b, end, a)
		return
	}
	key := f.key
	if f.taken || len(key) <= len(end) || string(key[:len(end)]) != end {
		return
	}
	switch string(key[len(end):]) {
	case "_address":
		f.taken, a.IP = true, f.r.IP()
	case "_port":
		f.taken, a.Port = true, uint16(f.r.Uint(math.MaxUint16))
	case "_scope":
		f.taken, a.Scope = true, f.r.uint32()
	default:
		text(f, end+"_name", &a.Name)
	}
}

// appendHex appends bytes in hardware address notation.
func appendHex(b, address []byte) []byte {
	const digits = "0123456789abcdef"
	for i, c := range address {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}

// hexBytes reads what appendHex wrote.
func (r *Reader) hexBytes() []byte {
	r.peek()
	start := r.at
	text := r.stringBytes()
	var b []byte
	for i := 0; i < len(text); i += 3 {
		if i+2 > len(text) || i+2 < len(text) && text[i+2] != ':' || i+3 == len(text) {
			r.fail(start, "not a hardware address")
			return nil
		}
		n, err := strconv.ParseUint(string(text[i:i+2]), 16, 8)
		if err != nil {
			r.fail(start, "not a hardware address")
			return nil
		}
		b = append(b, byte(n))
	}
	return b
}
