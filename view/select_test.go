package view

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/filter"
)

// selectHost is a made-up host that records calls.
type selectHost struct {
	netstat.Source
	tables    map[netstat.Table][]netstat.Socket
	fails     map[netstat.Table]error
	holders   map[uint64][]uint32
	processes map[uint32]netstat.Process
	kernel    []uint64 // cookies of the kernel's own sockets
	sessions  []netstat.NATSession
	counters  []netstat.Counter
	links     []netstat.Interface

	needs    map[netstat.Table][]netstat.Need
	query    *netstat.OwnerQuery
	facts    netstat.ProcessFacts
	yielded  int
	asked    int // processes read
	kernels  int // calls of KernelSockets
	noOwners error
}

func (h *selectHost) Sockets(_ context.Context, t netstat.Table, n netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		if h.needs == nil {
			h.needs = map[netstat.Table][]netstat.Need{}
		}
		h.needs[t] = append(h.needs[t], n)
		for _, s := range h.tables[t] {
			h.yielded++
			if !yield(s, nil) {
				return
			}
		}
		if err := h.fails[t]; err != nil {
			yield(netstat.Socket{}, err)
		}
	}
}

func (h *selectHost) Owners(_ context.Context, q netstat.OwnerQuery) (*netstat.Owners, error) {
	h.query = &q
	if h.noOwners != nil {
		return nil, h.noOwners
	}
	o := &netstat.Owners{}
	for inode, pids := range h.holders {
		for i, pid := range pids {
			if (i == 0 || q.All) && (q.Inodes == nil || slices.Contains(q.Inodes, inode)) {
				o.Add(inode, pid)
			}
		}
	}
	return o, nil
}

func (h *selectHost) Process(pid uint32, facts netstat.ProcessFacts) (netstat.Process, error) {
	h.asked++
	h.facts = facts
	return h.processes[pid], nil
}

func (h *selectHost) KernelSockets(_ context.Context, o *netstat.Owners) error {
	h.kernels++
	for _, c := range h.kernel {
		o.AddKernel(c)
	}
	return nil
}

func (h *selectHost) CgroupID(string) (uint64, error) { return 0, errors.ErrUnsupported }
func (h *selectHost) CgroupPath(id uint64) (string, bool) {
	return fmt.Sprint("/group", id), id == 5
}

