package snapshot

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"
	"syscall"
	"testing"

	"netstat"
)

// TestNewerTables checks that any number of tables added by a newer program of the same
// version are skipped.
func TestNewerTables(t *testing.T) {
	const newer = `{"family":"martian","proto":"x","rows":[{"family":"martian"}]},`
	text := record(t, newFakeHost(), fakeMeta, nil)
	more := text
	for section, added := range map[string]string{
		"neighbors": newer + newer,
		"sockets":   newer + newer + `{"family":"inet","proto":"y","rows":[1]},{"family":"inet","proto":"z"},`,
		"routes":    newer + newer, "rare_routes": newer + newer, "rules": newer + newer, "groups": newer + newer, "counters": newer + newer,
	} {
		head := []byte(`"` + section + `":[`)
		more = bytes.Replace(more, head, append(head, added...), 1)
	}
	s := open(t, more)
	if again := record(t, s, s.Meta, nil); !bytes.Equal(again, text) {
		t.Errorf("newer tables left a trace:\n%s", fakeDiff(string(again), string(text)))
	}
}

// laterHost reports further facts as Linux does: some change the rows and their order,
// some are denied.
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
		rows = append(rows, fakeItem[netstat.Socket]{warning: &netstat.OpError{Op: "dump", Table: t, Err: netstat.ErrIncomplete}})
		if has(netstat.FactMark) {
			rows = append(rows, fakeItem[netstat.Socket]{warning: &netstat.OpError{Op: "read the marks of", Table: t, Err: syscall.EPERM}})
		}
	case netstat.NetlinkTable:
		if has(netstat.FactMemory) {
			rows = append(rows, fakeItem[netstat.Socket]{warning: &netstat.OpError{Op: "read memory of", Table: t, Err: syscall.EPERM}})
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
	read := func(table netstat.Table, facts netstat.Facts) (rows []netstat.Socket, warnings string) {
		need := netstat.Need{Facts: facts, Report: func(e *netstat.OpError) { warnings += e.Error() + ";" }}
		for row, err := range s.Sockets(context.Background(), table, need) {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		return rows, warnings
	}
	rows, warnings := read(netstat.UnixTable, netstat.FactPeer)
	if d := rows[0].Detail.(*netstat.UnixDetail); len(rows) != 1 || warnings != "" || d.RefCount != 2 || d.PeerInode != 7 || !d.Abstract {
		t.Errorf("%+v %+v %s", rows, d, warnings)
	}
	rows, _ = read(netstat.SCTP4Table, netstat.FactDetail)
	if d := rows[1].Detail.(*netstat.SCTPDetail); len(rows) != 2 || rows[1].Cookie != 70 || d.Info == nil || d.Info.SRTTMillis != 3 {
		t.Errorf("%+v %+v", rows, d)
	}
	const incomplete, marks = "dump tcp: incomplete;", "read the marks of tcp: operation not permitted;"
	rows, warnings = read(netstat.TCP4Table, netstat.FactTCPInfo)
	if len(rows) != 2 || rows[0].TCP == nil || rows[0].TCP.RTT != 5 || rows[0].Autobound || !rows[1].Autobound || rows[0].Absent&netstat.FactMark == 0 {
		t.Errorf("%+v", rows)
	}
	if warnings != incomplete {
		t.Errorf("%q, want %q", warnings, incomplete)
	}
	if _, warnings = read(netstat.TCP4Table, netstat.FactMark); warnings != incomplete+marks {
		t.Errorf("%q, want %q", warnings, incomplete+marks)
	}
	if rows, warnings = read(netstat.NetlinkTable, 0); len(rows) != 1 || warnings != "" {
		t.Errorf("%+v %q", rows, warnings)
	}
	if _, warnings = read(netstat.NetlinkTable, netstat.FactMemory); warnings != "read memory of netlink: operation not permitted;" {
		t.Errorf("%q", warnings)
	}
	owners, err := s.Owners(context.Background(), netstat.OwnerQuery{})
	if err != nil || !owners.Confined {
		t.Errorf("%+v %v", owners, err)
	}
	if again := record(t, s, s.Meta, nil); !bytes.Equal(again, text) {
		t.Errorf("a copy differs:\n%s", fakeDiff(string(again), string(text)))
	}
}

// estatsHost is a Windows host that reports the queues of one connection only together
// with its TCPInfo, and nothing about another.
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
					rows = append(rows, fakeItem[netstat.Socket]{warning: &netstat.OpError{Op: "read connection statistics of", Table: t, Err: syscall.EPERM}})
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
		var warnings string
		need := netstat.Need{Facts: facts, Report: func(e *netstat.OpError) { warnings += e.Error() + ";" }}
		for row, err := range s.Sockets(context.Background(), netstat.TCP6Table, need) {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		if len(rows) == 3 && facts == netstat.FactInode && rows[0].TCP == nil {
			continue // not requested
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
		if warnings != want {
			t.Errorf("facts %b: %q, want %q", facts, warnings, want)
		}
	}
	if again := record(t, s, s.Meta, nil); !bytes.Equal(again, text) {
		t.Errorf("a copy differs:\n%s", fakeDiff(string(again), string(text)))
	}
}

// TestOlderSnapshot checks that facts which an older program did not record are absent,
// and are reported as such when requested.
func TestOlderSnapshot(t *testing.T) {
	text := []byte(`{"schema":"netstat","version":1,"content":"snapshot","host":{},"sockets":[` +
		`{"family":"inet","proto":"tcp","facts":["timer","uid","inode"],"rows":[{"family":"inet","proto":"tcp","uid":1,"inode":2,"recv_queue":0,"timer":"none"}]}]}`)
	s := open(t, text)
	for facts, want := range map[netstat.Facts]string{
		netstat.FactUID: "", netstat.FactMark | netstat.FactTCPInfo: "replay the details of tcp: not recorded",
	} {
		warnings := ""
		need := netstat.Need{Facts: facts, Report: func(e *netstat.OpError) { warnings += e.Error() }}
		for row, err := range s.Sockets(context.Background(), netstat.TCP4Table, need) {
			if err != nil || row.Absent != facts&netstat.FactMark {
				t.Errorf("%+v %v", row, err)
			}
		}
		if warnings != want {
			t.Errorf("%q, want %q", warnings, want)
		}
	}
}

// TestNewerMeasures checks that a measure of a group that only a newer program knows is
// skipped, and that those beside it and the problems keep their places.
func TestNewerMeasures(t *testing.T) {
	text := record(t, newFakeHost(), fakeMeta, nil)
	head := []byte("\"measures\":[\n{\"rows\":[\n")
	more := bytes.Replace(text, head, append(bytes.Clone(head), `{"group":"martian","name":"x","value":1},`...), 1)
	if len(more) == len(text) {
		t.Fatalf("no measures in %s", text)
	}
	var got []string
	for m, err := range open(t, more).Measures(context.Background()) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, m.Name)
	}
	want := []string{"read measures: open /proc/net/softnet_stat: permission denied", "TCP.inuse", "page_size"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestOlderWithoutMeasures checks that a snapshot of a program that did not know measures,
// neighbours and rules says that they are not supported and not recorded, and that a copy lacks
// them too.
func TestOlderWithoutMeasures(t *testing.T) {
	const text = `{"schema":"netstat","version":1,"content":"snapshot","host":{}}`
	s := open(t, []byte(text))
	var missing Missing
	check := func(err error) {
		t.Helper()
		var op *netstat.OpError
		if !errors.As(err, &op) || !errors.Is(err, errors.ErrUnsupported) || !missing.Add(err) {
			t.Errorf("%v", err)
		}
	}
	n := 0
	for _, err := range s.Measures(context.Background()) {
		check(err)
		n++
	}
	for _, f := range inetFamilies {
		for _, err := range s.Neighbors(context.Background(), netstat.NeighborQuery{Family: f}) {
			check(err)
			n++
		}
	}
	for _, f := range inetFamilies {
		for _, err := range s.Rules(context.Background(), netstat.RuleQuery{Family: f}) {
			check(err)
			n++
		}
	}
	if line := missing.Line(); n != 5 || line.Error() != "not in the snapshot: the measures; the neighbours of inet, inet6; the rules of inet, inet6" {
		t.Errorf("%d pairs, %v", n, line)
	}
	if again := record(t, s, s.Meta, nil); bytes.Contains(again, []byte("measures")) || bytes.Contains(again, []byte("neighbors")) || bytes.Contains(again, []byte("rules")) {
		t.Errorf("a copy has more:\n%s", again)
	}
}
