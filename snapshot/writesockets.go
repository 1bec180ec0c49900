package snapshot

import (
	"iter"
	"slices"

	"netstat"
	"netstat/schema"
)

// classicFacts are the facts that can be read together. A problem of a table occurs
// with these or belongs to a further fact.
const classicFacts = netstat.FactTimer | netstat.FactUID | netstat.FactInode | netstat.FactQueues | netstat.FactCreated

// apartFacts are the facts that change the rows of a table or their order. They are
// read separately and added to the rows of the first reading.
func apartFacts(t netstat.Table) netstat.Facts {
	switch {
	case t.Protocol == netstat.SCTP:
		return netstat.FactDetail | netstat.FactMemory
	case hasAutobound(t):
		return netstat.FactAutobound
	}
	return 0
}

// sockets records every table, and after them the bound sockets of TCP separately.
func (r *recorder) sockets() {
	var bound []func()
	for _, t := range netstat.Tables() {
		if r.failed() != nil {
			return
		}
		if r.original != nil {
			r.copySockets(socketKey{table: t})
			bound = append(bound, func() { r.copySockets(socketKey{t, true}) })
			continue
		}
		var p problems
		need := netstat.Need{Facts: schema.AllFacts &^ apartFacts(t)}
		more := r.apart(t)
		r.attribute(&p, t, need, more)
		need.Report, need.Then = p.report, otherTCP(t)
		rows := r.src.Sockets(r.ctx, t, need)
		r.socketEntry(socketKey{table: t}, schema.AllFacts, &p, more.join(rows))
		// A failed table ends there, even if bound sockets are requested.
		if t.Protocol == netstat.TCP && !p.failed() {
			bound = append(bound, func() { r.boundSockets(t, &p, more) })
		}
	}
	for _, record := range bound {
		if r.failed() != nil {
			return
		}
		record()
	}
}

// otherTCP returns the table that is read after one of TCP, in the same pass if the host can.
func otherTCP(t netstat.Table) (next netstat.Table) {
	if t == netstat.TCP4Table {
		next = netstat.TCP6Table
	}
	return next
}

// copySockets records a table as it was recorded.
func (r *recorder) copySockets(key socketKey) {
	t := r.original.sockets[key]
	if t == nil {
		return
	}
	rows := func(yield func(netstat.Socket, error) bool) {
		replay(r.ctx, r.original, replayOp, key.table, t, 0, nil, socketReader(key.table, t.facts, t.facts), func(s netstat.Socket, err error) bool {
			if err == nil {
				return yield(s, nil)
			}
			if isProblem := func(p problem) bool { return p.err == err }; !slices.ContainsFunc(t.problems, isProblem) {
				r.err = err // damage that Open did not see
				return false
			}
			return true
		})
	}
	r.socketEntry(key, t.facts, &problems{list: t.problems}, rows)
}

func (r *recorder) socketEntry(key socketKey, facts netstat.Facts, p *problems, rows iter.Seq2[netstat.Socket, error]) {
	r.next()
	r.b = schema.AppendTable(append(r.b, '{'), key.table)
	if key.bound {
		r.b = append(r.b, `,"bound":true`...)
	}
	r.b = append(schema.AppendFacts(r.b, "facts", facts), ',')
	entry(r, key.table.String(), p, rows, r.seeSocket, func(b []byte, s *netstat.Socket) []byte {
		return schema.AppendSocket(b, s, facts, r.ownersOf(s))
	})
}

// boundSockets records the sockets of a table that a Source lists only on request.
// Problems of the rest of the table are recorded with the rest.
func (r *recorder) boundSockets(t netstat.Table, others *problems, more *apart) {
	var all problems
	// With timers, Linux would read a file that lacks bound sockets.
	need := netstat.Need{Facts: schema.AllFacts &^ (netstat.FactAutobound | netstat.FactTimer), States: netstat.States(netstat.Bound)}
	var p problems
	r.attribute(&p, t, need, nil)
	need.Report = func(e *netstat.OpError) {
		if q := (problem{reported: true, err: e}); !others.has(q) && !all.has(q) {
			all.list = append(all.list, q)
			p.report(e)
		}
	}
	rows := more.join(r.src.Sockets(r.ctx, t, need))
	r.socketEntry(socketKey{t, true}, schema.AllFacts, &p, func(yield func(netstat.Socket, error) bool) {
		for s, err := range rows {
			if err != nil && others.has(problem{err: err}) || err == nil && s.State != netstat.Bound {
				continue
			}
			if !yield(s, err) {
				return
			}
		}
	})
}

// attribute finds the facts of each problem of a table: callers that do not request
// these facts do not get the problem. more may be nil.
func (r *recorder) attribute(p *problems, t netstat.Table, need netstat.Need, more *apart) {
	read := func(facts netstat.Facts) *problems {
		q := new(problems)
		n := need
		n.Facts, n.Report = facts, q.report
		for _, err := range r.src.Sockets(r.ctx, t, n) {
			if err != nil {
				q.fail(err)
			}
		}
		return q
	}
	// find returns those of the facts that, added to beside, each cause the problem.
	find := func(q problem, beside, facts netstat.Facts, with *[32]*problems) (found netstat.Facts) {
		for bit := range with {
			fact := netstat.Facts(1) << bit & facts
			if fact == 0 {
				continue
			}
			if with[bit] == nil {
				with[bit] = read(beside | fact)
			}
			if with[bit].has(q) {
				found |= fact
			}
		}
		return found
	}
	beside, further := need.Facts&classicFacts, need.Facts&^classicFacts
	if t.Protocol == netstat.TCP {
		// With timers alone, Linux would read a file. The others are facts of other tables.
		beside, further = netstat.FactInode, further&^(netstat.FactDetail|netstat.FactPeer|netstat.FactReferences)
	}
	p.attribute = func(p *problems) {
		if len(p.list) > 0 {
			base := read(need.Facts & classicFacts)
			var with [32]*problems // by fact
			for i := range p.list {
				if q := &p.list[i]; !base.has(*q) {
					q.facts = find(*q, beside, further, &with)
				}
			}
		}
		if more == nil {
			return
		}
		var added []problem
		var with [32]*problems
		for _, q := range more.problems.list {
			if p.has(q) {
				continue
			}
			q.facts = find(q, netstat.FactInode, apartFacts(t), &with)
			if q.facts == 0 {
				q.facts = apartFacts(t)
			}
			added = append(added, problem{reported: true, facts: q.facts, err: operation(q.err)})
		}
		p.list = append(added, p.list...)
	}
}

// hasAutobound reports whether Linux reports if the kernel chose the ports of a table's
// sockets, but then lists them in another order.
func hasAutobound(t netstat.Table) bool {
	switch t.Protocol {
	case netstat.TCP, netstat.UDP, netstat.UDPLite, netstat.Raw:
		return true
	}
	return false
}
