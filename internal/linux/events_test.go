package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"netstat"
	"netstat/internal/linux/bpf"
	"netstat/internal/linux/netlink"
)

// eventLine describes an event in a line.
func eventLine(e *netstat.Event) string {
	s := &e.Socket
	return fmt.Sprintf("%v %v %v>%v %v:%d %v:%d %s", e.Type, s.Table, e.Old, e.New, s.Local.IP, s.Local.Port, s.Remote.IP, s.Remote.Port, e.Comm)
}

// eventRecord returns the record of a change of the state of a socket.
func eventRecord(cookie uint64, was, is uint8, local, remote uint16) []byte {
	b := make([]byte, bpf.EventSize)
	order := binary.NativeEndian
	order.PutUint64(b[bpf.EventCookie:], cookie)
	order.PutUint32(b[bpf.EventNetns:], 7)
	order.PutUint32(b[bpf.EventPID:], 42)
	b[bpf.EventOld], b[bpf.EventNew], b[bpf.EventFamily] = was, is, afInet
	binary.BigEndian.PutUint16(b[bpf.EventLocalPort:], local)
	binary.BigEndian.PutUint16(b[bpf.EventRemotePort:], remote)
	copy(b[bpf.EventComm:], "program")
	return b
}

func ofKind(kind uint8, b []byte) []byte {
	b[bpf.EventKind] = kind
	return b
}

