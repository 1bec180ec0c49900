package view

import (
	"context"
	"iter"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
)

func TestIncrease(t *testing.T) {
	for _, c := range []struct {
		before, now, want uint64
		ok                bool
	}{
		{0, 0, 0, true},
		{5, 12, 7, true},
		{1<<32 - 5, 2, 7, true},        // wrapped at 2^32
		{1<<64 - 5, 2, 7, true},        // wrapped at 2^64
		{1<<32 + 5, 2, 0, false},       // reset
		{1000, 2, 0, false},            // reset: the increase would be nearly the whole range
		{1<<32 - 1, 1 << 32, 1, true},  // beyond 32 bits
		{1 << 40, 1<<40 - 1, 0, false}, // decreased
	} {
		if got, ok := increase(c.before, c.now); got != c.want || ok != c.ok {
			t.Errorf("from %d to %d: %d, %v; want %d, %v", c.before, c.now, got, ok, c.want, c.ok)
		}
	}
}

func TestDeltasOfCounters(t *testing.T) {
	now := time.Unix(0, 0)
	d := NewDeltas(func() time.Time { return now })
	// rate returns the rate of a counter in the next round.
	rate := func(group, name string, value uint64) string {
		c := netstat.Counter{Group: group, Name: name, Value: value}
		r := d.counterRates("", netstat.Inet, &c)
		if r == nil {
			return "none"
		}
		return string(r.Counter.Append(nil))
	}
	for i, round := range []struct {
		after                time.Duration
		packets, established string
		value                uint64
	}{
		{0, "none", "none", 10},
		{2 * time.Second, "5", "", 20},
		{500 * time.Millisecond, "4", "", 22},
		{3 * time.Second, "0.333", "", 23},
		{time.Second, "", "", 0}, // reset
		{time.Second, "1", "", 1},
		{0, "", "", 1}, // the clock stands still
	} {
		now = now.Add(round.after)
		d.begin()
		if got := rate("Ip", "InReceives", round.value); got != round.packets {
			t.Errorf("round %d: %q, want %q", i, got, round.packets)
		}
		if got := rate("Tcp", "CurrEstab", round.value); got != round.established {
			t.Errorf("round %d: a gauge has the rate %q", i, got)
		}
		d.NextRound()
	}
	// A counter that was missing for a round has no rate when it returns.
	now = now.Add(time.Second)
	d.begin()
	d.NextRound()
	now = now.Add(time.Second)
	d.begin()
	if got := rate("Ip", "InReceives", 500); got != "" {
		t.Errorf("%q", got)
	}
	if got := rate("Ip", "New", 500); got != "" {
		t.Errorf("a new counter has the rate %q", got)
	}
	// Without a previous round there is no rate.
	var none *Deltas
	if r := none.counterRates("", netstat.Inet, &netstat.Counter{Name: "x"}); r != nil {
		t.Errorf("%+v", r)
	}
}

func TestDeltasOfInterfaces(t *testing.T) {
	now := time.Unix(0, 0)
	d := NewDeltas(func() time.Time { return now })
	link := netstat.Interface{Name: "eth0", Index: 2, HasCounters: true, Receive: netstat.InterfaceCounters{Absent: netstat.CountsFrame}}
	_ = d.interfaceRates("", &link)
	columns, err := fact.Find(fact.Interfaces, "rx_bytes_per_second,tx_packets_per_second,rx_frame_per_second")
	if err != nil {
		t.Fatal(err)
	}
	d.begin()
	rates := func() (list []string) {
		rec := fact.Record{Interface: &link, Rates: d.interfaceRates("", &link)}
		for i := range columns {
			list = append(list, string(columns[i].Value(&rec).AppendPretty(nil)))
		}
		return list
	}
	check := func(want ...string) {
		t.Helper()
		got := rates()
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%v, want %v", got, want)
				return
			}
		}
	}
	check("-", "-", "-")
	d.NextRound()
	now = now.Add(4 * time.Second)
	d.begin()
	link.Receive.Bytes, link.Transmit.Packets, link.Receive.Frame = 10, 4000, 7
	check("2.5", "1000", "-")
	d.NextRound()
	now = now.Add(time.Second)
	d.begin()
	link.Index = 3 // another interface with the same name
	check("-", "-", "-")
}

