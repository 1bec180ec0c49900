package snapshot

import (
	"iter"
	"net/netip"
	"sync"

	"netstat"
)

// apart holds what further readings of a table add to the rows of the main one.
type apart struct {
	problems problems
	sctp     map[socketID]*sctpKnown
	// autobound returns the sockets whose port the kernel chose; nil if unknown. It reads
	// them at its first call: most tables have no row for which to ask. It is nil itself
	// for tables of which the main reading knows.
	autobound func() map[socketID]bool
}

// sctpKnown holds the facts of an association from the second reading.
type sctpKnown struct {
	info   *netstat.SCTPInfo
	memory *netstat.Memory
	cookie uint64
}

// socketID identifies a socket of a table across two readings.
type socketID struct {
	inode         uint64
	local, remote netip.AddrPort
	association   bool
}

func idOf(s *netstat.Socket) socketID {
	id := socketID{
		s.Inode, netip.AddrPortFrom(s.Local.IP, s.Local.Port), netip.AddrPortFrom(s.Remote.IP, s.Remote.Port), false,
	}
	if d, ok := s.Detail.(*netstat.SCTPDetail); ok {
		// The order of several addresses differs between readings.
		id.local, id.remote = netip.AddrPortFrom(netip.Addr{}, s.Local.Port), netip.AddrPortFrom(netip.Addr{}, s.Remote.Port)
		id.association = d.Association
	}
	return id
}

// apart reads the facts of apartFacts.
func (r *recorder) apart(t netstat.Table) *apart {
	a := new(apart)
	switch {
	case t.Protocol == netstat.TCP:
		a.autobound = r.autoboundTCP
	case hasAutobound(t):
		a.autobound = sync.OnceValue(func() map[socketID]bool { return r.autobound(t) })
	}
	facts := apartFacts(t) &^ netstat.FactAutobound
	if facts == 0 {
		return a
	}
	need := netstat.Need{Facts: netstat.FactInode | facts, Report: a.problems.report}
	for s, err := range r.src.Sockets(r.ctx, t, need) {
		if err != nil {
			a.problems.fail(err)
			return a
		}
		a.add(&s)
	}
	return a
}

// autobound returns the sockets of tables whose port the kernel chose; nil if unknown.
// Problems of the tables are recorded by the other readings.
func (r *recorder) autobound(tables ...netstat.Table) map[socketID]bool {
	chosen := map[socketID]bool{}
	for _, t := range tables {
		need := netstat.Need{
			Facts: netstat.FactInode | netstat.FactAutobound, States: netstat.AllStates,
			Where: &netstat.Condition{Kind: netstat.WhereAutobound}, Then: otherTCP(t),
		}
		for s, err := range r.src.Sockets(r.ctx, t, need) {
			if err != nil || s.Absent&netstat.FactAutobound != 0 {
				return nil
			}
			if s.Autobound {
				chosen[idOf(&s)] = true
			}
		}
	}
	return chosen
}

func (a *apart) add(s *netstat.Socket) {
	d, ok := s.Detail.(*netstat.SCTPDetail)
	if !ok {
		return
	}
	if a.sctp == nil {
		a.sctp = map[socketID]*sctpKnown{}
	}
	id, known := idOf(s), &sctpKnown{d.Info, s.Memory, s.Cookie}
	if _, twice := a.sctp[id]; twice {
		known = nil // ambiguous
	}
	a.sctp[id] = known
}

// join adds the known facts to rows.
func (a *apart) join(rows iter.Seq2[netstat.Socket, error]) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		for s, err := range rows {
			if err == nil {
				a.complete(&s)
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

func (a *apart) complete(s *netstat.Socket) {
	if d, ok := s.Detail.(*netstat.SCTPDetail); ok {
		if known := a.sctp[idOf(s)]; known != nil {
			both := *d
			both.Info = known.info
			s.Detail, s.Memory = &both, known.memory
			if s.Cookie == 0 {
				s.Cookie = known.cookie
			}
		}
	}
	if a.autobound == nil {
		return
	}
	if chosen := a.autobound(); chosen != nil {
		s.Autobound = chosen[idOf(s)]
	} else {
		s.Absent |= netstat.FactAutobound
	}
}
