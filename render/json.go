package render

import (
	"strconv"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/schema"
)

// recordName returns the type of a record, for a program that reads several types.
func (r *report) recordName(rec *fact.Record) string {
	switch {
	case r.alone:
		return "facts"
	case r.options.Count:
		return "count"
	}
	return recordName(rec)
}

func recordName(r *fact.Record) string {
	switch {
	case r.Row != nil:
		return "socket"
	case r.Route != nil:
		return "route"
	case r.RareRoute != nil:
		return "rare_route"
	case r.Interface != nil:
		return "interface"
	case r.Membership != nil:
		return "membership"
	case r.Counter != nil:
		return "counter"
	case r.NATSession != nil:
		return "nat_session"
	case r.Finding != nil:
		return "finding"
	case r.Summary != nil:
		return "summary_number"
	case r.Tracked != nil:
		return "tracked_connection"
	case r.Neighbor != nil:
		return "neighbor"
	case r.Rule != nil:
		return "rule"
	case r.Lookup != nil:
		return "lookup"
	}
	return "group"
}

// appendRecord appends a record as an object.
func (r *report) appendRecord(b []byte, rec *fact.Record) []byte {
	if r.alone {
		b = append(b, '{')
		for i := range r.columns {
			b = appendFact(b, &r.columns[i], rec)
		}
		return append(b, '}')
	}
	switch {
	case rec.Row != nil:
		b = appendRow(b, rec.Row)
	case rec.Route != nil:
		if r.routes == nil {
			r.routes = new(schema.RouteWriter)
		}
		b = reopen(r.routes.Append(b, rec.Route))
	case rec.RareRoute != nil:
		b = reopen(schema.AppendRareRoute(b, rec.RareRoute))
	case rec.Interface != nil:
		b = reopen(schema.AppendInterface(b, rec.Interface))
	case rec.Membership != nil:
		f := netstat.Inet6
		if rec.Membership.Group.Is4() {
			f = netstat.Inet
		}
		b = reopen(schema.AppendMembership(b, f, rec.Membership))
	case rec.Counter != nil:
		b = reopen(schema.AppendCounter(b, rec.Family, rec.Counter))
	case rec.NATSession != nil:
		b = reopen(schema.AppendNATSession(b, rec.NATSession))
	case rec.Finding != nil:
		b = reopen(schema.AppendFinding(b, rec.Finding))
	case rec.Summary != nil:
		b = reopen(schema.AppendSummary(b, rec.Summary))
	case rec.Tracked != nil:
		b = reopen(schema.AppendTrackedConnection(b, rec.Tracked))
	case rec.Neighbor != nil:
		f := netstat.Inet6
		if rec.Neighbor.Address.Is4() {
			f = netstat.Inet
		}
		b = reopen(schema.AppendNeighbor(b, f, rec.Neighbor))
	case rec.Rule != nil:
		b = reopen(schema.AppendRule(b, rec.Rule))
	case rec.Lookup != nil:
		b = reopen(schema.AppendRouteAnswer(b, rec.Lookup))
	case rec.Group != nil:
		b = append(b, '{')
		for i := range r.columns {
			b = appendFact(b, &r.columns[i], rec)
		}
	default:
		b = append(b, '{')
	}
	b = schema.AppendText(b, "netns", rec.Netns)
	if r.options.Rounds {
		b = append(rec.Time.UTC().AppendFormat(append(b, `,"time":"`...), time.RFC3339Nano), '"')
	}
	b = schema.AppendText(b, "change", rec.Change.String())
	if len(rec.Changed) > 0 {
		b = append(b, `,"changed":[`...)
		for i, name := range rec.Changed {
			if i > 0 {
				b = append(b, ',')
			}
			b = schema.AppendString(b, name)
		}
		b = append(b, ']')
	}
	if rec.Rates != nil || rec.Row != nil && rec.Row.Traffic != nil {
		for i := range r.rates {
			v := r.rates[i].Value(rec)
			b = appendJSON(b, r.rates[i].Name, &v)
		}
	}
	return append(b, '}')
}

