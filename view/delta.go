package view

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"time"

	"netstat"
	"netstat/fact"
)

// Deltas compares the counters of a round with those of the previous round,
// timed by its clock. It must be used by one goroutine only.
type Deltas struct {
	clock      func() time.Time
	before     time.Time // start of the last complete round; zero if there is none
	now        time.Time
	counters   map[counterKey]counterSeen
	interfaces map[interfaceKey]interfaceSeen
	tracked    map[trackedKey]trackedSeen
	round      uint32
	rates      fact.Rates
	// moved is set if only counters that moved are wanted.
	moved bool
}

type counterKey struct {
	netns       string
	family      netstat.Family
	group, name string
}

// counterSeen is a counter value and its round.
type counterSeen struct {
	value uint64
	round uint32
}

// OnlyMoved makes requests yield, from the second round on, only the counters that have
// moved: those with another value than before, new ones and those that are gone.
func (d *Deltas) OnlyMoved() { d.moved = true }

type interfaceKey struct {
	netns, name string
	index       uint32
}

type interfaceSeen struct {
	receive, transmit netstat.InterfaceCounters
	round             uint32
}

// NewDeltas returns a Deltas that has not seen a round yet.
func NewDeltas(clock func() time.Time) *Deltas {
	return &Deltas{
		clock:    clock,
		counters: make(map[counterKey]counterSeen), interfaces: make(map[interfaceKey]interfaceSeen),
		tracked: make(map[trackedKey]trackedSeen),
	}
}

// begin starts a round. All places of a round share its time.
func (d *Deltas) begin() {
	if d.now.IsZero() {
		d.now = d.clock()
		d.round++
	}
}

// NextRound ends a round. RecordsOf calls it; a caller of Begin must call it after each
// report.
func (d *Deltas) NextRound() {
	if !d.now.IsZero() {
		d.before, d.now = d.now, time.Time{}
		for key, seen := range d.tracked {
			if seen.round != d.round {
				delete(d.tracked, key) // connections come and go
			}
		}
	}
}

// Begin begins a report. It returns the time of the report and the time since the
// previous one, from which the rates are computed, or 0 if the report has totals instead.
func (d *Deltas) Begin() (at time.Time, elapsed time.Duration) {
	d.begin()
	return d.now, max(d.elapsed(), 0)
}

// Reading is the meaning of a number in a report on changes.
type Reading uint8

const (
	Total   Reading = iota // total since the system or the interface started, or a gauge
	Rate                   // rate since the previous report, in thousandths per second
	Unknown                // unknown rate
)

// Counter replaces the value of a counter by its rate if the report has rates. A nil
// Deltas changes nothing.
func (d *Deltas) Counter(f netstat.Family, c *netstat.Counter) Reading {
	if d == nil {
		return Total
	}
	d.begin()
	rates := d.counterRates("", f, c)
	switch {
	case rates == nil || rates.Elapsed <= 0 || IsGauge(c.Name):
		return Total
	case rates.Counter.Kind == fact.ValueAbsent:
		return Unknown
	}
	c.Value = rates.Counter.Number
	return Rate
}

// Interface replaces the counters of an interface by their rates if the report has rates.
// It removes the counters of an interface that is new or whose counters were reset. A nil
// Deltas changes nothing.
func (d *Deltas) Interface(i *netstat.Interface) Reading {
	if d == nil {
		return Total
	}
	d.begin()
	rates := d.interfaceRates("", i)
	if rates == nil {
		return Total
	}
	if !i.HasCounters {
		return Unknown
	}
	for k := range fact.InterfaceCounters {
		for _, way := range [...]struct {
			counters *netstat.InterfaceCounters
			rate     *fact.Value
		}{{&i.Receive, &rates.Receive[k]}, {&i.Transmit, &rates.Transmit[k]}} {
			c := &fact.InterfaceCounters[k]
			if _, known := c.Known(i, way.counters); known && way.rate.Kind == fact.ValueAbsent {
				i.HasCounters = false
				return Unknown
			}
			*c.Of(way.counters) = way.rate.Number
		}
	}
	return Rate
}

