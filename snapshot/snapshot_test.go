package snapshot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"netstat"
	"netstat/test/need"
)

// fakeTable is what a fake host yields of one table: rows, errors and flaws in
// any order.
type fakeTable[T any] []fakeItem[T]

type fakeItem[T any] struct {
	row  T
	err  error
	flaw *netstat.OpError
}

func (t fakeTable[T]) rows(report func(*netstat.OpError)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, i := range t {
			if i.flaw != nil {
				if report != nil {
					report(i.flaw)
				}
				continue
			}
			if !yield(i.row, i.err) {
				return
			}
		}
	}
}

// fakeHost is a host with something in every table.
type fakeHost struct {
	sockets    map[netstat.Table]fakeTable[netstat.Socket]
	bound      map[netstat.Table]fakeTable[netstat.Socket]
	cookies    map[uint64]uint64 // told only with facts that only a dump has
	routes     map[routeKey]fakeTable[netstat.Route]
	rare       map[netstat.Family]fakeTable[netstat.RareRoute]
	interfaces map[bool]fakeTable[netstat.Interface]
	groups     map[netstat.Family]fakeTable[netstat.Membership]
	counters   map[netstat.Family]fakeTable[netstat.Counter]
	nat        fakeTable[netstat.NATSession]
	owners     *netstat.Owners
	ownersErr  error
	processes  map[uint32]netstat.Process
}

func fakeUnsupported[T any](t netstat.Table) fakeTable[T] {
	return fakeTable[T]{{err: &netstat.OpError{Op: "open", Table: t, Err: &fakeDetailed{errors.ErrUnsupported, syscall.ENOENT}}}}
}

type fakeDetailed struct{ kind, cause error }

func (e *fakeDetailed) Error() string   { return e.kind.Error() + ": " + e.cause.Error() }
func (e *fakeDetailed) Unwrap() []error { return []error{e.kind, e.cause} }

func (h *fakeHost) Sockets(_ context.Context, t netstat.Table, n netstat.Need) iter.Seq2[netstat.Socket, error] {
	table, ok := h.sockets[t]
	if !ok {
		table = fakeUnsupported[netstat.Socket](t)
	}
	if n.States.Has(netstat.Bound) {
		table = append(slices.Clone(table), h.bound[t]...)
	}
	table = slices.Clone(table)
	for i := range table {
		if cookie, ok := h.cookies[table[i].row.Inode]; ok && n.Facts&netstat.FactTCPInfo != 0 {
			table[i].row.Cookie = cookie
		}
	}
	return table.rows(n.Report)
}

func (h *fakeHost) Routes(_ context.Context, q netstat.RouteQuery) iter.Seq2[netstat.Route, error] {
	t, ok := h.routes[routeKey{q.Family, q.Cache, q.Persistent}]
	if !ok {
		t = fakeUnsupported[netstat.Route](netstat.Table{Family: q.Family})
	}
	return t.rows(q.Report)
}

func (h *fakeHost) RareRoutes(_ context.Context, f netstat.Family, report func(*netstat.OpError)) iter.Seq2[netstat.RareRoute, error] {
	t, ok := h.rare[f]
	if !ok {
		t = fakeUnsupported[netstat.RareRoute](netstat.Table{Family: f})
	}
	return t.rows(report)
}

func (h *fakeHost) Interfaces(_ context.Context, q netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	return h.interfaces[q.Details].rows(q.Report)
}

func (h *fakeHost) Groups(_ context.Context, q netstat.GroupQuery) iter.Seq2[netstat.Membership, error] {
	return h.groups[q.Family].rows(q.Report)
}

func (h *fakeHost) Counters(_ context.Context, f netstat.Family) iter.Seq2[netstat.Counter, error] {
	return h.counters[f].rows(nil)
}

func (h *fakeHost) NATSessions(context.Context) iter.Seq2[netstat.NATSession, error] {
	return h.nat.rows(nil)
}

func (h *fakeHost) Owners(context.Context, netstat.OwnerQuery) (*netstat.Owners, error) {
	return h.owners, h.ownersErr
}

func (h *fakeHost) Process(pid uint32, _ netstat.ProcessFacts) (netstat.Process, error) {
	p, ok := h.processes[pid]
	if !ok {
		return netstat.Process{PID: pid, User: "half"}, &netstat.OpError{Op: "read process", Err: &fs.PathError{Op: "open", Path: "/proc/x", Err: fs.ErrNotExist}}
	}
	return p, nil
}

func (h *fakeHost) Close() error { return nil }

// fakeNames are the names of the fake host.
type fakeNames struct{}

func (fakeNames) User(uid uint32) (string, bool) { return map[uint32]string{0: "root"}[uid], uid == 0 }

func (fakeNames) Service(port uint16, network string) (string, bool) {
	return network + "-ssh", port == 22
}
func (fakeNames) Protocol(number uint16) (string, bool) { return "icmp\xff", number == 1 }
func (fakeNames) Network(ip netip.Addr) (string, bool) {
	return "loopback", ip == netip.MustParseAddr("127.0.0.0")
}

func (fakeNames) LocalHosts() map[netip.Addr]string {
	return map[netip.Addr]string{netip.MustParseAddr("127.0.0.1"): "localhost", netip.MustParseAddr("9.9.9.9"): "unseen"}
}

func fakeAddr(s string) netstat.Addr {
	a := netip.MustParseAddrPort(s)
	return netstat.Addr{IP: a.Addr(), Port: a.Port()}
}

