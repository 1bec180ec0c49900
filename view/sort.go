package view

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"iter"
	"math/bits"
	"slices"
	"strings"
	"time"

	"netstat/fact"
)

// SortKey is a column by which records are sorted.
type SortKey struct {
	Fact       fact.Fact
	Descending bool
}

// Value returns the value of a record by which it is sorted.
func (k *SortKey) Value(r *fact.Record) fact.Value {
	if k.Fact.Rank != nil && r.Group == nil {
		return k.Fact.Rank(r)
	}
	return k.Fact.Value(r)
}

// ParseSort parses column names separated by commas, such as
// "remote,-recvq,state". A minus reverses the order. The error is a
// *ColumnError.
func ParseSort(v fact.View, keys string) ([]SortKey, error) { return parseSort(v, fact.Of(v), keys) }

// parseSort looks up the keys among the given columns.
func parseSort(v fact.View, all []fact.Fact, keys string) ([]SortKey, error) {
	var list []SortKey
	for _, name := range strings.Split(keys, ",") {
		name, descending := strings.CutPrefix(strings.ToLower(strings.TrimSpace(name)), "-")
		c, err := fact.FindIn(all, v, name)
		if err != nil {
			return nil, err
		}
		list = append(list, SortKey{*c, descending})
	}
	return list, nil
}

func durationOf(n uint64) time.Duration { return time.Duration(n) }

// appendKey appends a value in an encoding that sorts bytewise like the values:
// numbers and addresses by value, IPv4 before IPv6 but next to IPv4-mapped
// addresses, then addresses that are names; text and process names bytewise. No
// encoding is a prefix of another, so several values can follow one another.
// Descending order inverts the bytes, but absent values come last in both
// orders.
func appendKey(b []byte, v *fact.Value, descending bool) []byte {
	order := compareOrder(v.Kind)
	if order == compareOrder(fact.ValueAbsent) {
		return append(b, 0xff)
	}
	start := len(b)
	b = append(b, byte(order))
	switch order {
	case compareOrder(fact.ValueNumber):
		b = appendNumberKey(b, v)
	case compareOrder(fact.ValueAddress):
		b = appendAddressKey(b, v)
	default:
		b = appendTextKey(b, v.Text)
		b = binary.BigEndian.AppendUint32(b, uint32(v.Number))
	}
	if descending {
		for i := start; i < len(b); i++ {
			b[i] = ^b[i]
		}
		b[start] &^= 0x80 // less than the 0xff of an absent value
	}
	return b
}

// appendNumberKey appends sign and length in one byte, then the significant
// bytes, the highest first.
func appendNumberKey(b []byte, v *fact.Value) []byte {
	n, negative := v.Number, negative(v)
	if negative {
		n = ^n
	}
	size := (bits.Len64(n) + 7) / 8
	var digits [8]byte
	binary.BigEndian.PutUint64(digits[:], n)
	if !negative {
		return append(append(b, byte(0x80+size)), digits[8-size:]...)
	}
	b = append(b, byte(0x7f-size))
	for _, c := range digits[8-size:] {
		b = append(b, ^c)
	}
	return b
}

// appendAddressKey appends the address, then the rest. An IPv4-mapped address
// comes right after the same IPv4 address.
func appendAddressKey(b []byte, v *fact.Value) []byte {
	form := byte(4)
	switch {
	case v.Address.Is4(), v.Address.Is4In6():
		ip := v.Address.As4()
		b = append(append(b, 4), ip[:]...)
		if v.Address.Is6() {
			form = 6
		}
	case v.Address.IsValid():
		ip := v.Address.As16()
		b = append(append(b, 6), ip[:]...)
	default:
		b = append(b, 7)
	}
	if v.Text == "" {
		b = append(b, 0)
	} else {
		b = appendTextKey(append(b, 1), v.Text)
	}
	return append(binary.BigEndian.AppendUint32(b, uint32(v.Number)), form)
}

// appendTextKey appends a text and an end mark, which sorts before every
// character.
func appendTextKey(b []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, 0)
		if i < 0 {
			break
		}
		b = append(append(b, s[:i]...), 0, 0xff)
		s = s[i+1:]
	}
	return append(append(b, s...), 0, 0)
}

// sortEntry is a record in a Sorter. It has 24 bytes.
type sortEntry struct {
	prefix   uint64 // the beginning of the key
	key, at  uint32
	sequence uint32
}

// Sorter sorts records. Records with equal keys keep their order. It keeps
// copies: about 75 bytes for a TCP socket over IPv4 with an address or a number
// as the key. With a limit it keeps at most twice as many records. It must be
// used by one goroutine, and only once.
type Sorter struct {
	keys    []SortKey
	limit   int
	entries []sortEntry
	texts   arena // keys, each after its length
	store   recordStore
	buf     []byte
	// worst is the key of the last record within the limit; nil while there
	// are fewer records than the limit.
	worst []byte
	count uint32
}