// elapsed returns the time since the previous round, or 0 if there is none.
func (d *Deltas) elapsed() time.Duration {
	if d.before.IsZero() {
		return 0
	}
	return d.now.Sub(d.before)
}

// counterRates records a counter and returns its rate. It returns nil in the
// first round and for a nil Deltas. The result is valid until the next call.
func (d *Deltas) counterRates(netns string, f netstat.Family, c *netstat.Counter) *fact.Rates {
	if d == nil || c.Name == "" {
		return nil
	}
	key := counterKey{netns, f, c.Group, c.Name}
	last, ok := d.counters[key]
	d.counters[key] = counterSeen{c.Value, d.round}
	if d.round <= 1 {
		return nil
	}
	d.rates = fact.Rates{Elapsed: d.elapsed()}
	switch {
	case !ok || last.round != d.round-1:
		d.rates.Moved = true
		return &d.rates
	case last.value == c.Value:
	default:
		d.rates.Moved = true
	}
	d.rates.Before = fact.Value{Kind: fact.ValueNumber, Number: last.value}
	if IsGauge(c.Name) {
		return &d.rates
	}
	n, counted := increase(last.value, c.Value)
	switch {
	case !counted:
		d.rates.Back = fact.BackReset
		return &d.rates
	case c.Value < last.value:
		d.rates.Back = fact.BackWrapped
	}
	d.rates.Increase = fact.Value{Kind: fact.ValueNumber, Number: n}
	if d.rates.Elapsed > 0 {
		d.rates.Counter = perSecond(last.value, c.Value, d.rates.Elapsed)
	}
	return &d.rates
}

// counter returns the record of a counter of a place, and false if it is not wanted.
func (d *Deltas) counter(netns string, f netstat.Family, c *netstat.Counter) (fact.Record, bool) {
	rec := fact.Record{Counter: c, Family: f, Rates: d.counterRates(netns, f, c)}
	switch {
	case d == nil || !d.moved || d.round <= 1:
		return rec, true
	case rec.Rates == nil || !rec.Rates.Moved:
		return rec, false
	case rec.Rates.Before.Kind == fact.ValueAbsent:
		rec.Change = fact.ChangeOpened
	default:
		rec.Change = fact.ChangeChanged
	}
	return rec, true
}

// gone yields the counters of the previous round that this round lacks, with their last
// values, and reports whether more are wanted.
func (d *Deltas) gone(yield func(*fact.Record, error) bool) bool {
	if !d.moved || d.round <= 1 {
		return true
	}
	var keys []counterKey
	for key, seen := range d.counters {
		if seen.round == d.round-1 {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b counterKey) int {
		return cmp.Or(cmp.Compare(a.netns, b.netns), cmp.Compare(a.family, b.family), cmp.Compare(a.group, b.group), cmp.Compare(a.name, b.name))
	})
	for _, key := range keys {
		rec := fact.Record{
			Counter: &netstat.Counter{Group: key.group, Name: key.name, Value: d.counters[key].value},
			Netns:   key.netns, Family: key.family, Change: fact.ChangeClosed,
		}
		if !yield(&rec, nil) {
			return false
		}
	}
	return true
}

// interfaceRates is like counterRates, but for an interface.
func (d *Deltas) interfaceRates(netns string, i *netstat.Interface) *fact.Rates {
	if d == nil {
		return nil
	}
	key := interfaceKey{netns, i.Name, i.Index}
	last, ok := d.interfaces[key]
	if i.HasCounters {
		d.interfaces[key] = interfaceSeen{i.Receive, i.Transmit, d.round}
	}
	d.rates = fact.Rates{Elapsed: d.elapsed()}
	if d.rates.Elapsed <= 0 {
		return nil
	}
	if ok && last.round == d.round-1 && i.HasCounters {
		for k := range fact.InterfaceCounters {
			c := &fact.InterfaceCounters[k]
			if n, known := c.Known(i, &i.Receive); known {
				d.rates.Receive[k] = perSecond(*c.Of(&last.receive), n, d.rates.Elapsed)
			}
			if n, known := c.Known(i, &i.Transmit); known {
				d.rates.Transmit[k] = perSecond(*c.Of(&last.transmit), n, d.rates.Elapsed)
			}
		}
	}
	return &d.rates
}