func newFakeHost() *fakeHost {
	tcp := func(state netstat.State, local, remote string, inode uint64) netstat.Socket {
		return netstat.Socket{Table: netstat.TCP4Table, State: state, Local: fakeAddr(local), Remote: fakeAddr(remote), Inode: inode}
	}
	flaw := func(t netstat.Table, text string) *netstat.OpError {
		return &netstat.OpError{Op: "parse", Table: t, Err: &fakeDetailed{netstat.ErrBogusRecord, errors.New(text)}}
	}
	h := &fakeHost{
		sockets: map[netstat.Table]fakeTable[netstat.Socket]{
			netstat.TCP4Table: {
				{flaw: flaw(netstat.TCP4Table, "first")},
				{row: tcp(netstat.Listen, "127.0.0.1:22", "0.0.0.0:0", 5)},
				{flaw: flaw(netstat.TCP4Table, "second")},
				{flaw: flaw(netstat.TCP4Table, "third")},
				{row: tcp(netstat.Established, "10.0.0.1:22", "10.0.0.2:4000", 6)},
				{row: tcp(netstat.TimeWait, "10.0.0.1:22", "10.0.0.3:4000", 0)},
				{flaw: flaw(netstat.TCP4Table, "last")},
			},
			netstat.TCP6Table: {
				{row: netstat.Socket{Table: netstat.TCP6Table, State: netstat.Listen, PID: 44, Absent: netstat.FactUID | netstat.FactTimer}},
				{err: &netstat.OpError{Op: "dump", Table: netstat.TCP6Table, Err: &fakeDetailed{netstat.ErrIncomplete, syscall.EINTR}}},
			},
			netstat.Raw4Table: {{row: netstat.Socket{Table: netstat.Raw4Table, State: netstat.Closed, Local: netstat.Addr{IP: netip.IPv4Unspecified(), Port: 1}, Remote: netstat.Addr{IP: netip.IPv4Unspecified()}}}},
			netstat.UnixTable: {
				{row: netstat.Socket{Table: netstat.UnixTable, State: netstat.Unconnected, Local: netstat.Addr{Name: "/run/\xff"}, Inode: 7, Detail: &netstat.UnixDetail{RefCount: 2}}},
				{err: &netstat.OpError{Op: "read", Table: netstat.UnixTable, Err: &fs.PathError{Op: "open", Path: "/proc/net/unix", Err: syscall.EACCES}}},
			},
			netstat.L2CAPTable: {{row: netstat.Socket{Table: netstat.L2CAPTable, State: netstat.Bound, Detail: &netstat.BluetoothDetail{Channel: 3}}}},
			netstat.UDP4Table:  {},
		},
		bound: map[netstat.Table]fakeTable[netstat.Socket]{
			netstat.TCP4Table: {{flaw: &netstat.OpError{Op: "bound", Err: errors.ErrUnsupported}}, {row: tcp(netstat.Bound, "0.0.0.0:7777", "0.0.0.0:0", 9)}},
			netstat.TCP6Table: {{row: netstat.Socket{Table: netstat.TCP6Table, State: netstat.Bound}}},
		},
		cookies: map[uint64]uint64{5: 500, 6: 600, 9: 900},
		routes: map[routeKey]fakeTable[netstat.Route]{
			{family: netstat.Inet}: {
				{row: netstat.Route{Family: netstat.Inet, Destination: netip.MustParsePrefix("127.0.0.0/8"), Gateway: netip.MustParseAddr("127.0.0.1")}},
				{flaw: flaw(netstat.Table{Family: netstat.Inet}, "line")},
				{err: &netstat.OpError{Op: "read", Err: &netstat.MissingColumnError{File: "f", Column: "c"}}},
			},
			{family: netstat.Inet, cache: true}: {{err: &netstat.OpError{Op: "dump routes", Err: netstat.ErrNoRoutes}}},
			{netstat.Inet6, false, true}:        {{row: netstat.Route{Family: netstat.Inet6, Destination: netip.MustParsePrefix("::/0"), Metric: netstat.DefaultMetric}}},
		},
		rare: map[netstat.Family]fakeTable[netstat.RareRoute]{
			netstat.AX25: {{row: &netstat.AX25Route{Destination: "N0CALL"}}, {flaw: flaw(netstat.AX25Table, "x")}},
		},
		interfaces: map[bool]fakeTable[netstat.Interface]{
			true:  {{row: netstat.Interface{Name: "lo", Addrs: []netstat.InterfaceAddr{{Prefix: netip.MustParsePrefix("::1/128")}}}}},
			false: {{row: netstat.Interface{Name: "lo"}}},
		},
		groups: map[netstat.Family]fakeTable[netstat.Membership]{
			netstat.Inet:  {{row: netstat.Membership{Interface: "lo", Group: netip.MustParseAddr("224.0.0.1"), Users: -1}}},
			netstat.Inet6: {{flaw: &netstat.OpError{Op: "parse", Err: &netstat.RecordError{Line: 3, Text: "q"}}}},
		},
		counters: map[netstat.Family]fakeTable[netstat.Counter]{
			netstat.Inet: {
				{row: netstat.Counter{Group: "Tcp", Name: "MaxConn", Part: 1, Value: 1<<64 - 1}},
				{err: &netstat.OpError{Op: "read counters", Err: &fs.PathError{Op: "open", Path: "/proc/net/netstat", Err: syscall.EACCES}}},
				{row: netstat.Counter{Group: "Sctp", Name: "X", Part: 2}},
			},
		},
		nat:       fakeTable[netstat.NATSession]{{row: netstat.NATSession{Family: netstat.Inet, Protocol: netstat.TCP, Timeout: 5 * time.Second, Original: netstat.NATTuple{Source: netip.MustParseAddrPort("127.0.0.1:22")}}}},
		owners:    &netstat.Owners{},
		processes: map[uint32]netstat.Process{10: {PID: 10, Argv0: "/sbin/sshd", User: "0", Started: time.Unix(9, 0).UTC()}, 44: {PID: 44, Executable: `C:\x.exe`, Services: []string{"a", "b"}, Company: "Contoso", Version: "1.2.3.4", Signature: netstat.SignatureValid, Signer: "Contoso Ltd", Package: "Contoso.X_1.2.3.4_x64__8wekyb3d8bbwe"}},
	}
	h.owners.Add(5, 10)
	h.owners.Add(5, 12)
	h.owners.Add(5, 11)
	h.owners.Add(99, 13)
	h.owners.Denied = true
	return h
}