// TestEventTracker checks what sequences of records mean.
func TestEventTracker(t *testing.T) {
	for _, test := range []struct {
		name    string
		records [][]byte
		want    []string
	}{
		{"a connection waits for its port", [][]byte{
			eventRecord(1, tcpClosed, tcpSynSent, 0, 80), eventRecord(2, tcpClosed, tcpListen, 9, 0), eventRecord(1, tcpSynSent, tcpEstablished, 1000, 80),
		}, []string{"2 opened CLOSED LISTEN 9 42", "1 opened CLOSED SYN-SENT 1000 42", "1 state SYN-SENT ESTABLISHED 1000 42"}},
		{"a retransmission has the port too", [][]byte{
			eventRecord(1, tcpClosed, tcpSynSent, 0, 80), ofKind(bpf.EventRetransmit, eventRecord(1, tcpSynSent, tcpSynSent, 1000, 80)),
		}, []string{"1 opened CLOSED SYN-SENT 1000 42", "1 retransmit SYN-SENT SYN-SENT 1000 42"}},
		{"a bound port is known", [][]byte{
			eventRecord(1, tcpClosed, tcpSynSent, 5, 80),
		}, []string{"1 opened CLOSED SYN-SENT 5 42"}},
		{"no port is left", [][]byte{
			eventRecord(1, tcpClosed, tcpSynSent, 0, 80), eventRecord(1, tcpSynSent, tcpClosed, 0, 80),
		}, []string{"1 opened CLOSED SYN-SENT 0 42", "1 closed SYN-SENT CLOSED 0 42"}},
		{"without more the port stays unknown", [][]byte{
			eventRecord(1, tcpClosed, tcpSynSent, 0, 80),
		}, []string{"1 opened CLOSED SYN-SENT 0 42"}},
		{"an accepted connection", [][]byte{
			eventRecord(1, tcpListen, tcpSynRecv, 0, 0), eventRecord(1, tcpSynRecv, tcpEstablished, 80, 9),
			eventRecord(1, tcpEstablished, tcpCloseWait, 80, 9), eventRecord(1, tcpCloseWait, tcpLastAck, 80, 9), eventRecord(1, tcpLastAck, tcpClosed, 80, 9),
		}, []string{"1 opened SYN-RECEIVED ESTABLISHED 80 0", "1 state ESTABLISHED CLOSE-WAIT 80 0", "1 state CLOSE-WAIT LAST-ACK 80 42", "1 closed LAST-ACK CLOSED 80 42"}},
		{"one that never left SYN-RECEIVED", [][]byte{
			eventRecord(1, tcpListen, tcpSynRecv, 0, 0), eventRecord(1, tcpSynRecv, tcpClosed, 80, 9),
		}, []string{"1 closed SYN-RECEIVED CLOSED 80 0"}},
		{"both ends connect", [][]byte{
			eventRecord(1, tcpClosed, tcpSynSent, 7, 7), eventRecord(1, tcpSynSent, tcpSynRecv, 7, 7), eventRecord(1, tcpSynRecv, tcpEstablished, 7, 7),
		}, []string{"1 opened CLOSED SYN-SENT 7 42", "1 state SYN-SENT SYN-RECEIVED 7 42", "1 state SYN-RECEIVED ESTABLISHED 7 42"}},
		{"open before the start", [][]byte{
			eventRecord(1, tcpEstablished, tcpFinWait1, 7, 8), eventRecord(1, tcpFinWait1, tcpClosed, 7, 8), eventRecord(2, tcpEstablished, tcpClosed, 8, 8),
		}, []string{"1 state ESTABLISHED FIN-WAIT-1 7 42", "1 closed FIN-WAIT-1 CLOSED 7 42", "2 closed ESTABLISHED CLOSED 8 0"}},
		{"a socket connects again", [][]byte{
			eventRecord(1, tcpClosed, tcpSynSent, 7, 8), eventRecord(1, tcpSynSent, tcpClosed, 7, 8),
			eventRecord(1, tcpClosed, tcpSynSent, 0, 9), eventRecord(1, tcpSynSent, tcpEstablished, 10, 9),
		}, []string{
			"1 opened CLOSED SYN-SENT 7 42", "1 closed SYN-SENT CLOSED 7 42",
			"1 opened CLOSED SYN-SENT 10 42", "1 state SYN-SENT ESTABLISHED 10 42",
		}},
		{"what is recorded twice", [][]byte{
			eventRecord(1, tcpClosed, tcpListen, 7, 0), eventRecord(1, tcpClosed, tcpListen, 7, 0),
			eventRecord(1, tcpListen, tcpClosed, 7, 0), eventRecord(2, tcpFinWait1, tcpClosed, 7, 8),
			eventRecord(1, tcpListen, tcpClosed, 7, 0), eventRecord(2, tcpFinWait1, tcpClosed, 7, 8),
			eventRecord(1, tcpClosed, tcpListen, 7, 0), eventRecord(1, tcpListen, tcpClosed, 7, 0),
		}, []string{
			"1 opened CLOSED LISTEN 7 42", "1 closed LISTEN CLOSED 7 42", "2 closed FIN-WAIT-1 CLOSED 7 0",
			"1 opened CLOSED LISTEN 7 42", "1 closed LISTEN CLOSED 7 42",
		}},
	} {
		tracker := eventTracker{pids: true}
		for _, b := range test.records {
			tracker.add(b, 0)
		}
		tracker.flush()
		var got []string
		for _, e := range tracker.ready {
			got = append(got, fmt.Sprintf("%d %v %v %v %d %d", e.Socket.Cookie, e.Type, e.Old, e.New, e.Socket.Local.Port, e.PID))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", test.name, got, test.want)
		}
		for cookie, k := range tracker.known {
			if k.held != nil {
				t.Errorf("%s: holds an event of %d", test.name, cookie)
			}
		}
	}
}

// TestEventTrackerForgets checks that a loss ends what is known, and that closed sockets
// need no memory.
func TestEventTrackerForgets(t *testing.T) {
	tracker := eventTracker{pids: true}
	for cookie := range uint64(1000) {
		tracker.add(eventRecord(cookie, tcpClosed, tcpSynSent, 1, 2), 0)
		if cookie >= 10 {
			tracker.add(eventRecord(cookie, tcpSynSent, tcpClosed, 1, 2), 0)
		}
	}
	if len(tracker.known) != 10 {
		t.Errorf("%d sockets known", len(tracker.known))
	}
	tracker.ready = nil
	tracker.add(eventRecord(5000, tcpClosed, tcpSynSent, 0, 2), 0)
	tracker.lost(3, time.Unix(1, 0))
	if len(tracker.known) != 0 || len(tracker.ready) != 2 || tracker.ready[0].Socket.Cookie != 5000 ||
		tracker.ready[1].Type != netstat.EventLost || tracker.ready[1].Lost != 3 {
		t.Errorf("after a loss: %d known, %+v", len(tracker.known), tracker.ready)
	}
}

