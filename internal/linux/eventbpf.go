package linux

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"netstat"
	"netstat/internal/linux/bpf"
)

// Numbers of include/net/tcp_states.h that decide what a change of state means.
const (
	tcpEstablished = 1
	tcpSynSent     = 2
	tcpSynRecv     = 3
	tcpFinWait1    = 4
	tcpFinWait2    = 5
	tcpTimeWait    = 6
	tcpClosed      = 7
	tcpCloseWait   = 8
	tcpLastAck     = 9
	tcpClosing     = 11
)

// nextStates holds, for each state, the set of those that a socket can have after the next
// change: bit n is state n.
var nextStates = [16]uint16{
	tcpEstablished: 1<<tcpFinWait1 | 1<<tcpCloseWait | 1<<tcpClosed,
	tcpSynSent:     1<<tcpEstablished | 1<<tcpSynRecv | 1<<tcpClosed,
	tcpSynRecv:     1<<tcpEstablished | 1<<tcpFinWait1 | 1<<tcpClosed,
	tcpFinWait1:    1<<tcpFinWait2 | 1<<tcpClosing | 1<<tcpClosed,
	tcpFinWait2:    1 << tcpClosed,
	tcpClosed:      1<<tcpSynSent | 1<<tcpListen,
	tcpCloseWait:   1<<tcpLastAck | 1<<tcpClosed,
	tcpLastAck:     1 << tcpClosed,
	tcpListen:      1 << tcpClosed,
	tcpClosing:     1 << tcpClosed,
}

// changesBetween returns the least number of changes from one state to another, 0 if there
// is no way.
func changesBetween(from, to byte) uint64 {
	reached := uint16(1) << (from % 16)
	for n := range uint64(len(nextStates)) {
		next := reached
		for state, after := range nextStates {
			if reached>>state&1 != 0 {
				next |= after
			}
		}
		if next == reached || from == to {
			return 0
		}
		if reached = next; reached>>(to%16)&1 != 0 {
			return n + 1
		}
	}
	return 0
}

// eventTracker turns the records of BPF programs into events. It remembers what
// later records of a socket lack, by cookie.
type eventTracker struct {
	netns map[uint32]bool // namespaces to keep; nil for all
	named bool            // whether events name their namespace
	pids  bool            // whether the kernel's process numbers are those to show
	known map[uint64]*eventSocket
	// closed holds the cookies of the sockets that were closed last, each at its remainder
	// modulo the length.
	closed [1024]uint64
	// ready holds events that are complete, in order.
	ready []netstat.Event
}

// eventSocket is what is known of an open socket.
type eventSocket struct {
	pid    uint32
	comm   string
	inode  uint64
	opened bool // whether its EventOpened was seen, or passed on
	// was and is are its last change, which may be recorded twice. See [bpf.Events].
	was, is byte
	last    [bpf.EventSize]byte // its last record
	// held is the EventOpened of a socket whose local port is not known yet.
	held *netstat.Event
}

// add takes one record of at least bpf.EventSize bytes. clock is what must be
// added to its time; see bpf.Clock.
func (t *eventTracker) add(b []byte, clock int64) {
	_ = b[bpf.EventSize-1]
	order := binary.NativeEndian
	netns := order.Uint32(b[bpf.EventNetns:])
	if t.netns != nil && !t.netns[netns] {
		return
	}
	e := netstat.Event{Origin: netstat.EventBPF, Time: time.Unix(0, int64(order.Uint64(b[bpf.EventTime:]))+clock)}
	s := &e.Socket
	if !decodeEventSocket(b, s) {
		return
	}
	if t.named {
		s.Netns = netns
	}
	was, is := b[bpf.EventOld], b[bpf.EventNew]
	e.Old, e.New = stateOf(uint64(was)), stateOf(uint64(is))
	if e.New == netstat.NewSynRecv {
		// A request, as every list of sockets shows it.
		e.Old, e.New = netstat.SynReceived, netstat.SynReceived
	}
	s.State = e.New
	if b[bpf.EventKind] != bpf.EventState {
		e.Type = netstat.EventRetransmit
		if k := t.known[s.Cookie]; k != nil {
			t.recall(&e, k)
		}
		t.ready = append(t.ready, e)
		return
	}
	if was == tcpListen && is == tcpSynRecv {
		// The clone of a listener. It has addresses, and is a socket in its
		// table, only once it leaves this state.
		return
	}
	t.addChange(b, &e, was, is)
}

