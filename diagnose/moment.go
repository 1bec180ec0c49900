package diagnose

import (
	"context"
	"errors"
	"time"

	"netstat"
)

// Moment is what one look at a host showed.
type Moment struct {
	At time.Time
	// Before is the moment before, nil for the first. Its own Before is nil.
	Before *Moment

	Interfaces []netstat.Interface
	Routes     []netstat.Route // IPv4, then IPv6
	Neighbors  []netstat.Neighbor
	Paths      []netstat.Route // of IPv4's routing cache: learned path MTUs and redirects

	diagnosis *Diagnosis
	src       netstat.Source
	ctx       context.Context
	counters  map[string]uint64
	measures  map[string]uint64
	owners    *netstat.Owners
	processes map[uint32]*netstat.Process
	unread    map[string]error // by part: "counters", "tcp6", "owners", …
	rule      *Rule            // the rule that concludes
}

// Counter returns a protocol counter by its group and name: "TcpExt.ListenOverflows". ok
// is false if the host does not have it.
func (m *Moment) Counter(name string) (value uint64, ok bool) {
	value, ok = m.counters[name]
	return value, ok
}

// Grown returns how much a protocol counter grew since the moment before. ok is false
// without one, and if the counter is missing or went back.
func (m *Moment) Grown(name string) (growth uint64, ok bool) {
	if m.Before == nil {
		return 0, false
	}
	return growthOf(m.Before.counters, m.counters, name)
}

// Measure returns a measure by its group and name: "sockstat.TCP.orphan".
func (m *Moment) Measure(name string) (value uint64, ok bool) {
	value, ok = m.measures[name]
	return value, ok
}

// MeasureGrown is Grown for a measure.
func (m *Moment) MeasureGrown(name string) (growth uint64, ok bool) {
	if m.Before == nil {
		return 0, false
	}
	return growthOf(m.Before.measures, m.measures, name)
}

func growthOf(before, now map[string]uint64, name string) (growth uint64, ok bool) {
	old, had := before[name]
	value, has := now[name]
	if !had || !has || value < old {
		return 0, false
	}
	return value - old, true
}

// Elapsed returns the time since the moment before, 0 without one.
func (m *Moment) Elapsed() time.Duration {
	if m.Before == nil {
		return 0
	}
	return m.At.Sub(m.Before.At)
}

// Owner returns the process that holds a socket: the one with the lowest number. ok is
// false if none is known; see OwnerUnknown.
func (m *Moment) Owner(s *netstat.Socket) (pid uint32, ok bool) {
	if s.PID != 0 {
		return s.PID, true
	}
	if m.owners == nil {
		return 0, false
	}
	return m.owners.First(s.Inode)
}

// OwnerUnknown returns why Owner knows no process.
func (m *Moment) OwnerUnknown(s *netstat.Socket) netstat.OwnerUnknown {
	if m.owners == nil {
		return netstat.OwnerReasonUnknown
	}
	return m.owners.Unknown(s)
}

// Process returns facts about a process, those that rules need. It is zero but for the
// number if the process has exited.
func (m *Moment) Process(pid uint32) *netstat.Process {
	if p := m.processes[pid]; p != nil {
		return p
	}
	p, _ := m.src.Process(pid, m.diagnosis.needs.Process)
	p.PID = pid
	if m.processes == nil {
		m.processes = make(map[uint32]*netstat.Process)
	}
	m.processes[pid] = &p
	return &p
}

// Unread returns the error of reading a part of the host: "tcp", "unix", "owners",
// "counters", "measures", "interfaces", "routes", "neighbors", "paths"; nil if it was read.
func (m *Moment) Unread(part string) error { return m.unread[part] }

// say returns one of two texts, in the language of the report.
func (m *Moment) say(english, chinese string) string {
	return Text{english, chinese}.In(m.diagnosis.options.Chinese)
}

// find reports a finding of the rule that concludes. Rule, Source and the namespace are
// set here.
func (m *Moment) find(f netstat.Finding) {
	f.Rule, f.Source = m.rule.Name, m.rule.Source
	f.Subject.Netns = m.diagnosis.options.Netns
	m.diagnosis.findings = append(m.diagnosis.findings, f)
}

// cannot reports that the rule that concludes cannot look at something, and why.
func (m *Moment) cannot(why string) {
	m.diagnosis.unlooked = append(m.diagnosis.unlooked, Unlooked{m.rule.Name, why})
}

