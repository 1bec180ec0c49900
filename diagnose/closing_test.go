package diagnose

import (
	"context"
	"testing"
	"time"

	"netstat"
)

// closers are so many sockets of a state, whose peers have been silent for so long; 0
// means unknown.
func closers(state netstat.State, n int, silent time.Duration) *host {
	var sockets []netstat.Socket
	for i := range n {
		s := netstat.Socket{State: state, Cookie: uint64(1 + i)}
		if silent != 0 {
			s.TCP = new(netstat.TCPInfo)
			s.TCP.Set(netstat.TCPLastAckRecv, uint64(silent))
		}
		sockets = append(sockets, s)
	}
	return hostOf(sockets...)
}

// That a socket has been closing for a minute, and the state CLOSING, which lasts for one
// round trip, are not made live.
func TestClosing(t *testing.T) {
	const many, minute = 1000, time.Minute
	for _, state := range []netstat.State{netstat.FinWait2, netstat.LastAck, netstat.Closing} {
		for _, c := range []struct {
			name          string
			before, after *host // before is nil for one moment
			elapsed       time.Duration
			count         uint64 // 0: no finding
			limit         uint64
		}{
			{"nearly many", nil, closers(state, many-1, 0), 0, 0, 0},
			{"many", nil, closers(state, many, 0), 0, many, many},
			{"many at both moments", closers(state, many, 0), closers(state, many+1, 0), time.Second, many + 1, many},
			{"many only before", closers(state, many, 0), closers(state, many-1, 0), time.Second, 0, 0},
			{"many only now", closers(state, many-1, 0), closers(state, many, 0), time.Second, 0, 0},
			{"silent for nearly a minute", nil, closers(state, 3, minute-1), 0, 0, 0},
			{"silent for a minute", nil, closers(state, 3, minute), 0, 3, 0},
			{"silent for a minute, known before", closers(state, 1, minute-1), closers(state, 1, minute), time.Second, 1, 0},
			{"silent for a minute, not known before", closers(state, 0, 0), closers(state, 1, minute), time.Second, 0, 0},
			{"in another state before", closers(netstat.FinWait1, 1, minute), closers(state, 1, minute), time.Second, 0, 0},
			{"a minute between the moments", closers(state, 2, 0), closers(state, 5, 0), minute, 2, 0},
			{"nearly a minute between them", closers(state, 2, 0), closers(state, 5, 0), minute - 1, 0, 0},
		} {
			t.Run(state.String()+"/"+c.name, func(t *testing.T) {
				d := New([]*Rule{Named("closing")}, Options{})
				at := time.Unix(0, 0)
				if c.before != nil {
					d.Prepare(context.Background(), c.before, at)
				}
				r := d.Look(context.Background(), c.after, at.Add(c.elapsed))
				if c.count == 0 {
					if len(r.Findings) > 0 {
						t.Errorf("findings %+v", r.Findings)
					}
					return
				}
				want := netstat.Evidence{Fact: "count", Value: netstat.NumberOf(c.count), Limit: netstat.NumberOf(c.limit)}
				if len(r.Findings) != 1 || r.Findings[0].Severity != netstat.Info || r.Findings[0].Evidence[0] != want {
					t.Errorf("findings %+v, want %+v", r.Findings, want)
				}
			})
		}
	}
}

// Other states are not looked at.
func TestClosingOtherStates(t *testing.T) {
	for _, state := range []netstat.State{netstat.Established, netstat.TimeWait, netstat.FinWait1, netstat.CloseWait} {
		if r := look(t, "closing", closers(state, 5000, time.Hour)); len(r.Findings) > 0 {
			t.Errorf("%v: %+v", state, r.Findings)
		}
	}
}