// trackedKey identifies a tracked connection: its number alone may be that of another.
type trackedKey struct {
	netns               string
	id                  uint32
	protocol            uint8
	zone                uint16
	source, destination netip.AddrPort
	// message tells apart what has no ports: keys of GRE, or identifier and type of ICMP.
	message [2]uint16
}

type trackedSeen struct {
	counters [len(fact.TrackedCounters)]uint64
	round    uint32
}

// trackedRates is like counterRates, but for a tracked connection. One that is new has no
// rates.
func (d *Deltas) trackedRates(netns string, c *netstat.TrackedConnection) *fact.Rates {
	if d == nil {
		return nil
	}
	o := &c.Original
	key := trackedKey{
		netns, c.ID, c.IPProtocol, c.Zone, o.Source, o.Destination,
		[2]uint16{o.SourceKey ^ o.ICMPID, o.DestinationKey ^ uint16(o.ICMPType)},
	}
	d.rates = fact.Rates{Elapsed: d.elapsed()}
	if c.Known.Has(netstat.TrackedCounters) {
		last, ok := d.tracked[key]
		now := trackedSeen{round: d.round}
		for i := range fact.TrackedCounters {
			now.counters[i] = *fact.TrackedCounters[i].Of(c)
			if ok && last.round == d.round-1 && d.rates.Elapsed > 0 && now.counters[i] >= last.counters[i] {
				d.rates.Tracked[i] = perSecond(last.counters[i], now.counters[i], d.rates.Elapsed)
			}
		}
		d.tracked[key] = now
	}
	if d.rates.Elapsed <= 0 {
		return nil
	}
	return &d.rates
}

// increase returns the increase of a counter, or false if the counter was
// reset. Counters wrap at 2^32 or at 2^64. A counter that decreased from a
// value below 2^32 is taken to have wrapped there if the increase is then less
// than half the range.
func increase(before, now uint64) (uint64, bool) {
	switch {
	case now >= before:
		return now - before, true
	case before < 1<<32 && uint32(now-before) < 1<<31:
		return uint64(uint32(now - before)), true
	case before >= 1<<32 && now-before < 1<<63:
		return now - before, true
	}
	return 0, false
}

// perSecond returns a rate in thousandths, absent if the counter was reset.
func perSecond(before, now uint64, elapsed time.Duration) fact.Value {
	n, ok := increase(before, now)
	if !ok {
		return fact.Value{}
	}
	return milliPerSecond(n, elapsed)
}

// milliPerSecond returns n in a time as a rate in thousandths per second.
func milliPerSecond(n uint64, elapsed time.Duration) fact.Value {
	milli := math.Round(float64(n) / elapsed.Seconds() * 1000)
	return fact.Value{Kind: fact.ValueMilli, Number: uint64(min(milli, math.MaxInt64/2))}
}

// IsGauge reports whether a counter is a gauge, a number that goes up and down, or a
// constant; the rate of either is meaningless. The names are those of the MIBs, of Linux
// (include/uapi/linux/snmp.h: TcpCurrEstab, MPCurrEstab, TlsCurr…) and of MIB_IPSTATS and
// its relatives on Windows.
func IsGauge(name string) bool {
	switch name {
	case "Forwarding", "DefaultTTL", "NumIf", "NumAddr", "NumAddrs", "NumRoutes", "NumConns",
		"RtoAlgorithm", "RtoMin", "RtoMax", "RtoInitial", "RtoMinimum", "RtoMaximum", "MaxConn",
		"CurrEstab", "MPCurrEstab", "ValCookieLife", "MaxInitRetr",
		"TlsCurrTxSw", "TlsCurrRxSw", "TlsCurrTxDevice", "TlsCurrRxDevice":
		return true
	}
	return false
}
