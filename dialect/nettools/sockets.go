package nettools

import (
	"errors"
	"slices"

	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

// Column widths of the Internet table. The address cell holds widthAddr bytes
// and a blank. Without -W, host and port together are cut to maxAddr, so that
// with the colon they fill the cell exactly.
const (
	widthQueue    = 6
	widthAddr     = 23
	maxAddr       = 22
	maxPort       = 18
	widthState    = 11
	widthUser     = 10
	widthInode    = 10
	widthProgram  = 20
	widthContext  = 50
	widthSCTPAddr = 47
)

// unknown is printed for a value that the system does not report, as in the
// owner column. On Linux only owners can be unknown.
const unknown = '-'

// sockets prints the sections that the command line asks for.
func (r *report) sockets() int {
	ch := r.cmd.choose()
	r.unnamed, r.inet = ch.quiet || ch.everything, ch.v4
	plan, index := r.plan(&ch)
	// Without a table of sockets, as with -gp, there are no owners to find. The Internet
	// table may have no queries: -6S.
	plan.Owners = plan.Owners && (ch.internet() || len(plan.Queries) > 0)
	var err error
	if r.env.Refine != nil {
		r.env.Refine(plan)
	}
	r.sorts = len(plan.Sort) > 0
	r.chosen = plan.Filter != nil || plan.Limit > 0
	if r.round, err = view.Begin(r.ctx, r.env.Source, plan); err != nil {
		r.say("netstat: " + ascii.OneLine(err) + "\n")
		r.status = ExitFailure
	}
	for _, print := range []func(*choice, *planIndex) int{r.internet, r.groups, r.unix, r.rare} {
		if status := print(&ch, index); status != ExitOK {
			r.round.End()
			return status
		}
	}
	if !r.round.End() {
		r.status = ExitFailure
	}
	return r.status
}

// planIndex holds the positions of each part's queries in a plan, -1 if the
// part has none.
type planIndex struct {
	v4, v6 [len(protocols)]int
	unix   int
	rare   [len(rare)]int
}

func (r *report) plan(ch *choice) (*view.Plan, *planIndex) {
	plan := &view.Plan{Owners: r.cmd.Programs, Process: netstat.FactArgv0, Ahead: !r.cmd.NumericHosts}
	if r.cmd.Context {
		plan.Process |= netstat.FactContext
	}
	add := func(want bool, t netstat.Table) int {
		if !want || t == (netstat.Table{}) {
			return -1
		}
		q := r.cmd.query(t, r.warning)
		if t == netstat.UnixTable {
			q.Need.Facts |= netstat.FactReferences
		}
		plan.Queries = append(plan.Queries, q)
		return len(plan.Queries) - 1
	}
	var x planIndex
	for i, p := range protocols {
		x.v4[i] = add(ch.protocol[i] && ch.v4, *p.v4)
		x.v6[i] = add(ch.protocol[i] && ch.v6, *p.v6)
	}
	x.unix = add(ch.unix, netstat.UnixTable)
	for i, f := range rare {
		x.rare[i] = add(ch.rare[i], *f.table)
	}
	return plan, &x
}

// missing reports a table that this system lacks: as an error if it was named, as a
// warning with -v if all tables were requested.
func (r *report) missing(ch *choice, what string, err error) int {
	if errors.Is(err, netstat.ErrIncomplete) && !r.incomplete {
		r.incomplete = true
		r.status = r.failed(err)
	}
	if ch.quiet || ch.everything && !r.cmd.Verbose {
		return ExitOK
	}
	r.say(unsupported(what))
	if ch.everything {
		return ExitOK
	}
	return ExitMissing
}

func (r *report) internet(ch *choice, x *planIndex) int {
	if !ch.internet() || ch.everything && r.onlyUnix(x) {
		return ExitOK
	}
	r.header("Active Internet connections ", "servers")
	r.out.buf = append(r.out.buf, "Proto Recv-Q Send-Q Local Address           Foreign Address         State      "...)
	if r.cmd.Extend > 0 {
		r.out.buf = append(r.out.buf, " User       Inode     "...)
	}
	r.ownerHeader()
	if r.cmd.Timers {
		r.out.buf = append(r.out.buf, " Timer"...)
	}
	r.out.buf = append(r.out.buf, '\n')
	if r.sorts {
		return r.sortedInternet(ch, x)
	}
	for i := range protocols {
		for _, q := range [...]int{x.v4[i], x.v6[i]} {
			if q < 0 {
				continue
			}
			if err := r.rows(q, *protocols[i].v4 == netstat.SCTP4Table); err != nil {
				if status := r.internetFailed(ch, i, q == x.v4[i], err); status != ExitOK {
					return status
				}
			}
			if r.out.err != nil {
				return ExitFailure
			}
		}
	}
	return ExitOK
}

// onlyUnix reports whether a filter may keep rows of unix sockets and excludes every
// Internet table.
func (r *report) onlyUnix(x *planIndex) bool {
	if r.round.RuledOut(x.unix) {
		return false
	}
	for i := range protocols {
		for _, q := range [...]int{x.v4[i], x.v6[i]} {
			if q >= 0 && !r.round.RuledOut(q) {
				return false
			}
		}
	}
	return true
}

// sortedInternet prints the rows of all tables in one order. It reports errors of tables
// first. A failed table costs no rows of the others.
func (r *report) sortedInternet(ch *choice, x *planIndex) int {
	var queries []int
	for i := range protocols {
		for _, q := range [...]int{x.v4[i], x.v6[i]} {
			if q >= 0 {
				queries = append(queries, q)
			}
		}
	}
	status := ExitOK
	rows := func(yield func(netstat.Socket, error) bool) {
		for s, err := range r.round.Rows(queries...) {
			if err == nil {
				if !yield(s, nil) {
					return
				}
				continue
			}
			var op *netstat.OpError
			at := -1
			if errors.As(err, &op) {
				at = slices.IndexFunc(protocols[:], func(p protocol) bool { return *p.v4 == op.Table || *p.v6 == op.Table })
			}
			if at < 0 {
				r.status = r.failed(err)
			} else if failed := r.internetFailed(ch, at, *protocols[at].v4 == op.Table, err); failed != ExitOK {
				status = failed
			}
		}
	}
	kinds := view.Lookups{Hosts: !r.numericHosts(false), Users: r.cmd.Extend > 0 && !r.cmd.NumericUsers}
	for s, err := range view.WithNames(rows, r.env.Names, kinds, r.waiting) {
		if err != nil {
			break // rows passes on no errors
		}
		if s.Table.Protocol == netstat.SCTP {
			r.out.buf = r.appendSCTP(r.out.buf, &s)
		} else {
			r.out.buf = r.appendInternet(r.out.buf, &s)
		}
		if !r.out.full() {
			return ExitFailure
		}
	}
	return status
}

// internetFailed reports an error of a table of protocol i. It returns the
// status that ends the report there, or ExitOK if the report continues.
func (r *report) internetFailed(ch *choice, i int, v4 bool, err error) int {
	p := &protocols[i]
	switch {
	case !errors.Is(err, errors.ErrUnsupported):
		r.status = r.failed(err)
	case v4:
		// Only the IPv4 file is ever reported missing: net-tools
		// ignores a missing IPv6 file.
		if status := r.missing(ch, p.missing, err); status != ExitOK {
			return status
		}
		// With -a it reports both the endpoints and the associations of
		// SCTP.
		if r.cmd.All && *p.v4 == netstat.SCTP4Table {
			r.missing(ch, p.missing, err)
		}
	}
	return ExitOK
}

// header prints the title of a table. noun is what -l shows.
func (r *report) header(title, noun string) {
	r.out.buf = append(r.out.buf, title...)
	switch {
	case r.cmd.All:
		r.out.buf = append(r.out.buf, "("+noun+" and established)\n"...)
	case r.cmd.Listening:
		r.out.buf = append(r.out.buf, "(only "+noun+")\n"...)
	default:
		r.out.buf = append(r.out.buf, "(w/o "+noun+")\n"...)
	}
}

// ownerHeader appends the headings of owners. Before the first of them, a warning says
// that owners are missing. A family that the system lacks has no heading and no warning.
func (r *report) ownerHeader() {
	if r.cmd.Programs {
		if owners := r.round.Owners(); owners.Denied && !r.warned {
			r.warned = true
			warnDenied(r.env.Stderr, owners.Seen, r.env.EUID)
		}
		r.out.buf = ascii.AppendLeft(append(r.out.buf, ' '), "PID/Program name", widthProgram)
	}
	if r.cmd.Context {
		// In the header the blank counts as part of the cell, in the
		// rows it does not.
		r.out.buf = ascii.AppendLeft(r.out.buf, " Security Context", widthContext)
	}
}

// rows prints the rows of one query.
func (r *report) rows(query int, sctp bool) error {
	kinds := view.Lookups{Hosts: !r.numericHosts(sctp), Users: r.cmd.Extend > 0 && !r.cmd.NumericUsers}
	for s, err := range view.WithNames(r.round.Rows(query), r.env.Names, kinds, r.waiting) {
		if err != nil {
			return err
		}
		if sctp {
			r.out.buf = r.appendSCTP(r.out.buf, &s)
		} else {
			r.out.buf = r.appendInternet(r.out.buf, &s)
		}
		if !r.out.full() {
			return nil
		}
	}
	return nil
}

// waiting writes the rows made so far to a terminal before a name lookup
// blocks or a message appears. A pipe gets nothing earlier: net-tools fills a
// buffer first, so its messages come before the rows of a short report.
func (r *report) waiting() {
	if r.env.Interactive {
		r.out.flush()
	}
}

// numericHosts reports whether addresses are shown as numbers. For SCTP any
// numeric option has this effect.
func (r *report) numericHosts(sctp bool) bool {
	return r.cmd.NumericHosts || sctp && (r.cmd.NumericPorts || r.cmd.NumericUsers)
}

func (r *report) appendInternet(b []byte, s *netstat.Socket) []byte {
	b = append(b, protoText(s.Table)...)
	if s.Absent&netstat.FactQueues != 0 {
		b = append(b, "     -      - "...)
	} else {
		b = ascii.AppendUintRight(b, s.RecvQ, widthQueue)
		b = append(b, ' ')
		b = ascii.AppendUintRight(b, s.SendQ, widthQueue)
		b = append(b, ' ')
	}
	b = r.appendEnd(b, s.Table.Protocol, &s.Local)
	b = append(b, ' ')
	b = r.appendEnd(b, s.Table.Protocol, &s.Remote)
	b = append(b, ' ')
	if s.Table.Protocol == netstat.Raw && int(s.State) < len(rawStates) {
		b = ascii.AppendUintLeft(b, uint64(rawStates[s.State]), widthState)
	} else {
		b = ascii.AppendLeft(b, stateText(s), widthState)
	}
	b = r.appendTail(b, s)
	if r.cmd.Timers {
		b = appendTimer(append(b, ' '), s)
	}
	return append(b, '\n')
}

// appendTail appends the cells of -e, -p and -Z to a row.
func (r *report) appendTail(b []byte, s *netstat.Socket) []byte {
	if r.cmd.Extend > 0 {
		b = append(b, ' ')
		start := len(b)
		if s.Absent&netstat.FactUID != 0 {
			b = append(b, unknown)
		} else {
			b = r.appendUser(b, s.UID)
		}
		b = append(ascii.PadFrom(b, start, widthUser), ' ')
		if s.Absent&netstat.FactInode != 0 {
			b = ascii.AppendLeft(b, string(unknown), widthInode)
		} else {
			b = ascii.AppendUintLeft(b, s.Inode, widthInode)
		}
	}
	return r.appendOwner(b, s)
}
