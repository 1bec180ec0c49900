package view

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/snapshot"
	"netstat/view"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const hosts = "../../cmd/netstat/testdata/hosts"

func open(t *testing.T, name string) *snapshot.Source {
	t.Helper()
	f, err := os.Open(filepath.Join(hosts, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := snapshot.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// allTables are the tables in the snapshots.
var allTables = []netstat.Table{
	netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table, netstat.UDPLite4Table, netstat.UDPLite6Table, netstat.Raw4Table, netstat.Raw6Table,
	netstat.SCTP4Table, netstat.UnixTable, netstat.AX25Table, netstat.NetROMTable, netstat.ROSETable, netstat.X25Table,
	netstat.AppleTalkTable, netstat.L2CAPTable, netstat.RFCOMMTable,
}

// request returns a request for everything in a view.
func request(v fact.View) *view.Request {
	req := &view.Request{Tables: view.Tables{
		View: v, Plan: &view.Plan{},
		Routes:     []netstat.RouteQuery{{Family: netstat.Inet}, {Family: netstat.Inet6}},
		RareRoutes: []netstat.Family{netstat.AX25, netstat.NetROM, netstat.ROSE, netstat.X25, netstat.AppleTalk},
		Interfaces: netstat.InterfaceQuery{Details: true},
		Groups:     []netstat.GroupQuery{{Family: netstat.Inet}, {Family: netstat.Inet6}},
		Counters:   []netstat.Family{netstat.Inet, netstat.Inet6},
	}}
	for _, t := range allTables {
		req.Plan.Queries = append(req.Plan.Queries, view.Query{Table: t})
	}
	return req
}

// appendTable appends records as a table without widths.
func appendTable(b []byte, columns []fact.Fact, req *view.Request, src netstat.Source, t *testing.T) []byte {
	for i := range columns {
		b = append(append(b, columns[i].Title...), '\t')
	}
	b = append(b, '\n')
	for r, err := range view.Records(t.Context(), src, req) {
		if err != nil {
			b = append(append(append(b, "! "...), err.Error()...), '\n')
			continue
		}
		for i := range columns {
			if columns[i].All == nil {
				b = columns[i].Value(&r).AppendPretty(b)
			} else {
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
			b = append(b, '\t')
		}
		b = append(b, '\n')
	}
	return b
}

// Default and full columns of the snapshots.
func TestColumnsOfSnapshots(t *testing.T) {
	defer func(was *time.Location) { time.Local = was }(time.Local)
	time.Local = time.UTC
	for _, name := range []string{"linux-server.json", "linux-rare.json", "windows.json"} {
		src := open(t, name)
		var b []byte
		for v := fact.Sockets; v <= fact.NAT; v++ {
			req := request(v)
			if v == fact.Statistics {
				req.Limit = 24
			}
			columns := fact.Default(v)
			req.Facts = fact.NeedsOf(columns)
			b = append(append(append(b, "== "...), v.String()...), '\n')
			b = appendTable(b, columns, req, src, t)
		}
		for _, c := range []struct{ title, columns, sort, group string }{
			{title: "owners", columns: "local,owners,exe,owner_user,user,owner_unknown", sort: "pid,local"},
			{title: "details", columns: "netid,local,type,device,association_state,path,timer,timer_expires,module,created", sort: "netid,local,-remote"},
			{title: "peers", columns: "local,remote,process,peer_process", sort: "local,remote"},
			{title: "groups", group: "proto,state"},
			{title: "programs", group: "process"},
		} {
			req := request(fact.Sockets)
			columns, sort := []fact.Fact(nil), []view.SortKey(nil)
			var err error
			if c.group != "" {
				if req.Group, err = view.ParseGrouping(fact.Sockets, c.group, fact.Needs{}); err != nil {
					t.Fatal(err)
				}
				columns = req.Group.Columns()
			} else {
				if columns, err = fact.Find(fact.Sockets, c.columns); err != nil {
					t.Fatal(err)
				}
				if sort, err = view.ParseSort(fact.Sockets, c.sort); err != nil {
					t.Fatal(err)
				}
			}
			req.Sort, req.Facts, req.AllOwners = sort, fact.NeedsOf(columns), true
			b = append(append(append(b, "== "...), c.title...), '\n')
			b = appendTable(b, columns, req, src, t)
		}
		golden := filepath.Join("testdata", strings.TrimSuffix(name, ".json")+".txt")
		if *update {
			if err := os.WriteFile(golden, b, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b, want) {
			t.Errorf("%s differs from %s:\n%s", name, golden, b)
		}
	}
}

// document is the part of a snapshot that these tests read, with another JSON reader.
type document struct {
	Sockets []struct {
		Bound bool
		Rows  []documentRow
	}
}

type documentRow struct {
	Family, Proto, State string
	RemoteAddress        netip.Addr `json:"remote_address"`
	RemotePort           uint16     `json:"remote_port"`
	RecvQueue            *uint64    `json:"recv_queue"`
	Inode                uint64
	PID                  uint32
	Owners               []struct{ PID uint32 }
}

func readDocument(t *testing.T, name string) []documentRow {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(hosts, name))
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	var rows []documentRow
	for _, table := range d.Sockets {
		if !table.Bound {
			rows = append(rows, table.Rows...)
		}
	}
	return rows
}

// Groups and orders follow from the document.
func TestSnapshotAgainstDocument(t *testing.T) {
	for _, name := range []string{"linux-server.json", "windows.json"} {
		rows := readDocument(t, name)
		src := open(t, name)

		type key struct{ family, state string }
		type sums struct{ count, recvq uint64 }
		want := map[key]sums{}
		for i := range rows {
			k := key{rows[i].Family, cmp.Or(rows[i].State, "-")}
			s := want[k]
			s.count++
			if q := rows[i].RecvQueue; q != nil {
				s.recvq += *q
			}
			want[k] = s
		}
		req := request(fact.Sockets)
		var err error
		if req.Group, err = view.ParseGrouping(fact.Sockets, "family,state", fact.Needs{}); err != nil {
			t.Fatal(err)
		}
		for r, err := range view.Records(t.Context(), src, req) {
			if err != nil {
				continue // tables that the host lacked
			}
			k := key{r.Group.Keys[0].Text, string(r.Group.Keys[1].AppendPretty(nil))}
			if got := (sums{r.Group.Count, r.Group.Totals[0].Number}); got != want[k] {
				t.Errorf("%s: %v has %+v, want %+v", name, k, got, want[k])
			}
			delete(want, k)
		}
		if len(want) > 0 {
			t.Errorf("%s: no groups for %v", name, want)
		}

		ip := slices.DeleteFunc(rows, func(r documentRow) bool { return !r.RemoteAddress.IsValid() })
		slices.SortStableFunc(ip, func(a, b documentRow) int {
			return cmp.Or(-cmp.Compare(a.RemoteAddress.BitLen(), b.RemoteAddress.BitLen()), -a.RemoteAddress.Compare(b.RemoteAddress), -cmp.Compare(a.RemotePort, b.RemotePort))
		})
		req = request(fact.Sockets)
		req.Facts.Owners = true
		req.AllOwners = true
		if req.Sort, err = view.ParseSort(fact.Sockets, "-remote_address,-remote_port"); err != nil {
			t.Fatal(err)
		}
		n := 0
		for r, err := range view.Records(t.Context(), src, req) {
			if err != nil || !r.Row.Socket.Remote.IP.IsValid() {
				continue
			}
			s := &r.Row.Socket
			if n == len(ip) {
				t.Fatalf("%s: more rows than %d", name, n)
			}
			w := &ip[n]
			var pids, wantPIDs []uint32
			for _, o := range r.Row.Owners {
				pids = append(pids, o.PID)
			}
			if w.PID != 0 {
				wantPIDs = append(wantPIDs, w.PID)
			}
			for _, o := range w.Owners {
				wantPIDs = append(wantPIDs, o.PID)
			}
			if s.Remote.IP != w.RemoteAddress || s.Remote.Port != w.RemotePort || s.Inode != w.Inode || !slices.Equal(pids, wantPIDs) {
				t.Errorf("%s: row %d is %v:%d of %v, want %+v", name, n, s.Remote.IP, s.Remote.Port, pids, w)
			}
			n++
		}
		if n != len(ip) {
			t.Errorf("%s: %d rows, want %d", name, n, len(ip))
		}
	}
}

// A snapshot has no differences to itself, and all rows differ from another host's.
func TestSnapshotDifferences(t *testing.T) {
	count := func(d *view.Differ, name string) map[fact.Change]int {
		req := request(fact.Sockets)
		req.Diff, req.Facts.Owners = d, true
		n := map[fact.Change]int{}
		for r, err := range view.Records(t.Context(), open(t, name), req) {
			if err == nil {
				n[r.Change]++
			}
		}
		return n
	}
	d := view.NewDiffer(nil)
	first := count(d, "linux-server.json")
	if first[fact.ChangeNone] == 0 || len(first) != 1 {
		t.Errorf("first round: %v", first)
	}
	if again := count(d, "linux-server.json"); len(again) != 0 {
		t.Errorf("the same snapshot: %v", again)
	}
	other := count(d, "windows.json")
	if other[fact.ChangeClosed] != first[fact.ChangeNone] || other[fact.ChangeOpened] == 0 || other[fact.ChangeChanged] != 0 {
		t.Errorf("another host: %v, of %v", other, first)
	}
}