func (h *selectHost) NATSessions(context.Context) iter.Seq2[netstat.NATSession, error] {
	return func(yield func(netstat.NATSession, error) bool) {
		for _, s := range h.sessions {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func (h *selectHost) Interfaces(context.Context, netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	return func(yield func(netstat.Interface, error) bool) {
		for _, i := range h.links {
			if !yield(i, nil) {
				return
			}
		}
	}
}

func (h *selectHost) Counters(context.Context, netstat.Family) iter.Seq2[netstat.Counter, error] {
	return func(yield func(netstat.Counter, error) bool) {
		for i, c := range h.counters {
			if i == 1 && !yield(netstat.Counter{}, errors.New("one file failed")) {
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// selectNames knows the users 0 and 1000.
type selectNames struct{ Names }

func (selectNames) WantUser(uint32)       {}
func (selectNames) UserReady(uint32) bool { return true }
func (selectNames) User(uid uint32) (string, bool) {
	name := map[uint32]string{0: "root", 1000: "alice"}[uid]
	return name, name != ""
}

func selectEnd(s string) netstat.Addr {
	a := netip.MustParseAddrPort(s)
	return netstat.Addr{IP: a.Addr(), Port: a.Port()}
}

func selectTCP(state netstat.State, local, remote string, inode uint64) netstat.Socket {
	s := netstat.Socket{Table: netstat.TCP4Table, State: state, Local: selectEnd(local), Remote: selectEnd(remote), Inode: inode, Cookie: inode + 1000}
	if s.Local.IP.Is6() {
		s.Table = netstat.TCP6Table
	}
	return s
}

func newSelectHost() *selectHost {
	return &selectHost{
		tables: map[netstat.Table][]netstat.Socket{
			netstat.TCP4Table: {
				selectTCP(netstat.Listen, "0.0.0.0:80", "0.0.0.0:0", 1),
				selectTCP(netstat.Established, "127.0.0.1:80", "127.0.0.1:5000", 2),
				selectTCP(netstat.Established, "127.0.0.1:5000", "127.0.0.1:80", 3),
				selectTCP(netstat.TimeWait, "10.0.0.1:80", "10.0.0.2:6000", 0),
				selectTCP(netstat.Established, "10.0.0.1:81", "10.0.0.2:6001", 4),
			},
			netstat.TCP6Table: {selectTCP(netstat.Listen, "[::]:443", "[::]:0", 5)},
		},
		holders: map[uint64][]uint32{1: {10, 11}, 2: {11}, 3: {20}, 5: {10}},
		processes: map[uint32]netstat.Process{
			10: {Argv0: "nginx: master process /usr/sbin/nginx", User: "0", Unit: "nginx.service"},
			11: {Argv0: "nginx: worker process", User: "1000", Unit: "nginx.service", Container: netstat.Container{ID: "c0ffee"}},
			20: {Argv0: "/usr/bin/curl", User: "1000"},
		},
	}
}

func selectPlan(tables ...netstat.Table) *Plan {
	p := &Plan{}
	for _, t := range tables {
		p.Queries = append(p.Queries, Query{Table: t})
	}
	return p
}

// selectText returns a table of the columns of records, and the errors.
func selectText(t *testing.T, records iter.Seq2[fact.Record, error], columns []fact.Fact) string {
	t.Helper()
	var b []byte
	for r, err := range records {
		if err != nil {
			b = append(append(append(b, "! "...), err.Error()...), '\n')
			continue
		}
		for i := range columns {
			if i > 0 {
				b = append(b, ' ')
			}
			if columns[i].All == nil {
				b = columns[i].Value(&r).AppendPretty(b)
				continue
			}
			list := columns[i].All(&r, nil)
			if len(list) == 0 {
				b = append(b, '-')
			}
			for k := range list {
				if k > 0 {
					b = append(b, ',')
				}
				b = list[k].AppendPretty(b)
			}
		}
		b = append(b, '\n')
	}
	return string(b)
}

func selectRequest(t *testing.T, plan *Plan, columns, expression string) (*Request, []fact.Fact) {
	t.Helper()
	list, err := fact.Find(fact.Sockets, columns)
	if err != nil {
		t.Fatal(err)
	}
	e, err := filter.Parse(expression, filter.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return &Request{Tables: Tables{Plan: plan}, Facts: fact.NeedsOf(list), Filter: e, Names: selectNames{}}, list
}

func TestRecordsOfSockets(t *testing.T) {
	for _, c := range []struct {
		name, columns, filter, sort string
		limit                       int
		all                         bool
		want                        string
	}{
		{
			name: "plain", columns: "proto,local,state",
			want: "tcp 0.0.0.0:80 LISTEN\ntcp 127.0.0.1:80 ESTABLISHED\ntcp 127.0.0.1:5000 ESTABLISHED\n" +
				"tcp 10.0.0.1:80 TIME-WAIT\ntcp 10.0.0.1:81 ESTABLISHED\ntcp6 [::]:443 LISTEN\n",
		},
		{
			name: "owners", columns: "local_port,owners,owner_unknown,owner_user,unit",
			want: "80 10/nginx - root nginx.service\n80 11/nginx - alice nginx.service\n5000 20/curl - alice -\n" +
				"80 - time-wait - -\n81 - kernel - -\n443 10/nginx - root nginx.service\n",
		},
		{
			name: "all owners", columns: "local_port,pid,container", filter: "state listening", all: true,
			want: "80 10,11 c0ffee\n443 10 -\n",
		},
		{
			name: "a filter for any owner", columns: "local_port,owners", filter: "pid = 11",
			want: "80 10/nginx\n80 11/nginx\n",
		},
		{
			name: "peers", columns: "local_port,peer_process,peer_pid,peer_inode", filter: "peer_process = curl or process = curl",
			want: "80 curl 20 3\n5000 nginx 11 2\n",
		},
		{
			name: "sorted", columns: "local,remote", sort: "-remote_port,local", limit: 3,
			want: "10.0.0.1:81 10.0.0.2:6001\n10.0.0.1:80 10.0.0.2:6000\n127.0.0.1:80 127.0.0.1:5000\n",
		},
		{
			name: "sorted by a hidden column", columns: "local", sort: "process,-inode", filter: "state connected",
			want: "127.0.0.1:5000\n127.0.0.1:80\n10.0.0.1:81\n10.0.0.1:80\n",
		},
		{name: "limited", columns: "local", limit: 2, want: "0.0.0.0:80\n127.0.0.1:80\n"},
		{name: "nothing", columns: "local", filter: "family = unix", want: ""},
		{name: "user", columns: "local_port,user", filter: "state listening", want: "80 root\n443 root\n"},
		{name: "process without name", columns: "local_port", filter: "process = ''", want: "80\n81\n"},
	} {
		host := newSelectHost()
		host.kernel = []uint64{1004}
		req, columns := selectRequest(t, selectPlan(netstat.TCP4Table, netstat.TCP6Table), c.columns, c.filter)
		req.AllOwners, req.Limit = c.all, c.limit
		if c.sort != "" {
			var err error
			if req.Sort, err = ParseSort(fact.Sockets, c.sort); err != nil {
				t.Fatal(err)
			}
		}
		if got := selectText(t, Records(t.Context(), host, req), columns); got != c.want {
			t.Errorf("%s:\n%swant:\n%s", c.name, got, c.want)
		}
	}
}

// TestRecordsReadOnlyNeeds checks that nothing is read that is not needed.
func TestRecordsReadOnlyNeeds(t *testing.T) {
	host := newSelectHost()
	req, columns := selectRequest(t, selectPlan(netstat.TCP4Table), "local,state", "dport = :5000")
	selectText(t, Records(t.Context(), host, req), columns)
	need := host.needs[netstat.TCP4Table]
	if len(need) != 1 || need[0].Facts != 0 || need[0].Where == nil || host.query != nil || host.asked+host.kernels != 0 {
		t.Errorf("%+v, owners %v, %d processes, kernel's own %d", need, host.query, host.asked, host.kernels)
	}
	// If the caller stops early, the table is not read to its end.
	host = newSelectHost()
	req.Filter, req.Limit = nil, 2
	selectText(t, Records(t.Context(), host, req), columns)
	if host.yielded != 2 {
		t.Errorf("%d rows read for a limit of 2", host.yielded)
	}
	// Owners are searched only for rows that the filter keeps, with only
	// the process facts that are shown.
	host = newSelectHost()
	req, columns = selectRequest(t, selectPlan(netstat.TCP4Table), "local,exe", "dport = :80")
	selectText(t, Records(t.Context(), host, req), columns)
	if !slices.Equal(host.query.Inodes, []uint64{3}) || host.query.All || host.facts != netstat.FactExecutable || host.kernels != 0 {
		t.Errorf("owners %+v, facts %b, kernel's own %d", host.query, host.facts, host.kernels)
	}
	// The states of the command line and of the filter both apply.
	host = newSelectHost()
	plan := selectPlan(netstat.TCP4Table)
	plan.Queries[0].Need.States = netstat.States(netstat.Listen, netstat.Established)
	req, columns = selectRequest(t, plan, "local", "state established or state time-wait")
	selectText(t, Records(t.Context(), host, req), columns)
	if got := host.needs[netstat.TCP4Table][0].States; got != netstat.States(netstat.Established) {
		t.Errorf("states %b", got)
	}
	if plan.Queries[0].Need.Facts != 0 || plan.Queries[0].Need.Where != nil {
		t.Errorf("the plan was changed: %+v", plan.Queries[0])
	}
}

// TestRecordsOfManySockets checks a table larger than the read-ahead: all
// owners are searched for, and the rows are the same.
func TestRecordsOfManySockets(t *testing.T) {
	host := newSelectHost()
	for i := range maxEarly + 10 {
		host.tables[netstat.TCP6Table] = append(host.tables[netstat.TCP6Table], netstat.Socket{
			Table: netstat.TCP6Table, State: netstat.Established, Inode: uint64(i + 100), Local: netstat.Addr{IP: netip.IPv6Unspecified(), Port: uint16(i)},
		})
		host.holders[uint64(i+100)] = []uint32{20}
	}
	req, columns := selectRequest(t, selectPlan(netstat.TCP4Table, netstat.TCP6Table), "process", "")
	got := selectText(t, Records(t.Context(), host, req), columns)
	if n := strings.Count(got, "curl\n"); n != maxEarly+11 || host.query.Inodes != nil || host.asked != 3 {
		t.Errorf("%d rows, owners of %v, %d processes", n, len(host.query.Inodes), host.asked)
	}
}

func TestRecordsOfFailedTables(t *testing.T) {
	host := newSelectHost()
	host.fails = map[netstat.Table]error{netstat.TCP4Table: errors.New("boom"), netstat.UDP4Table: errors.New("bang")}
	host.noOwners = errors.New("no owners")
	req, columns := selectRequest(t, selectPlan(netstat.UDP4Table, netstat.TCP4Table, netstat.TCP6Table), "local,process", "state listening or state closed")
	want := "! no owners\n! bang\n0.0.0.0:80 -\n! boom\n[::]:443 -\n"
	if got := selectText(t, Records(t.Context(), host, req), columns); got != want {
		t.Errorf("%swant:\n%s", got, want)
	}
}

// TestRecordsOfNamespaces checks two namespaces with a connection between them.
func TestRecordsOfNamespaces(t *testing.T) {
	with := func(netns uint32, sockets ...netstat.Socket) map[netstat.Table][]netstat.Socket {
		for i := range sockets {
			sockets[i].Netns = netns
		}
		return map[netstat.Table][]netstat.Socket{netstat.TCP4Table: sockets}
	}
	blue, red := newSelectHost(), &selectHost{}
	blue.tables = with(101, selectTCP(netstat.Established, "10.1.0.1:80", "10.2.0.2:5000", 2))
	red.tables = with(102, selectTCP(netstat.Established, "10.2.0.2:5000", "10.1.0.1:80", 3), selectTCP(netstat.Listen, "0.0.0.0:80", "0.0.0.0:0", 9))
	places := []Place{{Source: blue, Netns: "blue"}, {Source: red, Netns: "red"}}
	req, columns := selectRequest(t, selectPlan(netstat.TCP4Table), "netns,local,process,peer_process,peer_netns", "")
	want := "blue 10.1.0.1:80 nginx curl red\nred 10.2.0.2:5000 curl nginx blue\nred 0.0.0.0:80 - - -\n"
	if got := selectText(t, RecordsOf(t.Context(), places, req), columns); got != want {
		t.Errorf("%swant:\n%s", got, want)
	}
	req, columns = selectRequest(t, selectPlan(netstat.TCP4Table), "netns,local", "netns = r*")
	want = "red 10.2.0.2:5000\nred 0.0.0.0:80\n"
	if got := selectText(t, RecordsOf(t.Context(), places, req), columns); got != want {
		t.Errorf("%swant:\n%s", got, want)
	}
}

func TestRecordsWithPlacesAndGroups(t *testing.T) {
	host := newSelectHost()
	for i := range host.tables[netstat.TCP4Table] {
		s := &host.tables[netstat.TCP4Table][i]
		s.Local.Scope, s.Cgroup, s.UID = uint32(i%2), uint64(5+i%2), uint32(i%3*500)
	}
	host.links = []netstat.Interface{{Index: 1, Name: "lo"}}
	req, columns := selectRequest(t, selectPlan(netstat.TCP4Table), "interface,cgroup,user", "")
	req.Limit = 3
	want := "- /group5 root\nlo 6 500\n- /group5 alice\n"
	if got := selectText(t, Records(t.Context(), host, req), columns); got != want {
		t.Errorf("%swant:\n%s", got, want)
	}
	g, err := ParseGrouping(fact.Sockets, "process", fact.Needs{})
	if err != nil {
		t.Fatal(err)
	}
	req = &Request{Tables: Tables{Plan: selectPlan(netstat.TCP4Table, netstat.TCP6Table)}, Group: g, Limit: 2}
	if got := selectText(t, Records(t.Context(), newSelectHost(), req), g.Columns()); got != "nginx 3 0 0\n- 2 0 0\n" {
		t.Error(got)
	}
}

func TestRecordsOfOtherViews(t *testing.T) {
	host := &selectHost{
		counters: []netstat.Counter{{Group: "Ip", Name: "InReceives", Value: 100}, {Group: "Tcp", Name: "CurrEstab", Value: 3}},
		links:    []netstat.Interface{{Name: "eth0", HasCounters: true, Receive: netstat.InterfaceCounters{Bytes: 1000}}, {Name: "lo"}},
		sessions: []netstat.NATSession{{Family: netstat.Inet, Protocol: netstat.TCP, Timeout: time.Minute}},
	}
	now := time.Unix(1000, 0)
	deltas := NewDeltas(func() time.Time { return now })
	find := func(v fact.View, names string) []fact.Fact {
		list, err := fact.Find(v, names)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	statistics := &Request{Tables: Tables{View: fact.Statistics, Counters: []netstat.Family{netstat.Inet}}, Deltas: deltas}
	columns := find(fact.Statistics, "family,group,name,value,per_second")
	if got, want := selectText(t, Records(t.Context(), host, statistics), columns), "inet Ip InReceives 100 -\n! one file failed\ninet Tcp CurrEstab 3 -\n"; got != want {
		t.Errorf("%swant:\n%s", got, want)
	}
	now = now.Add(2 * time.Second)
	host.counters[0].Value = 105
	if got, want := selectText(t, Records(t.Context(), host, statistics), columns), "inet Ip InReceives 105 2.5\n! one file failed\ninet Tcp CurrEstab 3 -\n"; got != want {
		t.Errorf("%swant:\n%s", got, want)
	}
	deltas = NewDeltas(func() time.Time { return now })
	links := &Request{Tables: Tables{View: fact.Interfaces}, Deltas: deltas}
	columns = find(fact.Interfaces, "name,rx_bytes,rx_bytes_per_second")
	_ = selectText(t, Records(t.Context(), host, links), columns)
	now = now.Add(time.Second / 2)
	host.links[0].Receive.Bytes = 3000
	links.Sort = []SortKey{{find(fact.Interfaces, "rx_bytes_per_second")[0], true}}
	if got, want := selectText(t, Records(t.Context(), host, links), columns), "eth0 3000 4000\nlo - -\n"; got != want {
		t.Errorf("%swant:\n%s", got, want)
	}
	if got, want := selectText(t, Records(t.Context(), host, &Request{Tables: Tables{View: fact.NAT}}), find(fact.NAT, "proto,timeout")), "tcp 1m0s\n"; got != want {
		t.Errorf("%swant:\n%s", got, want)
	}
}

// TestRoundSelectsAndOrders checks that a Round with filter and sort keys shows
// the same rows as Records.
func TestRoundSelectsAndOrders(t *testing.T) {
	for _, c := range []struct {
		filter, sort string
		limit        int
		owners       bool
		want         []uint64 // inodes
	}{
		{want: []uint64{1, 2, 3, 0, 4, 5}},
		{limit: 2, want: []uint64{1, 2}},
		{filter: "state established", want: []uint64{2, 3, 4}},
		{filter: "process = nginx", want: []uint64{1, 2, 5}},
		{filter: "process = nginx", sort: "-local_port", want: []uint64{5, 1, 2}},
		{sort: "-pid", limit: 2, owners: true, want: []uint64{3, 2}},
		{sort: "remote", limit: 4, want: []uint64{1, 0, 4, 3}},
		{filter: "family = inet6", want: []uint64{5}},
	} {
		host := newSelectHost()
		plan := selectPlan(netstat.TCP4Table, netstat.TCP6Table)
		plan.Limit, plan.Owners, plan.Process = c.limit, c.owners, netstat.FactArgv0
		var err error
		if c.filter != "" {
			if plan.Filter, err = filter.Parse(c.filter, filter.Env{}); err != nil {
				t.Fatal(err)
			}
		}
		if c.sort != "" {
			if plan.Sort, err = ParseSort(fact.Sockets, c.sort); err != nil {
				t.Fatal(err)
			}
		}
		r, err := Begin(t.Context(), host, plan)
		if err != nil {
			t.Fatal(err)
		}
		got, err := inodes(t, r.Rows(0, 1))
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
		if c.sort == "" && c.limit == 0 {
			r, err = Begin(t.Context(), newSelectHost(), plan)
			if err != nil {
				t.Fatal(err)
			}
			v4, _ := inodes(t, r.Rows(0))
			v6, _ := inodes(t, r.Rows(1))
			if !slices.Equal(append(v4, v6...), c.want) {
				t.Errorf("%+v, one by one: %v, %v", c, v4, v6)
			}
		}
		if !c.owners {
			continue
		}
		asked := host.asked
		if p, ok := r.Owner(&netstat.Socket{Inode: 3}); !ok || p.PID != 20 || p.Argv0 != "/usr/bin/curl" || host.asked != asked {
			t.Errorf("owner %+v, %v; read again: %v", p, ok, host.asked != asked)
		}
	}
}

// TestRoundLimitOverTables checks that the limit applies to all calls together.
func TestRoundLimitOverTables(t *testing.T) {
	plan := selectPlan(netstat.TCP4Table, netstat.TCP6Table)
	plan.Limit = 6
	plan.Queries[0].Keep = func(s netstat.Socket) bool { return s.State == netstat.Listen }
	host := newSelectHost()
	host.tables[netstat.TCP6Table] = slices.Repeat(host.tables[netstat.TCP6Table], 10)
	r, err := Begin(t.Context(), host, plan)
	if err != nil {
		t.Fatal(err)
	}
	v4, _ := inodes(t, r.Rows(0))
	v6, _ := inodes(t, r.Rows(1))
	again, _ := inodes(t, r.Rows(1))
	if len(v4) != 1 || len(v6) != 5 || len(again) != 0 {
		t.Errorf("%v, %v, %v", v4, v6, again)
	}
}

// TestRecordsDoNotAllocate checks that rows selected by the socket alone cost
// no allocation each.
func TestRecordsDoNotAllocate(t *testing.T) {
	req, _ := selectRequest(t, selectPlan(netstat.TCP4Table), "state,process", "state established")
	run := func(n int) func() {
		host := newSelectHost()
		rows := host.tables[netstat.TCP4Table]
		host.tables[netstat.TCP4Table] = slices.Repeat(rows, n)
		return func() {
			for _, err := range Records(t.Context(), host, req) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	few, many := testing.AllocsPerRun(10, run(1000)), testing.AllocsPerRun(10, run(3000))
	if many > few+20 {
		t.Errorf("%v allocations for 5000 rows, %v for 15000", few, many)
	}
}

// TestTakeClearsRow checks that no value of a row remains in the next one.
func TestTakeClearsRow(t *testing.T) {
	dirty := fact.Row{
		Socket: netstat.Socket{Inode: 1}, Facts: netstat.FactUID, Owners: []fact.Owner{{}}, Unknown: netstat.OwnerTimeWait,
		UserName: "u", Cgroup: "c", Interface: "i", Peer: &fact.Peer{}, Traffic: &fact.Traffic{}, Joiner: &joiner{},
	}
	v := reflect.ValueOf(dirty)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Fatalf("Row.%s is not tested here", v.Type().Field(i).Name)
		}
	}
	j := &joiner{req: &Request{}, row: dirty}
	s := netstat.Socket{Table: netstat.TCP4Table, Inode: 2}
	if !j.take(&joinPlace{Place: Place{Netns: "n"}}, &s, netstat.FactInode) {
		t.Fatal("not selected")
	}
	if want := (fact.Row{Socket: s, Facts: netstat.FactInode}); !reflect.DeepEqual(j.row, want) {
		t.Errorf("%+v, want %+v", j.row, want)
	}
	// As any: a record without a lookup holds no error.
	if want := any(fact.Record{Row: &j.row, Netns: "n"}); !reflect.DeepEqual(any(j.record), want) {
		t.Errorf("%+v, want %+v", j.record, want)
	}
}

// TestPeersUnreadable checks that an unreadable table is reported if it is read
// only for peers; for a table that is shown, its own report does so.
func TestPeersUnreadable(t *testing.T) {
	host := newSelectHost()
	host.tables[netstat.TCP4Table] = []netstat.Socket{selectTCP(netstat.Established, "127.0.0.1:80", "127.0.0.1:5000", 2)}
	unread := &netstat.OpError{Op: "dump", Table: netstat.TCP6Table, Err: errors.New("broken")}
	host.fails = map[netstat.Table]error{
		netstat.TCP6Table: unread, netstat.TCP4Table: &netstat.OpError{Op: "dump", Table: netstat.TCP4Table, Err: errors.New("broken too")},
	}
	e, err := filter.Parse("peer_process = x", filter.Env{})
	if err != nil {
		t.Fatal(err)
	}
	var told []error
	plan := selectPlan(netstat.TCP4Table)
	plan.Filter, plan.Report = e, func(err error) { told = append(told, err) }
	r, err := Begin(t.Context(), host, plan)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, err := range r.Rows(0) {
		if err != nil {
			failed++
		}
	}
	if len(told) != 1 || told[0] != error(unread) || failed != 1 {
		t.Errorf("reported %v, %d errors of the table", told, failed)
	}
}
