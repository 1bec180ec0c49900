package view

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
)

// diffText returns the text of a round: change, cookie, addresses, state and
// the changed columns.
func diffText(rows iter.Seq2[*fact.Record, error]) string {
	var b strings.Builder
	for r, err := range rows {
		if err != nil {
			fmt.Fprintf(&b, "! %v\n", err)
			continue
		}
		s := &r.Row.Socket
		fmt.Fprintf(&b, "%s %d %s %s %s\n", r.Change, s.Inode, s.Remote.IP, s.State, strings.Join(r.Changed, ","))
	}
	return b.String()
}

func diffRows(rows ...netstat.Socket) iter.Seq2[*fact.Record, error] {
	return diffRowsOf(netstat.FactInode|netstat.FactUID, rows...)
}

func diffRowsOf(facts netstat.Facts, rows ...netstat.Socket) iter.Seq2[*fact.Record, error] {
	return func(yield func(*fact.Record, error) bool) {
		for _, s := range rows {
			if !yield(&fact.Record{Row: &fact.Row{Socket: s, Facts: facts}}, nil) {
				return
			}
		}
	}
}

func TestDifferIdentifiesSockets(t *testing.T) {
	tcp := func(state netstat.State, remote string, inode, cookie uint64) netstat.Socket {
		return netstat.Socket{
			Table: netstat.TCP4Table, State: state, Inode: inode, Cookie: cookie,
			Local: selectEnd("10.0.0.1:80"), Remote: selectEnd(remote),
		}
	}
	const a = "1.1.1.1:1"
	queued := tcp(netstat.Established, a, 5, 50)
	queued.RecvQ, queued.UID = 7, 3
	windows := func(pid uint32) netstat.Socket {
		s := tcp(netstat.Established, a, 0, 0)
		s.PID, s.Absent = pid, netstat.FactInode
		return s
	}
	for _, c := range []struct {
		name        string
		before, now []netstat.Socket
		want        string
	}{
		{"nothing new", []netstat.Socket{queued}, []netstat.Socket{queued}, ""},
		{"opened", nil, []netstat.Socket{queued}, "opened 5 1.1.1.1 ESTABLISHED \n"},
		{"closed", []netstat.Socket{queued}, nil, "closed 5 1.1.1.1 ESTABLISHED \n"},
		{
			"changed", []netstat.Socket{tcp(netstat.SynSent, a, 5, 50)}, []netstat.Socket{queued},
			"changed 5 1.1.1.1 ESTABLISHED state,recvq,uid\n",
		},
		{
			"closed by its process", []netstat.Socket{queued}, []netstat.Socket{tcp(netstat.FinWait1, a, 0, 50)},
			"changed 0 1.1.1.1 FIN-WAIT-1 state,recvq,uid\n",
		},
		{
			"accepted", []netstat.Socket{tcp(netstat.Established, a, 0, 50)}, []netstat.Socket{tcp(netstat.Established, a, 5, 50)},
			"",
		},
		{
			"replaced by a waiting socket", []netstat.Socket{queued}, []netstat.Socket{tcp(netstat.TimeWait, a, 0, 99)},
			"changed 0 1.1.1.1 TIME-WAIT state,recvq,uid\n",
		},
		{
			"the same addresses again", []netstat.Socket{queued}, []netstat.Socket{tcp(netstat.Established, a, 6, 60)},
			"opened 6 1.1.1.1 ESTABLISHED \nclosed 5 1.1.1.1 ESTABLISHED \n",
		},
		{
			"after TIME-WAIT", []netstat.Socket{tcp(netstat.TimeWait, a, 0, 0)}, []netstat.Socket{tcp(netstat.Established, a, 6, 0)},
			"opened 6 1.1.1.1 ESTABLISHED \nclosed 0 1.1.1.1 TIME-WAIT \n",
		},
		{
			"a cookie in one round only", []netstat.Socket{tcp(netstat.Listen, "0.0.0.0:0", 5, 0)}, []netstat.Socket{tcp(netstat.Listen, "0.0.0.0:0", 5, 50)},
			"",
		},
		{
			"a cookie of another table", []netstat.Socket{{Table: netstat.UDP4Table, Inode: 5, Cookie: 50}}, []netstat.Socket{queued},
			"opened 5 1.1.1.1 ESTABLISHED \nclosed 5 invalid IP UNKNOWN \n",
		},
		{
			"bound to another address", []netstat.Socket{tcp(netstat.Closed, "0.0.0.0:0", 5, 50)}, []netstat.Socket{tcp(netstat.SynSent, a, 5, 50)},
			"changed 5 1.1.1.1 SYN-SENT state\n",
		},
		{"the same process", []netstat.Socket{windows(4)}, []netstat.Socket{windows(4)}, ""},
		{
			"another process", []netstat.Socket{windows(4)}, []netstat.Socket{windows(8)},
			"opened 0 1.1.1.1 ESTABLISHED \nclosed 0 1.1.1.1 ESTABLISHED \n",
		},
		{
			"equal sockets, one by one", []netstat.Socket{windows(4), windows(4), windows(4)}, []netstat.Socket{windows(4)},
			"closed 0 1.1.1.1 ESTABLISHED \nclosed 0 1.1.1.1 ESTABLISHED \n",
		},
	} {
		d := NewDiffer(nil)
		if got := diffText(d.Changes(diffRows(c.before...))); strings.Count(got, "\n") != len(c.before) || strings.Contains(got, "opened") {
			t.Errorf("%s: the first round shows\n%s", c.name, got)
		}
		if got := diffText(d.Changes(diffRows(c.now...))); got != c.want {
			t.Errorf("%s:\n%swant:\n%s", c.name, got, c.want)
		}
		if got := diffText(d.Changes(diffRows(c.now...))); got != "" {
			t.Errorf("%s, and the same again:\n%s", c.name, got)
		}
	}
}

