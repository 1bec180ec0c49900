package view

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
)

// sortRandom makes random values of the model, of every type and in every
// field.
type sortRandom struct{ *rand.Rand }

func newSortRandom(seed uint64) sortRandom { return sortRandom{rand.New(rand.NewPCG(seed, 5))} }

func (r sortRandom) ip() netip.Addr {
	var a [16]byte
	for i := range a {
		a[i] = byte(r.Uint32() & r.Uint32())
	}
	switch r.IntN(4) {
	case 0:
		return netip.Addr{}
	case 1:
		return netip.AddrFrom4([4]byte(a[:4]))
	}
	return netip.AddrFrom16(a)
}

func (r sortRandom) text() string {
	texts := []string{"", "a", "a\x00", "a\x00b", "a\xff", "ab", "\x00", "b", "/run/x", "é"}
	return texts[r.IntN(len(texts))]
}

func (r sortRandom) fill(v reflect.Value) {
	if r.IntN(4) == 0 {
		return
	}
	switch v.Type() {
	case reflect.TypeFor[netip.Addr]():
		v.Set(reflect.ValueOf(r.ip()))
		return
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Unix(r.Int64N(1e9), 0)))
		return
	case reflect.TypeFor[fact.Joiner]():
		return // only set while a row is selected
	case reflect.TypeFor[netstat.Detail]():
		v.Set(reflect.ValueOf(&netstat.UnixDetail{RefCount: r.Uint64()}))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.String:
		v.SetString(r.text())
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n := r.Uint64() >> r.IntN(64)
		v.SetUint(n & (1<<v.Type().Bits() - 1))
	case reflect.Int64:
		v.SetInt(int64(r.Uint64()))
	case reflect.Struct:
		for i := range v.NumField() {
			r.fill(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			r.fill(v.Index(i))
		}
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		r.fill(p.Elem())
		v.Set(p)
	case reflect.Slice:
		list := reflect.MakeSlice(v.Type(), r.IntN(3), 3)
		for i := range list.Len() {
			r.fill(list.Index(i))
		}
		v.Set(list)
	default:
		panic("a field of type " + v.Type().String())
	}
}

// TestRowStoreKeepsEverything checks that every field of a row is kept: it
// fails for a field that is added to the model but not to rowStore.
func TestRowStoreKeepsEverything(t *testing.T) {
	r := newSortRandom(1)
	var s rowStore
	type kept struct {
		at  uint32
		row fact.Row
		rec fact.Record
	}
	var list []kept
	for range 3000 {
		var row fact.Row
		rec := fact.Record{Row: &row, Netns: r.text(), Change: fact.Change(r.IntN(4))}
		r.fill(reflect.ValueOf(&row).Elem())
		row.Facts = netstat.Facts(r.Uint32())
		if rec.Change == fact.ChangeChanged {
			rec.Changed = []string{"state"}
		}
		at := s.add(&rec)
		if row.Owners != nil && len(row.Owners) == 0 {
			row.Owners = noOwners
		}
		list = append(list, kept{at, row, rec})
	}
	var rec fact.Record
	var row fact.Row
	for i := range list {
		s.load(list[i].at, &rec, &row)
		rec.Row, list[i].rec.Row = nil, nil
		if !reflect.DeepEqual(row, list[i].row) {
			t.Fatalf("row %d:\n%+v\n%+v", i, row, list[i].row)
		}
		if len(rec.Changed) == 0 {
			rec.Changed = nil
		}
		// As any: these records hold no errors.
		if !reflect.DeepEqual(any(rec), any(list[i].rec)) {
			t.Fatalf("record %d:\n%+v\n%+v", i, rec, list[i].rec)
		}
	}
}

func (r sortRandom) value() fact.Value {
	kinds := []fact.Value{
		{}, numberValue(r.Uint64() >> r.IntN(64)), numberValue(uint64(r.IntN(3))), signedValue(int64(r.Uint64()) >> r.IntN(64)),
		durationValue(time.Duration(r.IntN(5) - 2)), bytesValue(uint64(r.IntN(300))), flagValue(r.IntN(2) == 0),
		textValue(r.text()), {Kind: fact.ValueProcess, Number: uint64(r.IntN(300)), Text: r.text()},
		addressValue(r.ip()), prefixValue(netip.PrefixFrom(r.ip(), r.IntN(32))),
		endpointValue(&netstat.Addr{IP: r.ip(), Port: uint16(r.IntN(300))}), endpointValue(&netstat.Addr{Name: r.text(), Port: uint16(r.IntN(2))}),
	}
	return kinds[r.IntN(len(kinds))]
}

