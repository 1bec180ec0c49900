package snapshot

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"netstat"
)

// fakeTable is what a fake host yields for one table: rows, errors and warnings in any
// order.
type fakeTable[T any] []fakeItem[T]

type fakeItem[T any] struct {
	row     T
	err     error
	warning *netstat.OpError
}

func (t fakeTable[T]) rows(report func(*netstat.OpError)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, i := range t {
			if i.warning != nil {
				if report != nil {
					report(i.warning)
				}
				continue
			}
			if !yield(i.row, i.err) {
				return
			}
		}
	}
}

// fakeHost is a host with rows in every table.
type fakeHost struct {
	sockets    map[netstat.Table]fakeTable[netstat.Socket]
	bound      map[netstat.Table]fakeTable[netstat.Socket]
	cookies    map[uint64]uint64 // only with facts that only a dump has
	routes     map[routeKey]fakeTable[netstat.Route]
	rare       map[netstat.Family]fakeTable[netstat.RareRoute]
	interfaces map[bool]fakeTable[netstat.Interface]
	groups     map[netstat.Family]fakeTable[netstat.Membership]
	counters   map[netstat.Family]fakeTable[netstat.Counter]
	measures   fakeTable[netstat.Measure]
	neighbors  map[netstat.Family]fakeTable[netstat.Neighbor]
	tracked    fakeTable[netstat.TrackedConnection]
	rules      map[netstat.Family]fakeTable[netstat.Rule]
	nat        fakeTable[netstat.NATSession]
	owners     *netstat.Owners
	ownersErr  error
	processes  map[uint32]netstat.Process
}

func fakeUnsupported[T any](t netstat.Table) fakeTable[T] {
	return fakeTable[T]{{err: &netstat.OpError{Op: "open", Table: t, Err: &fakeDetailed{errors.ErrUnsupported, syscall.ENOENT}}}}
}

type fakeDetailed struct{ kind, cause error }

func (e *fakeDetailed) Error() string { return e.kind.Error() + ": " + e.cause.Error() }

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
	t, ok := h.routes[routeKey{q.Family, q.Cache, q.Persistent, q.Details}]
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

func (h *fakeHost) Measures(context.Context) iter.Seq2[netstat.Measure, error] {
	return h.measures.rows(nil)
}

func (h *fakeHost) Neighbors(_ context.Context, q netstat.NeighborQuery) iter.Seq2[netstat.Neighbor, error] {
	return h.neighbors[q.Family].rows(nil)
}

func (h *fakeHost) TrackedConnections(context.Context, netstat.TrackedQuery) iter.Seq2[netstat.TrackedConnection, error] {
	return h.tracked.rows(nil)
}

