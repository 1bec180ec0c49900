package view

import (
	"testing"
	"time"

	"netstat"
	"netstat/fact"
)

func meterSocket(cookie uint64, fields map[netstat.TCPField]uint64) netstat.Socket {
	i := &netstat.TCPInfo{}
	for f, n := range fields {
		i.Known.Add(f)
		switch f {
		case netstat.TCPBytesSent:
			i.BytesSent = n
		case netstat.TCPBytesRetrans:
			i.BytesRetrans = n
		case netstat.TCPBytesAcked:
			i.BytesAcked = n
		case netstat.TCPBytesReceived:
			i.BytesReceived = n
		}
	}
	return netstat.Socket{Table: netstat.TCP4Table, Cookie: cookie, TCP: i}
}

func TestMeter(t *testing.T) {
	type known = map[netstat.TCPField]uint64
	const sent, again, acked, received = netstat.TCPBytesSent, netstat.TCPBytesRetrans, netstat.TCPBytesAcked, netstat.TCPBytesReceived
	at := time.Unix(1000, 0)
	for _, c := range []struct {
		what        string
		before, now netstat.Socket
		elapsed     time.Duration
		want        *fact.Traffic
	}{
		{"both ways", meterSocket(1, known{sent: 100, again: 0, received: 7}), meterSocket(1, known{sent: 300, again: 0, received: 9}), 2 * time.Second,
			&fact.Traffic{Sent: 100, Received: 1, SentKnown: true, ReceivedKnown: true}},
		{"retransmissions do not count", meterSocket(1, known{sent: 100, again: 0, received: 0}), meterSocket(1, known{sent: 300, again: 150, received: 0}), time.Second,
			&fact.Traffic{Sent: 50, SentKnown: true, ReceivedKnown: true}},
		{"old kernels count acknowledged bytes", meterSocket(1, known{acked: 100, received: 0}), meterSocket(1, known{acked: 400, received: 0}), time.Second,
			&fact.Traffic{Sent: 300, SentKnown: true, ReceivedKnown: true}},
		{"only one way is known", meterSocket(1, known{received: 1}), meterSocket(1, known{received: 11}), time.Second,
			&fact.Traffic{Received: 10, ReceivedKnown: true}},
		{"half a second", meterSocket(1, known{received: 0}), meterSocket(1, known{received: 50}), time.Second / 2,
			&fact.Traffic{Received: 100, ReceivedKnown: true}},
		{"a counter of 2^40", meterSocket(1, known{received: 1 << 40}), meterSocket(1, known{received: 1<<40 + 1<<33}), time.Second,
			&fact.Traffic{Received: 1 << 33, ReceivedKnown: true}},
		{"a counter that went back", meterSocket(1, known{received: 11}), meterSocket(1, known{received: 10}), time.Second, nil},
		{"another socket", meterSocket(1, known{received: 1}), meterSocket(2, known{received: 10}), time.Second, nil},
		{"no time has passed", meterSocket(1, known{received: 1}), meterSocket(1, known{received: 10}), 0, nil},
		{"no counters", meterSocket(1, known{}), meterSocket(1, known{}), time.Second, nil},
		{"no TCP", netstat.Socket{Table: netstat.UDP4Table, Cookie: 1}, netstat.Socket{Table: netstat.UDP4Table, Cookie: 1}, time.Second, nil},
	} {
		var m Meter
		if got := meterRounds(&m, at, c.before); got != nil {
			t.Errorf("%s: a new socket has %+v", c.what, *got)
		}
		switch got := meterRounds(&m, at.Add(c.elapsed), c.now); {
		case (got == nil) != (c.want == nil):
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		case got != nil && *got != *c.want:
			t.Errorf("%s: %+v, want %+v", c.what, *got, *c.want)
		}
	}
}

// TestMeterSoon requires that a round soon after another one is compared with an earlier
// one, and that a socket must be in both.
func TestMeterSoon(t *testing.T) {
	m := Meter{Least: time.Second / 2}
	at := time.Unix(1000, 0)
	socket := func(n uint64) netstat.Socket {
		return meterSocket(1, map[netstat.TCPField]uint64{netstat.TCPBytesReceived: n})
	}
	meterRounds(&m, at, socket(0))
	for _, c := range []struct {
		after time.Duration
		bytes uint64
		want  uint64
	}{{time.Second, 100, 100}, {time.Second, 100, 100}, {1250 * time.Millisecond, 125, 100}, {2 * time.Second, 200, 100}} {
		if got := meterRounds(&m, at.Add(c.after), socket(c.bytes)); got == nil || got.Received != c.want {
			t.Errorf("after %v: %+v, want %d", c.after, got, c.want)
		}
	}
	meterRounds(&m, at.Add(3*time.Second))
	if got := meterRounds(&m, at.Add(4*time.Second), socket(300)); got != nil {
		t.Errorf("a socket that was away has %+v", got)
	}
}

// TestMeterMany requires that the tables of a Meter find each of many sockets, in each of
// two namespaces.
func TestMeterMany(t *testing.T) {
	var m Meter
	const n = 5000
	for round := range uint64(3) {
		found := 0
		m.begin(time.Unix(int64(round), 0))
		for k := range uint64(2 * n) {
			s := meterSocket(k/2+1, map[netstat.TCPField]uint64{netstat.TCPBytesReceived: round * k})
			rec := fact.Record{Row: &fact.Row{Socket: s}, Netns: []string{"a", "b"}[k%2]}
			if traffic := m.measure(&rec); traffic != nil && traffic.Received == k {
				found++
			}
		}
		if want := []int{0, 2 * n, 2 * n}[round]; found != want {
			t.Errorf("round %d: %d rates, want %d", round, found, want)
		}
	}
}

// meterRounds measures a round with some sockets and returns the traffic of the last.
func meterRounds(m *Meter, at time.Time, sockets ...netstat.Socket) (last *fact.Traffic) {
	m.begin(at)
	for _, s := range sockets {
		last = nil
		if now := m.measure(&fact.Record{Row: &fact.Row{Socket: s}}); now != nil {
			traffic := *now
			last = &traffic
		}
	}
	return last
}
