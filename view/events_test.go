package view

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/filter"
)

// eventHost is a host whose TCP table is that of the next round each time it is read. The
// last one stays. stream is nil if it tells nothing.
type eventHost struct {
	netstat.Source
	rounds [][]netstat.Socket
	err    error // of OpenEvents
	stream *eventScript
	read   int // number of reads
}

func (h *eventHost) Sockets(_ context.Context, t netstat.Table, _ netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		if t != netstat.TCP4Table {
			yield(netstat.Socket{}, &netstat.OpError{Op: "read", Table: t, Err: errors.ErrUnsupported})
			return
		}
		rows := h.rounds[min(h.read, len(h.rounds)-1)]
		h.read++
		for _, s := range rows {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func (h *eventHost) Owners(_ context.Context, q netstat.OwnerQuery) (*netstat.Owners, error) {
	o := &netstat.Owners{}
	for _, inode := range q.Inodes {
		o.Add(inode, uint32(inode*10))
	}
	return o, nil
}

func (h *eventHost) Process(pid uint32, _ netstat.ProcessFacts) (netstat.Process, error) {
	if pid == 666 {
		return netstat.Process{}, errors.New("gone")
	}
	return netstat.Process{PID: pid, Argv0: fmt.Sprint("program", pid)}, nil
}

func (h *eventHost) OpenEvents(context.Context, netstat.EventQuery) (netstat.EventStream, error) {
	if h.stream == nil {
		return nil, fmt.Errorf("events: %w", cmpErr(h.err))
	}
	return h.stream, nil
}

func cmpErr(err error) error {
	if err == nil {
		return errors.ErrUnsupported
	}
	return err
}

// eventScript is a stream to which a test adds.
type eventScript struct {
	types  netstat.EventTypes
	origin netstat.EventOrigin

	mu      sync.Mutex
	changed *sync.Cond
	events  []netstat.Event
	err     error
}

func newEventScript(origin netstat.EventOrigin, types netstat.EventTypes, events ...netstat.Event) *eventScript {
	s := &eventScript{origin: origin, types: types, events: events}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *eventScript) add(err error, events ...netstat.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, events...)
	if err != nil {
		s.err = err
	}
	s.changed.Broadcast()
}

func (s *eventScript) Types(netstat.Table) netstat.EventTypes { return s.types }
func (s *eventScript) Origin() netstat.EventOrigin            { return s.origin }
func (s *eventScript) Stop()                                  { s.add(io.EOF) }
func (s *eventScript) Close() error                           { return nil }

func (s *eventScript) Read(events []netstat.Event) (int, error) {
	if len(events) == 0 {
		return 0, errors.New("no room")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.events) == 0 && s.err == nil {
		s.changed.Wait()
	}
	if len(s.events) == 0 {
		return 0, s.err
	}
	n := copy(events, s.events)
	s.events = s.events[n:]
	return n, nil
}

func eventSocket(id uint64, state netstat.State) netstat.Socket {
	return netstat.Socket{
		Table: netstat.TCP4Table, State: state, Cookie: id, Inode: id + 100,
		Local:  netstat.Addr{IP: netip.MustParseAddr("127.0.0.1"), Port: uint16(id)},
		Remote: netstat.Addr{IP: netip.MustParseAddr("127.0.0.1"), Port: 80},
	}
}

func told(origin netstat.EventOrigin, t netstat.EventType, id uint64, state netstat.State) netstat.Event {
	e := netstat.Event{Type: t, Origin: origin, New: state, Socket: eventSocket(id, state)}
	if origin == netstat.EventNetlink {
		e.Socket.Inode, e.Socket.Remote.Port = 0, 0
		e.Socket.Absent = netstat.FactInode | netstat.FactUID
	}
	return e
}

// followEvents returns a line for each event. seen, if not nil, is called after each.
func followEvents(ctx context.Context, t *testing.T, h *eventHost, req EventRequest, seen func(line string)) (lines []string, err error) {
	t.Helper()
	req.Queries = []Query{{Table: netstat.TCP4Table}}
	if req.Types == 0 {
		req.Types = netstat.AllEventTypes
	}
	if req.Period == 0 {
		req.Period = time.Millisecond
	}
	flushed := 0
	err = Events(ctx, []Place{{Source: h}}, &req, func(rec *fact.Record) error {
		e := rec.Event
		line := fmt.Sprintf("%v %v %d %v>%v :%d", e.Origin, e.Type, rec.Row.Socket.Cookie, e.Old, e.New, rec.Row.Socket.Remote.Port)
		for _, o := range rec.Row.Owners {
			line += fmt.Sprintf(" %d/%s", o.PID, o.Name())
		}
		lines = append(lines, line)
		if seen != nil {
			seen(line)
		}
		return nil
	}, func() error { flushed = len(lines); return nil })
	if err == nil && flushed != len(lines) {
		t.Errorf("%d of %d lines written", flushed, len(lines))
	}
	return lines, err
}

func sameLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\ngot\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPolledEvents(t *testing.T) {
	h := &eventHost{rounds: [][]netstat.Socket{
		{eventSocket(1, netstat.Established), eventSocket(2, netstat.Established), eventSocket(3, netstat.TimeWait)},
		{eventSocket(1, netstat.CloseWait), eventSocket(2, netstat.TimeWait), eventSocket(4, netstat.Established), eventSocket(5, netstat.TimeWait)},
		{eventSocket(1, netstat.CloseWait)},
	}}
	polled := false
	got, err := followEvents(context.Background(), t, h, EventRequest{
		Limit: 4, Facts: fact.OwnerNeeds(0), Ready: func(p bool) { polled = p },
	}, nil)
	if err != nil || !polled {
		t.Error(err, polled)
	}
	sameLines(t, "polled", got,
		"poll state 1 ESTABLISHED>CLOSE-WAIT :80 1010/program1010",
		"poll closed 2 ESTABLISHED>CLOSED :80 1020/program1020",
		"poll opened 4 UNKNOWN>ESTABLISHED :80 1040/program1040",
		"poll closed 4 ESTABLISHED>CLOSED :80 1040/program1040",
	)
}

// TestToldAndCompared loses events of a stream that tells only closed sockets. Each closed
// socket must be shown once, whether the stream reports it in time, late, too late or never.
func TestToldAndCompared(t *testing.T) {
	var all []netstat.Socket
	for id := range uint64(5) {
		all = append(all, eventSocket(id+1, netstat.Established))
	}
	closed := func(id uint64) netstat.Event {
		return told(netstat.EventNetlink, netstat.EventClosed, id, netstat.Closed)
	}
	s := newEventScript(netstat.EventNetlink, netstat.EventTypesOf(netstat.EventClosed),
		closed(1), netstat.Event{Type: netstat.EventLost, Origin: netstat.EventNetlink})
	h := &eventHost{stream: s, rounds: [][]netstat.Socket{all, all[4:]}}
	got, err := followEvents(context.Background(), t, h, EventRequest{
		Types: netstat.EventTypesOf(netstat.EventClosed), Limit: 6,
	}, func(line string) {
		switch {
		case strings.HasPrefix(line, "netlink lost"):
			s.add(nil, closed(2)) // late or, if the next comparison is faster, too late
		case strings.Contains(line, "closed 3"):
			s.add(nil, closed(3), closed(4), closed(9), closed(5))
		}
	})
	if err != nil {
		t.Error(err)
	}
	for i := range got {
		got[i] = strings.Replace(got[i], "poll closed 2", "netlink closed 2", 1)
	}
	slices.Sort(got)
	sameLines(t, "told", got,
		"netlink closed 1 ESTABLISHED>CLOSED :80",
		"netlink closed 2 ESTABLISHED>CLOSED :80",
		"netlink closed 5 ESTABLISHED>CLOSED :80",
		"netlink closed 9 UNKNOWN>CLOSED :0",
		"netlink lost 0 UNKNOWN>UNKNOWN :0",
		"poll closed 3 ESTABLISHED>CLOSED :80",
		"poll closed 4 ESTABLISHED>CLOSED :80",
	)
}

// TestToldEvents checks a stream that tells everything: nothing is compared.
func TestToldEvents(t *testing.T) {
	open := told(netstat.EventBPF, netstat.EventOpened, 1, netstat.SynSent)
	open.PID, open.Comm = 666, "curl"
	s := newEventScript(netstat.EventBPF, netstat.AllEventTypes, open,
		told(netstat.EventBPF, netstat.EventRetransmit, 2, netstat.Established),
		told(netstat.EventBPF, netstat.EventState, 3, netstat.Established),
		told(netstat.EventBPF, netstat.EventClosed, 3, netstat.Closed))
	expr, err := filter.Parse("state established or state syn-sent", filter.Env{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		req  EventRequest
		want []string
	}{
		{EventRequest{}, []string{"bpf opened 1 UNKNOWN>SYN-SENT :80", "bpf retransmit 2 UNKNOWN>ESTABLISHED :80", "bpf state 3 UNKNOWN>ESTABLISHED :80", "bpf closed 3 UNKNOWN>CLOSED :80"}},
		{EventRequest{Facts: fact.OwnerNeeds(0), Types: netstat.EventTypesOf(netstat.EventOpened, netstat.EventRetransmit)},
			[]string{"bpf opened 1 UNKNOWN>SYN-SENT :80 666/curl", "bpf retransmit 2 UNKNOWN>ESTABLISHED :80 1020/program1020"}},
		{EventRequest{Filter: expr, Types: netstat.EventTypesOf(netstat.EventOpened, netstat.EventState, netstat.EventClosed)},
			[]string{"bpf opened 1 UNKNOWN>SYN-SENT :80", "bpf state 3 UNKNOWN>ESTABLISHED :80"}},
		{EventRequest{Limit: 1}, []string{"bpf opened 1 UNKNOWN>SYN-SENT :80"}},
	} {
		stream := newEventScript(s.origin, s.types, s.events...)
		h := &eventHost{stream: stream}
		// What was recorded before the end is shown.
		ctx, cancel := context.WithCancel(context.Background())
		test.req.Ready = func(polled bool) {
			if polled {
				t.Error("compares")
			}
			cancel()
		}
		got, err := followEvents(ctx, t, h, test.req, nil)
		if err != nil || h.read > 0 {
			t.Error(err, h.read)
		}
		sameLines(t, fmt.Sprintf("%+v", test.req.Types), got, test.want...)
	}
}

func TestEventErrors(t *testing.T) {
	retransmit := EventRequest{Types: netstat.EventTypesOf(netstat.EventRetransmit), Named: true}
	if _, err := followEvents(context.Background(), t, &eventHost{rounds: [][]netstat.Socket{nil}}, retransmit, nil); !errors.Is(err, ErrNoEvents) || !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	refused := errors.New("refused")
	if _, err := followEvents(context.Background(), t, &eventHost{err: refused}, EventRequest{}, nil); !errors.Is(err, refused) {
		t.Error(err)
	}
	s := newEventScript(netstat.EventBPF, netstat.AllEventTypes, told(netstat.EventBPF, netstat.EventOpened, 1, netstat.Listen))
	s.add(refused)
	if got, err := followEvents(context.Background(), t, &eventHost{stream: s}, EventRequest{}, nil); !errors.Is(err, refused) || len(got) != 1 {
		t.Error(got, err)
	}
	said := []string{}
	ctx, cancel := context.WithCancel(context.Background())
	some := EventRequest{Types: netstat.EventTypesOf(netstat.EventRetransmit, netstat.EventOpened), Named: true,
		Ready: func(bool) { cancel() }, Report: func(err error) { said = append(said, err.Error()) }}
	if _, err := followEvents(ctx, t, &eventHost{rounds: [][]netstat.Socket{nil}}, some, nil); err != nil || len(said) != 1 || !strings.HasPrefix(said[0], "retransmit: ") {
		t.Error(err, said)
	}
}