// TestEventNamespaces checks that records of other namespaces are left out, and that the
// namespace is named only if several are read.
func TestEventNamespaces(t *testing.T) {
	for _, test := range []struct {
		tracker eventTracker
		count   int
		netns   uint32
	}{
		{eventTracker{}, 1, 0},
		{eventTracker{named: true}, 1, 7},
		{eventTracker{named: true, netns: map[uint32]bool{7: true}}, 1, 7},
		{eventTracker{named: true, netns: map[uint32]bool{8: true}}, 0, 0},
	} {
		test.tracker.add(eventRecord(1, tcpClosed, tcpListen, 1, 2), 0)
		ready := test.tracker.ready
		if len(ready) != test.count || test.count > 0 && (ready[0].Socket.Netns != test.netns || ready[0].PID != 0 || ready[0].Comm != "program") {
			t.Errorf("%+v", ready)
		}
	}
}

// fakeRing is a ring with given records.
type fakeRing struct {
	records         [][]byte
	lost            uint64
	waits           int
	detached, close int
	woken           bool
}

func (r *fakeRing) Read(record func([]byte) bool) {
	for len(r.records) > 0 {
		b := r.records[0]
		r.records = r.records[1:]
		if !record(b) {
			return
		}
	}
}

func (r *fakeRing) Lost() uint64            { return r.lost }
func (r *fakeRing) Close()                  { r.close++ }
func (r *fakeRing) Detach()                 { r.detached++ }
func (r *fakeRing) Wake()                   { r.woken = true }
func (r *fakeRing) Clock() int64            { return 1e9 }
func (r *fakeRing) Wait(time.Duration) bool { r.waits++; return !r.woken }

