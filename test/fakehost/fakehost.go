// Package fakehost is a fake host for the tests of dialects: a Source that answers from
// values set by a test and records the queries. For snapshots, use package snapshot.
package fakehost

import (
	"context"
	"errors"
	"iter"

	"netstat"
)

// Host is a Source that answers from its fields. The zero value has no rows and no
// errors. An error that is not a [netstat.OpError] is wrapped in one, as a back end
// does; an error ends an iterator after its rows.
type Host struct {
	netstat.Source // nil: methods not defined below panic

	Rows    map[netstat.Table][]netstat.Socket
	Errs    map[netstat.Table]error
	Reports map[netstat.Table][]error // reported before the rows

	Owned     netstat.Owners
	OwnersErr error
	Processes map[uint32]netstat.Process

	Links     []netstat.Interface
	LinksErr  error
	Members   map[netstat.Family][]netstat.Membership
	MemberErr map[netstat.Family]error
	Warnings  []*netstat.OpError // reported before interfaces and memberships

	Counts    map[netstat.Family][]netstat.Counter
	CountErrs map[netstat.Family]error

	Measured    []netstat.Measure
	MeasuredErr error
	Nearby      map[netstat.Family][]netstat.Neighbor
	NearbyErr   map[netstat.Family]error
	Tracked     []netstat.TrackedConnection
	TrackedErr  error

	RouteRows     map[netstat.Family][]netstat.Route
	RouteRounds   int                                // number of times RouteRows are yielded; 0 for once
	RouteErrs     map[netstat.Family]error           // for all but persistent routes
	RouteWarnings []*netstat.OpError                 // reported before routes
	Stored        map[netstat.Family][]netstat.Route // persistent routes; nil: not supported

	// Recorded queries.
	Needs        map[netstat.Table]netstat.Need // last Need of each table; recorded if not nil
	OwnerQueries []netstat.OwnerQuery
	LinkQueries  []netstat.InterfaceQuery
	ProcessFacts netstat.ProcessFacts // union of all requested facts
}

// wrap returns err as a back end would.
func wrap(err error, op string, t netstat.Table) error {
	var is *netstat.OpError
	if errors.As(err, &is) {
		return err
	}
	return &netstat.OpError{Op: op, Table: t, Err: err}
}

// all yields rows and then err, if it is not nil.
func all[T any](rows []T, err error, yield func(T, error) bool) {
	for i := range rows {
		if !yield(rows[i], nil) {
			return
		}
	}
	if err != nil {
		var none T
		yield(none, err)
	}
}

// Sockets yields the rows of a table.
func (h *Host) Sockets(_ context.Context, t netstat.Table, n netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		if h.Needs != nil {
			h.Needs[t] = n
		}
		for _, err := range h.Reports[t] {
			n.Report(&netstat.OpError{Op: "list", Table: t, Err: err})
		}
		err := h.Errs[t]
		if err != nil {
			err = wrap(err, "read", t)
		}
		all(h.Rows[t], err, yield)
	}
}

// Owners returns Owned and OwnersErr.
func (h *Host) Owners(_ context.Context, q netstat.OwnerQuery) (*netstat.Owners, error) {
	h.OwnerQueries = append(h.OwnerQueries, q)
	return &h.Owned, h.OwnersErr
}

// Process returns a process of Processes, or one with only its pid if it is not there.
func (h *Host) Process(pid uint32, facts netstat.ProcessFacts) (netstat.Process, error) {
	h.ProcessFacts |= facts
	p := h.Processes[pid]
	p.PID = pid
	return p, nil
}

// Interfaces yields Links.
func (h *Host) Interfaces(_ context.Context, q netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	h.LinkQueries = append(h.LinkQueries, q)
	return func(yield func(netstat.Interface, error) bool) {
		report(q.Report, h.Warnings)
		err := h.LinksErr
		if err != nil {
			err = wrap(err, "list interfaces", netstat.Table{})
		}
		all(h.Links, err, yield)
	}
}

// Groups yields the Members of a family.
func (h *Host) Groups(_ context.Context, q netstat.GroupQuery) iter.Seq2[netstat.Membership, error] {
	return func(yield func(netstat.Membership, error) bool) {
		report(q.Report, h.Warnings)
		err := h.MemberErr[q.Family]
		if err != nil {
			err = wrap(err, "read groups", netstat.Table{})
		}
		all(h.Members[q.Family], err, yield)
	}
}

// Counters yields the Counts of a family.
func (h *Host) Counters(_ context.Context, f netstat.Family) iter.Seq2[netstat.Counter, error] {
	return func(yield func(netstat.Counter, error) bool) {
		err := h.CountErrs[f]
		if err != nil {
			err = wrap(err, "read counters", netstat.Table{})
		}
		all(h.Counts[f], err, yield)
	}
}

// Measures yields Measured.
func (h *Host) Measures(context.Context) iter.Seq2[netstat.Measure, error] {
	return func(yield func(netstat.Measure, error) bool) {
		err := h.MeasuredErr
		if err != nil {
			err = wrap(err, "read measures", netstat.Table{})
		}
		all(h.Measured, err, yield)
	}
}

// Neighbors yields the Nearby neighbours of a family.
func (h *Host) Neighbors(_ context.Context, q netstat.NeighborQuery) iter.Seq2[netstat.Neighbor, error] {
	return func(yield func(netstat.Neighbor, error) bool) {
		err := h.NearbyErr[q.Family]
		if err != nil {
			err = wrap(err, "dump neighbours of", netstat.Table{Family: q.Family})
		}
		all(h.Nearby[q.Family], err, yield)
	}
}

// TrackedConnections yields those of Tracked that are of a family.
func (h *Host) TrackedConnections(_ context.Context, q netstat.TrackedQuery) iter.Seq2[netstat.TrackedConnection, error] {
	return func(yield func(netstat.TrackedConnection, error) bool) {
		err := h.TrackedErr
		if err != nil {
			err = wrap(err, "dump tracked connections", netstat.Table{})
		}
		var list []netstat.TrackedConnection
		for _, c := range h.Tracked {
			if q.Family == netstat.FamilyNone || c.Family == q.Family {
				list = append(list, c)
			}
		}
		all(list, err, yield)
	}
}

// Routes yields RouteRows or Stored.
func (h *Host) Routes(_ context.Context, q netstat.RouteQuery) iter.Seq2[netstat.Route, error] {
	return func(yield func(netstat.Route, error) bool) {
		report(q.Report, h.RouteWarnings)
		if q.Persistent {
			var err error
			if h.Stored == nil {
				err = wrap(errors.ErrUnsupported, "read routes", netstat.Table{})
			}
			all(h.Stored[q.Family], err, yield)
			return
		}
		ended := false
		for range max(h.RouteRounds, 1) {
			all(h.RouteRows[q.Family], nil, func(r netstat.Route, err error) bool {
				ended = !yield(r, err)
				return !ended
			})
			if ended {
				return
			}
		}
		if err := h.RouteErrs[q.Family]; err != nil {
			yield(netstat.Route{}, wrap(err, "read routes", netstat.Table{}))
		}
	}
}

func report(to func(*netstat.OpError), warnings []*netstat.OpError) {
	if to == nil {
		return
	}
	for _, f := range warnings {
		to(f)
	}
}