// TestKeyOrder checks that keys sort bytewise like their
// values, and keys of several values like the first value that differs.
func TestKeyOrder(t *testing.T) {
	r := newSortRandom(2)
	for range 200000 {
		a, b := [2]fact.Value{r.value(), r.value()}, [2]fact.Value{r.value(), r.value()}
		if r.IntN(2) == 0 {
			b[0] = a[0]
		}
		descending := [2]bool{r.IntN(2) == 0, r.IntN(2) == 0}
		var ka, kb []byte
		want := 0
		for i := range a {
			ka, kb = appendKey(ka, &a[i], descending[i]), appendKey(kb, &b[i], descending[i])
			if want == 0 {
				want = sortCompare(a[i], b[i], descending[i])
			}
		}
		if got := bytes.Compare(ka, kb); got != want {
			t.Fatalf("%+v beside %+v, descending %v: %d, want %d\n% x\n% x", a, b, descending, got, want, ka, kb)
		}
	}
}

// sortCompare is compareValues, reversed if descending except for absent
// values.
func sortCompare(a, b fact.Value, descending bool) int {
	n := compareValues(a, b)
	if descending && a.Kind != fact.ValueAbsent && b.Kind != fact.ValueAbsent {
		return -n
	}
	return n
}

// sortRows returns rows of sockets with many equal values.
func sortRows(r sortRandom, n int) []fact.Row {
	ips := make([]netip.Addr, 7)
	for i := range ips {
		ips[i] = r.ip()
	}
	rows := make([]fact.Row, n)
	for i := range rows {
		s := &rows[i].Socket
		s.Table = netstat.TCP4Table
		s.State = netstat.State(1 + r.IntN(11))
		s.Local = netstat.Addr{IP: ips[r.IntN(len(ips))], Port: uint16(r.IntN(4))}
		s.Remote = netstat.Addr{IP: ips[r.IntN(len(ips))], Port: uint16(r.IntN(4))}
		s.RecvQ, s.SendQ = uint64(r.IntN(5)), uint64(r.IntN(5))
		s.Cookie = uint64(i + 1)
		s.UID = uint32(r.IntN(3))
		rows[i].Facts = netstat.FactUID | netstat.FactInode
		if name := r.text(); name != "" {
			rows[i].Owners = []fact.Owner{{Process: netstat.Process{PID: uint32(r.IntN(4)), Argv0: name}}}
		}
	}
	return rows
}

// sortRecords yields the rows, and errors before some of them.
func sortRecords(rows []fact.Row, failures ...int) iter.Seq2[*fact.Record, error] {
	return func(yield func(*fact.Record, error) bool) {
		var row fact.Row // reused, as by a joiner
		for i := range rows {
			if slices.Contains(failures, i) && !yield(nil, fmt.Errorf("before %d", i)) {
				return
			}
			row = rows[i]
			if !yield(&fact.Record{Row: &row}, nil) {
				return
			}
		}
	}
}

func TestSortedAgainstSliceSort(t *testing.T) {
	r := newSortRandom(3)
	for round, keys := range []string{"remote", "-remote", "recvq,-sendq", "-process,local_address", "state", "owners,-recvq,remote", "-uid,-local"} {
		rows := sortRows(r, 1500)
		list, err := ParseSort(fact.Sockets, keys)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(rows)
		slices.SortStableFunc(want, func(a, b fact.Row) int {
			for i := range list {
				x, y := list[i].Fact.Value(&fact.Record{Row: &a}), list[i].Fact.Value(&fact.Record{Row: &b})
				if n := sortCompare(x, y, list[i].Descending); n != 0 {
					return n
				}
			}
			return 0
		})
		for _, limit := range []int{0, 1, 10, 400, 1499, 1500, 5000} {
			var got []uint64
			failed := 0
			for rec, err := range sorted(sortRecords(rows, 3, 700), list, limit) {
				if err != nil {
					failed++
					if len(got) > 0 {
						t.Errorf("%s: an error after rows", keys)
					}
					continue
				}
				got = append(got, rec.Row.Socket.Cookie)
			}
			n := len(want)
			if limit > 0 {
				n = min(n, limit)
			}
			if len(got) != n || failed != 2 {
				t.Fatalf("%s, limit %d: %d rows, %d errors", keys, limit, len(got), failed)
			}
			for i := range got {
				if got[i] != want[i].Socket.Cookie {
					t.Fatalf("round %d, %s, limit %d: row %d is %d, want %d", round, keys, limit, i, got[i], want[i].Socket.Cookie)
				}
			}
		}
	}
}