var fakeMeta = Meta{
	Program: "netstat test", Time: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Name: "host\xff", System: "linux",
	EUID: 1000, Elevated: true, SELinux: true,
}

// transcript is everything that a Source says, as text.
func transcript(src netstat.Source) string {
	ctx := context.Background()
	var b strings.Builder
	flaw := func(e *netstat.OpError) { fmt.Fprintf(&b, "  reported %v\n", fakeTree(e)) }
	for _, t := range socketTables {
		for _, states := range []netstat.StateSet{0, netstat.AllStates} {
			fmt.Fprintf(&b, "%v %v\n", t, states)
			need := netstat.Need{Facts: netstat.FactTimer | netstat.FactUID | netstat.FactInode, States: states, Report: flaw}
			fakePrint(&b, src.Sockets(ctx, t, need))
		}
	}
	for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6} {
		for _, q := range []netstat.RouteQuery{{}, {Cache: true}, {Persistent: true}} {
			q.Family, q.Report = f, flaw
			fmt.Fprintf(&b, "routes %v %v %v\n", f, q.Cache, q.Persistent)
			fakePrint(&b, src.Routes(ctx, q))
		}
		fmt.Fprintf(&b, "groups %v\n", f)
		fakePrint(&b, src.Groups(ctx, netstat.GroupQuery{Family: f, Report: flaw}))
		fmt.Fprintf(&b, "counters %v\n", f)
		fakePrint(&b, src.Counters(ctx, f))
	}
	for _, f := range rareFamilies {
		fmt.Fprintf(&b, "rare %v\n", f)
		fakePrint(&b, src.RareRoutes(ctx, f, flaw))
	}
	fmt.Fprintf(&b, "interfaces\n")
	fakePrint(&b, src.Interfaces(ctx, netstat.InterfaceQuery{Details: true, Report: flaw}))
	fakePrint(&b, src.NATSessions(ctx))
	owners, err := src.Owners(ctx, netstat.OwnerQuery{})
	fmt.Fprintf(&b, "owners %v %v %v\n", owners.Denied, owners.Seen, fakeTree(err))
	for inode := range uint64(20) {
		fmt.Fprintf(&b, "%d %v\n", inode, owners.All(nil, inode))
	}
	for _, pid := range []uint32{10, 11, 44} {
		p, err := src.Process(pid, netstat.FactArgv0)
		fmt.Fprintf(&b, "%+v %v\n", p, fakeTree(err))
	}
	return b.String()
}

func fakePrint[T any](b *strings.Builder, rows iter.Seq2[T, error]) {
	for row, err := range rows {
		if err != nil {
			fmt.Fprintf(b, "  error %v\n", fakeTree(err))
			continue
		}
		switch v := any(row).(type) {
		case netstat.Socket:
			d := v.Detail
			v.Detail = nil
			v.Absent &^= netstat.FactAutobound // of a table that fails it is not known, asked for or not
			fmt.Fprintf(b, "  %+v", v)
			if d != nil {
				fmt.Fprintf(b, " %T %+v", d, reflect.ValueOf(d).Elem())
			}
			b.WriteByte('\n')
		case netstat.RareRoute:
			fmt.Fprintf(b, "  %T %+v\n", v, reflect.ValueOf(v).Elem())
		case netstat.Route:
			c := v.Cached
			v.Cached = nil
			fmt.Fprintf(b, "  %+v", v)
			if c != nil {
				fmt.Fprintf(b, " %+v", *c)
			}
			b.WriteByte('\n')
		default:
			fmt.Fprintf(b, "  %+v\n", row)
		}
	}
}

// fakeTree says of an error all that a caller can learn of it.
func fakeTree(err error) string {
	if err == nil {
		return "none"
	}
	text := fmt.Sprintf("%q", err)
	for name, target := range map[string]error{
		"unsupported": errors.ErrUnsupported, "permission": fs.ErrPermission, "no file": fs.ErrNotExist,
		"incomplete": netstat.ErrIncomplete, "bogus": netstat.ErrBogusRecord, "no routes": netstat.ErrNoRoutes,
	} {
		if errors.Is(err, target) {
			text += " " + name
		}
	}
	var op *netstat.OpError
	if errors.As(err, &op) {
		text += " " + op.Op + " " + op.Table.String()
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		text += " " + path.Op + " " + path.Path + " " + path.Err.Error()
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		text += " " + errno.Error()
	}
	words := strings.Fields(text)
	slices.Sort(words)
	return strings.Join(words, " ")
}