// TestDifferOfFailedTables checks that the sockets of a table that cannot be
// read count neither as closed nor as opened.
func TestDifferOfFailedTables(t *testing.T) {
	tcp := func(port uint16) netstat.Socket {
		return netstat.Socket{Table: netstat.TCP4Table, State: netstat.Listen, Inode: uint64(port), Local: netstat.Addr{IP: netip.IPv4Unspecified(), Port: port}}
	}
	udp := netstat.Socket{Table: netstat.UDP4Table, Inode: 99, Local: netstat.Addr{IP: netip.IPv4Unspecified(), Port: 99}}
	failing := func(rows iter.Seq2[*fact.Record, error]) iter.Seq2[*fact.Record, error] {
		return func(yield func(*fact.Record, error) bool) {
			for r, err := range rows {
				if !yield(r, err) {
					return
				}
			}
			yield(nil, &netstat.OpError{Op: "dump", Table: netstat.TCP4Table, Err: errors.New("interrupted")})
		}
	}
	changes := func(d *Differ, rows iter.Seq2[*fact.Record, error]) string {
		var got []string
		for r, err := range d.Changes(rows) {
			if err != nil {
				got = append(got, "failed")
				continue
			}
			got = append(got, r.Change.String()+" "+strconv.Itoa(int(r.Row.Socket.Local.Port)))
		}
		return strings.Join(got, ", ")
	}
	lacking := func(yield func(*fact.Record, error) bool) {
		yield(nil, &netstat.OpError{Op: "dump", Table: netstat.TCP4Table, Err: errors.ErrUnsupported})
	}
	d := NewDiffer(nil)
	for i, round := range []struct {
		rows iter.Seq2[*fact.Record, error]
		want string
	}{
		{failing(diffRows(udp)), " 99, failed"},
		{failing(diffRows(udp)), "failed"},
		{diffRows(tcp(1), tcp(2), udp), " 1,  2"},
		{failing(diffRows(tcp(1))), "failed, closed 99"},
		{failing(diffRows(tcp(3))), "opened 3, failed"},
		{diffRows(tcp(2), tcp(3), tcp(4), udp), "opened 4, opened 99, closed 1"},
		{lacking, "failed, closed 2, closed 3, closed 4, closed 99"},
		{diffRows(tcp(5)), "opened 5"},
	} {
		if got := changes(d, round.rows); got != round.want {
			t.Errorf("round %d: %q, want %q", i, got, round.want)
		}
	}
}

func TestDifferComparesOwners(t *testing.T) {
	round := func(pids ...uint32) iter.Seq2[*fact.Record, error] {
		return func(yield func(*fact.Record, error) bool) {
			row := fact.Row{Socket: netstat.Socket{Table: netstat.TCP4Table, Inode: 5}, Owners: noOwners, Unknown: netstat.OwnerUnheld}
			for _, pid := range pids {
				row.Owners, row.Unknown = append(row.Owners, fact.Owner{Process: netstat.Process{PID: pid}}), netstat.OwnerKnown
			}
			yield(&fact.Record{Row: &row}, nil)
		}
	}
	d := NewDiffer(nil)
	for _, c := range []struct {
		pids []uint32
		want string
	}{
		{[]uint32{1}, " 5 invalid IP UNKNOWN \n"},
		{[]uint32{1}, ""},
		{[]uint32{1, 2}, "changed 5 invalid IP UNKNOWN owners\n"},
		{[]uint32{1, 3}, "changed 5 invalid IP UNKNOWN owners\n"},
		{nil, "changed 5 invalid IP UNKNOWN owners,owner_unknown\n"},
	} {
		if got := diffText(d.Changes(round(c.pids...))); got != c.want {
			t.Errorf("%v: %q, want %q", c.pids, got, c.want)
		}
	}
	// Without a search for owners in this round, owners are not compared.
	if got := diffText(d.Changes(diffRowsOf(0, netstat.Socket{Table: netstat.TCP4Table, Inode: 5}))); got != "" {
		t.Errorf("%q", got)
	}
}

