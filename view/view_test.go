package view

import (
	"context"
	"errors"
	"iter"
	"net/netip"
	"slices"
	"testing"

	"netstat"
)

// source serves made-up tables and records calls.
type source struct {
	netstat.Source
	rows    map[netstat.Table]int // number of sockets, with inodes counted from 1
	fails   map[netstat.Table]error
	reports int // number of warnings per reading, before the first row
	warnAt  int // one more warning before this row, if not 0
	read    map[netstat.Table]int
	query   *netstat.OwnerQuery
	process int
}

func (f *source) Sockets(_ context.Context, t netstat.Table, n netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		f.read[t]++
		for range f.reports {
			n.Report(&netstat.OpError{Op: "parse", Table: t, Err: netstat.ErrBogusRecord})
		}
		for i := range f.rows[t] {
			if i == f.warnAt && i > 0 {
				n.Report(&netstat.OpError{Op: "parse", Table: t, Err: netstat.ErrBogusRecord})
			}
			if !yield(netstat.Socket{Table: t, Inode: uint64(i + 1)}, nil) {
				return
			}
		}
		if err := f.fails[t]; err != nil {
			yield(netstat.Socket{}, err)
		}
	}
}

func (f *source) Owners(_ context.Context, q netstat.OwnerQuery) (*netstat.Owners, error) {
	f.query = &q
	o := &netstat.Owners{}
	o.Add(2, 77)
	return o, nil
}

func (f *source) Process(pid uint32, _ netstat.ProcessFacts) (netstat.Process, error) {
	f.process++
	return netstat.Process{PID: pid, Argv0: "x"}, nil
}

func inodes(t *testing.T, rows iter.Seq2[netstat.Socket, error]) (list []uint64, failed error) {
	t.Helper()
	for s, err := range rows {
		if failed != nil {
			t.Fatal("a pair after the error")
		}
		if err != nil {
			failed = err
			continue
		}
		list = append(list, s.Inode)
	}
	return list, failed
}

func TestRoundWithoutOwnersReadsOnce(t *testing.T) {
	src := &source{rows: map[netstat.Table]int{netstat.TCP4Table: 5}, read: map[netstat.Table]int{}}
	even := func(s netstat.Socket) bool { return s.Inode%2 == 0 }
	r, err := Begin(t.Context(), src, &Plan{Queries: []Query{{Table: netstat.TCP4Table, Keep: even}}})
	if err != nil {
		t.Fatal(err)
	}
	if src.read[netstat.TCP4Table] != 0 || src.query != nil {
		t.Error("a table was read before Rows")
	}
	if got, err := inodes(t, r.Rows(0)); !slices.Equal(got, []uint64{2, 4}) || err != nil {
		t.Errorf("rows %v, %v", got, err)
	}
}