func record(t testing.TB, src netstat.Source, m Meta, names Names) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(context.Background(), &b, src, m, names, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t testing.TB, text []byte) *Source {
	t.Helper()
	s, err := Open(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s
}

func TestReplay(t *testing.T) {
	h := newFakeHost()
	text := record(t, h, fakeMeta, fakeNames{})
	if !json.Valid(text) {
		t.Fatalf("not JSON:\n%s", text)
	}
	s := open(t, text)
	defer s.Close()
	// The bound sockets come apart, so that the flaws of the others come once.
	// The cookies are told with all facts.
	for _, table := range []fakeTable[netstat.Socket]{h.sockets[netstat.TCP4Table], h.bound[netstat.TCP4Table]} {
		for i := range table {
			table[i].row.Cookie = h.cookies[table[i].row.Inode]
		}
	}
	h.cookies = nil
	// A table that fails ends there, bound sockets or not.
	delete(h.bound, netstat.TCP6Table)
	h.processes[11] = netstat.Process{}
	delete(h.processes, 11)
	if got, want := transcript(s), transcript(h); got != want {
		t.Errorf("the replay differs:\n%s", fakeDiff(got, want))
	}
	if s.Meta != fakeMeta {
		t.Errorf("%+v", s.Meta)
	}
	// A copy is the same document, and so is one that another program formatted.
	if again := record(t, s, s.Meta, s.Names()); !bytes.Equal(again, text) {
		t.Errorf("a copy differs:\n%s", fakeDiff(string(again), string(text)))
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, text, "", "\t"); err != nil {
		t.Fatal(err)
	}
	p := open(t, pretty.Bytes())
	if again := record(t, p, p.Meta, p.Names()); !bytes.Equal(again, text) {
		t.Errorf("after formatting it differs:\n%s", fakeDiff(string(again), string(text)))
	}
}

func fakeDiff(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g[i], append(w, "", "")[min(i, len(w))])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

func TestRecordedNames(t *testing.T) {
	n := open(t, record(t, newFakeHost(), fakeMeta, fakeNames{})).Names()
	type answer struct {
		name string
		ok   bool
	}
	of := func(name string, ok bool) answer { return answer{name, ok} }
	for what, c := range map[string][2]answer{
		"user":            {of(n.User(0)), of("root", true)},
		"unseen user":     {of(n.User(1)), {}},
		"service":         {of(n.Service(22, "tcp")), of("tcp-ssh", true)},
		"unseen service":  {of(n.Service(22, "udp")), {}},
		"protocol":        {of(n.Protocol(1)), of("icmp\xff", true)},
		"unseen protocol": {of(n.Protocol(2)), {}},
		"network":         {of(n.Network(netip.MustParseAddr("127.0.0.0"))), of("loopback", true)},
		"host":            {of(n.Host(netip.MustParseAddr("127.0.0.1"))), of("localhost", true)},
		"unseen host":     {of(n.Host(netip.MustParseAddr("9.9.9.9"))), {}},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %v, want %v", what, c[0], c[1])
		}
	}
	n.WantHost(netip.Addr{})
	n.WantUser(1)
	n.NextReport()
	if !n.HostReady(netip.Addr{}) || !n.UserReady(1) || n.GaveUp() != 0 {
		t.Error("the names are not there at once")
	}
}

// TestInterfacesWithoutDetails: what a host says only where no details are
// wanted, or only where they are, is kept apart.
func TestInterfacesWithoutDetails(t *testing.T) {
	h := newFakeHost()
	h.interfaces[true] = append(h.interfaces[true], fakeItem[netstat.Interface]{flaw: &netstat.OpError{Op: "read if_inet6", Err: syscall.EACCES}})
	s := open(t, record(t, h, fakeMeta, nil))
	for details, want := range map[bool]int{true: 1, false: 0} {
		flaws, rows := 0, 0
		q := netstat.InterfaceQuery{Details: details, Report: func(*netstat.OpError) { flaws++ }}
		for _, err := range s.Interfaces(context.Background(), q) {
			if err != nil {
				t.Error(err)
			}
			rows++
		}
		if flaws != want || rows != 1 {
			t.Errorf("details %v: %d flaws, %d rows", details, flaws, rows)
		}
	}
}

// TestLarge: a recording is written in pieces, wherever one ends.
func TestLarge(t *testing.T) {
	h := newFakeHost()
	const n = 5000
	h.sockets[netstat.TCP4Table] = nil
	h.owners = &netstat.Owners{Denied: true}
	h.processes = map[uint32]netstat.Process{}
	for i := range uint32(n) {
		row := netstat.Socket{Table: netstat.TCP4Table, State: netstat.Established, Local: fakeAddr("10.0.0.1:80"), Inode: uint64(i) + 1000}
		h.sockets[netstat.TCP4Table] = append(h.sockets[netstat.TCP4Table], fakeItem[netstat.Socket]{row: row})
		h.owners.Add(row.Inode, i+2000)
		h.processes[i+2000] = netstat.Process{PID: i + 2000, Argv0: strings.Repeat("x", int(i%50))}
		if i%3 == 0 {
			h.sockets[netstat.TCP4Table] = append(h.sockets[netstat.TCP4Table], fakeItem[netstat.Socket]{flaw: &netstat.OpError{Op: "parse", Err: netstat.ErrBogusRecord}})
		}
	}
	h.owners.Add(1000, 10)
	h.owners.Add(1000, 11)
	h.cookies = nil
	text := record(t, h, fakeMeta, fakeNames{})
	if !json.Valid(text) || len(text) < 10*writeSize {
		t.Fatalf("%d bytes, JSON: %v", len(text), json.Valid(text))
	}
	s := open(t, text)
	delete(h.bound, netstat.TCP6Table)
	if got, want := transcript(s), transcript(h); got != want {
		t.Errorf("the replay differs:\n%s", fakeDiff(got, want))
	}
	owners, err := s.Owners(context.Background(), netstat.OwnerQuery{})
	if err != nil || owners.Len() < n {
		t.Errorf("%d owners, %v", owners.Len(), err)
	}
	if again := record(t, s, s.Meta, s.Names()); !bytes.Equal(again, text) {
		t.Errorf("a copy differs:\n%s", fakeDiff(string(again), string(text)))
	}
}