func (h *fakeHost) Rules(_ context.Context, q netstat.RuleQuery) iter.Seq2[netstat.Rule, error] {
	return h.rules[q.Family].rows(q.Report)
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
	warning := func(t netstat.Table, text string) *netstat.OpError {
		return &netstat.OpError{Op: "parse", Table: t, Err: &fakeDetailed{netstat.ErrBogusRecord, errors.New(text)}}
	}
	h := &fakeHost{
		sockets: map[netstat.Table]fakeTable[netstat.Socket]{
			netstat.TCP4Table: {
				{warning: warning(netstat.TCP4Table, "first")},
				{row: tcp(netstat.Listen, "127.0.0.1:22", "0.0.0.0:0", 5)},
				{warning: warning(netstat.TCP4Table, "second")},
				{warning: warning(netstat.TCP4Table, "third")},
				{row: tcp(netstat.Established, "10.0.0.1:22", "10.0.0.2:4000", 6)},
				{row: tcp(netstat.TimeWait, "10.0.0.1:22", "10.0.0.3:4000", 0)},
				{warning: warning(netstat.TCP4Table, "last")},
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
			netstat.TCP4Table: {{warning: &netstat.OpError{Op: "bound", Err: errors.ErrUnsupported}}, {row: tcp(netstat.Bound, "0.0.0.0:7777", "0.0.0.0:0", 9)}},
			netstat.TCP6Table: {{row: netstat.Socket{Table: netstat.TCP6Table, State: netstat.Bound}}},
		},
		cookies: map[uint64]uint64{5: 500, 6: 600, 9: 900},
		routes: map[routeKey]fakeTable[netstat.Route]{
			{family: netstat.Inet}: {
				{row: netstat.Route{Family: netstat.Inet, Destination: netip.MustParsePrefix("127.0.0.0/8"), Gateway: netip.MustParseAddr("127.0.0.1")}},
				{warning: warning(netstat.Table{Family: netstat.Inet}, "line")},
				{err: &netstat.OpError{Op: "read", Err: &netstat.MissingColumnError{File: "f", Column: "c"}}},
			},
			{family: netstat.Inet, cache: true}: {{err: &netstat.OpError{Op: "dump routes", Err: netstat.ErrNoRoutes}}},
			{family: netstat.Inet, details: true}: {
				{row: netstat.Route{Family: netstat.Inet, Destination: netip.MustParsePrefix("10.5.0.0/16"), Detail: &netstat.RouteDetail{
					Type: netstat.RouteBlackhole, Table: netstat.MainRouteTable, TableName: "main", Protocol: 3,
				}}},
				{row: netstat.Route{Family: netstat.Inet, Destination: netip.MustParsePrefix("10.7.0.0/16"), Detail: &netstat.RouteDetail{
					Type: netstat.RouteUnicast, Table: 51820, NextHops: []netstat.NextHop{{Gateway: netip.MustParseAddr("fe80::99"), Index: 4, Weight: 2}},
				}}},
				{warning: warning(netstat.Table{Family: netstat.Inet}, "details")},
			},
			{family: netstat.Inet6, persistent: true}: {{row: netstat.Route{Family: netstat.Inet6, Destination: netip.MustParsePrefix("::/0"), InterfaceMetric: true}}},
		},
		rare: map[netstat.Family]fakeTable[netstat.RareRoute]{
			netstat.AX25: {{row: &netstat.AX25Route{Destination: "N0CALL"}}, {warning: warning(netstat.AX25Table, "x")}},
		},
		interfaces: map[bool]fakeTable[netstat.Interface]{
			true:  {{row: netstat.Interface{Name: "lo", Addrs: []netstat.InterfaceAddr{{Prefix: netip.MustParsePrefix("::1/128")}}}}},
			false: {{row: netstat.Interface{Name: "lo"}}},
		},
		groups: map[netstat.Family]fakeTable[netstat.Membership]{
			netstat.Inet:  {{row: netstat.Membership{Interface: "lo", Group: netip.MustParseAddr("224.0.0.1"), Users: -1}}},
			netstat.Inet6: {{warning: &netstat.OpError{Op: "parse", Err: &netstat.RecordError{Line: 3, Text: "q"}}}},
		},
		counters: map[netstat.Family]fakeTable[netstat.Counter]{
			netstat.Inet: {
				{row: netstat.Counter{Group: "Tcp", Name: "MaxConn", Part: 1, Value: 1<<64 - 1}},
				{err: &netstat.OpError{Op: "read counters", Err: &fs.PathError{Op: "open", Path: "/proc/net/netstat", Err: syscall.EACCES}}},
				{row: netstat.Counter{Group: "Sctp", Name: "X", Part: 2}},
			},
		},
		measures: fakeTable[netstat.Measure]{
			{row: netstat.Measure{Name: "TCP.inuse", Value: 3}},
			{err: &netstat.OpError{Op: "read measures", Err: &fs.PathError{Op: "open", Path: "/proc/net/softnet_stat", Err: syscall.EACCES}}},
			{row: netstat.Measure{Group: netstat.MeasureHost, Name: "page_size", Value: 1<<64 - 1}},
		},
		neighbors: map[netstat.Family]fakeTable[netstat.Neighbor]{
			netstat.Inet: {
				{row: netstat.Neighbor{Address: netip.MustParseAddr("10.0.0.2"), HardwareAddr: []byte{2, 0, 0, 0, 0, 255}, State: netstat.NeighborReachable, Index: 2, Interface: "eth0"}},
				{row: netstat.Neighbor{Address: netip.MustParseAddr("10.0.0.3"), State: netstat.NeighborFailed, Index: 2, Interface: "eth0"}},
			},
			netstat.Inet6: {
				{row: netstat.Neighbor{Address: netip.MustParseAddr("fe80::1"), Router: true, Proxy: true, Interface: "\xff"}},
				{err: &netstat.OpError{Op: "dump neighbours of", Table: netstat.Table{Family: netstat.Inet6}, Err: &fakeDetailed{netstat.ErrIncomplete, syscall.EINTR}}},
			},
		},
		rules: map[netstat.Family]fakeTable[netstat.Rule]{
			netstat.Inet: {
				{row: netstat.Rule{Family: netstat.Inet, Action: netstat.RuleTable, Table: 255, TableName: "local", Protocol: 2, Permanent: true}},
				{warning: &netstat.OpError{Op: "dump rules of", Table: netstat.Table{Family: netstat.Inet}, Err: netstat.ErrBogusRecord}},
				{row: netstat.Rule{Family: netstat.Inet, Priority: 7, From: netip.MustParsePrefix("10.0.0.0/8"), Input: "\xff", Known: netstat.RuleUIDs, Action: netstat.RuleGoto, Goto: 9, Unresolved: true}},
			},
			netstat.Inet6: {
				{row: netstat.Rule{Family: netstat.Inet6, To: netip.MustParsePrefix("2001:db8::/32"), Action: netstat.RuleTable, Table: 1<<32 - 1, VRF: "blue"}},
				{err: &netstat.OpError{Op: "dump rules of", Table: netstat.Table{Family: netstat.Inet6}, Err: &fakeDetailed{netstat.ErrIncomplete, syscall.EINTR}}},
			},
		},
		nat: fakeTable[netstat.NATSession]{{row: netstat.NATSession{Family: netstat.Inet, Protocol: netstat.TCP, Timeout: 5 * time.Second, Original: netstat.NATTuple{Source: netip.MustParseAddrPort("127.0.0.1:22")}}}},
		tracked: fakeTable[netstat.TrackedConnection]{
			{row: netstat.TrackedConnection{
				Family: netstat.Inet6, IPProtocol: 58, Status: netstat.TrackedConfirmed, StatusKnown: 1<<16 - 1, Labels: [2]uint64{1, 1 << 63}, Known: 1<<6 - 1,
				Original: netstat.TrackedDirection{Source: netip.MustParseAddrPort("[fe80::1]:0"), Destination: netip.MustParseAddrPort("[fe80::2]:0"), Has: netstat.TrackedICMP, ICMPID: 1, ICMPType: 128, Bytes: 1<<64 - 1},
				Reply:    netstat.TrackedDirection{Source: netip.MustParseAddrPort("[fe80::2]:0"), Destination: netip.MustParseAddrPort("[fe80::1]:0"), Has: netstat.TrackedICMP, ICMPID: 1, ICMPType: 129},
			}},
			{err: &netstat.OpError{Op: "dump tracked connections", Err: &fakeDetailed{netstat.ErrIncomplete, syscall.ENOBUFS}}},
		},
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

// transcript returns everything that a Source reports, as text.
func transcript(src netstat.Source) string {
	ctx := context.Background()
	var b strings.Builder
	warning := func(e *netstat.OpError) { fmt.Fprintf(&b, "  reported %v\n", fakeTree(e)) }
	for _, t := range netstat.Tables() {
		for _, states := range []netstat.StateSet{0, netstat.AllStates} {
			fmt.Fprintf(&b, "%v %v\n", t, states)
			need := netstat.Need{Facts: netstat.FactTimer | netstat.FactUID | netstat.FactInode, States: states, Report: warning}
			fakePrint(&b, src.Sockets(ctx, t, need))
		}
	}
	for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6} {
		for _, q := range []netstat.RouteQuery{{}, {Details: true, Table: netstat.AllTables}, {Cache: true}, {Persistent: true}} {
			q.Family, q.Report = f, warning
			fmt.Fprintf(&b, "routes %v %v %v\n", f, q.Cache, q.Persistent)
			fakePrint(&b, src.Routes(ctx, q))
		}
		fmt.Fprintf(&b, "groups %v\n", f)
		fakePrint(&b, src.Groups(ctx, netstat.GroupQuery{Family: f, Report: warning}))
		fmt.Fprintf(&b, "counters %v\n", f)
		fakePrint(&b, src.Counters(ctx, f))
		fmt.Fprintf(&b, "rules %v\n", f)
		fakePrint(&b, netstat.RulesOf(ctx, src, netstat.RuleQuery{Family: f, Report: warning}))
		fmt.Fprintf(&b, "neighbours %v\n", f)
		fakePrint(&b, src.Neighbors(ctx, netstat.NeighborQuery{Family: f, Proxies: true}))
	}
	for _, f := range rareFamilies {
		fmt.Fprintf(&b, "rare %v\n", f)
		fakePrint(&b, src.RareRoutes(ctx, f, warning))
	}
	fmt.Fprintf(&b, "interfaces\n")
	fakePrint(&b, src.Interfaces(ctx, netstat.InterfaceQuery{Details: true, Report: warning}))
	fmt.Fprintf(&b, "measures\n")
	fakePrint(&b, src.Measures(ctx))
	fakePrint(&b, src.NATSessions(ctx))
	fakePrint(&b, src.TrackedConnections(ctx, netstat.TrackedQuery{}))
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
			v.Absent &^= netstat.FactAutobound // unknown in a failed table, whether requested or not
			fmt.Fprintf(b, "  %+v", v)
			if d != nil {
				fmt.Fprintf(b, " %T %+v", d, reflect.ValueOf(d).Elem())
			}
			b.WriteByte('\n')
		case netstat.RareRoute:
			fmt.Fprintf(b, "  %T %+v\n", v, reflect.ValueOf(v).Elem())
		case netstat.Route:
			c, d := v.Cached, v.Detail
			v.Cached, v.Detail = nil, nil
			fmt.Fprintf(b, "  %+v", v)
			if c != nil {
				fmt.Fprintf(b, " %+v", *c)
			}
			if d != nil {
				fmt.Fprintf(b, " %+v", *d)
			}
			b.WriteByte('\n')
		default:
			fmt.Fprintf(b, "  %+v\n", row)
		}
	}
}

// fakeTree returns everything that a caller can learn about an error.
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