// aboutSocket returns a socket as the subject of a finding, with its process if known.
func (m *Moment) aboutSocket(s *netstat.Socket) netstat.Subject {
	subject := netstat.Subject{
		Kind: netstat.OfSocket, Table: s.Table, State: s.State, Local: s.Local, Remote: s.Remote, Cookie: s.Cookie,
	}
	if pid, ok := m.Owner(s); ok {
		m.addProcess(&subject, pid)
	}
	return subject
}

// aboutProcess returns a process as the subject of a finding.
func (m *Moment) aboutProcess(pid uint32) netstat.Subject {
	subject := netstat.Subject{Kind: netstat.OfProcess}
	m.addProcess(&subject, pid)
	return subject
}

func (m *Moment) addProcess(subject *netstat.Subject, pid uint32) {
	p := m.Process(pid)
	subject.PID, subject.Process = pid, p.Name()
	switch {
	case p.Container.ID != "":
		subject.Service = p.Container.ID
	case p.UserUnit != "":
		subject.Service = p.UserUnit
	default:
		subject.Service = p.Unit
	}
}

// read reads the parts of the host that n asks for, but for sockets.
func (m *Moment) read(n *Needs) {
	if n.Owners {
		find := m.diagnosis.options.Owners
		if find == nil {
			find = func(ctx context.Context, src netstat.Source) (*netstat.Owners, error) {
				return src.Owners(ctx, netstat.OwnerQuery{})
			}
		}
		owners, err := find(m.ctx, m.src)
		m.owners = owners
		m.failed("owners", err)
	}
	both := [...]netstat.Family{netstat.Inet, netstat.Inet6}
	if n.Counters {
		m.counters = make(map[string]uint64)
		for _, f := range both {
			for c, err := range m.src.Counters(m.ctx, f) {
				if !lacksIPv6(f, err) && !m.failed("counters", err) {
					m.counters[c.Group+"."+c.Name] = c.Value
				}
			}
		}
	}
	if n.Measures {
		m.measures = make(map[string]uint64)
		for v, err := range m.src.Measures(m.ctx) {
			if !m.failed("measures", err) {
				m.measures[v.Group.String()+"."+v.Name] = v.Value
			}
		}
	}
	if n.Neighbors {
		for _, f := range both {
			for v, err := range m.src.Neighbors(m.ctx, netstat.NeighborQuery{Family: f}) {
				if !lacksIPv6(f, err) && !m.failed("neighbors", err) {
					m.Neighbors = append(m.Neighbors, v)
				}
			}
		}
	}
	if n.Interfaces {
		for i, err := range m.src.Interfaces(m.ctx, netstat.InterfaceQuery{Details: true}) {
			if !m.failed("interfaces", err) {
				m.Interfaces = append(m.Interfaces, i)
			}
		}
	}
	if n.Routes {
		for _, f := range both {
			m.Routes = m.appendRoutes(m.Routes, "routes", netstat.RouteQuery{Family: f, Details: true})
		}
	}
	if n.Paths && !m.diagnosis.windows() { // Windows does not list them
		m.Paths = m.appendRoutes(m.Paths, "paths", netstat.RouteQuery{Family: netstat.Inet, Cache: true})
	}
}

// appendRoutes reads a routing table or cache.
func (m *Moment) appendRoutes(routes []netstat.Route, part string, q netstat.RouteQuery) []netstat.Route {
	for r, err := range m.src.Routes(m.ctx, q) {
		if !errors.Is(err, netstat.ErrNoRoutes) && !lacksIPv6(q.Family, err) && !m.failed(part, err) {
			routes = append(routes, r)
		}
	}
	return routes
}

// lacksIPv6 reports whether an error of reading a family means that IPv6 is off.
func lacksIPv6(f netstat.Family, err error) bool {
	return f == netstat.Inet6 && errors.Is(err, errors.ErrUnsupported)
}

// failed notes that a part could not be read and reports whether err is an error.
func (m *Moment) failed(part string, err error) bool {
	if err == nil {
		return false
	}
	if m.unread == nil {
		m.unread = make(map[string]error)
	}
	if m.unread[part] == nil {
		m.unread[part] = err
	}
	m.diagnosis.problem(err)
	return true
}
