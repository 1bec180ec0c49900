package view

import (
	"maps"
	"slices"
	"time"

	"netstat"
	"netstat/fact"
)

// maxHeard limits how many closed sockets are remembered.
const maxHeard = 1 << 16

// eventPlace is a place whose sockets may be compared.
type eventPlace struct {
	joinPlace
	// polling is set if comparisons are repeated. Otherwise only the loss of events asks
	// for one. differ is nil if there are none. next is the time of the next comparison,
	// zero if none is planned.
	polling bool
	period  time.Duration
	next    time.Time
	differ  *Differ
	queries []Query
	// announced holds the tables whose closed sockets a stream reports.
	announced []netstat.Table
	// heardOf holds the cookies of the sockets that a stream has reported as closed since
	// the last comparison. missed holds those that were gone then without a report: the
	// kernel reports a little later. shown holds those that the next comparison has
	// shown for this reason: a later report of them is dropped.
	heardOf map[uint64]bool
	missed  map[uint64]netstat.Event
	shown   map[uint64]bool
	// known holds the open sockets of announced, by cookie.
	known map[uint64]knownSocket
}

// knownSocket is what a comparison found of a socket and a stream does not report.
type knownSocket struct {
	state         netstat.State
	local, remote netstat.Addr
	inode         uint64
	uid           uint32
}

func newEventPlace(p Place, req *EventRequest) eventPlace {
	if p.Filter == nil {
		p.Filter = req.Filter
	}
	return eventPlace{
		joinPlace: joinPlace{Place: p}, period: req.Period,
		heardOf: make(map[uint64]bool), shown: make(map[uint64]bool), missed: make(map[uint64]netstat.Event), known: make(map[uint64]knownSocket),
	}
}

// compareTables adds tables to those that are compared. types are those that a stream
// reports.
func (p *eventPlace) compareTables(tables []netstat.Table, types netstat.EventTypes) error {
	if p.differ == nil {
		state, err := fact.Find(fact.Sockets, "state")
		if err != nil {
			return err
		}
		p.differ = NewDiffer(state)
	}
	for _, t := range tables {
		p.queries = append(p.queries, Query{Table: t})
	}
	if types.Has(netstat.EventClosed) {
		p.announced = append(p.announced, tables...)
	}
	return nil
}

// due reports whether it is time for a comparison.
func (p *eventPlace) due(now time.Time) bool { return !p.next.IsZero() && !now.Before(p.next) }

// heard notes an event of a stream, and adds what is known of its socket. It returns false
// if the event was shown before.
func (p *eventPlace) heard(e *netstat.Event) bool {
	if e.Type == netstat.EventLost {
		p.next = time.Now() // find out now what is gone
		return true
	}
	cookie := e.Socket.Cookie
	if p.shown[cookie] {
		delete(p.shown, cookie)
		return false
	}
	if _, late := p.missed[cookie]; late {
		delete(p.missed, cookie)
	} else if p.heardOf[cookie] = true; len(p.heardOf) >= maxHeard {
		p.next = time.Now()
	}
	if k, ok := p.known[cookie]; ok {
		// The kernel reports no addresses of a connection that ended with a reset.
		e.Old, e.Socket.Local, e.Socket.Remote = k.state, k.local, k.remote
		e.Socket.Inode, e.Socket.UID = k.inode, k.uid
		e.Socket.Absent &^= netstat.FactInode | netstat.FactUID
		delete(p.known, cookie)
	}
	return true
}

// compare reads the sockets of a place and shows what happened since the last time. The
// first time it only remembers them.
func (f *follower) compare(p *eventPlace) error {
	began := time.Now()
	var events []netstat.Event
	var inodes []uint64
	missed := make(map[uint64]netstat.Event)
	req := Request{
		Tables: Tables{View: fact.Sockets, Plan: &Plan{Queries: p.queries}},
		Facts:  fact.Needs{Socket: netstat.FactInode | netstat.FactUID | f.facts.Socket}, Diff: p.differ, Report: f.report,
	}
	for rec, err := range RecordsOf(f.ctx, []Place{{Source: p.Source}}, &req) {
		if err != nil {
			f.report(err)
			continue
		}
		announced := rec.Row.Socket.Cookie != 0 && slices.Contains(p.announced, rec.Row.Socket.Table)
		e, ok := difference(&rec, began)
		if s := &rec.Row.Socket; announced && e.Type != netstat.EventClosed && s.State != netstat.TimeWait {
			p.known[s.Cookie] = knownSocket{s.State, s.Local, s.Remote, s.Inode, s.UID}
		}
		inodes = append(inodes, rec.Row.Socket.Inode)
		switch {
		case !ok:
		case e.Type != netstat.EventClosed || !announced:
			events = append(events, e)
		case !p.heardOf[e.Socket.Cookie]:
			missed[e.Socket.Cookie] = e
		}
	}
	if len(p.shown) > maxHeard {
		clear(p.shown)
	}
	for _, cookie := range slices.Sorted(maps.Keys(p.missed)) {
		events = append(events, p.missed[cookie])
		p.shown[cookie] = true
		delete(p.known, cookie)
	}
	clear(p.heardOf)
	p.missed, p.next = missed, time.Time{}
	if p.polling || len(missed) > 0 {
		p.next = time.Now().Add(max(p.period, 10*time.Since(began)))
	}
	f.findOwners(inodes)
	for i := range events {
		if err := f.event(p, &events[i]); err != nil {
			return err
		}
	}
	return nil
}

// difference returns the event that a record of a Differ means. It returns false if there
// is none: what remains of a connection in TIME-WAIT does not count as a socket.
func difference(rec *fact.Record, at time.Time) (e netstat.Event, ok bool) {
	e = netstat.Event{Origin: netstat.EventPolled, Time: at, Socket: rec.Row.Socket, New: rec.Row.Socket.State}
	if rec.Before != nil {
		e.Old = rec.Before.State
	}
	waits := e.New == netstat.TimeWait
	switch rec.Change {
	case fact.ChangeOpened:
		return e, !waits
	case fact.ChangeChanged:
		e.Type = netstat.EventState
		if !waits {
			return e, true
		}
		e.Socket = *rec.Before
	case fact.ChangeClosed:
	default:
		return e, false
	}
	e.Type, e.New, e.Socket.State = netstat.EventClosed, netstat.Closed, netstat.Closed
	return e, e.Old != netstat.TimeWait
}