// addChange takes the record of a change of state, whose event lacks its type and what is
// known of its socket.
func (t *eventTracker) addChange(b []byte, e *netstat.Event, was, is byte) {
	s := &e.Socket
	k := t.known[s.Cookie]
	if t.repeated(k, s.Cookie, was, is) {
		return
	}
	if k != nil && k.is != was {
		t.gap(k, changesBetween(k.is, was), e.Time)
	}
	switch {
	case is == tcpClosed:
		e.Type = netstat.EventClosed
	case was == tcpClosed, was == tcpSynRecv && (k == nil || !k.opened):
		e.Type = netstat.EventOpened
	default:
		e.Type = netstat.EventState
	}
	if k == nil {
		k = &eventSocket{}
	}
	k.was, k.is, k.last = was, is, [bpf.EventSize]byte(b)
	if pid := binary.NativeEndian.Uint32(b[bpf.EventPID:]); pid != 0 && ownerChanges(was, is) {
		k.comm = commOf(b[bpf.EventComm : bpf.EventComm+16])
		if t.pids {
			k.pid = pid
		}
	}
	if s.Inode != 0 {
		k.inode = s.Inode
	}
	t.recall(e, k)
	if e.Type == netstat.EventClosed {
		delete(t.known, s.Cookie)
	} else {
		k.opened = k.opened || e.Type == netstat.EventOpened
		if t.known == nil {
			t.known = make(map[uint64]*eventSocket)
		}
		t.known[s.Cookie] = k
	}
	if e.Type == netstat.EventOpened && is == tcpSynSent && s.Local.Port == 0 {
		k.held = e
		return
	}
	t.ready = append(t.ready, *e)
}

// repeated reports whether a change was recorded before, and remembers sockets that were
// closed. k may be nil.
func (t *eventTracker) repeated(k *eventSocket, cookie uint64, was, is byte) bool {
	closed := &t.closed[cookie%uint64(len(t.closed))]
	switch {
	case k != nil && k.was == was && k.is == is, is == tcpClosed && *closed == cookie:
		return true
	case is == tcpClosed:
		*closed = cookie
	case *closed == cookie:
		*closed = 0 // it listens or connects again
	}
	return false
}

// ownerChanges reports whether the owner of a socket makes a change of state. The other
// changes happen while the kernel handles a packet, in whatever process runs at that moment.
func ownerChanges(was, is byte) bool {
	switch was {
	case tcpClosed:
		return is == tcpSynSent || is == tcpListen
	case tcpListen:
		return is == tcpClosed
	case tcpEstablished:
		return is == tcpFinWait1
	case tcpCloseWait:
		return is == tcpLastAck
	}
	return false
}

// recall adds to an event what is known of its socket, and passes on the held
// event that waits for it.
func (t *eventTracker) recall(e *netstat.Event, k *eventSocket) {
	e.PID, e.Comm = k.pid, k.comm
	if e.Socket.Inode == 0 {
		e.Socket.Inode = k.inode
	}
	if k.held != nil {
		k.held.Socket.Local = e.Socket.Local
		t.ready = append(t.ready, *k.held)
		k.held = nil
	}
}

// lost records that n events are missing. What is known of sockets may be wrong
// after that.
func (t *eventTracker) lost(n uint64, at time.Time) {
	t.flush()
	t.known = nil
	t.missing(n, at)
}

// gap records that n events of one socket are missing, 0 if the number is unknown.
func (t *eventTracker) gap(k *eventSocket, n uint64, at time.Time) {
	if k.held != nil {
		t.ready = append(t.ready, *k.held)
		k.held = nil
	}
	t.missing(n, at)
}

func (t *eventTracker) missing(n uint64, at time.Time) {
	t.ready = append(t.ready, netstat.Event{
		Type: netstat.EventLost, Origin: netstat.EventBPF, Time: at, Lost: n,
		Socket: netstat.Socket{Table: netstat.Table{Protocol: netstat.TCP}},
	})
}

// flush passes on the held events, in their order.
func (t *eventTracker) flush() {
	var held []netstat.Event
	for _, k := range t.known {
		if k.held != nil {
			held = append(held, *k.held)
			k.held = nil
		}
	}
	slices.SortFunc(held, func(a, b netstat.Event) int { return a.Time.Compare(b.Time) })
	t.ready = append(t.ready, held...)
}

// decodeEventSocket fills s, which must be zero, from a record. It returns false
// for a record of another address family.
func decodeEventSocket(b []byte, s *netstat.Socket) bool {
	order := binary.NativeEndian
	local, remote := b[bpf.EventLocal:], b[bpf.EventRemote:]
	scope := order.Uint32(b[bpf.EventBoundTo:])
	switch b[bpf.EventFamily] {
	case afInet:
		s.Table = netstat.TCP4Table
		s.Local.IP, s.Remote.IP = netip.AddrFrom4([4]byte(local)), netip.AddrFrom4([4]byte(remote))
	case afInet6:
		s.Table = netstat.TCP6Table
		s.Local.IP, s.Remote.IP = netip.AddrFrom16([16]byte(local)), netip.AddrFrom16([16]byte(remote))
		if remote[0] == 0xfe && remote[1]&0xc0 == 0x80 {
			s.Remote.Scope = scope
		}
	default:
		return false
	}
	s.Local.Scope = scope
	s.Remote.Port = binary.BigEndian.Uint16(b[bpf.EventRemotePort:])
	s.Local.Port = binary.BigEndian.Uint16(b[bpf.EventLocalPort:])
	s.Absent = netstat.FactQueues
	if b[bpf.EventKind] == bpf.EventSynAck {
		s.Local.Port = order.Uint16(b[bpf.EventLocalPort:])
		s.Absent |= netstat.FactUID
	}
	s.Cookie = order.Uint64(b[bpf.EventCookie:])
	s.Inode = order.Uint64(b[bpf.EventInode:])
	s.UID = order.Uint32(b[bpf.EventUID:])
	return true
}

// commOf returns the name in a task_struct.comm.
func commOf(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
