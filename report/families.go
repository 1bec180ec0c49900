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

// kind is a value of --family, with the tables that it means.
type kind struct {
	name   string
	tables []netstat.Table
	// netid is the only type of sockets that the name means, as netstat.Socket.Netid
	// returns it. It is empty for all types.
	netid string
}

// kindAliases holds names that classic texts and -A use for some values.
var kindAliases = [...]struct{ alias, name string }{
	{"ip", "inet"}, {"ip6", "inet6"}, {"ipv4", "inet"}, {"ipv6", "inet6"}, {"ddp", "appletalk"}, {"udpl", "udplite"}, {"udpl6", "udplite6"},
}

const allKinds = "all"

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
			kind, err := r.kind(strings.ToLower(name))
			if err != nil {
				return err
			}
			r.kinds = append(r.kinds, kind)
			r.sel.Named, r.sel.Quiet = r.sel.Named || kind.name != allKinds, false
			for _, t := range kind.tables {
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
	for i := range r.kinds {
		if k := &r.kinds[i]; slices.Contains(k.tables, q.Table) {
			if k.netid == "" {
				return
			}
			netids = append(netids, k.netid)
		}
	}
	keep := q.Keep
	q.Keep = func(s netstat.Socket) bool {
		return (keep == nil || keep(s)) && slices.Contains(netids, s.Netid())
	}
}

// kind returns the tables that a name means: one table, those of a protocol or a family,
// or all.
func (r *Report) kind(name string) (kind, error) {
	k := kind{name: name}
	for _, a := range kindAliases {
		if name == a.alias {
			name = a.name
		}
	}
	found := false
	for _, t := range netstat.Tables() {
		switch name {
		case "":
			continue
		case t.String(), t.Protocol.String(), t.Family.String(), allKinds:
		default:
			if !slices.Contains(t.Netids(), name) {
				continue
			}
			k.netid = name
		}
		found = true
		// SCTP has one table for both versions.
		if t != netstat.SCTP4Table && (t.Family == netstat.Inet && r.sel.NoInet || t.Family == netstat.Inet6 && r.sel.NoInet6) {
			continue
		}
		k.tables = append(k.tables, t)
	}
	switch {
	case !found:
		return k, &fact.UnknownError{What: "socket family", Name: name, Known: kindNames()}
	case len(k.tables) == 0:
		return k, errors.New("--family " + name + " is excluded by -4 or -6")
	}
	return k, nil
}

// kindNames returns the names that --family accepts.
func kindNames() []string {
	names := []string{netstat.Inet.String(), netstat.Inet6.String(), netstat.Bluetooth.String(), allKinds}
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
	for i := range r.kinds {
		if slices.Contains(r.kinds[i].tables, e.Table) {
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
	for i := range r.kinds {
		k := &r.kinds[i]
		if k.name == allKinds || slices.ContainsFunc(k.tables, func(t netstat.Table) bool { return r.lacking[t] == nil }) {
			continue
		}
		err := r.lacking[k.tables[0]]
		r.absent = true
		if !r.told {
			r.host.say(fmt.Errorf("no support for %s on this system: %w", k.name, err), Absent)
		}
		if r.render != nil {
			r.render.Problem(err)
		}
	}
	clear(r.lacking)
	r.told = true
}
