package view

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
)

// compareText returns the text of a round: change, the given facts and the changed ones.
func compareText(v fact.View, names string, rows records) string {
	shown, err := fact.Find(v, names)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for r, err := range rows {
		if err != nil {
			fmt.Fprintf(&b, "! %v\n", err)
			continue
		}
		b.WriteString(r.Change.String())
		for i := range shown {
			value := shown[i].Value(r)
			b.Write(value.AppendPretty([]byte{' '}))
		}
		fmt.Fprintf(&b, " %s\n", strings.Join(r.Changed, ","))
	}
	return b.String()
}

func compareRows(list []fact.Record, errs ...error) records {
	return func(yield func(*fact.Record, error) bool) {
		for i := range list {
			if !yield(&list[i], nil) {
				return
			}
		}
		for _, err := range errs {
			if !yield(nil, err) {
				return
			}
		}
	}
}

func compareRoute(destination, gateway string, mtu uint32) fact.Record {
	r := &netstat.Route{Family: netstat.Inet, Destination: netip.MustParsePrefix(destination), Gateway: netip.MustParseAddr(gateway), MTU: mtu, Interface: "eth0"}
	r.Use, r.RefCount = mtu*7, mtu*5 // these always move
	return fact.Record{Route: r}
}

func TestCompareIdentities(t *testing.T) {
	link := func(index uint32, name string, mtu uint32) fact.Record {
		return fact.Record{Interface: &netstat.Interface{Index: index, Name: name, MTU: mtu, HasCounters: true, Receive: netstat.InterfaceCounters{Bytes: uint64(mtu)}}}
	}
	neighbor := func(state netstat.NeighborState, proxy bool, used time.Duration) fact.Record {
		return fact.Record{Neighbor: &netstat.Neighbor{Address: netip.MustParseAddr("10.0.0.1"), Interface: "eth0", Index: 2, State: state, Proxy: proxy, Used: used, Known: netstat.NeighborUsed}}
	}
	rule := func(priority, table uint32, from string) fact.Record {
		return fact.Record{Rule: &netstat.Rule{Family: netstat.Inet, Priority: priority, Action: netstat.RuleTable, Table: table, From: netip.MustParsePrefix(from)}}
	}
	member := func(netns, name string, users int32) fact.Record {
		return fact.Record{Netns: netns, Membership: &netstat.Membership{Interface: name, Group: netip.MustParseAddr("224.0.0.1"), Users: users}}
	}
	end := netip.MustParseAddrPort
	tracked := func(id uint32, zone uint16, state string, timeout time.Duration) fact.Record {
		c := &netstat.TrackedConnection{Family: netstat.Inet, IPProtocol: 6, State: state, Zone: zone, ID: id, Timeout: timeout, Known: netstat.TrackedID | netstat.TrackedTimeout}
		c.Original.Source, c.Original.Destination, c.Original.Has = end("10.0.0.1:1"), end("10.0.0.2:2"), netstat.TrackedPorts
		return fact.Record{Tracked: c}
	}
	translation := func(state netstat.State, to string, timeout time.Duration) fact.Record {
		s := &netstat.NATSession{Family: netstat.Inet, IPProtocol: 6, State: state, Timeout: timeout}
		s.Original.Source, s.Original.Destination = end("10.0.0.1:1"), end("10.0.0.2:2")
		s.Reply.Source, s.Reply.Destination = end(to), end("10.0.0.1:1")
		return fact.Record{NATSession: s}
	}
	rare := func(device string, mode netstat.AX25Mode) fact.Record {
		return fact.Record{RareRoute: &netstat.AX25Route{Destination: "LINBPQ-1", Device: device, Mode: mode}}
	}
	list := func(r ...fact.Record) []fact.Record { return r }
	route := compareRoute
	for _, c := range []struct {
		name        string
		view        fact.View
		shown       string
		before, now []fact.Record
		want        string
	}{
		{"counts and references", fact.Routes, "destination", list(route("10.0.0.0/8", "10.0.0.1", 0)), list(route("10.0.0.0/8", "10.0.0.1", 0)), ""},
		{"metric", fact.Routes, "destination", list(route("10.0.0.0/8", "10.0.0.1", 1400)), list(route("10.0.0.0/8", "10.0.0.1", 1300)), "changed 10.0.0.0/8 mtu\n"},
		{"gateway", fact.Routes, "destination,gateway", list(route("10.0.0.0/8", "10.0.0.1", 0)), list(route("10.0.0.0/8", "10.0.0.2", 0)), "changed 10.0.0.0/8 10.0.0.2 gateway\n"},
		{"another prefix length", fact.Routes, "destination", list(route("10.0.0.0/8", "10.0.0.1", 0)), list(route("10.0.0.0/9", "10.0.0.1", 0)), "opened 10.0.0.0/9 \nclosed 10.0.0.0/8 \n"},
		{
			"one of two to a destination", fact.Routes, "gateway",
			list(route("10.0.0.0/8", "10.0.0.1", 0), route("10.0.0.0/8", "10.0.0.2", 0)), list(route("10.0.0.0/8", "10.0.0.2", 0)), "closed 10.0.0.1 \n",
		},
		{
			"equal routes are counted", fact.Routes, "gateway",
			list(route("10.0.0.0/8", "10.0.0.1", 0), route("10.0.0.0/8", "10.0.0.1", 0), route("10.0.0.0/8", "10.0.0.1", 0)), list(route("10.0.0.0/8", "10.0.0.1", 0)),
			"closed 10.0.0.1 \nclosed 10.0.0.1 \n",
		},
		{"one more equal route", fact.Routes, "gateway", list(route("10.0.0.0/8", "10.0.0.1", 0)), list(route("10.0.0.0/8", "10.0.0.1", 0), route("10.0.0.0/8", "10.0.0.1", 0)), "opened 10.0.0.1 \n"},
		{"mode of a rare route", fact.Routes, "destination", list(rare("ax0", 1), rare("ax1", 1)), list(rare("ax1", 2), rare("ax0", 1)), "changed LINBPQ-1 mode\n"},
		{"up and counters", fact.Interfaces, "name", list(link(2, "eth0", 1500)), list(link(2, "eth0", 1400)), "changed eth0 mtu\n"},
		{"renamed", fact.Interfaces, "name", list(link(2, "eth0", 1500)), list(link(2, "wan", 1500)), "changed wan name\n"},
		{"made again", fact.Interfaces, "name", list(link(2, "eth0", 1500)), list(link(3, "eth0", 1500)), "changed eth0 index\n"},
		{
			"numbers of another start", fact.Interfaces, "name",
			list(link(2, "eth0", 1), link(3, "docker0", 1)), list(link(2, "eth0", 1), link(3, "wlan0", 1), link(4, "docker0", 1)), "opened wlan0 \nchanged docker0 index\n",
		},
		{"state", fact.Neighbors, "address", list(neighbor(netstat.NeighborReachable, false, 1)), list(neighbor(netstat.NeighborStale, false, 9)), "changed 10.0.0.1 state\n"},
		{"ages", fact.Neighbors, "address", list(neighbor(netstat.NeighborStale, false, 1)), list(neighbor(netstat.NeighborStale, false, time.Hour)), ""},
		{"proxy beside the neighbour", fact.Neighbors, "proxy", list(neighbor(netstat.NeighborStale, false, 1)), list(neighbor(netstat.NeighborStale, false, 1), neighbor(0, true, 0)), "opened yes \n"},
		{"table of a rule", fact.Rules, "priority", list(rule(5, 77, "10.0.0.0/8")), list(rule(5, 78, "10.0.0.0/8")), "changed 5 table\n"},
		{"another selector", fact.Rules, "from", list(rule(5, 77, "10.0.0.0/8")), list(rule(5, 77, "11.0.0.0/8")), "opened 11.0.0.0/8 \nclosed 10.0.0.0/8 \n"},
		{"another priority", fact.Rules, "priority", list(rule(5, 77, "10.0.0.0/8")), list(rule(0, 77, "10.0.0.0/8")), "opened 0 \nclosed 5 \n"},
		{"users of a group", fact.Groups, "interface", list(member("", "eth0", 1)), list(member("", "eth0", 2)), "changed eth0 users\n"},
		{"namespaces", fact.Groups, "netns", list(member("a", "eth0", 1)), list(member("b", "eth0", 1)), "opened b \nclosed a \n"},
		{"state of a connection", fact.Conntrack, "state", list(tracked(1, 0, "SYN_SENT", 9)), list(tracked(1, 0, "ESTABLISHED", 8)), "changed ESTABLISHED state\n"},
		{"the same tuple again", fact.Conntrack, "id", list(tracked(1, 0, "ESTABLISHED", 9)), list(tracked(2, 0, "ESTABLISHED", 9)), "opened 2 \nclosed 1 \n"},
		{"another zone", fact.Conntrack, "zone", list(tracked(1, 0, "ESTABLISHED", 9)), list(tracked(1, 0, "ESTABLISHED", 9), tracked(1, 7, "ESTABLISHED", 9)), "opened 7 \n"},
		{"state of a translation", fact.NAT, "state", list(translation(netstat.SynSent, "10.9.0.1:2", 9)), list(translation(netstat.Established, "10.9.0.1:2", 7)), "changed ESTABLISHED state\n"},
		{"target of a translation", fact.NAT, "reply_source", list(translation(netstat.SynSent, "10.9.0.1:2", 9)), list(translation(netstat.SynSent, "10.9.0.3:2", 9)), "changed 10.9.0.3:2 reply_source\n"},
	} {
		d := NewDifferOf(c.view, nil)
		if got := compareText(c.view, c.shown, d.Changes(compareRows(c.before))); strings.Count(got, "\n") != len(c.before) || strings.Contains(got, "opened") {
			t.Errorf("%s: the first round shows\n%s", c.name, got)
		}
		if got := compareText(c.view, c.shown, d.Changes(compareRows(c.now))); got != c.want {
			t.Errorf("%s:\n%swant:\n%s", c.name, got, c.want)
		}
		if got := compareText(c.view, c.shown, d.Changes(compareRows(c.now))); got != "" {
			t.Errorf("%s, and the same again:\n%s", c.name, got)
		}
	}
}