// NewSorter returns a Sorter that yields at most limit records, or all for 0.
func NewSorter(keys []SortKey, limit int) *Sorter {
	return &Sorter{keys: keys, limit: limit}
}

// minPruned is the number of records that a Sorter with a small limit collects
// before it removes those beyond the limit.
const minPruned = 256

// Add adds a record, which must be of the same view as the earlier ones.
func (s *Sorter) Add(r *fact.Record) {
	b := s.buf[:0]
	for i := range s.keys {
		v := s.keys[i].Value(r)
		b = appendKey(b, &v, s.keys[i].Descending)
	}
	s.buf = b
	s.count++
	if s.worst != nil && bytes.Compare(b, s.worst) >= 0 {
		return // earlier records with an equal key come first
	}
	e := sortEntry{at: s.store.add(r), sequence: s.count}
	var prefix [8]byte
	copy(prefix[:], b)
	e.prefix = binary.BigEndian.Uint64(prefix[:])
	e.key = s.addKey(b)
	s.entries = append(s.entries, e)
	if s.limit > 0 && len(s.entries) >= max(2*s.limit, minPruned) {
		s.prune()
	}
}

func (s *Sorter) addKey(key []byte) uint32 {
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(key)))
	s.buf = append(s.buf, length[:n]...)
	s.buf = append(s.buf, key...)
	return s.texts.add(s.buf[len(s.buf)-n-len(key):])
}

func (s *Sorter) keyAt(at uint32) []byte {
	b := s.texts.at(at)
	n, size := binary.Uvarint(b)
	return b[size : size+int(n)]
}

func (s *Sorter) sort() {
	slices.SortFunc(s.entries, func(a, b sortEntry) int {
		if a.prefix != b.prefix {
			return cmp.Compare(a.prefix, b.prefix)
		}
		return cmp.Or(bytes.Compare(s.keyAt(a.key), s.keyAt(b.key)), cmp.Compare(a.sequence, b.sequence))
	})
}

// prune removes the records beyond the limit.
func (s *Sorter) prune() {
	s.sort()
	old := *s
	s.store, s.texts = recordStore{}, arena{}
	s.entries = old.entries[:s.limit]
	var rec fact.Record
	var row fact.Row
	for i := range s.entries {
		e := &s.entries[i]
		old.store.load(e.at, &rec, &row)
		e.at = s.store.add(&rec)
		s.buf = s.buf[:0]
		e.key = s.addKey(old.keyAt(e.key))
	}
	s.worst = append(s.worst[:0], s.keyAt(s.entries[s.limit-1].key)...)
}

// Records yields the records in order. Each is valid until the next one.
func (s *Sorter) Records() iter.Seq[*fact.Record] {
	return func(yield func(*fact.Record) bool) {
		s.sort()
		entries := s.entries
		if s.limit > 0 && len(entries) > s.limit {
			entries = entries[:s.limit]
		}
		var rec fact.Record
		var row fact.Row
		for i := range entries {
			s.store.load(entries[i].at, &rec, &row)
			if !yield(&rec) {
				return
			}
		}
	}
}

// records is the sequence passed between the steps of a request. A *Record is
// valid until the next one, and nil beside an error.
type records = iter.Seq2[*fact.Record, error]

// sorted yields records in the order of the keys, at most limit of them, or all
// for 0. Errors come first. Without keys the order is kept, and reading stops
// at the limit.
func sorted(rows records, keys []SortKey, limit int) records {
	if len(keys) == 0 {
		return limited(rows, limit)
	}
	return func(yield func(*fact.Record, error) bool) {
		s := NewSorter(keys, limit)
		for r, err := range rows {
			if err == nil {
				s.Add(r)
			} else if !yield(nil, err) {
				return
			}
		}
		for r := range s.Records() {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// compareOrder returns the rank of a value's type: numbers, addresses, text,
// absent values.
func compareOrder(k fact.ValueKind) int {
	switch k {
	case fact.ValueAbsent:
		return 3
	case fact.ValueText, fact.ValueProcess:
		return 2
	case fact.ValueAddress, fact.ValueEndpoint:
		return 1
	}
	return 0
}

// negative reports whether a number is below 0.
func negative(v *fact.Value) bool {
	switch v.Kind {
	case fact.ValueSigned, fact.ValueDuration, fact.ValueTime, fact.ValueClock, fact.ValueMilli:
		return int64(v.Number) < 0
	}
	return false
}