// appendFact appends a fact of a record as a field of the object that b ends
// in: as a list if a record can have several values of the fact, and nothing if
// it is absent.
func appendFact(b []byte, f *fact.Fact, rec *fact.Record) []byte {
	if f.All == nil {
		v := f.Value(rec)
		if f.Kind == fact.ValueText && isNumber(v.Kind) {
			// A value without a name, such as a user, is its number.
			return schema.AppendText(b, f.Name, string(v.Append(nil)))
		}
		return appendJSON(b, f.Name, &v)
	}
	list := f.Values(rec)
	if len(list) == 0 {
		return b
	}
	b = append(schema.AppendKey(b, f.Name), '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendBare(b, &list[i])
	}
	return append(b, ']')
}

// reopen removes the end of an object, so that more fields can follow.
func reopen(b []byte) []byte { return b[:len(b)-1] }

// appendRow appends a socket and what was joined to it, without the end of the
// object.
func appendRow(b []byte, row *fact.Row) []byte {
	b = reopen(schema.AppendSocket(b, &row.Socket, row.Facts, nil))
	b = schema.AppendText(b, "user_name", row.UserName)
	b = schema.AppendText(b, "cgroup", row.Cgroup)
	b = schema.AppendText(b, "interface", row.Interface)
	if row.Owners != nil {
		b = appendOwners(b, row.Owners)
	}
	b = schema.AppendText(b, "owner_unknown", row.Unknown.String())
	if p := row.Peer; p != nil {
		b = append(b, `,"peer":{`...)
		b = strconv.AppendUint(append(b, `"inode":`...), p.Inode, 10)
		if p.State != netstat.StateUnknown {
			b = schema.AppendText(b, "state", p.State.String())
		}
		if p.PeerEnd.Netns != 0 {
			b = strconv.AppendUint(append(b, `,"netns_inode":`...), uint64(p.PeerEnd.Netns), 10)
		}
		b = schema.AppendText(b, "netns", p.Netns)
		if p.Waiting {
			b = append(b, `,"waiting":true`...)
		}
		if p.Translated {
			b = append(b, `,"translated":true`...)
		}
		if p.Owners != nil {
			b = appendOwners(b, p.Owners)
		}
		b = append(b, '}')
	}
	return b
}

func appendOwners(b []byte, owners []fact.Owner) []byte {
	b = append(b, `,"owners":[`...)
	for i := range owners {
		if i > 0 {
			b = append(b, ',')
		}
		b = reopen(schema.AppendProcess(b, &owners[i].Process))
		b = schema.AppendText(b, "user_name", owners[i].UserName)
		b = append(schema.AppendText(b, "via", owners[i].Via.String()), '}')
	}
	return append(b, ']')
}

// appendHead begins the object of a report.
func (r *report) appendHead(b []byte, at time.Time) []byte {
	view, content := r.head.View.String(), r.head.View.String()
	if r.options.Count {
		content = "count"
	}
	b = schema.AppendEnvelope(b, &schema.Envelope{Content: content, Program: r.head.Program, Time: at, Host: r.head.Host})
	if r.options.Elapsed != nil {
		if elapsed := r.options.Elapsed(); elapsed > 0 {
			v := fact.Value{Kind: fact.ValueDuration, Number: uint64(elapsed)}
			b = v.Append(schema.AppendKey(b, "elapsed"))
		}
	}
	switch g := r.options.Grouping; {
	case r.options.Count:
		b = schema.AppendText(b, "view", view)
	case g != nil:
		b = appendNames(b, "group_by", g.Keys)
	case r.alone:
		b = appendNames(b, "columns", r.columns)
	}
	return b
}

// appendNames appends a field with the names of facts.
func appendNames(b []byte, key string, facts []fact.Fact) []byte {
	b = append(schema.AppendKey(b, key), '[')
	for i := range facts {
		if i > 0 {
			b = append(b, ',')
		}
		b = schema.AppendString(b, facts[i].Name)
	}
	return append(b, ']')
}

