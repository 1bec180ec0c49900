package view

import (
	"time"

	"netstat"
	"netstat/fact"
)

// Meter measures the traffic of TCP connections: it compares their counters of bytes with
// those of the previous round. [Identity] tells which connection is which. It
// must be used by one goroutine only. The zero value has not seen a round yet.
type Meter struct {
	// Least is the least time between two rounds that are compared: a round that follows
	// another one sooner replaces it.
	Least time.Duration

	before, now meterRound
	traffic     fact.Traffic
}

// meterRound holds the counters of a round. It has a hash table of the numbers of its
// elements, because a hash table of the elements takes twice the memory, and a map more.
type meterRound struct {
	at    time.Time
	seen  []metered
	index []uint32 // the number of an element plus 1, or 0; its length is a power of 2
}

// metered is a connection's counters. The kernel counts segments in 32 bits, and starts
// again after the last of them.
type metered struct {
	id, sent, received       uint64
	segsOut, segsIn, retrans uint32
}

// slot returns the place of a connection in the index, or where to put it.
func (r *meterRound) slot(id uint64) *uint32 {
	mask := uint64(len(r.index) - 1)
	for i := id; ; i++ {
		if n := &r.index[i&mask]; *n == 0 || r.seen[*n-1].id == id {
			return n
		}
	}
}

// find returns the counters of a connection, or nil.
func (r *meterRound) find(id uint64) *metered {
	if len(r.seen) == 0 {
		return nil
	}
	if n := *r.slot(id); n != 0 {
		return &r.seen[n-1]
	}
	return nil
}

func (r *meterRound) add(m metered) {
	if len(r.seen)*4 >= len(r.index)*3 {
		r.index = make([]uint32, max(64, 2*len(r.index)))
		for i := range r.seen {
			*r.slot(r.seen[i].id) = uint32(i + 1)
		}
	}
	if n := r.slot(m.id); *n == 0 {
		r.seen = append(r.seen, m)
		*n = uint32(len(r.seen))
	}
}

// clear empties the round but keeps its memory, unless most of it was not used.
func (r *meterRound) clear() {
	if len(r.index) > 64 && len(r.seen)*8 < len(r.index) {
		r.index, r.seen = nil, nil
	}
	clear(r.index)
	r.seen = r.seen[:0]
}

// begin begins a round at a time.
func (m *Meter) begin(at time.Time) {
	if m.before.at.IsZero() || at.Sub(m.now.at) >= m.Least {
		m.before, m.now = m.now, m.before
	}
	m.now.clear()
	m.now.at = at
	if n := len(m.before.seen); m.now.index == nil && n > 0 { // most likely as many again
		m.now.seen = make([]metered, 0, n+n/16)
		m.now.index = make([]uint32, len(m.before.index))
	}
}

// measure records the counters of a socket and returns its traffic. That is nil in the
// first round of a socket, without counters of bytes, and after one of them went back. The
// result is valid until the next call.
func (m *Meter) measure(r *fact.Record) *fact.Traffic {
	s := &r.Row.Socket
	if s.TCP == nil {
		return nil
	}
	sent, hasSent := sentBytes(s.TCP)
	received, hasReceived := s.TCP.Value(netstat.TCPBytesReceived)
	if !hasSent && !hasReceived {
		return nil
	}
	id := Identity(r)
	now := metered{id: id, sent: sent, received: received, segsOut: uint32(s.TCP.SegsOut), segsIn: uint32(s.TCP.SegsIn), retrans: s.TCP.TotalRetrans}
	m.now.add(now)
	elapsed := m.now.at.Sub(m.before.at)
	last := m.before.find(id)
	if last == nil || elapsed <= 0 || sent < last.sent || received < last.received {
		return nil
	}
	m.traffic = fact.Traffic{
		Sent: perElapsed(sent-last.sent, elapsed), SentKnown: hasSent,
		Received: perElapsed(received-last.received, elapsed), ReceivedKnown: hasReceived,
	}
	segments := func(f netstat.TCPField, n uint32) fact.Value {
		if !s.TCP.Known.Has(f) {
			return fact.Value{}
		}
		return milliPerSecond(uint64(n), elapsed)
	}
	m.traffic.SegsOut = segments(netstat.TCPSegsOut, now.segsOut-last.segsOut)
	m.traffic.SegsIn = segments(netstat.TCPSegsIn, now.segsIn-last.segsIn)
	m.traffic.Retrans = segments(netstat.TCPTotalRetrans, now.retrans-last.retrans)
	return &m.traffic
}

// sentBytes returns the bytes that a connection has sent, each once. Kernels before
// Linux 4.19 count only the acknowledged ones.
func sentBytes(i *netstat.TCPInfo) (uint64, bool) {
	sent, ok := i.Value(netstat.TCPBytesSent)
	again, known := i.Value(netstat.TCPBytesRetrans)
	if ok && known && again <= sent {
		return sent - again, true
	}
	return i.Value(netstat.TCPBytesAcked)
}

// perElapsed returns bytes per second.
func perElapsed(n uint64, elapsed time.Duration) uint64 {
	return uint64(float64(n)/elapsed.Seconds() + 0.5)
}
