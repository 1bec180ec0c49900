package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync"
	"syscall"
	"time"

	"netstat"
	"netstat/internal/linux/netlink"
)

// OpenEvents implements netstat.EventSource. A program in the kernel records
// everything about TCP, if this user may load one. Otherwise the kernel announces
// the end of sockets.
func (s *source) OpenEvents(ctx context.Context, q netstat.EventQuery) (netstat.EventStream, error) {
	if err := ctx.Err(); err != nil {
		return nil, &netstat.OpError{Op: "record events of", Err: err}
	}
	err := errors.ErrUnsupported
	tcp := len(q.Tables) > 0
	for _, t := range q.Tables {
		tcp = tcp && t.Protocol == netstat.TCP
	}
	if tcp && s.openEvents != nil && s.bpf != bpfNever && (s.bpf == bpfAlways || s.bpfAllowed()) {
		var stream netstat.EventStream
		if stream, err = s.bpfEvents(q); err == nil || s.bpf == bpfAlways {
			return stream, eventError(err)
		}
	}
	if s.useNetlink && s.dialEvents != nil && len(q.Tables) > 0 && !q.AllNetns && len(q.Netns) <= 1 {
		var stream netstat.EventStream
		if stream, err = s.netlinkEvents(q); err == nil {
			return stream, nil
		}
	}
	return nil, eventError(err)
}

func eventError(err error) error {
	if err == nil {
		return nil
	}
	return &netstat.OpError{Op: "record events", Err: err}
}

// eventRing is the part of bpf.Events that a stream uses.
type eventRing interface {
	// Read, Lost and Close are those of bpf.Events.
	Read(record func([]byte) bool)
	Lost() uint64
	Close()
	// Detach ends the recording, so that Read soon finds no more.
	Detach()
	// Wait waits until Read has something or Wake was called, at most for
	// limit if that is not negative. It is false after Wake.
	Wait(limit time.Duration) bool
	Wake()
	Clock() int64
}

// bpfStream reads a ring of records.
type bpfStream struct {
	ring    eventRing
	tracker eventTracker
	audit   eventAudit
	lost    uint64
	passed  int // number of tracker.ready that were passed on
	stopped bool
}

func (s *source) bpfEvents(q netstat.EventQuery) (netstat.EventStream, error) {
	b := &bpfStream{tracker: eventTracker{named: q.AllNetns || q.Netns != nil, pids: s.ownPIDs()}}
	if s.useNetlink && !q.AllNetns && q.Netns == nil {
		b.audit.dial = s.dial
	}
	only := uint32(0)
	switch {
	case q.AllNetns:
	case len(q.Netns) > 1:
		b.tracker.netns = make(map[uint32]bool)
		for _, n := range q.Netns {
			b.tracker.netns[n] = true
		}
	case len(q.Netns) == 1:
		only = q.Netns[0]
	case s.netns != 0:
		only, b.tracker.named = s.netns, true
	default:
		var err error
		if only, err = s.ownNetns(); err != nil {
			return nil, err
		}
	}
	var err error
	b.ring, err = s.openEvents(only)
	return b, err
}

// Types implements netstat.EventStream.
func (b *bpfStream) Types(t netstat.Table) netstat.EventTypes {
	if t == netstat.TCP4Table || t == netstat.TCP6Table {
		return netstat.AllEventTypes
	}
	return 0
}

// Origin implements netstat.EventStream.
func (b *bpfStream) Origin() netstat.EventOrigin { return netstat.EventBPF }

// eventBatch limits how many records are decoded before they are passed on.
const eventBatch = 512

// Read implements netstat.EventStream.
func (b *bpfStream) Read(events []netstat.Event) (int, error) {
	for {
		if b.passed < len(b.tracker.ready) {
			n := copy(events, b.tracker.ready[b.passed:])
			b.passed += n
			return n, nil
		}
		b.tracker.ready, b.passed = b.tracker.ready[:0], 0
		clock, n := b.ring.Clock(), 0
		b.ring.Read(func(record []byte) bool {
			b.tracker.add(record, clock)
			n++
			return n < eventBatch
		})
		if lost := b.ring.Lost(); lost != b.lost && n < eventBatch {
			b.tracker.lost(lost-b.lost, time.Now())
			b.lost = lost
		}
		switch {
		case n > 0 || len(b.tracker.ready) > 0:
		case !b.stopped:
			b.audit.run(&b.tracker, clock)
			if len(b.tracker.ready) == 0 && !b.ring.Wait(b.audit.pause(&b.tracker)) {
				b.audit.last(&b.tracker, clock)
				b.ring.Detach()
				b.stopped = true
			}
		default:
			b.audit.conclude(&b.tracker)
			if b.tracker.flush(); len(b.tracker.ready) == 0 {
				return 0, io.EOF
			}
		}
	}
}

// Stop implements netstat.EventStream.
func (b *bpfStream) Stop() { b.ring.Wake() }

// Close implements netstat.EventStream.
func (b *bpfStream) Close() error {
	b.audit.close()
	b.ring.Close()
	return nil
}

// eventConn is a netlink socket that has joined groups.
type eventConn interface {
	// Receive reads one datagram. It waits until there is one or Wake was
	// called; the error is then io.EOF. It is syscall.ENOBUFS if datagrams
	// were lost.
	Receive(b []byte) (n int, err error)
	Wake()
	Close()
}