// jsonReport writes one document per report. It passes records on as they come.
type jsonReport struct {
	*report
	first    bool
	problems []byte
}

func newJSON(r *report, _ Format) (Renderer, error) { return &jsonReport{report: r}, nil }

func (j *jsonReport) Begin(at time.Time) error {
	j.first, j.problems = true, nil
	j.b = j.appendHead(j.b, at)
	if !j.options.Count {
		j.b = append(schema.AppendKey(j.b, j.head.View.String()), '[')
	}
	return j.err
}

func (j *jsonReport) Record(rec *fact.Record) error {
	if j.options.Count {
		j.b = strconv.AppendUint(schema.AppendKey(j.b, "count"), rec.Group.Count, 10)
		return j.err
	}
	if !j.first {
		j.b = append(j.b, ',')
	}
	j.first = false
	j.b = j.appendRecord(append(j.b, '\n'), rec)
	return j.wrote()
}

func (j *jsonReport) Problem(err error) {
	if j.problems != nil {
		j.problems = append(j.problems, ',')
	}
	j.problems = schema.AppendError(append(j.problems, '\n'), err)
}

func (j *jsonReport) End() error {
	if !j.options.Count {
		j.b = append(j.b, ']')
	}
	if j.options.Looked != nil && !j.options.Count {
		j.b = schema.AppendLooked(j.b, j.options.Looked)
	}
	if j.options.LeftOut != nil {
		j.b = strconv.AppendUint(schema.AppendKey(j.b, "left_out"), *j.options.LeftOut, 10)
	}
	if j.problems != nil {
		j.b = append(append(append(j.b, `,"errors":[`...), j.problems...), ']')
	}
	j.b = append(j.b, "}\n"...)
	return j.flush()
}

// ndjsonReport writes a line for the report, one for each record and problem,
// and one that marks it as complete.
type ndjsonReport struct {
	*report
	records, problems uint64
}

func newNDJSON(r *report, _ Format) (Renderer, error) { return &ndjsonReport{report: r}, nil }

// begin begins the line of an object with its type. It returns the position
// where the caller must append the object.
func (n *ndjsonReport) begin(name string) (start int) {
	n.b = append(append(append(n.b, `{"record":"`...), name...), '"')
	return len(n.b)
}

// end joins the object appended at start to the line, and ends the line.
func (n *ndjsonReport) end(start int) {
	n.b[start] = ','
	if n.b[start+1] == '}' {
		n.b = append(n.b[:start], '}')
	}
	n.b = append(n.b, '\n')
}

func (n *ndjsonReport) Begin(at time.Time) error {
	if n.options.Events {
		return n.err
	}
	n.records, n.problems = 0, 0
	start := n.begin("report")
	n.b = append(n.appendHead(n.b, at), '}')
	n.end(start)
	return n.flush()
}

func (n *ndjsonReport) Record(rec *fact.Record) error {
	if n.options.Events {
		n.appendEvent(rec)
		return n.wrote()
	}
	n.records++
	start := n.begin(n.recordName(rec))
	n.b = n.appendRecord(n.b, rec)
	n.end(start)
	return n.wrote()
}

func (n *ndjsonReport) Problem(err error) {
	if n.options.Events {
		return
	}
	n.problems++
	start := n.begin("error")
	n.b = schema.AppendError(n.b, err)
	n.end(start)
}

func (n *ndjsonReport) End() error {
	if n.options.Events {
		return n.flush()
	}
	if n.options.Looked != nil && !n.options.Count {
		start := n.begin("looked")
		n.b = append(schema.AppendLooked(append(n.b, '{'), n.options.Looked), '}')
		n.end(start)
	}
	n.b = strconv.AppendUint(append(n.b, `{"record":"end","records":`...), n.records, 10)
	n.b = strconv.AppendUint(append(n.b, `,"errors":`...), n.problems, 10)
	if n.options.LeftOut != nil {
		n.b = strconv.AppendUint(append(n.b, `,"left_out":`...), *n.options.LeftOut, 10)
	}
	n.b = append(n.b, "}\n"...)
	return n.flush()
}
