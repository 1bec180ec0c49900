package view

import (
	"context"
	"errors"
	"io"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/filter"
	"netstat/internal/message"
)

// EventRequest describes the events to follow.
type EventRequest struct {
	// Queries holds the tables, of TCP and UDP. Only Table and Keep are used.
	Queries []Query
	// Types selects events. EventLost is shown in any case.
	// Named reports whether the user named them, so that missing ones are reported.
	Types netstat.EventTypes
	Named bool
	// Filter selects events by their sockets, whose state is the new one; nil keeps all.
	Filter *filter.Expr
	// Facts holds what the caller shows, within EventFacts and what follows from them. What
	// Filter needs is added.
	Facts fact.Needs
	// Names maps user IDs to names. If it is nil, numbers are used.
	Names Names
	// Limit is the largest number of events, 0 for no limit. EventLost does not count.
	Limit int
	// Polling forbids other ways than comparing. Period is the time between two
	// comparisons. It is longer if they are expensive.
	Polling bool
	Period  time.Duration
	// Netns holds the inodes of the network namespaces of the places, if there are
	// several. All requests the events of every namespace, also of those made later, as
	// far as the system has a way. Label returns the name of a namespace that is no place.
	Netns []uint32
	All   bool
	Label func(inode uint32) string

	// Ready, if not nil, is called once everything that happens from now on is recorded.
	// polled reports whether sockets that are opened or change their state are found by
	// comparing, so that short ones are missed.
	Ready func(polled bool)
	// Report, if not nil, is called with errors that end nothing. An error is not repeated
	// before another one.
	Report func(error)
}

// EventFacts are the facts that an event may have of its socket.
const EventFacts = netstat.FactInode | netstat.FactUID | netstat.FactInterface | netstat.FactQueues | netstat.FactPeer

// ErrNoEvents means that there is no way to know about the requested events here.
var ErrNoEvents error = noEvents{}

type noEvents struct{}

func (noEvents) Error() string            { return message.KernelEvents.In(false) }
func (noEvents) Text(chinese bool) string { return message.KernelEvents.In(chinese) }
func (noEvents) Unwrap() error            { return errors.ErrUnsupported }

// eventBatch is the number of events that are read at once.
const eventBatch = 256

// Events follows events until ctx is done or the limit is reached. show is called with
// each event, as a record with Row and Event that is valid during the call, and flush when
// no other follows at once. Their error ends it. Other errors are that of a source, and
// ErrNoEvents.
func Events(ctx context.Context, places []Place, req *EventRequest, show func(*fact.Record) error, flush func() error) error {
	f := &follower{
		ctx: ctx, req: req, show: show, facts: req.Facts,
		full: make(chan eventRead, 4), free: make(chan []netstat.Event, 8), closed: make(chan struct{}),
	}
	f.facts.Add(req.Filter.Needs())
	f.owners = ownerFinder{source: places[0].Source, facts: f.facts.Process}
	defer f.close()
	polled, err := f.open(places)
	if err != nil {
		return err
	}
	for i := range f.places {
		if p := &f.places[i]; p.differ != nil {
			if err := f.compare(p); err != nil {
				return err
			}
		}
	}
	if req.Ready != nil {
		req.Ready(polled)
	}
	for _, s := range f.streams {
		f.reading++
		go f.read(s)
	}
	err = f.run(flush)
	if err == errEnough {
		err = nil
	}
	if err == nil {
		err = flush()
	}
	return err
}

// errEnough ends the loop at the limit.
var errEnough error = enough{}

type enough struct{}

func (enough) Error() string { return "limit reached" }

// follower follows the events of several places.
type follower struct {
	ctx    context.Context
	req    *EventRequest
	facts  fact.Needs
	show   func(*fact.Record) error
	places []eventPlace
	owners ownerFinder

	streams []placeStream
	reading int // number of streams that have not ended
	full    chan eventRead
	free    chan []netstat.Event
	closed  chan struct{}

	shown  int
	said   string // the last error
	inodes []uint64
	row    fact.Row
	record fact.Record
}

// placeStream is a stream of events of a place, or of several if place is nil.
type placeStream struct {
	netstat.EventStream
	place *eventPlace
}

// eventRead is what one read of a stream returned.
type eventRead struct {
	place  *eventPlace
	events []netstat.Event
	err    error
}

