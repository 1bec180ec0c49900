package report

import (
	"context"
	"slices"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/view"
)

// Selected is a socket that a Choice selects, and the host that it was read from. Its
// Row stays valid.
type Selected struct {
	Source netstat.Source
	Record fact.Record
}

// NewSelection prepares a Report that only selects sockets, for [Report.Selected]. facts
// are the facts of sockets to read; owners are found, all of each socket. Errors are as
// for New.
func NewSelection(ctx context.Context, c *Choice, host Host, facts netstat.Facts) (*Report, error) {
	r, err := New(ctx, nil, c, host)
	if err != nil {
		return nil, err
	}
	r.request.Facts.Socket |= facts
	r.request.Facts.Owners, r.request.AllOwners = true, true
	r.request.Facts.Process |= netstat.FactArgv0 | netstat.FactArgs | netstat.FactStarted
	return r, nil
}

// Selected returns the sockets that the choice selects, in order, those of each
// namespace together. What could not be read has been reported by Host.Say; status tells
// how complete the list is.
func (r *Report) Selected(ctx context.Context, at time.Time) (list []Selected, status Status) {
	r.at, r.request.At, r.status = at, at, r.opened
	limit := r.request.Limit
	for _, place := range r.places {
		request := r.request
		if limit > 0 {
			if request.Limit = limit - len(list); request.Limit == 0 {
				break
			}
		}
		for rec, err := range view.RecordsOf(ctx, []view.Place{place}, &request) {
			if err != nil {
				r.problem(err, true)
				continue
			}
			row := *rec.Row
			row.Owners = slices.Clone(row.Owners)
			rec.Row = &row
			list = append(list, Selected{place.Source, rec})
		}
	}
	return list, r.status
}

// NamesState reports whether the request selects by the state of sockets: by --state, by
// a filter that names it, or by a classic option for listening sockets.
func (r *Report) NamesState() bool {
	if r.request.Filter.HasState() {
		return true
	}
	for i := range r.sel.Plan.Queries {
		if q := &r.sel.Plan.Queries[i]; q.Table.Protocol == netstat.TCP && q.Need.States != 0 && !q.Need.States.Has(netstat.Established) {
			return true
		}
	}
	return false
}

// NamesProtocol reports whether the request selects no sockets of TCP, so that it means
// those of the other protocols.
func (r *Report) NamesProtocol() bool {
	for i := range r.sel.Plan.Queries {
		t := r.sel.Plan.Queries[i].Table
		if _, may := r.request.Filter.Need(t); may && t.Protocol == netstat.TCP {
			return false
		}
	}
	return true
}