func TestParseSort(t *testing.T) {
	keys, err := ParseSort(fact.Sockets, "remote, -RecvQ ,state")
	if err != nil || len(keys) != 3 || keys[0].Descending || !keys[1].Descending || keys[1].Fact.Name != "recvq" {
		t.Errorf("%+v, %v", keys, err)
	}
	for _, text := range []string{"", "-", "remot", "state,", "--state"} {
		var e *fact.NameError
		if _, err := ParseSort(fact.Sockets, text); !errors.As(err, &e) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestLimitedEndsReading checks that without sort keys nothing beyond the limit
// is read.
func TestLimitedEndsReading(t *testing.T) {
	read := 0
	rows := func(yield func(*fact.Record, error) bool) {
		for read = 1; read <= 100; read++ {
			if read == 2 {
				if !yield(nil, errors.New("one table failed")) {
					return
				}
				continue
			}
			if !yield(&fact.Record{Row: &fact.Row{}}, nil) {
				return
			}
		}
	}
	if n := Count(sorted(rows, nil, 3), func(error) {}); n != 3 || read != 4 {
		t.Errorf("%d rows, %d read", n, read)
	}
	if n := Count(sorted(rows, nil, 0), nil); n != 99 {
		t.Errorf("%d rows without a limit", n)
	}
}

// TestSorterMemory checks the memory for 100,000 rows, with and without a
// limit.
func TestSorterMemory(t *testing.T) {
	keys, err := ParseSort(fact.Sockets, "remote,-recvq")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ limit, bytes int }{{0, 11 << 20}, {100, 1 << 20}} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := NewSorter(keys, c.limit)
		sortFill(s, 100000)
		runtime.GC()
		runtime.ReadMemStats(&after)
		used := int(after.HeapAlloc) - int(before.HeapAlloc)
		t.Logf("limit %d: %d bytes for 100,000 rows", c.limit, used)
		if used > c.bytes {
			t.Errorf("limit %d: %d bytes, at most %d", c.limit, used, c.bytes)
		}
		runtime.KeepAlive(s)
	}
}

func sortFill(s *Sorter, n int) {
	row := fact.Row{Facts: netstat.FactInode | netstat.FactUID}
	rec := fact.Record{Row: &row}
	for i := range n {
		row.Socket = netstat.Socket{
			Table: netstat.TCP4Table, State: netstat.Established, Inode: uint64(100000 + i), Cookie: uint64(i), UID: 1000, RecvQ: uint64(i % 7),
			Local:  netstat.Addr{IP: netip.AddrFrom4([4]byte{10, 0, 0, 1}), Port: 443},
			Remote: netstat.Addr{IP: netip.AddrFrom4([4]byte{10, byte(i * 7 >> 16), byte(i * 7 >> 8), byte(i * 7)}), Port: uint16(i * 31)},
		}
		s.Add(&rec)
	}
}

func TestSortOtherViews(t *testing.T) {
	routes := func(yield func(*fact.Record, error) bool) {
		var route netstat.Route
		for _, p := range []string{"10.0.0.0/8", "0.0.0.0/0", "fe80::/64", "10.0.0.0/16", "9.0.0.0/8"} {
			route = netstat.Route{Destination: netip.MustParsePrefix(p)}
			if !yield(&fact.Record{Route: &route}, nil) {
				return
			}
		}
	}
	keys, err := ParseSort(fact.Routes, "-destination")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := range sorted(routes, keys, 4) {
		got = append(got, r.Route.Destination.String())
	}
	if text := strings.Join(got, " "); text != "fe80::/64 10.0.0.0/16 10.0.0.0/8 9.0.0.0/8" {
		t.Error(text)
	}
}

func BenchmarkSorter(b *testing.B) {
	keys, err := ParseSort(fact.Sockets, "remote,-recvq")
	if err != nil {
		b.Fatal(err)
	}
	for _, limit := range []int{0, 100} {
		b.Run(fmt.Sprint("limit=", limit), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := NewSorter(keys, limit)
				sortFill(s, 100000)
				n := 0
				for range s.Records() {
					n++
				}
			}
		})
	}
}

// compareValues is the order that the bytes of appendKey must have.
func compareValues(a, b fact.Value) int {
	order := compareOrder(a.Kind)
	if other := compareOrder(b.Kind); order != other {
		return cmp.Compare(order, other)
	}
	switch order {
	case 0:
		if negative(&a) != negative(&b) {
			if negative(&a) {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Number, b.Number)
	case 1:
		if a.Address.IsValid() != b.Address.IsValid() {
			if a.Address.IsValid() {
				return -1
			}
			return 1
		}
		return cmp.Or(a.Address.Unmap().Compare(b.Address.Unmap()), cmp.Compare(a.Text, b.Text), cmp.Compare(a.Number, b.Number),
			cmp.Compare(a.Address.BitLen(), b.Address.BitLen()))
	case 2:
		return cmp.Or(strings.Compare(a.Text, b.Text), cmp.Compare(a.Number, b.Number))
	}
	return 0
}
