package diagnose

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"netstat"
)

// host is a made-up host at one moment: what is not set is empty.
type host struct {
	sockets    map[netstat.Table][]netstat.Socket
	counters   map[string]uint64 // "TcpExt.ListenDrops"
	measures   []netstat.Measure
	interfaces []netstat.Interface
	routes     []netstat.Route
	paths      []netstat.Route // of the routing cache
	neighbors  []netstat.Neighbor
	owners     netstat.Owners
	processes  map[uint32]netstat.Process
	err        error // of every table
	tableErr   map[netstat.Table]error
}

func rows[T any](list []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			var zero T
			yield(zero, err)
		}
	}
}

func (h *host) Sockets(_ context.Context, t netstat.Table, _ netstat.Need) iter.Seq2[netstat.Socket, error] {
	list := make([]netstat.Socket, len(h.sockets[t]))
	for i, s := range h.sockets[t] {
		s.Table = t
		list[i] = s
	}
	if err := h.tableErr[t]; err != nil {
		return rows(list, err)
	}
	return rows(list, h.err)
}

func (h *host) Counters(_ context.Context, f netstat.Family) iter.Seq2[netstat.Counter, error] {
	var list []netstat.Counter
	if f == netstat.Inet {
		for name, value := range h.counters {
			for i := range name {
				if name[i] == '.' {
					list = append(list, netstat.Counter{Group: name[:i], Name: name[i+1:], Value: value})
				}
			}
		}
	}
	return rows(list, h.err)
}

func (h *host) Measures(context.Context) iter.Seq2[netstat.Measure, error] {
	return rows(h.measures, h.err)
}

func (h *host) Neighbors(_ context.Context, q netstat.NeighborQuery) iter.Seq2[netstat.Neighbor, error] {
	var list []netstat.Neighbor
	for _, n := range h.neighbors {
		if n.Address.Is4() == (q.Family == netstat.Inet) {
			list = append(list, n)
		}
	}
	return rows(list, h.err)
}

func (h *host) TrackedConnections(context.Context, netstat.TrackedQuery) iter.Seq2[netstat.TrackedConnection, error] {
	return rows[netstat.TrackedConnection](nil, h.err)
}

func (h *host) NATSessions(context.Context) iter.Seq2[netstat.NATSession, error] {
	return rows[netstat.NATSession](nil, h.err)
}

func (h *host) Routes(_ context.Context, q netstat.RouteQuery) iter.Seq2[netstat.Route, error] {
	var list []netstat.Route
	all := h.routes
	if q.Cache {
		all = h.paths
	}
	for _, r := range all {
		if r.Destination.Addr().Is4() == (q.Family == netstat.Inet) {
			list = append(list, r)
		}
	}
	return rows(list, h.err)
}

func (h *host) RareRoutes(context.Context, netstat.Family, func(*netstat.OpError)) iter.Seq2[netstat.RareRoute, error] {
	return rows[netstat.RareRoute](nil, h.err)
}

func (h *host) Interfaces(context.Context, netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	return rows(h.interfaces, h.err)
}

func (h *host) Groups(context.Context, netstat.GroupQuery) iter.Seq2[netstat.Membership, error] {
	return rows[netstat.Membership](nil, h.err)
}

func (h *host) Owners(context.Context, netstat.OwnerQuery) (*netstat.Owners, error) {
	return &h.owners, h.err
}

func (h *host) Process(pid uint32, _ netstat.ProcessFacts) (netstat.Process, error) {
	return h.processes[pid], nil
}

func (h *host) Close() error { return nil }

// look applies one rule to a host, or to two moments of it, and returns the result of
// the last.
func look(t *testing.T, rule string, moments ...*host) Result {
	t.Helper()
	sources := make([]netstat.Source, len(moments))
	for i, h := range moments {
		sources[i] = h
	}
	return lookAt(t, rule, sources...)
}

// lookAt is look for hosts that do more.
func lookAt(t *testing.T, rule string, moments ...netstat.Source) Result {
	t.Helper()
	r := Named(rule)
	if r == nil {
		t.Fatalf("no rule %q", rule)
	}
	d := New([]*Rule{r}, Options{})
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for _, h := range moments[:len(moments)-1] {
		d.Prepare(context.Background(), h, at)
		at = at.Add(time.Second)
	}
	return d.Look(context.Background(), moments[len(moments)-1], at)
}

// TestUnread requires of each rule that it names what it could not read, and finds
// nothing on a host that cannot be read at all.
func TestUnread(t *testing.T) {
	for _, r := range Rules() {
		broken := &host{err: &netstat.OpError{Op: "read", Err: errors.New("broken")}}
		result := look(t, r.Name, broken, broken)
		if len(result.Findings) > 0 || len(result.Unlooked) == 0 {
			t.Errorf("%s on an unreadable host: %+v", r.Name, result)
		}
	}
}

// TestTexts requires every text of every rule in both languages.
func TestTexts(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range Rules() {
		for _, text := range []Text{r.Signal, r.Threshold, r.Doubt} {
			if text.English == "" || text.Chinese == "" {
				t.Errorf("%s lacks a text: %+v", r.Name, text)
			}
		}
		if r.Source == "" || r.new == nil || seen[r.Name] {
			t.Errorf("%s lacks a source or a check, or is there twice", r.Name)
		}
		seen[r.Name] = true
	}
}
