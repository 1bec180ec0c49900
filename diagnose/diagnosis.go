package diagnose

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"netstat"
)

// Options describe the host and the report. The zero value is a running Linux host whose
// findings are in English.
type Options struct {
	// Chinese asks for texts in Chinese.
	Chinese bool
	// System is the operating system of the host in Go's words; "" is linux.
	System string
	// Recorded is set if the host is a snapshot.
	Recorded bool
	// Netns is the name of the network namespace, "" if only one is read.
	Netns string
	// Owners finds the owners of all sockets of the host; nil asks the Source. The
	// namespaces of a host have them in common.
	Owners func(context.Context, netstat.Source) (*netstat.Owners, error)
	// Report is called with each error that ends a part of the host, such as a table, and
	// Warn with each other error of reading; nil ignores them.
	Report, Warn func(error)
}

// Diagnosis applies rules to one host, at one moment or several.
type Diagnosis struct {
	options  Options
	rules    []*Rule
	checks   []check
	needs    Needs
	last     *Moment
	findings []netstat.Finding
	unlooked []Unlooked
}

// Unlooked is something that a rule could not look at.
type Unlooked struct {
	Rule, Why string
}

// Result is what one look found.
type Result struct {
	// Findings are ordered: the worst first, then in the order of Rules.
	Findings []netstat.Finding
	// Looked lists the rules that looked at something, in the order of Rules.
	Looked []string
	// Unlooked lists what could not be looked at. A rule can be in both lists.
	Unlooked []Unlooked
	// OwnersDenied reports whether rules need the owners of sockets and some process
	// cannot be inspected.
	OwnersDenied bool
}

// New returns a Diagnosis that applies these rules.
func New(rules []*Rule, o Options) *Diagnosis {
	d := &Diagnosis{options: o, rules: rules}
	for _, r := range rules {
		d.checks = append(d.checks, r.new())
		d.needs.add(&r.Needs)
	}
	return d
}

// windows reports whether the host is a Windows host.
func (d *Diagnosis) windows() bool { return d.options.System == "windows" }

// Compares reports whether some rule finds more at a second moment.
func (d *Diagnosis) Compares() bool {
	return slices.ContainsFunc(d.rules, func(r *Rule) bool { return r.Moments != OneMoment && (r.Windows || !d.windows()) })
}

// Prepare reads a first moment, which the next Look compares with. It reads only what
// rules compare.
func (d *Diagnosis) Prepare(ctx context.Context, src netstat.Source, at time.Time) {
	d.look(ctx, src, at, false)
}

// Look reads the host and returns what the rules find, compared with the moment before.
// The errors of reading have gone to Options.Report; they are also among the Unlooked of
// the rules concerned.
func (d *Diagnosis) Look(ctx context.Context, src netstat.Source, at time.Time) Result {
	return d.look(ctx, src, at, true)
}

func (d *Diagnosis) look(ctx context.Context, src netstat.Source, at time.Time, final bool) Result {
	m := &Moment{At: at, Before: d.last, diagnosis: d, src: src, ctx: ctx}
	if m.Before != nil {
		m.Before.Before, m.Before.src = nil, nil
	}
	d.findings, d.unlooked = nil, nil
	active := make([]bool, len(d.rules))
	var needs Needs
	for i, r := range d.rules {
		active[i] = (r.Windows || !d.windows()) && (final || r.Moments != OneMoment)
		if active[i] {
			needs.add(&r.Needs)
		}
	}
	needs.Owners = needs.Owners && final // a process is part of a finding
	m.read(&needs)
	d.sockets(m, &needs, active)
	var result Result
	for i, r := range d.rules {
		m.rule = r
		switch {
		case !r.Windows && d.windows():
			m.cannot(m.say("not supported on Windows", "Windows 上不支持"))
			continue
		case !active[i]:
			continue
		case r.Moments == TwoMoments && m.Before == nil && final:
			m.cannot(m.say("needs two moments", "需要两个时刻"))
		}
		parts := r.Needs.parts()
		unread := 0
		for _, part := range parts {
			err := m.unread[part]
			if err == nil && m.Before != nil && r.Moments != OneMoment {
				err = m.Before.unread[part]
			}
			if part == "measures" && len(m.measures) > 0 {
				continue // rules say which one is missing
			}
			if err != nil {
				unread++
				if errors.Is(err, errors.ErrUnsupported) {
					m.cannot(part + ": " + d.unsupported())
				} else {
					m.cannot(err.Error())
				}
			}
		}
		if unread < len(parts) && (r.Moments != TwoMoments || m.Before != nil) {
			result.Looked = append(result.Looked, r.Name)
		}
		if r.Needs.Owners && m.owners != nil && m.owners.Incomplete() {
			result.OwnersDenied = true
			m.cannot(m.say("cannot inspect some processes", "无法查看部分进程"))
		}
		d.checks[i].conclude(m)
	}
	m.rule, m.owners, m.processes = nil, nil, nil
	d.last = m
	if !final {
		return Result{}
	}
	slices.SortStableFunc(d.findings, func(a, b netstat.Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	result.Findings, result.Unlooked = d.findings, d.unlooked
	d.findings, d.unlooked = nil, nil
	return result
}

// unsupported says why a part of the host does not exist.
func (d *Diagnosis) unsupported() string {
	text := Text{"not supported by this system", "本系统不支持"}
	if d.options.Recorded {
		text = Text{"not in the snapshot", "快照中没有"}
	}
	return text.In(d.options.Chinese)
}

// sockets passes the sockets of the host to the checks that look at them.
func (d *Diagnosis) sockets(m *Moment, needs *Needs, active []bool) {
	tables := tablesOf(needs.Protocols)
	for k, t := range tables {
		var checks []check
		var facts netstat.Facts
		owners := false
		for i, r := range d.rules {
			if active[i] && slices.Contains(r.Needs.Protocols, t.Protocol) {
				checks = append(checks, d.checks[i])
				facts |= r.Needs.Facts
				owners = owners || r.Needs.Owners
			}
		}
		if owners && needs.Owners {
			facts |= netstat.FactInode
		}
		need := netstat.Need{Facts: facts, Report: func(err *netstat.OpError) { d.warn(err) }}
		if k+1 < len(tables) && tables[k+1].Protocol == t.Protocol {
			need.Then = tables[k+1]
		}
		var row netstat.Socket // one for all rows: what a check is given moves to the heap
		for s, err := range m.src.Sockets(m.ctx, t, need) {
			if err != nil {
				// Few systems have UDP-Lite: the others have no such sockets.
				if !lacksIPv6(t.Family, err) && !(t.Protocol == netstat.UDPLite && errors.Is(err, errors.ErrUnsupported)) {
					m.failed(t.String(), err)
				}
				continue
			}
			row = s
			for _, c := range checks {
				c.socket(m, &row)
			}
		}
	}
}

// problem passes on an error that ends a part.
func (d *Diagnosis) problem(err error) {
	if d.options.Report != nil {
		d.options.Report(err)
	}
}

// warn passes on an error that ends no part.
func (d *Diagnosis) warn(err error) {
	if d.options.Warn != nil {
		d.options.Warn(err)
	}
}

// tablesOf returns the tables of protocols, IPv4 before IPv6, each once.
func tablesOf(protocols []netstat.Protocol) []netstat.Table {
	var tables []netstat.Table
	for _, t := range netstat.Tables() {
		if slices.Contains(protocols, t.Protocol) && (t.Protocol != netstat.ProtocolNone || t == netstat.UnixTable) {
			tables = append(tables, t)
		}
	}
	return tables
}
