package microsoft

import (
	"cmp"
	"slices"

	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

// Column widths of the list of -c.
const (
	widthPortsPID   = 8
	widthPortsCount = 8
)

// portUse is the number of ports that a process uses.
type portUse struct {
	pid      uint32
	tcp, udp uint32
	name     string
}

func (p *portUse) total() uint32 { return p.tcp + p.udp }

// ports prints the processes by the number of ports they use, largest first. A
// port of one protocol counts once, however many sockets share it, even with
// both IP versions. The layout is our own: no capture of Windows' is known.
func (r *report) ports() {
	plan := &view.Plan{Owners: true, Process: netstat.FactExecutable | netstat.FactArgv0}
	need := netstat.Need{Facts: netstat.FactInode, States: netstat.AllStates, Report: r.warning}
	for _, t := range tables {
		if r.cmd.Protocol == ProtocolAny || r.cmd.Protocol == t.protocol {
			plan.Queries = append(plan.Queries, view.Query{Table: *t.table, Need: need})
		}
	}
	if r.env.Refine != nil {
		r.env.Refine(plan)
	}
	round, err := view.Begin(r.ctx, r.env.Source, plan)
	if err != nil {
		r.failed(err)
	} else if round.Owners().Incomplete() {
		r.warn(r.texts.ownersDenied)
	}
	type port struct {
		pid      uint32
		number   uint16
		protocol netstat.Protocol
	}
	var (
		uses  []portUse
		seen  = make(map[port]bool)
		which = make(map[uint32]int)
	)
	for i := range plan.Queries {
		t := plan.Queries[i].Table
		for s, err := range round.Rows(i) {
			if err != nil {
				r.tableFailed(t, err)
				break
			}
			p, ok := round.Owner(&s)
			key := port{p.PID, s.Local.Port, t.Protocol}
			if !ok || s.Local.Port == 0 || seen[key] {
				continue
			}
			seen[key] = true
			k, known := which[p.PID]
			if !known {
				k = len(uses)
				which[p.PID] = k
				uses = append(uses, portUse{pid: p.PID, name: imageOf(&p)})
			}
			if t.Protocol == netstat.TCP {
				uses[k].tcp++
			} else {
				uses[k].udp++
			}
		}
	}
	if !round.End() {
		r.status = ExitFailure
	}
	slices.SortFunc(uses, func(a, b portUse) int {
		return cmp.Or(cmp.Compare(b.total(), a.total()), cmp.Compare(a.pid, b.pid))
	})
	r.out.text("\n" + r.texts.ports + "\n\n" + r.texts.portColumns + "\n")
	for i := range uses {
		u := &uses[i]
		b := ascii.AppendUintLeft(append(r.out.buf, "  "...), uint64(u.pid), widthPortsPID)
		b = ascii.AppendUintRight(b, uint64(u.tcp), widthPortsCount)
		b = ascii.AppendUintRight(b, uint64(u.udp), widthPortsCount)
		b = ascii.AppendUintRight(b, uint64(u.total()), widthPortsCount)
		if u.name != "" {
			b = appendSafe(append(b, "  "...), u.name)
		}
		r.out.buf = append(b, '\n')
		if !r.out.full() {
			return
		}
	}
}

// networkDirect prints the heading of NetworkDirect endpoints and reports that
// they are not supported: no Source can list them. The blanks of the heading
// are inferred, since the only public capture has lost them.
func (r *report) networkDirect() {
	r.out.text("\n" + r.texts.networkDirect + "\n\n" + r.texts.networkDirectColumns + "\n")
	r.warn(r.texts.noNetworkDirect)
}
