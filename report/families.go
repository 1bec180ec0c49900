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

// kind is a name given to --family, with the tables that it means.
type kind struct {
	name   string
	tables []netstat.Table
}

const allKinds = "all"

// tables adds the tables of --family to those that are named otherwise. They
// replace the default tables.
func (r *Report) tables() error {
	if len(r.o.Tables) == 0 {
		return nil
	}
	if r.sel.View != fact.Sockets {
		return errors.New("--family applies only to socket reports")
	}
	queries := slices.Clone(r.sel.Chosen)
	// What another choice named stays named; the dialect's own does not, whose
	// place the kinds take.
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
				}
			}
		}
	}
	r.sel.Plan.Queries = queries
	return nil
}

// kind finds what a name stands for: a table, the protocol or the family of
// several, or all.
func (r *Report) kind(name string) (kind, error) {
	k := kind{name: name}
	found := false
	for _, t := range netstat.Tables() {
		if name == "" || name != t.String() && name != t.Protocol.String() && name != t.Family.String() && name != allKinds {
			continue
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
		return k, errors.New("unknown socket family '" + name + "' (known: " + kindNames() + ")")
	case len(k.tables) == 0:
		return k, errors.New("--family " + name + " is excluded by -4 or -6")
	}
	return k, nil
}

// kindNames are the names that --family takes.
func kindNames() string {
	names := []string{netstat.Inet.String(), netstat.Inet6.String(), netstat.Bluetooth.String(), allKinds}
	for i, t := range netstat.Tables() {
		names = slices.Insert(names, i, t.String())
	}
	return strings.Join(names, ", ")
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
