package snapshot

import (
	"iter"
	"net/netip"

	"netstat"
)

// apart holds what a second reading of a table adds to the rows of the first.
type apart struct {
	table    netstat.Table
	problems problems
	sctp     map[socketID]*sctpKnown
	tcp      map[socketID]*tcpKnown
	// autobound are the sockets whose port the kernel chose; nil if unknown.
	autobound map[socketID]bool
}

// sctpKnown holds the facts of an association from the second reading.
type sctpKnown struct {
	info   *netstat.SCTPInfo
	memory *netstat.Memory
	cookie uint64
}

// tcpKnown holds the facts of a TCP socket from the second reading.
type tcpKnown struct {
	cookie, cgroup       uint64
	backlog, scope, mark uint32
	absent               netstat.Facts
	tos, tclass          uint8
	ulp                  netstat.ULP
	flags                netstat.SocketFlags
	detail               netstat.Detail
	info                 *netstat.TCPInfo
	memory               *netstat.Memory
	// Windows reports the queues only with info.
	queues       bool
	recvQ, sendQ uint64
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
	a := &apart{table: t}
	if hasAutobound(t) {
		a.autobound = r.autobound(t)
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

// autobound returns the sockets of a table whose port the kernel chose; nil if unknown.
// Problems of the table are recorded by the other readings.
func (r *recorder) autobound(t netstat.Table) map[socketID]bool {
	chosen := map[socketID]bool{}
	need := netstat.Need{
		Facts: netstat.FactInode | netstat.FactAutobound, States: netstat.AllStates,
		Where: &netstat.Condition{Kind: netstat.WhereAutobound},
	}
	for s, err := range r.src.Sockets(r.ctx, t, need) {
		if err != nil || s.Absent&netstat.FactAutobound != 0 {
			return nil
		}
		if s.Autobound {
			chosen[idOf(&s)] = true
		}
	}
	return chosen
}

func (a *apart) add(s *netstat.Socket) {
	switch d := s.Detail.(type) {
	case *netstat.SCTPDetail:
		if a.sctp == nil {
			a.sctp = map[socketID]*sctpKnown{}
		}
		id, known := idOf(s), &sctpKnown{d.Info, s.Memory, s.Cookie}
		if _, twice := a.sctp[id]; twice {
			known = nil // ambiguous
		}
		a.sctp[id] = known
	default:
		if a.table.Protocol != netstat.TCP {
			return
		}
		if a.tcp == nil {
			a.tcp = map[socketID]*tcpKnown{}
		}
		id := idOf(s)
		if _, twice := a.tcp[id]; twice {
			a.tcp[id] = nil
			return
		}
		a.tcp[id] = &tcpKnown{
			s.Cookie, s.Cgroup, s.MaxBacklog, s.Local.Scope, s.Mark, s.Absent & apartFacts(a.table), s.TOS, s.TClass, s.ULP, s.Flags, s.Detail, s.TCP, s.Memory,
			s.Absent&netstat.FactQueues == 0, s.RecvQ, s.SendQ,
		}
	}
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
	switch d := s.Detail.(type) {
	case *netstat.SCTPDetail:
		if known := a.sctp[idOf(s)]; known != nil {
			both := *d
			both.Info = known.info
			s.Detail, s.Memory = &both, known.memory
			if s.Cookie == 0 {
				s.Cookie = known.cookie
			}
		}
	}
	if a.table.Protocol == netstat.TCP && s.State != netstat.Bound {
		if known := a.tcp[idOf(s)]; known != nil {
			known.complete(s)
		} else {
			s.Absent |= netstat.FactInterface | netstat.FactMark | netstat.FactCgroup | netstat.FactShutdown
			if s.Table.Family == netstat.Inet6 {
				s.Absent |= netstat.FactV6Only
			}
		}
	}
	switch {
	case !hasAutobound(a.table):
	case a.autobound == nil:
		s.Absent |= netstat.FactAutobound
	default:
		s.Autobound = a.autobound[idOf(s)]
	}
}

func (k *tcpKnown) complete(s *netstat.Socket) {
	if s.Cookie == 0 {
		s.Cookie = k.cookie
	}
	if s.MaxBacklog == 0 {
		s.MaxBacklog = k.backlog
	}
	if s.Local.Scope == 0 {
		s.Local.Scope = k.scope
	}
	s.Mark, s.Cgroup, s.TOS, s.TClass, s.ULP = k.mark, k.cgroup, k.tos, k.tclass, k.ulp
	s.TCP, s.Memory, s.Flags = k.info, k.memory, k.flags
	if s.Detail == nil {
		s.Detail = k.detail
	}
	s.Absent |= k.absent
	if k.queues && s.Absent&netstat.FactQueues != 0 {
		s.RecvQ, s.SendQ = k.recvQ, k.sendQ
		s.Absent &^= netstat.FactQueues
	}
}