// open begins to record. It reports whether something is found only by comparing.
func (f *follower) open(places []Place) (polled bool, err error) {
	for _, p := range places {
		f.places = append(f.places, newEventPlace(p, f.req))
	}
	var found netstat.EventTypes
	for _, protocol := range [...]netstat.Protocol{netstat.TCP, netstat.UDP} {
		var q netstat.EventQuery
		for i := range f.req.Queries {
			if t := f.req.Queries[i].Table; t.Protocol == protocol {
				q.Tables = append(q.Tables, t)
			}
		}
		if q.Tables == nil {
			continue
		}
		types, err := f.openProtocol(q)
		if err != nil {
			return false, err
		}
		found |= types
	}
	if missing := f.req.Types &^ found; missing == f.req.Types {
		return false, ErrNoEvents
	} else if missing != 0 && f.req.Named {
		f.report(message.About.Wrap(ErrNoEvents, netstat.EventRetransmit.String()))
	}
	for i := range f.places {
		polled = polled || f.places[i].polling
	}
	return polled, nil
}

// openProtocol begins to record the events of the tables of a protocol, and returns the
// types that can be found.
func (f *follower) openProtocol(q netstat.EventQuery) (found netstat.EventTypes, err error) {
	const compared = 1<<netstat.EventOpened | 1<<netstat.EventClosed | 1<<netstat.EventState
	if f.req.All || len(f.places) > 1 {
		all := q
		all.AllNetns = f.req.All
		if !all.AllNetns {
			all.Netns = f.req.Netns
		}
		s, err := f.stream(f.places[0].Source, all)
		if err != nil {
			return 0, err
		}
		if s != nil {
			f.streams = append(f.streams, placeStream{s, nil})
			return s.Types(q.Tables[0]), nil
		}
	}
	for i := range f.places {
		p := &f.places[i]
		s, err := f.stream(p.Source, q)
		if err != nil {
			return 0, err
		}
		types := netstat.EventTypes(0)
		if s != nil {
			f.streams = append(f.streams, placeStream{s, p})
			types = s.Types(q.Tables[0])
		}
		found |= types | compared
		if types&compared == compared {
			continue
		}
		p.polling = p.polling || f.req.Types&compared&^types != 0
		if err := p.compareTables(q.Tables, types); err != nil {
			return 0, err
		}
	}
	return found, nil
}

// stream opens a stream. It returns nil if there is none.
func (f *follower) stream(src netstat.Source, q netstat.EventQuery) (netstat.EventStream, error) {
	events, ok := src.(netstat.EventSource)
	if !ok || f.req.Polling {
		return nil, nil
	}
	s, err := events.OpenEvents(f.ctx, q)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil, nil
	}
	return s, err
}

// read passes on what a stream has, until it ends.
func (f *follower) read(s placeStream) {
	for {
		var room []netstat.Event
		select {
		case room = <-f.free:
		default:
			room = make([]netstat.Event, eventBatch)
		}
		n, err := s.Read(room)
		select {
		case f.full <- eventRead{s.place, room[:n], err}:
		case <-f.closed:
			// Only the end still matters.
			if err == nil {
				continue
			}
			f.full <- eventRead{err: err}
		}
		if err != nil {
			return
		}
	}
}

// close ends all streams.
func (f *follower) close() {
	close(f.closed)
	for _, s := range f.streams {
		s.Stop()
	}
	for f.reading > 0 {
		if r := <-f.full; r.err != nil {
			f.reading--
		}
	}
	for _, s := range f.streams {
		_ = s.Close()
	}
}