// TestBPFStream checks that a stream has every record, says how many are lost, and after
// Stop ends with what was recorded.
func TestBPFStream(t *testing.T) {
	r := &fakeRing{lost: 5}
	for i := range uint64(3 * eventBatch) {
		r.records = append(r.records, eventRecord(i, tcpClosed, tcpListen, 1, 0))
	}
	r.records = append(r.records, eventRecord(1<<20, tcpClosed, tcpSynSent, 0, 1))
	b := &bpfStream{ring: r}
	b.Stop()
	events := make([]netstat.Event, 100)
	types := map[netstat.EventType]int{}
	var last netstat.Event
	for {
		n, err := b.Read(events)
		for _, e := range events[:n] {
			types[e.Type]++
			last = e
			if e.Type == netstat.EventLost && e.Lost != 5 {
				t.Errorf("%d lost", e.Lost)
			}
			if e.Type == netstat.EventOpened && e.Time != time.Unix(1, 0) {
				t.Errorf("time %v", e.Time)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil || n == 0 {
			t.Fatal(n, err)
		}
	}
	if types[netstat.EventOpened] != 3*eventBatch+1 || types[netstat.EventLost] != 1 || len(types) != 2 || r.detached != 1 || r.waits != 1 {
		t.Errorf("%v, detached %d times, waited %d times, last %+v", types, r.detached, r.waits, last)
	}
	if b.Close(); r.close != 1 {
		t.Error("not closed")
	}
}

// fakeEventConn returns given datagrams and errors, and then waits for Wake.
type fakeEventConn struct {
	replies []reply
	woken   chan struct{}
}

func (c *fakeEventConn) Receive(b []byte) (int, error) {
	if len(c.replies) == 0 {
		<-c.woken
		return 0, io.EOF
	}
	r := c.replies[0]
	c.replies = c.replies[1:]
	return copy(b, r.data), r.err
}

func (c *fakeEventConn) Wake() {
	select {
	case <-c.woken:
	default:
		close(c.woken)
	}
}
func (c *fakeEventConn) Close() {}

// readAll reads a stream to its end.
func readAll(t *testing.T, s netstat.EventStream, size int) (all []netstat.Event, err error) {
	t.Helper()
	events := make([]netstat.Event, size)
	for {
		n, err := s.Read(events)
		all = append(all, events[:n]...)
		if err != nil {
			return all, err
		}
		if n == 0 {
			t.Fatal("read nothing")
		}
	}
}

// TestNetlinkStream checks that a stream has every message and says where some are lost,
// also if its reader pauses while it holds no more than a few.
func TestNetlinkStream(t *testing.T) {
	message := destroyMessages(t)
	for _, limit := range []int{1, eventQueueMax} {
		conn := &fakeEventConn{woken: make(chan struct{})}
		for range 50 {
			conn.replies = append(conn.replies, reply{data: message})
		}
		conn.replies = append(conn.replies, reply{err: syscall.ENOBUFS}, reply{data: message}, reply{err: io.EOF})
		s := newNetlinkStream(conn, []netstat.Table{netstat.TCP4Table, netstat.TCP6Table}, 3, limit)
		all, err := readAll(t, s, 3)
		closed, lost := 0, 0
		for _, e := range all {
			switch {
			case e.Type == netstat.EventLost:
				lost++
				if closed != 50*len(capturedClosed) || e.Socket.Table.Protocol != netstat.TCP {
					t.Errorf("lost after %d: %+v", closed, e)
				}
			case e.Type == netstat.EventClosed && e.Socket.Netns == 3 && !e.Time.IsZero():
				closed++
			default:
				t.Errorf("%+v", e)
			}
		}
		if err != io.EOF || closed != 51*len(capturedClosed) || lost != 1 {
			t.Errorf("limit %d: %d closed, %d lost, %v", limit, closed, lost, err)
		}
		s.Close()
	}

	conn := &fakeEventConn{woken: make(chan struct{}), replies: []reply{{data: message}, {err: syscall.EIO}}}
	all, err := readAll(t, newNetlinkStream(conn, []netstat.Table{netstat.TCP4Table}, 0, 1), 100)
	var op *netstat.OpError
	if len(all) != len(capturedClosed) || !errors.Is(err, syscall.EIO) || !errors.As(err, &op) {
		t.Errorf("%d events, %v", len(all), err)
	}

	// A stream that nobody reads can be closed.
	conn = &fakeEventConn{woken: make(chan struct{}), replies: slices.Repeat([]reply{{data: message}}, 10)}
	newNetlinkStream(conn, []netstat.Table{netstat.TCP4Table}, 0, 1).Close()
}

// TestEventChoice checks how the way to record is chosen.
func TestEventChoice(t *testing.T) {
	tcp, udp := []netstat.Table{netstat.TCP4Table, netstat.TCP6Table}, []netstat.Table{netstat.UDP4Table}
	for _, test := range []struct {
		name    string
		mode    string
		allowed bool
		refused error
		query   netstat.EventQuery
		want    string
	}{
		{"root", "", true, nil, netstat.EventQuery{Tables: tcp}, "bpf 9"},
		{"one namespace", "", true, nil, netstat.EventQuery{Tables: tcp, Netns: []uint32{5}}, "bpf 5"},
		{"two namespaces", "", true, nil, netstat.EventQuery{Tables: tcp, Netns: []uint32{5, 6}}, "bpf 0"},
		{"all namespaces", "", true, nil, netstat.EventQuery{Tables: tcp, AllNetns: true}, "bpf 0"},
		{"a user", "", false, nil, netstat.EventQuery{Tables: tcp}, "netlink [1 3]"},
		{"a user, all namespaces", "", false, nil, netstat.EventQuery{Tables: tcp, AllNetns: true}, "unsupported"},
		{"refused", "", true, syscall.EPERM, netstat.EventQuery{Tables: tcp}, "netlink [1 3]"},
		{"udp", "", true, nil, netstat.EventQuery{Tables: udp}, "netlink [2]"},
		{"others", "", true, nil, netstat.EventQuery{Tables: []netstat.Table{netstat.UnixTable}}, "unsupported"},
		{"no table", "", true, nil, netstat.EventQuery{}, "unsupported"},
		{"netlink", "netlink", true, nil, netstat.EventQuery{Tables: tcp}, "netlink [1 3]"},
		{"bpf", "bpf", false, nil, netstat.EventQuery{Tables: tcp}, "bpf 9"},
		{"bpf, refused", "bpf", true, syscall.EPERM, netstat.EventQuery{Tables: tcp}, "operation not permitted"},
		{"proc", "proc", true, nil, netstat.EventQuery{Tables: tcp}, "unsupported"},
	} {
		s, err := newSource(Options{Source: test.mode})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		s.bpfAllowed = func() bool { return test.allowed }
		s.ownNetns = func() (uint32, error) { return 9, nil }
		s.ownPIDs = func() bool { return true }
		s.openEvents = func(netns uint32) (eventRing, error) {
			got = fmt.Sprint("bpf ", netns)
			return &fakeRing{}, test.refused
		}
		s.dialEvents = func(groups []int) (eventConn, error) {
			got = fmt.Sprint("netlink ", groups)
			return &fakeEventConn{woken: make(chan struct{})}, nil
		}
		stream, err := s.OpenEvents(context.Background(), test.query)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			got = "unsupported"
		case err != nil:
			got = err.Error()
		default:
			if !strings.HasPrefix(got, stream.Origin().String()) {
				t.Errorf("%s: origin %v", test.name, stream.Origin())
			}
			stream.Close()
		}
		if !strings.HasSuffix(got, test.want) {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func destroyMessages(t testing.TB) []byte {
	b, err := os.ReadFile("testdata/events/netlink-linux-6.18-le")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// capturedClosed is what testdata/events/netlink-linux-6.18-le means.
var capturedClosed = []string{
	"closed tcp UNKNOWN>CLOSED 127.0.0.1:44558 127.0.0.1:80 ",
	"closed tcp UNKNOWN>CLOSED 127.0.0.1:80 127.0.0.1:44558 ",
	"closed tcp UNKNOWN>CLOSED 127.0.0.1:80 0.0.0.0:0 ",
	"closed tcp6 UNKNOWN>CLOSED ::1:50962 ::1:80 ",
	"closed tcp6 UNKNOWN>CLOSED ::1:80 ::1:50962 ",
	"closed tcp6 UNKNOWN>CLOSED ::1:80 :::0 ",
	"closed tcp UNKNOWN>CLOSED 0.0.0.0:56596 127.0.0.1:0 ",
	"closed tcp UNKNOWN>CLOSED 127.0.0.1:99 127.0.0.1:99 ",
	"closed udp UNKNOWN>CLOSED 127.0.0.1:53 0.0.0.0:0 ",
	"closed udp6 UNKNOWN>CLOSED ::1:53 :::0 ",
}

// FuzzEventRecord checks that no record panics, and that each means at most an event that
// was held, a loss and one event of its own.
func FuzzEventRecord(f *testing.F) {
	b, err := os.ReadFile("testdata/events/bpf-linux-6.18-le")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		tracker := eventTracker{named: true, pids: true}
		n := 0
		for ; len(b) >= bpf.EventSize; b = b[bpf.EventSize:] {
			tracker.add(b[:bpf.EventSize], 1)
			n++
		}
		tracker.flush()
		lost := 0
		for _, e := range tracker.ready {
			if e.Type == netstat.EventLost {
				lost++
				continue
			}
			if s := &e.Socket; !s.Local.IP.IsValid() || s.Table.Protocol != netstat.TCP || s.State != e.New {
				t.Fatalf("%+v", e)
			}
		}
		if len(tracker.ready)-lost > n || lost > n || len(tracker.known) > n {
			t.Fatalf("%d events of %d records, %d lost, %d sockets", len(tracker.ready), n, lost, len(tracker.known))
		}
	})
}

// FuzzDestroyMessage checks that no message panics, and that each means a closed socket of a
// table with a port.
func FuzzDestroyMessage(f *testing.F) {
	b := destroyMessages(f)
	for len(b) > 0 {
		message, rest, ok := netlink.NextMessage(b)
		if !ok {
			f.Fatal("malformed")
		}
		f.Add(message)
		b = rest
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var d destroyDecoder
		message, _, ok := netlink.NextMessage(b)
		if !ok {
			return
		}
		e, ok := d.decode(message, time.Time{})
		if !ok || e.Type == netstat.EventLost && reflect.DeepEqual(e.Socket, netstat.Socket{}) {
			return
		}
		if s := &e.Socket; e.Type != netstat.EventClosed || destroyGroup(s.Table) == 0 || s.Local.Port == 0 || s.State != netstat.Closed {
			t.Fatalf("%+v", e)
		}
	})
}
