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

// meterRound holds the counters of a round in an open hash table, since a map takes twice
// the memory.
type meterRound struct {
	at   time.Time
	seen []metered // its length is a power of 2
	used int
}

// metered is a connection's counters. An identity of 0 means no connection. The kernel
// counts segments in 32 bits, and starts again after the last of them.
type metered struct {
	id, sent, received       uint64
	segsOut, segsIn, retrans uint32
}

// slot returns the place of a connection, or where to put it.
func (r *meterRound) slot(id uint64) *metered {
	mask := uint64(len(r.seen) - 1)
	for i := id; ; i++ {
		if m := &r.seen[i&mask]; m.id == id || m.id == 0 {
			return m
		}
	}
}

// find returns the counters of a connection, or nil.
func (r *meterRound) find(id uint64) *metered {
	if r.used == 0 {
		return nil
	}
	if m := r.slot(id); m.id != 0 {
		return m
	}
	return nil
}

func (r *meterRound) add(m metered) {
	if r.used*4 >= len(r.seen)*3 {
		old := r.seen
		r.seen = make([]metered, max(64, 2*len(old)))
		for i := range old {
			if old[i].id != 0 {
				*r.slot(old[i].id) = old[i]
			}
		}
	}
	if slot := r.slot(m.id); slot.id == 0 {
		r.used++
		*slot = m
	}
}

// clear empties the round but keeps its memory, unless most of it was not used.
func (r *meterRound) clear() {
	if len(r.seen) > 64 && r.used*8 < len(r.seen) {
		r.seen = nil
	}
	clear(r.seen)
	r.used = 0
}

// begin begins a round at a time.
func (m *Meter) begin(at time.Time) {
	if m.before.at.IsZero() || at.Sub(m.now.at) >= m.Least {
		m.before, m.now = m.now, m.before
	}
	m.now.clear()
	m.now.at = at
	if m.now.seen == nil && m.before.used > 0 {
		m.now.seen = make([]metered, len(m.before.seen)) // most likely as many again
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