// TestRoundReadsSmallTablesEarly checks that small tables are read once and
// owners are searched only for the kept rows, and that the warnings and errors
// of the reading come with the rows.
func TestRoundReadsSmallTablesEarly(t *testing.T) {
	boom := errors.New("boom")
	src := &source{
		rows:    map[netstat.Table]int{netstat.TCP4Table: 5, netstat.UDP4Table: 1},
		fails:   map[netstat.Table]error{netstat.TCP4Table: boom},
		read:    map[netstat.Table]int{},
		reports: 1,
	}
	var reports int
	need := netstat.Need{Report: func(*netstat.OpError) { reports++ }}
	odd := func(s netstat.Socket) bool { return s.Inode%2 == 1 }
	r, err := Begin(t.Context(), src, &Plan{Owners: true, Queries: []Query{
		{Table: netstat.TCP4Table, Need: need, Keep: odd}, {Table: netstat.UDP4Table, Need: need},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []uint64{1, 3, 5, 1}; !slices.Equal(src.query.Inodes, want) {
		t.Errorf("owners searched for %v, want %v", src.query.Inodes, want)
	}
	if reports != 0 {
		t.Error("a warning was reported before Rows")
	}
	if got, err := inodes(t, r.Rows(0)); !slices.Equal(got, []uint64{1, 3, 5}) || !errors.Is(err, boom) {
		t.Errorf("rows %v, %v", got, err)
	}
	if got, err := inodes(t, r.Rows(1)); !slices.Equal(got, []uint64{1}) || err != nil {
		t.Errorf("rows %v, %v", got, err)
	}
	if reports != 2 || src.read[netstat.TCP4Table] != 1 || src.read[netstat.UDP4Table] != 1 {
		t.Errorf("%d reports, read %v", reports, src.read)
	}
}

// TestRoundWarningsKeepTheirPlace checks that warnings keep their place among the
// rows.
func TestRoundWarningsKeepTheirPlace(t *testing.T) {
	src := &source{rows: map[netstat.Table]int{netstat.TCP4Table: 4}, read: map[netstat.Table]int{}, reports: 1, warnAt: 2}
	var seen []uint64
	need := netstat.Need{Report: func(*netstat.OpError) { seen = append(seen, 0) }}
	r, err := Begin(t.Context(), src, &Plan{Ahead: true, Queries: []Query{{Table: netstat.TCP4Table, Need: need}}})
	if err != nil {
		t.Fatal(err)
	}
	for s := range r.Rows(0) {
		seen = append(seen, s.Inode)
	}
	if want := []uint64{0, 1, 2, 0, 3, 4}; !slices.Equal(seen, want) {
		t.Errorf("rows and warnings (0) in the order %v, want %v", seen, want)
	}
}

// TestRoundStreamsLargeTables checks that a large table is streamed and all
// owners are searched for.
func TestRoundStreamsLargeTables(t *testing.T) {
	src := &source{
		rows:    map[netstat.Table]int{netstat.TCP4Table: 3, netstat.TCP6Table: maxEarly},
		read:    map[netstat.Table]int{},
		reports: 1,
	}
	var reports int
	need := netstat.Need{Report: func(*netstat.OpError) { reports++ }}
	r, err := Begin(t.Context(), src, &Plan{Owners: true, Queries: []Query{
		{Table: netstat.TCP4Table, Need: need}, {Table: netstat.TCP6Table, Need: need},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if src.query.Inodes != nil {
		t.Errorf("owners searched for one by one")
	}
	for i, want := range []int{3, maxEarly} {
		if got, err := inodes(t, r.Rows(i)); len(got) != want || err != nil {
			t.Errorf("query %d: %d rows, %v", i, len(got), err)
		}
	}
	if reports != 2 || src.read[netstat.TCP4Table] != 1 || src.read[netstat.TCP6Table] != 2 {
		t.Errorf("%d reports, read %v", reports, src.read)
	}
}

func TestOwner(t *testing.T) {
	src := &source{rows: map[netstat.Table]int{netstat.TCP4Table: 3}, read: map[netstat.Table]int{}}
	r, err := Begin(t.Context(), src, &Plan{Owners: true, Queries: []Query{{Table: netstat.TCP4Table}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := r.Owner(&netstat.Socket{Inode: 1}); ok {
		t.Error("a socket that no process holds has an owner")
	}
	for range 3 {
		if p, ok := r.Owner(&netstat.Socket{Inode: 2}); !ok || p.PID != 77 || p.Argv0 != "x" {
			t.Errorf("Owner = %+v, %v", p, ok)
		}
	}
	if p, ok := r.Owner(&netstat.Socket{PID: 4}); !ok || p.PID != 4 {
		t.Errorf("pid of the row itself: %+v, %v", p, ok)
	}
	if src.process != 2 {
		t.Errorf("%d processes read, want each once", src.process)
	}
}

// slowNames has no name ready before a wait for it.
type slowNames struct {
	Names
	wanted, ready map[netip.Addr]bool
	order         []string
}

func (n *slowNames) WantHost(ip netip.Addr) {
	if !n.wanted[ip] {
		n.wanted[ip] = true
		n.order = append(n.order, "want "+ip.String())
	}
}
func (n *slowNames) HostReady(ip netip.Addr) bool { return n.ready[ip] }
func (n *slowNames) Host(ip netip.Addr) (string, bool) {
	n.order = append(n.order, "host "+ip.String())
	n.ready[ip] = true
	return "", false
}

func (n *slowNames) WantUser(uid uint32)       { n.order = append(n.order, "want user") }
func (n *slowNames) UserReady(uid uint32) bool { return n.ready[netip.IPv4Unspecified()] }

// TestWithNamesOfUsers checks that users are looked up ahead like hosts, and
// hosts are not if they are shown as numbers.
func TestWithNamesOfUsers(t *testing.T) {
	n := &slowNames{wanted: map[netip.Addr]bool{}, ready: map[netip.Addr]bool{}}
	waits := 0
	for range WithNames(rowsTo(2, nil), n, Lookups{Users: true}, func() { waits++ }) {
		n.ready[netip.IPv4Unspecified()] = true
	}
	if want := []string{"want user", "want user"}; !slices.Equal(n.order, want) || waits != 1 {
		t.Errorf("order %q, %d waits", n.order, waits)
	}
}

func rowsTo(n int, fail error) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		for i := range n {
			ip := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
			s := netstat.Socket{Inode: uint64(i), Local: netstat.Addr{IP: netip.IPv4Unspecified()}, Remote: netstat.Addr{IP: ip}}
			if !yield(s, nil) {
				return
			}
		}
		if fail != nil {
			yield(netstat.Socket{}, fail)
		}
	}
}

// TestWithNamesLooksAhead checks that every lookup starts before the first wait,
// and that rows keep their order.
func TestWithNamesLooksAhead(t *testing.T) {
	boom := errors.New("boom")
	for _, fail := range []error{nil, boom} {
		n := &slowNames{wanted: map[netip.Addr]bool{}, ready: map[netip.Addr]bool{}}
		waits := 0
		var got []uint64
		var failed error
		for s, err := range WithNames(rowsTo(3, fail), n, Lookups{Hosts: true}, func() { waits++ }) {
			if err != nil {
				failed = err
				break
			}
			n.Host(s.Remote.IP)
			got = append(got, s.Inode)
		}
		want := []string{"want 10.0.0.0", "want 10.0.0.1", "want 10.0.0.2", "host 10.0.0.0", "host 10.0.0.1", "host 10.0.0.2"}
		if !slices.Equal(n.order, want) {
			t.Errorf("order %q, want %q", n.order, want)
		}
		if !slices.Equal(got, []uint64{0, 1, 2}) || !errors.Is(failed, fail) || waits != 3 {
			t.Errorf("rows %v, error %v, %d waits", got, failed, waits)
		}
	}
}

func TestWithNamesIsBounded(t *testing.T) {
	n := &slowNames{wanted: map[netip.Addr]bool{}, ready: map[netip.Addr]bool{}}
	const total = 3 * maxPending
	next := uint64(0)
	for s, err := range WithNames(rowsTo(total, nil), n, Lookups{Hosts: true}, func() {}) {
		if err != nil || s.Inode != next {
			t.Fatalf("row %d, %v, want %d", s.Inode, err, next)
		}
		if ahead := len(n.wanted) - int(next); ahead > maxPending+1 { // one more row is being shown
			t.Fatalf("%d rows ahead", ahead)
		}
		n.ready[s.Remote.IP] = true
		next++
	}
	if next != total {
		t.Errorf("%d rows of %d", next, total)
	}
}

func TestWithNamesStopsEarly(t *testing.T) {
	n := &slowNames{wanted: map[netip.Addr]bool{}, ready: map[netip.Addr]bool{}}
	for range WithNames(rowsTo(10, nil), n, Lookups{Hosts: true}, func() {}) {
		break
	}
	for _, r := range []bool{true, false} {
		n.ready[netip.AddrFrom4([4]byte{10, 0, 0, 0})] = r
		for range WithNames(rowsTo(10, errors.New("x")), n, Lookups{Hosts: true}, func() {}) {
			break
		}
	}
}

// TestWithRouteHostsLooksAhead checks that the names of routes are looked up in
// parallel and routes keep their order.
func TestWithRouteHostsLooksAhead(t *testing.T) {
	rows := func(yield func(netstat.Route, error) bool) {
		for i := range 3 {
			ip := netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
			if !yield(netstat.Route{Metric: uint32(i), Gateway: ip}, nil) {
				return
			}
		}
	}
	gateway := func(r *netstat.Route) (hosts [4]netip.Addr) {
		hosts[2] = r.Gateway
		return hosts
	}
	n := &slowNames{wanted: map[netip.Addr]bool{}, ready: map[netip.Addr]bool{}}
	var got []uint32
	waits := 0
	for r := range WithRouteHosts(rows, n, gateway, func() { waits++ }) {
		n.Host(r.Gateway)
		got = append(got, r.Metric)
	}
	want := []string{"want 10.0.0.0", "want 10.0.0.1", "want 10.0.0.2", "host 10.0.0.0", "host 10.0.0.1", "host 10.0.0.2"}
	if !slices.Equal(n.order, want) || !slices.Equal(got, []uint32{0, 1, 2}) || waits != 3 {
		t.Errorf("order %q, rows %v, %d waits", n.order, got, waits)
	}
}

// TestWithHostsLooksAhead checks the same for rows of any type, which show one
// address or none.
func TestWithHostsLooksAhead(t *testing.T) {
	boom := errors.New("boom")
	rows := func(yield func(int, error) bool) {
		for i := range 3 {
			if !yield(i, nil) {
				return
			}
		}
		yield(0, boom)
	}
	host := func(i *int) netip.Addr {
		if *i == 1 {
			return netip.Addr{}
		}
		return netip.AddrFrom4([4]byte{10, 0, 0, byte(*i)})
	}
	n := &slowNames{wanted: map[netip.Addr]bool{}, ready: map[netip.Addr]bool{}}
	var got []int
	var failed error
	waits := 0
	for i, err := range WithHosts(rows, n, host, func() { waits++ }) {
		if err != nil {
			failed = err
			continue
		}
		got = append(got, i)
	}
	want := []string{"want 10.0.0.0", "want 10.0.0.2"}
	if !slices.Equal(n.order, want) || !slices.Equal(got, []int{0, 1, 2}) || waits != 2 || !errors.Is(failed, boom) {
		t.Errorf("order %q, rows %v, %d waits, %v", n.order, got, waits, failed)
	}
}