// TestCompareAskedFacts checks that facts that always move count if they are asked for.
func TestCompareAskedFacts(t *testing.T) {
	asked, err := fact.Find(fact.Routes, "use,change")
	if err != nil {
		t.Fatal(err)
	}
	d := NewDifferOf(fact.Routes, asked)
	before, now := compareRoute("10.0.0.0/8", "10.0.0.1", 0), compareRoute("10.0.0.0/8", "10.0.0.1", 0)
	now.Route.Use, now.Route.RefCount = 3, 4
	_ = compareText(fact.Routes, "use", d.Changes(compareRows([]fact.Record{before})))
	if got := compareText(fact.Routes, "use", d.Changes(compareRows([]fact.Record{now}))); got != "changed 3 use\n" {
		t.Error(got)
	}
}

// TestCompareFailedTables checks that records of a family that could not be read are
// neither closed nor opened, and that those of another family are.
func TestCompareFailedTables(t *testing.T) {
	four, other := compareRoute("10.0.0.0/8", "10.0.0.1", 0), compareRoute("11.0.0.0/8", "10.0.0.1", 0)
	six := compareRoute("10.0.0.0/8", "10.0.0.1", 0)
	six.Route.Family, six.Route.Destination = netstat.Inet6, netip.MustParsePrefix("2001:db8::/32")
	failed := &netstat.OpError{Table: netstat.Table{Family: netstat.Inet6}, Err: errors.New("failed")}
	lacking := &netstat.OpError{Table: netstat.Table{Family: netstat.Inet6}, Err: errors.ErrUnsupported}
	d := NewDifferOf(fact.Routes, nil)
	for i, round := range []struct {
		rows []fact.Record
		err  error
		want string
	}{
		{[]fact.Record{four, six}, nil, " 10.0.0.0/8 \n 2001:db8::/32 \n"},
		{[]fact.Record{other}, failed, "! " + failed.Error() + "\nopened 11.0.0.0/8 \nclosed 10.0.0.0/8 \n"},
		{[]fact.Record{other, six}, nil, ""},
		{[]fact.Record{other}, lacking, "! " + lacking.Error() + "\nclosed 2001:db8::/32 \n"},
		{[]fact.Record{other}, &netstat.OpError{Err: netstat.ErrNoRoutes}, "! " + (&netstat.OpError{Err: netstat.ErrNoRoutes}).Error() + "\n"},
		{nil, &netstat.OpError{Err: netstat.ErrNoRoutes}, "! " + (&netstat.OpError{Err: netstat.ErrNoRoutes}).Error() + "\nclosed 11.0.0.0/8 \n"},
	} {
		var errs []error
		if round.err != nil {
			errs = append(errs, round.err)
		}
		if got := compareText(fact.Routes, "destination", d.Changes(compareRows(round.rows, errs...))); got != round.want {
			t.Errorf("round %d:\n%swant:\n%s", i, got, round.want)
		}
	}
	// What was unread in every round is as in the first.
	d = NewDifferOf(fact.Routes, nil)
	_ = compareText(fact.Routes, "destination", d.Changes(compareRows([]fact.Record{four}, failed)))
	if got := compareText(fact.Routes, "destination", d.Changes(compareRows([]fact.Record{four, other, six}))); got != "opened 11.0.0.0/8 \n 2001:db8::/32 \n" {
		t.Error(got)
	}
}