// run shows events until there are no more, or the context is done and everything that
// happened before is shown.
func (f *follower) run(flush func() error) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	done, ended := f.ctx.Done(), false
	for f.reading > 0 || !ended && !f.nextComparison().IsZero() {
		var r eventRead
		select {
		case r = <-f.full:
		default:
			if err := flush(); err != nil {
				return err
			}
			var tick <-chan time.Time
			if next := f.nextComparison(); !ended && !next.IsZero() {
				timer.Reset(time.Until(next))
				tick = timer.C
			}
			select {
			case r = <-f.full:
			case <-tick:
			case <-done:
				done, ended = nil, true
				for _, s := range f.streams {
					s.Stop()
				}
			}
		}
		if err := f.batch(r); err != nil {
			return err
		}
		if ended {
			continue
		}
		for i := range f.places {
			if p := &f.places[i]; p.due(time.Now()) {
				if err := f.compare(p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// nextComparison returns the time of the next comparison of any place, zero for never.
func (f *follower) nextComparison() (next time.Time) {
	for i := range f.places {
		if p := &f.places[i]; !p.next.IsZero() && (next.IsZero() || p.next.Before(next)) {
			next = p.next
		}
	}
	return next
}

// batch shows what was read.
func (f *follower) batch(r eventRead) error {
	if r.err != nil {
		f.reading--
		if r.err != io.EOF {
			return r.err
		}
	}
	room := r.events[:cap(r.events)]
	news := r.events[:0]
	for i := range r.events {
		e := &r.events[i]
		if e.Origin != netstat.EventNetlink || r.place == nil || r.place.heard(e) {
			news = append(news, *e)
		}
	}
	r.events = news
	f.inodes = f.inodes[:0]
	for i := range r.events {
		if e := &r.events[i]; e.PID == 0 && e.Socket.Inode != 0 {
			f.inodes = append(f.inodes, e.Socket.Inode)
		}
	}
	f.findOwners(f.inodes)
	for i := range r.events {
		if err := f.event(r.place, &r.events[i]); err != nil {
			return err
		}
	}
	if room == nil {
		return nil // nothing was read
	}
	select {
	case f.free <- room:
	default:
	}
	return nil
}

// findOwners finds the owners of sockets, if they are needed.
func (f *follower) findOwners(inodes []uint64) {
	if f.facts.Owners {
		f.report(f.owners.find(f.ctx, inodes))
	}
}

// report passes on an error, unless it is nil or that of the last call.
func (f *follower) report(err error) {
	if err == nil || f.ctx.Err() != nil || f.req.Report == nil || err.Error() == f.said {
		return
	}
	f.said = err.Error()
	f.req.Report(err)
}

// event shows an event if it is selected. place may be nil.
func (f *follower) event(place *eventPlace, e *netstat.Event) error {
	s := &e.Socket
	rec, row := &f.record, &f.row
	rec.Row, rec.Event, rec.Time = row, e, e.Time
	row.Socket, row.Facts = *s, EventFacts
	row.Owners, row.Unknown = nil, netstat.OwnerKnown
	row.UserName, row.Interface = "", ""
	expr := f.req.Filter
	if place == nil {
		place = f.placeIn(s.Netns)
	}
	switch {
	case place != nil:
		rec.Netns, expr = place.Netns, place.Filter
	case f.req.Label != nil && s.Netns != 0:
		rec.Netns = f.req.Label(s.Netns)
	}
	if e.Type == netstat.EventLost {
		return f.show(rec)
	}
	if !f.req.Types.Has(e.Type) || !f.keep(e) {
		return nil
	}
	if f.facts.Owners {
		row.Owners = f.owners.of(e)
		if len(row.Owners) == 0 {
			row.Owners, row.Unknown = noOwners, netstat.OwnerReasonUnknown
		}
	}
	if !expr.Match(rec) {
		return nil
	}
	if f.facts.UserNames && f.req.Names != nil && s.Absent&netstat.FactUID == 0 {
		row.UserName, _ = f.req.Names.User(s.UID)
	}
	if f.facts.Interfaces && s.Local.Scope != 0 && place != nil {
		row.Interface = place.interfaceName(f.ctx, s.Local.Scope)
	}
	if err := f.show(rec); err != nil {
		return err
	}
	if f.shown++; f.shown == f.req.Limit {
		return errEnough
	}
	return nil
}

// placeIn returns the place that is a network namespace, or nil.
func (f *follower) placeIn(netns uint32) *eventPlace {
	for i, inode := range f.req.Netns {
		if inode == netns {
			return &f.places[i]
		}
	}
	return nil
}

// keep reports whether the classic options select the socket of an event. A closed socket
// is selected as it was before.
func (f *follower) keep(e *netstat.Event) bool {
	for i := range f.req.Queries {
		q := &f.req.Queries[i]
		if q.Table != e.Socket.Table {
			continue
		}
		if q.Keep == nil || e.Type != netstat.EventClosed || e.Socket.Table.Protocol != netstat.TCP {
			return q.Keep == nil || q.Keep(e.Socket)
		}
		s := e.Socket
		if s.State = e.Old; e.Old != netstat.StateUnknown {
			return q.Keep(s)
		}
		// Without a remote end it may have been a connection that ended with a reset, or
		// a listening socket.
		s.State = netstat.Established
		keep := q.Keep(s)
		if s.State = netstat.Listen; s.Remote.Port == 0 {
			keep = keep || q.Keep(s)
		}
		return keep
	}
	return false
}