func TestDifferPassesErrorsOn(t *testing.T) {
	d := NewDiffer(nil)
	rows := sortRows(newSortRandom(1), 5)
	want := "! before 2\n"
	if got := diffText(d.Changes(sortRecords(rows, 2))); !strings.Contains(got, want) || strings.Count(got, "\n") != 6 {
		t.Error(got)
	}
	if got := diffText(d.Changes(sortRecords(rows, 2))); got != want {
		t.Errorf("%q", got)
	}
}

// diffWorld is a made-up host whose sockets open, change and close.
type diffWorld struct {
	*rand.Rand
	live map[uint64]netstat.Socket // by a number of the test
	next uint64
	how  int // identity of a socket: cookie, inode, or addresses
}

func (w *diffWorld) step() (opened, closed, changed map[uint64]bool) {
	opened, closed, changed = map[uint64]bool{}, map[uint64]bool{}, map[uint64]bool{}
	for _, id := range slices.Sorted(maps.Keys(w.live)) {
		switch w.IntN(6) {
		case 0:
			delete(w.live, id)
			closed[id] = true
		case 1:
			s := w.live[id]
			s.SendQ++
			w.live[id] = s
			changed[id] = true
		}
	}
	for range w.IntN(20) {
		w.next++
		s := netstat.Socket{Table: netstat.TCP4Table, State: netstat.Established, UID: uint32(w.next)}
		s.Local = netstat.Addr{IP: netip.AddrFrom4([4]byte{10, 0, 0, 1}), Port: 80}
		s.Remote = netstat.Addr{IP: netip.AddrFrom4([4]byte{10, 1, byte(w.next >> 8), byte(w.next)}), Port: 1}
		switch w.how {
		case 0:
			s.Cookie, s.Inode = w.next, w.next+1000
			s.Remote.Port, s.Remote.IP = 0, s.Local.IP // so that the addresses do not identify it
		case 1:
			s.Inode = w.next
			s.Remote = s.Local
		}
		w.live[w.next] = s
		opened[w.next] = true
	}
	return opened, closed, changed
}

// rows yields the sockets in random order.
func (w *diffWorld) rows() iter.Seq2[*fact.Record, error] {
	list := slices.Collect(maps.Values(w.live))
	w.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return diffRows(list...)
}

// TestDifferRandom checks that a Differ reports what happened on a
// host. The user ID holds the number of the socket.
func TestDifferRandom(t *testing.T) {
	for how := range 3 {
		w := &diffWorld{Rand: rand.New(rand.NewPCG(uint64(how), 9)), live: map[uint64]netstat.Socket{}, how: how}
		d := NewDiffer(nil)
		w.step()
		for range d.Changes(w.rows()) {
		}
		for round := range 60 {
			opened, closed, changed := w.step()
			for r, err := range d.Changes(w.rows()) {
				if err != nil {
					t.Fatal(err)
				}
				id := uint64(r.Row.Socket.UID)
				set := map[fact.Change]map[uint64]bool{fact.ChangeOpened: opened, fact.ChangeClosed: closed, fact.ChangeChanged: changed}[r.Change]
				if !set[id] {
					t.Fatalf("identity %d, round %d: wrong %s %d", how, round, r.Change, id)
				}
				if r.Change == fact.ChangeChanged && !slices.Equal(r.Changed, []string{"sendq"}) {
					t.Fatalf("changed: %v", r.Changed)
				}
				delete(set, id)
			}
			for id := range closed {
				delete(changed, id)
			}
			if len(opened)+len(closed)+len(changed) > 0 {
				t.Fatalf("identity %d, round %d: not reported: opened %v, closed %v, changed %v", how, round, opened, closed, changed)
			}
		}
	}
}

func BenchmarkDiffer(b *testing.B) {
	d := NewDiffer(nil)
	records := func(yield func(*fact.Record, error) bool) {
		row := fact.Row{Facts: netstat.FactInode}
		for i := range 100000 {
			row.Socket = netstat.Socket{
				Table: netstat.TCP4Table, State: netstat.Established, Inode: uint64(100000 + i), Cookie: uint64(i),
				Local:  netstat.Addr{IP: netip.AddrFrom4([4]byte{10, 0, 0, 1}), Port: 443},
				Remote: netstat.Addr{IP: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), Port: 5},
			}
			if !yield(&fact.Record{Row: &row}, nil) {
				return
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		for range d.Changes(records) {
		}
	}
}