// A dialect shows totals first, then rates in thousandths.
func TestDeltasReadings(t *testing.T) {
	now := time.Unix(0, 0)
	d := NewDeltas(func() time.Time { return now })
	for i, round := range []struct {
		after          time.Duration
		packets, bytes uint64
		is, ofLink     Reading
		rate, byteRate uint64
	}{
		{0, 100, 1000, Total, Total, 100, 1000},
		{2 * time.Second, 109, 1001, Rate, Rate, 4500, 500},
		{time.Second, 3, 1001, Unknown, Rate, 3, 0},
		{time.Second, 3, 7, Rate, Unknown, 0, 7},
		{0, 9, 9, Total, Total, 9, 9}, // the clock stands still
	} {
		now = now.Add(round.after)
		if at, elapsed := d.Begin(); at != now || elapsed != round.after {
			t.Errorf("round %d: began %v, after %v", i, at, elapsed)
		}
		c := netstat.Counter{Group: "Ip", Name: "InReceives", Value: round.packets}
		if is := d.Counter(netstat.Inet, &c); is != round.is || c.Value != round.rate {
			t.Errorf("round %d: %d, a reading %d, want %d, %d", i, c.Value, is, round.rate, round.is)
		}
		gauge := netstat.Counter{Group: "Tcp", Name: "CurrEstab", Value: 3}
		if is := d.Counter(netstat.Inet, &gauge); is != Total || gauge.Value != 3 {
			t.Errorf("round %d: a gauge is %d, a reading %d", i, gauge.Value, is)
		}
		link := netstat.Interface{Name: "eth0", HasCounters: true, MTU: 1500, Receive: netstat.InterfaceCounters{Bytes: round.bytes}}
		if is := d.Interface(&link); is != round.ofLink || link.Receive.Bytes != round.byteRate || link.MTU != 1500 || link.HasCounters != (is != Unknown) {
			t.Errorf("round %d: %+v, a reading %d, want %d, %d", i, link, is, round.byteRate, round.ofLink)
		}
		d.NextRound()
	}
	var none *Deltas
	c := netstat.Counter{Name: "x", Value: 5}
	if is := none.Counter(netstat.Inet, &c); is != Total || c.Value != 5 || none.Interface(&netstat.Interface{}) != Total {
		t.Errorf("without a comparison: %d, %+v", is, c)
	}
}

// counterHost has counters and nothing else, and reads them without an error.
type counterHost struct {
	selectHost
	counters []netstat.Counter
}

func (h *counterHost) Counters(context.Context, netstat.Family) iter.Seq2[netstat.Counter, error] {
	return func(yield func(netstat.Counter, error) bool) {
		for _, c := range h.counters {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// TestMovedCounters checks which counters a round of only those that moved has, and what
// it says about them.
func TestMovedCounters(t *testing.T) {
	now := time.Unix(0, 0)
	d := NewDeltas(func() time.Time { return now })
	d.OnlyMoved()
	host := &counterHost{}
	req := &Request{Tables: Tables{View: fact.Statistics, Counters: []netstat.Family{netstat.Inet}}, Deltas: d, Limit: 100}
	columns, err := fact.Find(fact.Statistics, "change,name,before,value,increase,per_second,back")
	if err != nil {
		t.Fatal(err)
	}
	for i, round := range []struct {
		counters []netstat.Counter
		want     string
	}{
		{[]netstat.Counter{{Name: "A", Value: 5}, {Name: "B", Value: 1<<32 - 2}, {Name: "C", Value: 9000}, {Name: "CurrEstab", Value: 7}, {Name: "D"}, {Name: "E", Value: 3}},
			"- A - 5 - - -\n- B - 4294967294 - - -\n- C - 9000 - - -\n- CurrEstab - 7 - - -\n- D - 0 - - -\n- E - 3 - - -\n"},
		{[]netstat.Counter{{Name: "A", Value: 9}, {Name: "B", Value: 1}, {Name: "C", Value: 1}, {Name: "CurrEstab", Value: 6}, {Name: "D"}, {Name: "F", Value: 4}},
			"changed A 5 9 4 2 -\nchanged B 4294967294 1 3 1.5 wrapped\nchanged C 9000 1 - - reset\nchanged CurrEstab 7 6 - - -\nopened F - 4 - - -\nclosed E - 3 - - -\n"},
		{[]netstat.Counter{{Name: "A", Value: 9}, {Name: "B", Value: 1}, {Name: "C", Value: 1}, {Name: "CurrEstab", Value: 6}, {Name: "D"}, {Name: "F", Value: 4}}, ""},
	} {
		host.counters = round.counters
		got := selectText(t, Records(t.Context(), host, req), columns)
		if got != round.want {
			t.Errorf("round %d:\n%swant:\n%s", i, got, round.want)
		}
		now = now.Add(2 * time.Second)
	}
}

// TestMovedCountersWithLimit checks that a limit hides no counter from the next round.
func TestMovedCountersWithLimit(t *testing.T) {
	now := time.Unix(0, 0)
	d := NewDeltas(func() time.Time { return now })
	d.OnlyMoved()
	host := &counterHost{counters: []netstat.Counter{{Name: "A"}, {Name: "B"}, {Name: "C"}}}
	left := uint64(0)
	req := &Request{Tables: Tables{View: fact.Statistics, Counters: []netstat.Family{netstat.Inet}}, Deltas: d, Limit: 1, LeftOut: &left}
	if n := Count(Records(t.Context(), host, req), nil); n != 1 || left != 2 {
		t.Errorf("%d records, %d left out", n, left)
	}
	now = now.Add(time.Second)
	if n := Count(Records(t.Context(), host, req), nil); n != 0 || left != 0 {
		t.Errorf("%d records, %d left out, though no counter moved", n, left)
	}
}
