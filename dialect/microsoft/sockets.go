package microsoft

import (
	"errors"
	"iter"
	"net/netip"
	"strings"
	"time"

	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

// Column widths of the connection table, and the gaps between its columns.
const (
	widthProto   = 5
	widthAddr    = 21
	widthState   = 12
	widthOffload = 12
	gapColumn    = 2
	gapExtra     = 4 // after the state
	gapHeader    = 11
	gapPID       = 6 // after PID in the header; rows have a tab there
	gapOffload   = 3
)

// windowsSystem is the process ID of the Windows kernel, whose image cannot be
// read.
const windowsSystem = 4

// connections prints the connection table.
func (r *report) connections() {
	plan := r.plan()
	if r.env.Refine != nil {
		r.env.Refine(plan)
	}
	// Unless an order was asked for, a limit counts the rows in the order
	// in which they are shown, not read.
	c := connections{report: r, addresses: plan.Queries != nil && !r.cmd.Numeric, left: -1}
	if len(plan.Sort) == 0 && plan.Limit > 0 {
		c.left, plan.Limit = plan.Limit, 0
	}
	round, err := view.Begin(r.ctx, r.env.Source, plan)
	if err != nil {
		r.failed(err)
	} else if plan.Owners && round.Owners().Incomplete() {
		r.warn(r.texts.ownersDenied)
	}
	c.round = round
	if c.addresses {
		c.own = r.ownAddresses()
	}
	c.header()
	if len(plan.Sort) > 0 {
		c.ordered(plan)
	} else {
		for i := range plan.Queries {
			if r.out.err != nil || c.left == 0 {
				break
			}
			c.table(i, plan.Queries[i].Table, plan.Owners)
		}
	}
	if !round.End() {
		r.status = ExitFailure
	}
	if r.out.err != nil {
		return
	}
	if r.cmd.DSCP && !r.cmd.Templates {
		r.warn(r.texts.noDSCP)
	}
	if c.rows == 0 || c.details > 0 {
		return
	}
	switch {
	case r.cmd.Templates:
		r.warn(r.texts.noTemplate)
		return
	case r.cmd.Offload:
		r.warn(r.texts.noOffload)
	}
	if r.cmd.TimeInState {
		r.warn(r.texts.noTime)
	}
}

// connections is the connection table in progress.
type connections struct {
	*report
	round     *view.Round
	addresses bool                // show names of foreign addresses
	own       map[netip.Addr]bool // the addresses of this host
	entries   entries
	// rows counts the TCP rows, details the TCP rows with values that only
	// Windows reports.
	rows, details int
	left          int // number of rows that may still be shown, -1 for all
}

// header prints the title and headings. The gaps between further headings match
// the rows.
func (c *connections) header() {
	b := append(c.out.buf, '\n')
	b = append(b, c.texts.connections...)
	b = append(b, "\n\n"...)
	b = append(b, c.texts.columns...)
	gap := gapHeader
	add := func(wanted bool, name string, next int) {
		if wanted {
			b = append(ascii.AppendBlanks(b, gap), name...)
			gap = next
		}
	}
	if c.cmd.Templates {
		add(true, c.texts.template, 0)
	} else {
		add(c.cmd.Owners, c.texts.pid, gapPID)
		add(c.cmd.Offload, c.texts.offload, gapOffload)
		add(c.cmd.TimeInState, c.texts.timeInState, gapExtra)
		add(c.cmd.DSCP, "DSCP", 0)
	}
	b = append(b, '\n')
	if c.cmd.Templates || c.cmd.Offload {
		b = append(b, '\n')
	}
	c.out.buf = b
}

// table prints the rows of query i.
func (c *connections) table(i int, t netstat.Table, owners bool) {
	c.waiting()
	c.entries.read(c.round, i, t, owners)
	c.count()
	clock := c.now()
	rows := c.entries.sorted()
	if c.left > 0 {
		rows = firstOf(rows, &c.left)
	}
	if c.addresses {
		rows = view.WithHosts(rows, c.env.Names, func(e **entry) netip.Addr {
			ip, _ := c.lookup(&c.entries, *e)
			return ip
		}, c.waiting)
	}
	for e, err := range rows {
		if err != nil {
			c.tableFailed(t, err)
			return
		}
		c.out.buf = c.appendRow(c.out.buf, e, clock)
		if !c.out.full() {
			return
		}
	}
}

// firstOf yields as many rows as left allows, so that names are looked up only
// for these, and decrements left.
func firstOf(rows iter.Seq2[*entry, error], left *int) iter.Seq2[*entry, error] {
	return func(yield func(*entry, error) bool) {
		for e, err := range rows {
			if err == nil {
				*left--
			}
			if !yield(e, err) || *left == 0 {
				return
			}
		}
	}
}

// count updates rows and details for the rows in memory.
func (c *connections) count() {
	if c.entries.table.Protocol != netstat.TCP {
		return
	}
	c.rows += c.entries.n
	for _, d := range c.entries.details {
		if d != nil {
			c.details++
		}
	}
}

// ordered prints the rows of all tables in the order of the plan. Errors of a
// table are reported first.
func (c *connections) ordered(plan *view.Plan) {
	c.waiting()
	queries := make([]int, len(plan.Queries))
	for i := range queries {
		queries[i] = i
	}
	rows := func(yield func(netstat.Socket, error) bool) {
		for s, err := range c.round.Rows(queries...) {
			if err == nil {
				if !yield(s, nil) {
					return
				}
				continue
			}
			var op *netstat.OpError
			var t netstat.Table
			if errors.As(err, &op) {
				t = op.Table
			}
			c.tableFailed(t, err)
		}
	}
	named := iter.Seq2[netstat.Socket, error](rows)
	if c.addresses {
		var waits entries
		named = view.WithHosts(named, c.env.Names, func(s *netstat.Socket) netip.Addr {
			waits.one(s, 0)
			ip, _ := c.lookup(&waits, &waits.chunks[0][0])
			return ip
		}, c.waiting)
	}
	clock := c.now()
	for s, err := range named {
		if err != nil {
			break // rows passes on no errors
		}
		pid := uint32(0)
		if plan.Owners {
			if p, ok := c.round.Owner(&s); ok {
				pid = p.PID
			}
		}
		c.entries.one(&s, pid)
		c.count()
		c.out.buf = c.appendRow(c.out.buf, &c.entries.chunks[0][0], clock)
		if !c.out.full() {
			return
		}
	}
}

// tableFailed reports a table that could not be read, or not to its end. On a
// host without IPv6 a missing IPv6 table is reported only if it was named.
func (r *report) tableFailed(t netstat.Table, err error) {
	if errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, netstat.ErrIncomplete) &&
		t.Family == netstat.Inet6 && r.cmd.Protocol == ProtocolAny {
		return
	}
	r.failed(err)
}