// netlinkStream decodes messages about the end of sockets. One goroutine only
// receives, because the kernel discards what is not received soon.
type netlinkStream struct {
	tables  []netstat.Table
	conn    eventConn
	decoder destroyDecoder

	mu      sync.Mutex
	changed sync.Cond // something was queued or taken
	queue   []byte    // messages, with the time of those that follow in a TypeNoop
	stopped bool
	ended   error // io.EOF, or why nothing more is received
	done    chan struct{}

	taken, rest []byte
	at          time.Time
}

// eventQueueMax limits the bytes of messages received and not yet decoded. What
// comes after that stays in the kernel, which counts it as lost if it is too
// much.
const eventQueueMax = 64 << 20

func (s *source) netlinkEvents(q netstat.EventQuery) (netstat.EventStream, error) {
	var groups []int
	for _, t := range q.Tables {
		group := destroyGroup(t)
		if group == 0 {
			return nil, errors.ErrUnsupported
		}
		groups = append(groups, group)
	}
	conn, err := s.dialEvents(groups)
	if err != nil {
		return nil, err
	}
	return newNetlinkStream(conn, q.Tables, s.netns, eventQueueMax), nil
}

func newNetlinkStream(conn eventConn, tables []netstat.Table, netns uint32, limit int) *netlinkStream {
	n := &netlinkStream{
		tables: tables, conn: conn, done: make(chan struct{}),
		decoder: destroyDecoder{netns: netns},
	}
	n.changed.L = &n.mu
	go n.receive(limit)
	return n
}

// receive queues everything that the kernel sends.
func (n *netlinkStream) receive(limit int) {
	defer close(n.done)
	buf := make([]byte, 64<<10)
	for {
		size, err := n.conn.Receive(buf)
		now := time.Now().UnixNano()
		n.mu.Lock()
		order := binary.NativeEndian
		if size > 0 || err == syscall.ENOBUFS {
			n.queue = appendEventMessage(n.queue, netlink.TypeNoop, order.AppendUint64(nil, uint64(now)))
		}
		switch {
		case err == syscall.ENOBUFS:
			n.queue = appendEventMessage(n.queue, netlink.TypeOverrun, nil)
		case err != nil:
			n.ended = err
		default:
			n.queue = append(n.queue, buf[:size]...)
			for len(n.queue)%4 != 0 {
				n.queue = append(n.queue, 0)
			}
		}
		n.changed.Broadcast()
		for len(n.queue) > limit && n.ended == nil && !n.stopped {
			n.changed.Wait()
		}
		ended := n.ended != nil
		n.mu.Unlock()
		if ended {
			return
		}
	}
}

// appendEventMessage appends a message of this stream's own.
func appendEventMessage(b []byte, kind uint16, payload []byte) []byte {
	return append(netlink.AppendDumpHeader(b, kind, 0, len(payload)), payload...)
}

// Types implements netstat.EventStream.
func (n *netlinkStream) Types(t netstat.Table) netstat.EventTypes {
	for _, has := range n.tables {
		if has == t {
			return netstat.EventTypesOf(netstat.EventClosed, netstat.EventLost)
		}
	}
	return 0
}

// Origin implements netstat.EventStream.
func (n *netlinkStream) Origin() netstat.EventOrigin { return netstat.EventNetlink }

// Read implements netstat.EventStream.
func (n *netlinkStream) Read(events []netstat.Event) (count int, err error) {
	for {
		for len(n.rest) > 0 && count < len(events) {
			message, rest, ok := netlink.NextMessage(n.rest)
			n.rest = rest
			if !ok {
				n.rest = nil
				return count, eventError(netlink.ErrGarbled)
			}
			if payload := message[netlink.HeaderSize:]; binary.NativeEndian.Uint16(message[4:]) == netlink.TypeNoop && len(payload) == 8 {
				n.at = time.Unix(0, int64(binary.NativeEndian.Uint64(payload)))
				continue
			}
			if e, ok := n.decoder.decode(message, n.at); ok {
				if e.Type == netstat.EventLost {
					e.Socket.Table.Protocol = n.tables[0].Protocol
					e.Socket.Netns = n.decoder.netns
				}
				events[count] = e
				count++
			}
		}
		if count > 0 {
			return count, nil
		}
		n.mu.Lock()
		for len(n.queue) == 0 && n.ended == nil {
			n.changed.Wait()
		}
		n.taken, n.queue = n.queue, n.taken[:0]
		n.rest = n.taken
		ended := n.ended
		n.changed.Broadcast()
		n.mu.Unlock()
		if len(n.rest) == 0 {
			if ended == io.EOF {
				return 0, io.EOF
			}
			return 0, eventError(ended)
		}
	}
}

// Stop implements netstat.EventStream.
func (n *netlinkStream) Stop() {
	n.conn.Wake()
	n.mu.Lock()
	n.stopped = true
	n.changed.Broadcast()
	n.mu.Unlock()
}

// Close implements netstat.EventStream.
func (n *netlinkStream) Close() error {
	n.Stop()
	<-n.done
	n.conn.Close()
	return nil
}