func TestWriteFails(t *testing.T) {
	full := errors.New("no space left")
	if err := Write(context.Background(), fakeWriter{full}, newFakeHost(), fakeMeta, fakeNames{}, nil); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Write(ctx, new(bytes.Buffer), newFakeHost(), fakeMeta, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	s := open(t, record(t, newFakeHost(), fakeMeta, nil))
	for _, err := range s.Sockets(ctx, netstat.TCP4Table, netstat.Need{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
	if _, err := s.Owners(ctx, netstat.OwnerQuery{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

type fakeWriter struct{ err error }

func (w fakeWriter) Write([]byte) (int, error) { return 0, w.err }

// TestStopEarly: a caller may leave a table at any row.
func TestStopEarly(t *testing.T) {
	s := open(t, record(t, newFakeHost(), fakeMeta, nil))
	for limit := range 4 {
		n := 0
		for range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{States: netstat.AllStates}) {
			if n++; n > limit {
				break
			}
		}
		if n != limit+1 {
			t.Errorf("%d rows", n)
		}
	}
	for range s.Counters(context.Background(), netstat.Inet) {
		break
	}
}

func TestOpenMistakes(t *testing.T) {
	text := string(record(t, newFakeHost(), fakeMeta, fakeNames{}))
	line := strings.Count(text[:strings.Index(text, `"local_port":22`)], "\n") + 1
	for _, c := range []struct{ text, want string }{
		{"", "empty"},
		{" \n\t", "empty"},
		{"Active Internet connections\n", "no recording of a host: it is not JSON"},
		{"\x1f\x8b\x08", "compressed: uncompress it first"},
		{"\xff\xfe{\x00", "in UTF-16: a recording is UTF-8, as the program writes it to a file"},
		{"\xef\xbb\xbf{}", "no recording of a host: it begins with a byte order mark"},
		{"\x7fELF\x00\xfe", "no recording of a host: it is not text"},
		{"{}", `no recording of a host: it has no field "schema"`},
		{`{"schema":"netstat"}`, `no recording of a host: it has no field "version"`},
		{`{"schema":"netstat","version":1}`, `no recording of a host: its content is ""`},
		{`{"schema":"netstat","version":1,"content":"sockets"}`, `no recording of a host: its content is "sockets"`},
		{`{"schema":"osquery"}`, `no recording of a host: its schema is "osquery"`},
		{strings.Replace(text, `"version":1`, `"version":7`, 1), "written by a newer program: version 7 of the form, this program reads up to 1"},
		{strings.Replace(text, `"local_port":22`, `"local_port":220000`, 1), fmt.Sprintf("damaged in line %d, byte %d: a number above 65535", line, strings.Index(text, `"local_port":22`)+13)},
		{text[:len(text)-2], fmt.Sprintf("damaged: cut off in line %d: the text ends in the middle", strings.Count(text, "\n"))},
		{text + "x", fmt.Sprintf("damaged in line %d, byte %d: something follows the end", strings.Count(text, "\n")+1, len(text))},
		{strings.Replace(text, `"after_rows":0`, `"after_rows":9`, 1), ""},
		{strings.Replace(text, `"proto":"tcp","state":"LISTEN"`, `"proto":"udp","state":"LISTEN"`, 1), ""},
		{strings.Replace(text, `"kind":"unix"`, `"kind":"x25"`, 1), ""},
		{strings.Replace(text, `"destination":"127.0.0.0"`, `"destination":"::1"`, 1), ""},
		{strings.Replace(text, `"destination":"127.0.0.0",`, ``, 1), ""},
		{strings.Replace(text, `{"family":"ax25","destination"`, `{"family":"rose","destination"`, 1), ""},
		{strings.Replace(text, `"proto":"tcp","bound":true`, `"proto":"tcp"`, 1), ""},
		{strings.Replace(text, `"reported":true,"error":`, `"reported":true,"other":`, 1), ""},
	} {
		_, err := Open(strings.NewReader(c.text))
		switch {
		case err == nil:
			t.Errorf("%.60q is taken for a recording", c.text)
		case strings.Contains(err.Error(), "\n"):
			t.Errorf("more than one line: %v", err)
		case c.want != "" && err.Error() != c.want:
			t.Errorf("%.60q: %v\nwant %s", c.text, err, c.want)
		case c.want == "" && !strings.HasPrefix(err.Error(), "damaged in line "):
			t.Errorf("%v", err)
		}
	}
	broken := errors.New("broken disk")
	if _, err := Open(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	// Wherever it is cut off, it is said. Each cut is read from the beginning.
	step := 1
	if testing.Short() {
		step = 13
		need.Partly(t, "all places of a cut (short tests)")
	}
	for n := 0; n < len(text)-2; n += step {
		if _, err := Open(strings.NewReader(text[:n])); err == nil {
			t.Fatalf("the first %d of %d bytes are taken for a recording", n, len(text))
		}
	}
}

// TestNewerTables: tables that a newer program of the same version adds are
// passed over, however many.
func TestNewerTables(t *testing.T) {
	const newer = `{"family":"martian","proto":"x","rows":[{"family":"martian"}]},`
	text := record(t, newFakeHost(), fakeMeta, nil)
	more := text
	for section, added := range map[string]string{
		"sockets": newer + newer + `{"family":"inet","proto":"y","rows":[1]},{"family":"inet","proto":"z"},`,
		"routes":  newer + newer, "rare_routes": newer + newer, "groups": newer + newer, "counters": newer + newer,
	} {
		head := []byte(`"` + section + `":[`)
		more = bytes.Replace(more, head, append(head, added...), 1)
	}
	s := open(t, more)
	if again := record(t, s, s.Meta, nil); !bytes.Equal(again, text) {
		t.Errorf("they left something:\n%s", fakeDiff(string(again), string(text)))
	}
}

// TestContradictions: a document that no host would give is still answered from
// in one way.
func TestContradictions(t *testing.T) {
	text := []byte(`{"schema":"netstat","version":1,"content":"snapshot","sockets":[` +
		`{"family":"inet","proto":"udp","facts":["inode"],"rows":[{"family":"inet","proto":"udp","inode":5,"owners":[{"pid":1}]}]},` +
		`{"family":"inet6","proto":"udp","facts":["inode"],"rows":[{"family":"inet6","proto":"udp","inode":5,"owners":[{"pid":7},{"pid":2}]}]},` +
		`{"family":"inet","proto":"tcp","facts":["inode"],"rows":[{"family":"inet","proto":"tcp","inode":5,"owners":[{"pid":9},{"pid":3}]},` +
		`{"family":"inet","proto":"tcp","inode":5,"cookie":8,"max_backlog":1,"owners":[]}]}]}`)
	var first []byte
	for range 20 {
		s := open(t, text)
		once := record(t, s, s.Meta, s.Names())
		if first == nil {
			first = once
		}
		c := open(t, once)
		if twice := record(t, c, c.Meta, c.Names()); !bytes.Equal(once, first) || !bytes.Equal(once, twice) {
			t.Fatalf("not the same:\n%s", fakeDiff(string(twice), string(first)))
		}
	}
	owners, _ := open(t, text).Owners(context.Background(), netstat.OwnerQuery{})
	if got := owners.All(nil, 5); !slices.Equal(got, []uint32{1, 2, 3, 7, 9}) {
		t.Errorf("%v", got)
	}
}

// TestEveryTable: a table that is added to the model is to be recorded.
func TestEveryTable(t *testing.T) {
	source, err := os.ReadFile("../protocol.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(source, []byte("= Table{")); n != len(socketTables) {
		t.Errorf("the model has %d tables, a recording %d", n, len(socketTables))
	}
}

// TestNotRecorded: what a document lacks is not taken for what the host lacks,
// of which most views say nothing.
func TestNotRecorded(t *testing.T) {
	s := open(t, []byte(`{"schema":"netstat","version":1,"content":"snapshot"}`))
	ctx := context.Background()
	for _, err := range s.Sockets(ctx, netstat.TCP4Table, netstat.Need{States: netstat.AllStates}) {
		if errors.Is(err, errors.ErrUnsupported) || err == nil || err.Error() != "replay tcp: not recorded" {
			t.Errorf("%v", err)
		}
	}
	n := 0
	for _, err := range s.Interfaces(ctx, netstat.InterfaceQuery{}) {
		if n++; err == nil || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d pairs", n)
	}
	if _, err := s.Process(1, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if s.Meta.EUID != -1 {
		t.Errorf("%+v", s.Meta)
	}
}

func FuzzOpen(f *testing.F) {
	// Each section is a seed of its own: a small document is changed sooner.
	var sections map[string]json.RawMessage
	if err := json.Unmarshal(record(f, newFakeHost(), fakeMeta, fakeNames{}), &sections); err != nil {
		f.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		f.Add([]byte(`{"schema":"netstat","version":1,"content":"snapshot","` + name + `":` + string(sections[name]) + `}`))
	}
	f.Add([]byte(`{"schema":"netstat","version":1,"content":"snapshot","sockets":[{"family":"inet","proto":"tcp","rows":[{"inode":1}],"problems":[{"after_rows":1,"error":{"text":"x"}}]}]}`))
	f.Add([]byte(`{"schema":"netstat","version":1,"content":"snapshot","owners":{"error":{}},"processes":[{"pid":1}],"names":{"users":[{"uid":1,"name":"x"}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Open(bytes.NewReader(text))
		if err != nil {
			if err.Error() == "" || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q", err)
			}
			return
		}
		// What is taken for a recording can be replayed and recorded again, from
		// where on it stays the same.
		_ = transcript(s)
		once := record(t, s, s.Meta, s.Names())
		c := open(t, once)
		if twice := record(t, c, c.Meta, c.Names()); !bytes.Equal(once, twice) {
			t.Fatalf("a copy of a copy differs:\n%s", fakeDiff(string(twice), string(once)))
		}
	})
}

// laterHost tells further facts in the ways that Linux does: some change the
// rows and their order, some are refused.
type laterHost struct{ *fakeHost }

func (h laterHost) Sockets(_ context.Context, t netstat.Table, n netstat.Need) iter.Seq2[netstat.Socket, error] {
	var rows fakeTable[netstat.Socket]
	add := func(s netstat.Socket) { s.Table = t; rows = append(rows, fakeItem[netstat.Socket]{row: s}) }
	has := func(f netstat.Facts) bool { return n.Facts&f != 0 }
	switch t {
	case netstat.UnixTable:
		d := &netstat.UnixDetail{Abstract: true}
		if has(netstat.FactReferences) {
			d.RefCount = 2
		}
		if has(netstat.FactPeer) {
			d.Peers, d.Connected, d.PeerInode = true, true, 7
		}
		add(netstat.Socket{Inode: 8, Detail: d})
	case netstat.SCTP4Table:
		end, association := &netstat.SCTPDetail{}, &netstat.SCTPDetail{Association: true}
		cookie := uint64(0)
		if has(netstat.FactDetail) {
			association = &netstat.SCTPDetail{Association: true, Info: &netstat.SCTPInfo{Tag: 5, SRTTMillis: 3}}
			cookie = 70
			add(netstat.Socket{Inode: 5, Local: fakeAddr("10.0.0.9:1"), Remote: fakeAddr("10.0.0.2:2"), Cookie: cookie, Detail: association})
			add(netstat.Socket{Inode: 5, Local: fakeAddr("10.0.0.9:1"), Cookie: cookie, Detail: end})
			break
		}
		add(netstat.Socket{Inode: 5, Local: fakeAddr("10.0.0.1:1"), Detail: end})
		add(netstat.Socket{Inode: 5, Local: fakeAddr("10.0.0.1:1"), Remote: fakeAddr("10.0.0.2:2"), Detail: association})
	case netstat.TCP4Table:
		first := netstat.Socket{State: netstat.Established, Inode: 1, Local: fakeAddr("10.0.0.1:1")}
		second := netstat.Socket{State: netstat.TimeWait, Local: fakeAddr("10.0.0.1:2")}
		if has(netstat.FactTCPInfo) {
			first.TCP = &netstat.TCPInfo{RTT: 5}
			first.TCP.Known.Add(netstat.TCPRTT)
		}
		if has(netstat.FactMark) {
			first.Absent |= netstat.FactMark
			second.Absent |= netstat.FactMark
		}
		if has(netstat.FactAutobound) {
			second.Autobound = true
			add(second)
			add(first)
		} else {
			add(first)
			add(second)
		}
		rows = append(rows, fakeItem[netstat.Socket]{flaw: &netstat.OpError{Op: "dump", Table: t, Err: netstat.ErrIncomplete}})
		if has(netstat.FactMark) {
			rows = append(rows, fakeItem[netstat.Socket]{flaw: &netstat.OpError{Op: "read the marks of", Table: t, Err: syscall.EPERM}})
		}
	case netstat.NetlinkTable:
		if has(netstat.FactMemory) {
			rows = append(rows, fakeItem[netstat.Socket]{flaw: &netstat.OpError{Op: "read memory of", Table: t, Err: syscall.EPERM}})
		}
		add(netstat.Socket{Local: netstat.Addr{Name: "rtnl:5"}, Inode: 4, Detail: &netstat.NetlinkDetail{Port: 5, Groups: []uint32{1}}})
	}
	return rows.rows(n.Report)
}

func TestLaterFacts(t *testing.T) {
	h := laterHost{newFakeHost()}
	h.owners.Confined = true
	text := record(t, h, fakeMeta, nil)
	s := open(t, text)
	read := func(table netstat.Table, facts netstat.Facts) (rows []netstat.Socket, flaws string) {
		need := netstat.Need{Facts: facts, Report: func(e *netstat.OpError) { flaws += e.Error() + ";" }}
		for row, err := range s.Sockets(context.Background(), table, need) {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		return rows, flaws
	}
	rows, flaws := read(netstat.UnixTable, netstat.FactPeer)
	if d := rows[0].Detail.(*netstat.UnixDetail); len(rows) != 1 || flaws != "" || d.RefCount != 2 || d.PeerInode != 7 || !d.Abstract {
		t.Errorf("%+v %+v %s", rows, d, flaws)
	}
	rows, _ = read(netstat.SCTP4Table, netstat.FactDetail)
	if d := rows[1].Detail.(*netstat.SCTPDetail); len(rows) != 2 || rows[1].Cookie != 70 || d.Info == nil || d.Info.SRTTMillis != 3 {
		t.Errorf("%+v %+v", rows, d)
	}
	const marks = "read the marks of tcp: operation not permitted;"
	rows, flaws = read(netstat.TCP4Table, netstat.FactTCPInfo)
	if len(rows) != 2 || rows[0].TCP == nil || rows[0].TCP.RTT != 5 || rows[0].Autobound || !rows[1].Autobound || rows[0].Absent&netstat.FactMark == 0 {
		t.Errorf("%+v", rows)
	}
	if want := (&netstat.OpError{Op: "dump", Table: netstat.TCP4Table, Err: netstat.ErrIncomplete}).Error() + ";"; flaws != want {
		t.Errorf("%q, want %q", flaws, want)
	}
	if _, flaws = read(netstat.TCP4Table, netstat.FactMark); !strings.HasPrefix(flaws, marks) {
		t.Errorf("%q", flaws)
	}
	if rows, flaws = read(netstat.NetlinkTable, 0); len(rows) != 1 || flaws != "" {
		t.Errorf("%+v %q", rows, flaws)
	}
	if _, flaws = read(netstat.NetlinkTable, netstat.FactMemory); flaws != "read memory of netlink: operation not permitted;" {
		t.Errorf("%q", flaws)
	}
	owners, err := s.Owners(context.Background(), netstat.OwnerQuery{})
	if err != nil || !owners.Confined {
		t.Errorf("%+v %v", owners, err)
	}
	if again := record(t, s, s.Meta, nil); !bytes.Equal(again, text) {
		t.Errorf("a copy differs:\n%s", fakeDiff(string(again), string(text)))
	}
}

// estatsHost is a Windows that knows the queues of a connection only together with
// the inside of it, and nothing of another one.
type estatsHost struct{ *fakeHost }

func (h estatsHost) Sockets(_ context.Context, t netstat.Table, n netstat.Need) iter.Seq2[netstat.Socket, error] {
	var rows fakeTable[netstat.Socket]
	if t == netstat.TCP4Table || t == netstat.TCP6Table {
		for port := range 3 {
			s := netstat.Socket{Table: t, State: netstat.Established, PID: 9, Local: fakeAddr("10.0.0.1:1"), Remote: fakeAddr("10.0.0.2:1")}
			s.Remote.Port = uint16(port)
			s.Absent = netstat.FactQueues | netstat.FactUID | netstat.FactInode | netstat.FactTimer
			if n.Facts&netstat.FactTCPInfo != 0 {
				switch port {
				case 0:
					s.TCP = new(netstat.TCPInfo)
					s.TCP.Set(netstat.TCPActiveOpen, 1)
					s.TCP.Set(netstat.TCPUnread, 5)
					s.TCP.Set(netstat.TCPSegsIn, 1<<40)
					s.TCP.Set(netstat.TCPRTT, 1500)
					s.RecvQ, s.SendQ = 5, 6
					s.Absent &^= netstat.FactQueues
				case 1:
					s.Absent |= netstat.FactTCPInfo
					rows = append(rows, fakeItem[netstat.Socket]{flaw: &netstat.OpError{Op: "read connection statistics of", Table: t, Err: syscall.EPERM}})
				}
			}
			rows = append(rows, fakeItem[netstat.Socket]{row: s})
		}
	}
	return rows.rows(n.Report)
}

func TestConnectionStatistics(t *testing.T) {
	text := record(t, estatsHost{newFakeHost()}, fakeMeta, nil)
	s := open(t, text)
	for _, facts := range []netstat.Facts{netstat.FactTCPInfo, netstat.FactInode} {
		var rows []netstat.Socket
		var flaws string
		need := netstat.Need{Facts: facts, Report: func(e *netstat.OpError) { flaws += e.Error() + ";" }}
		for row, err := range s.Sockets(context.Background(), netstat.TCP6Table, need) {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		if len(rows) != 3 || rows[0].TCP == nil || rows[0].RecvQ != 5 || rows[0].SendQ != 6 || rows[0].Absent&(netstat.FactQueues|netstat.FactTCPInfo) != 0 ||
			rows[1].TCP != nil || rows[1].Absent&netstat.FactTCPInfo == 0 || rows[2].TCP != nil || rows[2].Absent&netstat.FactTCPInfo != 0 ||
			rows[1].Absent&netstat.FactQueues == 0 || rows[2].Absent&netstat.FactQueues == 0 {
			t.Fatalf("%+v", rows)
		}
		for f, want := range map[netstat.TCPField]uint64{netstat.TCPActiveOpen: 1, netstat.TCPUnread: 5, netstat.TCPSegsIn: 1 << 40, netstat.TCPRTT: 1500} {
			if n, ok := rows[0].TCP.Value(f); n != want || !ok {
				t.Errorf("%v: %d, %v", f, n, ok)
			}
		}
		want := ""
		if facts == netstat.FactTCPInfo {
			want = "read connection statistics of tcp6: operation not permitted;"
		}
		if flaws != want {
			t.Errorf("facts %b: %q, want %q", facts, flaws, want)
		}
	}
	if again := record(t, s, s.Meta, nil); !bytes.Equal(again, text) {
		t.Errorf("a copy differs:\n%s", fakeDiff(string(again), string(text)))
	}
}

// TestOlderRecording: what an older program did not record is absent, and said to be
// where it is asked for.
func TestOlderRecording(t *testing.T) {
	text := []byte(`{"schema":"netstat","version":1,"content":"snapshot","host":{},"sockets":[` +
		`{"family":"inet","proto":"tcp","facts":["timer","uid","inode"],"rows":[{"family":"inet","proto":"tcp","uid":1,"inode":2,"recv_queue":0,"timer":"none"}]}]}`)
	s := open(t, text)
	for facts, want := range map[netstat.Facts]string{
		netstat.FactUID: "", netstat.FactMark | netstat.FactTCPInfo: "replay the details of tcp: not recorded",
	} {
		flaws := ""
		need := netstat.Need{Facts: facts, Report: func(e *netstat.OpError) { flaws += e.Error() }}
		for row, err := range s.Sockets(context.Background(), netstat.TCP4Table, need) {
			if err != nil || row.Absent != facts&netstat.FactMark {
				t.Errorf("%+v %v", row, err)
			}
		}
		if flaws != want {
			t.Errorf("%q, want %q", flaws, want)
		}
	}
}