func (r *report) now() time.Time {
	if r.env.Now != nil {
		return r.env.Now()
	}
	return time.Now()
}

// waiting writes the rows made so far to a terminal before something slow.
func (r *report) waiting() {
	if r.env.Interactive {
		r.out.flush()
	}
}

// ownAddresses returns the addresses of the host's interfaces.
func (r *report) ownAddresses() map[netip.Addr]bool {
	own := make(map[netip.Addr]bool)
	for i, err := range r.env.Source.Interfaces(r.ctx, netstat.InterfaceQuery{Details: true, Report: r.warning}) {
		if err != nil {
			r.failed(err)
			break
		}
		for k := range i.Addrs {
			own[i.Addrs[k].Prefix.Addr()] = true
		}
	}
	return own
}

// isOwn reports whether an address is one of this host's.
func (c *connections) isOwn(ip netip.Addr) bool {
	return ip.IsLoopback() || c.own[ip.Unmap()] || c.own[ip]
}

// lookup returns the foreign address whose name is shown, or the zero Addr if
// there is none to look up, and whether this host's own name is shown instead.
func (c *connections) lookup(of *entries, e *entry) (ip netip.Addr, own bool) {
	ip = of.address(e.remote)
	if ip.IsUnspecified() {
		listens := of.table.Protocol == netstat.TCP && e.state == netstat.Listen
		return netip.Addr{}, listens && c.env.HostName != ""
	}
	if c.env.HostName != "" && c.isOwn(ip) {
		return netip.Addr{}, true
	}
	return ip, false
}

