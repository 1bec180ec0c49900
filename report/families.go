package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"netstat"
	"netstat/fact"
	"netstat/view"
)

// family is a value of --family, with the tables that it means.
type family struct {
	name   string
	tables []netstat.Table
	// netid is the only type of sockets that the name means, as netstat.Socket.Netid
	// returns it. It is empty for all types.
	netid string
}

// familyAliases holds names that classic texts and -A use for some values.
var familyAliases = [...]struct{ alias, name string }{
	{"ip", "inet"}, {"ip6", "inet6"}, {"ipv4", "inet"}, {"ipv6", "inet6"}, {"ddp", "appletalk"}, {"udpl", "udplite"}, {"udpl6", "udplite6"},
}

const allFamilies = "all"

// tables adds the tables of --family to those chosen by other options. They replace the
// default tables.
func (r *Report) tables() error {
	if len(r.o.Tables) == 0 {
		return nil
	}
	if r.sel.View != fact.Sockets {
		return errors.New("--family applies only to socket reports")
	}
	queries := slices.Clone(r.sel.Chosen)
	var limited []netstat.Table // limited to the named types
	// Tables chosen by another option stay named. The dialect's default tables are not:
	// those of --family replace them.
	r.sel.Named = len(queries) > 0
	for _, list := range r.o.Tables {
		for name := range strings.SplitSeq(list, ",") {
			f, err := r.family(strings.ToLower(name))
			if err != nil {
				return err
			}
			r.families = append(r.families, f)
			r.sel.Named, r.sel.Quiet = r.sel.Named || f.name != allFamilies, false
			for _, t := range f.tables {
				if !slices.ContainsFunc(queries, func(q view.Query) bool { return q.Table == t }) {
					queries = append(queries, r.sel.Query(t))
					limited = append(limited, t)
				}
			}
		}
	}
	for i := range queries {
		if slices.Contains(limited, queries[i].Table) {
			r.limit(&queries[i])
		}
	}
	r.sel.Plan.Queries = queries
	return nil
}

// limit restricts a table to sockets of the named types, unless the table itself is named
// too.
func (r *Report) limit(q *view.Query) {
	var netids []string
	for i := range r.families {
		if f := &r.families[i]; slices.Contains(f.tables, q.Table) {
			if f.netid == "" {
				return
			}
			netids = append(netids, f.netid)
		}
	}
	keep := q.Keep
	q.Keep = func(s netstat.Socket) bool {
		return (keep == nil || keep(s)) && slices.Contains(netids, s.Netid())
	}
}

// family returns the tables that a name means: one table, those of a protocol or a family,
// or all.
func (r *Report) family(name string) (family, error) {
	f := family{name: name}
	for _, a := range familyAliases {
		if name == a.alias {
			name = a.name
		}
	}
	found := false
	for _, t := range netstat.Tables() {
		switch name {
		case "":
			continue
		case t.String(), t.Protocol.String(), t.Family.String(), allFamilies:
		default:
			if !slices.Contains(t.Netids(), name) {
				continue
			}
			f.netid = name
		}
		found = true
		// SCTP has one table for both versions.
		if t != netstat.SCTP4Table && (t.Family == netstat.Inet && r.sel.NoInet || t.Family == netstat.Inet6 && r.sel.NoInet6) {
			continue
		}
		f.tables = append(f.tables, t)
	}
	switch {
	case !found:
		return f, &fact.UnknownError{What: "socket family", Name: name, Known: familyNames()}
	case len(f.tables) == 0:
		return f, errors.New("--family " + name + " is excluded by -4 or -6")
	}
	return f, nil
}

// familyNames returns the names that --family accepts.
func familyNames() []string {
	names := []string{netstat.Inet.String(), netstat.Inet6.String(), netstat.Bluetooth.String(), allFamilies}
	for i, t := range netstat.Tables() {
		names = slices.Insert(names, i, t.String())
	}
	return names
}

// missing records a table of --family that this system lacks. It returns false
// for an error of another table.
func (r *Report) missing(err error) bool {
	var e *netstat.OpError
	if !errors.Is(err, errors.ErrUnsupported) || !errors.As(err, &e) {
		return false
	}
	for i := range r.families {
		if slices.Contains(r.families[i].tables, e.Table) {
			if r.lacking == nil {
				r.lacking = map[netstat.Table]error{}
			}
			r.lacking[e.Table] = err
			return true
		}
	}
	return false
}

// lack reports the names of --family of which this system has no table, on
// standard error only in the first report.
func (r *Report) lack() {
	for i := range r.families {
		f := &r.families[i]
		if f.name == allFamilies || slices.ContainsFunc(f.tables, func(t netstat.Table) bool { return r.lacking[t] == nil }) {
			continue
		}
		err := r.lacking[f.tables[0]]
		r.absent = true
		if !r.lackReported {
			r.host.say(fmt.Errorf("no support for %s on this system: %w", f.name, err), Absent)
		}
		if r.render != nil {
			r.render.Problem(err)
		}
	}
	clear(r.lacking)
	r.lackReported = true
}