// stateTexts holds Microsoft's words for states. They are the same in Chinese.
var stateTexts = [...]string{
	netstat.Closed: "CLOSED", netstat.Listen: "LISTENING", netstat.SynSent: "SYN_SENT",
	netstat.SynReceived: "SYN_RECEIVED", netstat.NewSynRecv: "SYN_RECEIVED", netstat.Established: "ESTABLISHED",
	netstat.FinWait1: "FIN_WAIT_1", netstat.FinWait2: "FIN_WAIT_2", netstat.CloseWait: "CLOSE_WAIT",
	netstat.Closing: "CLOSING", netstat.LastAck: "LAST_ACK", netstat.TimeWait: "TIME_WAIT",
	netstat.DeleteTCB: "DELETE_TCB", netstat.Bound: "BOUND",
}

var offloadTexts = [...]string{
	netstat.OffloadInHost: "InHost", netstat.OffloadOffloading: "Offloading",
	netstat.OffloadOffloaded: "Offloaded", netstat.OffloadUploading: "Uploading",
}

// stateText returns the text of a state, "" for UDP and for a state without a
// name.
func (c *connections) stateText(e *entry) string {
	if c.entries.table.Protocol != netstat.TCP || int(e.state) >= len(stateTexts) {
		return ""
	}
	return stateTexts[e.state]
}

func (c *connections) appendRow(b []byte, e *entry, now time.Time) []byte {
	proto := "  TCP    "
	if c.entries.table.Protocol != netstat.TCP {
		proto = "  UDP    "
	}
	b = append(b, proto...)
	scopes := at(c.entries.scopes, e.index)
	start := len(b)
	b = appendEnd(b, c.entries.address(e.local), scopes[0])
	b = ascii.AppendUint(append(b, ':'), uint64(e.localPort()))
	b = ascii.AppendBlanks(ascii.PadFrom(b, start, widthAddr), gapColumn)
	start = len(b)
	b = padFrom(c.appendForeign(b, e, scopes[1]), start, widthAddr)
	b = ascii.AppendBlanks(b, gapColumn)
	b = c.appendRest(b, e, now)
	b = append(b, '\n')
	if c.cmd.Programs && !c.cmd.Templates {
		b = c.appendProgram(b, e)
	}
	return b
}

// appendRest appends the state and the columns after it. The column of -d is
// last, and empty.
func (c *connections) appendRest(b []byte, e *entry, now time.Time) []byte {
	cmd, state := c.cmd, c.stateText(e)
	if !cmd.Owners && !cmd.Offload && !cmd.TimeInState && !cmd.DSCP && !cmd.Templates {
		return append(b, state...)
	}
	b = ascii.AppendLeft(b, state, widthState)
	b = ascii.AppendBlanks(b, gapExtra)
	detail := at(c.entries.details, e.index)
	if detail == nil {
		detail = &noDetail
	}
	tcp := c.entries.table.Protocol == netstat.TCP
	if cmd.Templates {
		start := len(b)
		return padFrom(appendSafe(b, detail.Template), start, widthOffload)
	}
	if cmd.Owners {
		b = ascii.AppendUint(b, uint64(at(c.entries.pids, e.index)))
		if cmd.Offload || cmd.TimeInState || cmd.DSCP {
			b = append(b, '\t')
		}
	}
	if cmd.Offload {
		text := ""
		if tcp && int(detail.Offload) < len(offloadTexts) {
			text = offloadTexts[detail.Offload]
		}
		b = ascii.AppendLeft(b, text, widthOffload)
		if cmd.TimeInState || cmd.DSCP {
			b = ascii.AppendBlanks(b, gapExtra)
		}
	}
	// If the clock was set back, show 0 rather than a negative time.
	if cmd.TimeInState && tcp && !detail.Created.IsZero() {
		b = ascii.AppendUint(b, uint64(max(now.Sub(detail.Created).Milliseconds(), 0)))
	}
	return b
}

var noDetail netstat.WindowsDetail

// appendEnd appends an address as Microsoft writes it before a port: IPv6 in
// brackets, with the scope of a link-local address.
func appendEnd(b []byte, ip netip.Addr, scope uint32) []byte {
	if ip.Is4() {
		return ascii.AppendWindowsIP(b, ip)
	}
	b = append(b, '[')
	b = ascii.AppendWindowsIP(b, ip)
	if scope != 0 {
		b = ascii.AppendUint(append(b, '%'), uint64(scope))
	}
	return append(b, ']')
}

func (c *connections) appendForeign(b []byte, e *entry, scope uint32) []byte {
	ip := c.entries.address(e.remote)
	port := e.remotePort()
	if c.entries.table.Protocol != netstat.TCP && ip.IsUnspecified() && port == 0 {
		return append(b, "*:*"...)
	}
	if !c.addresses {
		b = appendEnd(b, ip, scope)
		return ascii.AppendUint(append(b, ':'), uint64(port))
	}
	start := len(b)
	if wanted, own := c.lookup(&c.entries, e); own {
		b = appendSafe(b, c.env.HostName)
	} else if wanted.IsValid() {
		if name, ok := c.env.Names.Host(wanted); ok {
			if !c.cmd.FullNames {
				name, _, _ = strings.Cut(name, ".")
			}
			b = appendSafe(b, name)
		}
	}
	if len(b) == start {
		b = appendEnd(b, ip, scope)
	}
	return c.appendPort(append(b, ':'), port)
}

func (c *connections) appendPort(b []byte, port uint16) []byte {
	if port != 0 {
		network := "tcp"
		if c.entries.table.Protocol != netstat.TCP {
			network = "udp"
		}
		if name, ok := c.env.Names.Service(port, network); ok {
			return appendSafe(b, name)
		}
	}
	return ascii.AppendUint(b, uint64(port))
}

// appendProgram appends the lines of -b: the component if it differs from the
// program, then the program. A row that no process can hold gets no lines.
func (c *connections) appendProgram(b []byte, e *entry) []byte {
	if !e.held {
		return b
	}
	pid := at(c.entries.pids, e.index)
	var image, module string
	// On Windows the system process has a name but no image. Elsewhere its
	// number is an ordinary process ID.
	detail := at(c.entries.details, e.index)
	if pid != 0 && (detail == nil || pid != windowsSystem) {
		if p, ok := c.round.Owner(&netstat.Socket{PID: pid}); ok {
			image = imageOf(&p)
		}
	}
	if detail != nil {
		module = detail.Module
	}
	if image == "" && len(module) > 4 && strings.EqualFold(module[len(module)-4:], ".exe") {
		image = module
	}
	if module != "" && !strings.EqualFold(module, image) {
		b = append(appendSafe(append(b, "  "...), module), '\n')
	}
	if image == "" {
		return append(append(b, c.texts.noOwner...), '\n')
	}
	return append(appendSafe(append(b, " ["...), image), "]\n"...)
}

// imageOf returns the name of a process's program, or "" if it cannot be read.
func imageOf(p *netstat.Process) string {
	if name := baseName(p.Executable); name != "" {
		return name
	}
	return baseName(p.Argv0)
}

// baseName returns the last part of a path. A path that begins with a slash is
// not a Windows path and may contain backslashes in names. Text that is not an
// absolute path is returned unchanged.
func baseName(path string) string {
	switch {
	case strings.HasPrefix(path, "/"):
		return path[strings.LastIndexByte(path, '/')+1:]
	case strings.HasPrefix(path, `\`) || len(path) > 2 && path[1] == ':':
		return path[strings.LastIndexAny(path, `\/`)+1:]
	}
	return path
}
