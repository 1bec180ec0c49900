package render

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/internal/ascii"
	"netstat/view"
)

// Bounds of what one report about metrics holds, in series. Together they are less than
// 2,000. docs/metrics.md states them.
const (
	metricProcesses  = 50  // processes by name; the others are "other"
	metricSockets    = 460 // of netstat_sockets: fewer processes have a name of their own if needed
	metricStates     = 80  // combinations of table and state; the other states of each table are "other"
	metricPorts      = 75  // local ports of listeners; the others are "other"
	metricInterfaces = 20  // interfaces by name; the others are "other"
	metricCounters   = 540
	metricTypes      = 40 // of these, counters of ICMP messages by the number of their type
	metricMeasures   = 140
	metricName       = 64 // bytes of a label's value
)

// Totals is a Renderer of a format that writes totals about a host and no records.
type Totals interface {
	Renderer
	// Measure adds a number that the host keeps beside its counters.
	Measure(netstat.Measure)
	// Part ends a part of the report, such as "sockets". took is the time that reading it
	// took, negative if unknown. ok reports whether all of it was read.
	Part(name string, took time.Duration, ok bool)
}

// metricsReport sums up the records of a report and writes the sums as metrics. Its memory
// is bounded by the number of processes, ports, interfaces and counters, not by that of
// sockets.
type metricsReport struct {
	*report
	classic bool // write Prometheus' text format, not OpenMetrics
	at      time.Time
	parts   []metricPart

	sockets    map[socketKey]uint64
	queues     map[netstat.Table]*queueSum
	byProcess  map[string]*queueSum
	ports      map[portKey]*acceptQueue
	counters   []netstat.Counter
	counted    map[counterKey]bool
	types      int // how many of them are about a type of ICMP messages
	interfaces []metricInterface
	measures   []netstat.Measure
	findings   map[findingKey]uint64

	families map[string]bool // names that are taken
	left     map[string]int  // series left out, by part
}

type metricPart struct {
	name string
	took time.Duration
	ok   bool
}

type socketKey struct {
	process string
	table   netstat.Table
	state   netstat.State
}

// sumKey holds the labels of a series of netstat_sockets.
type sumKey struct {
	process string
	table   netstat.Table
	state   string
}

type portKey struct {
	protocol netstat.Protocol
	port     uint16
}

type counterKey struct{ group, name string }

type findingKey struct {
	rule     string
	severity netstat.Severity
}

// queueSum holds sums of bytes in queues, and the number of sockets.
type queueSum struct{ received, sent, sockets uint64 }

// acceptQueue is the fullest accept queue of some listeners.
type acceptQueue struct {
	used, limit, listeners uint64
}

// add adds a listener. Limits of 0 count as 1.
func (q *acceptQueue) add(used, limit, listeners uint64) {
	if q.listeners == 0 || used*max(q.limit, 1) > q.used*max(limit, 1) {
		q.used, q.limit = used, limit
	}
	q.listeners += listeners
}

type metricInterface struct {
	name     string
	virtual  bool // its name is that of one end of a pair, as containers have
	up       bool
	counted  bool
	rx, tx   netstat.InterfaceCounters
	combined bool // stands for several
}

func newOpenMetrics(r *report, _ Format) (Renderer, error) { return &metricsReport{report: r}, nil }

func newPrometheus(r *report, _ Format) (Renderer, error) {
	return &metricsReport{report: r, classic: true}, nil
}

func (m *metricsReport) Begin(at time.Time) error {
	*m = metricsReport{
		report: m.report, classic: m.classic, at: at,
		sockets: make(map[socketKey]uint64), queues: make(map[netstat.Table]*queueSum), byProcess: make(map[string]*queueSum),
		ports: make(map[portKey]*acceptQueue), counted: make(map[counterKey]bool), findings: make(map[findingKey]uint64),
		families: make(map[string]bool), left: make(map[string]int),
	}
	return m.err
}

// Problem does nothing: Part tells whether a part was read.
func (m *metricsReport) Problem(error) {}

func (m *metricsReport) Measure(v netstat.Measure) {
	switch {
	case ofProcessor(v.Group.String(), v.Name):
	case len(m.measures) == metricMeasures:
		m.left["measures"]++
	default:
		m.measures = append(m.measures, v)
	}
}

// ofProcessor reports whether a number is about one processor. A host may have hundreds of
// these, and it has their sums.
func ofProcessor(group, name string) bool {
	return group == netstat.MeasureSoftnet.String() && strings.Contains(name, ".cpu")
}

func (m *metricsReport) Part(name string, took time.Duration, ok bool) {
	m.parts = append(m.parts, metricPart{name, took, ok})
}

func (m *metricsReport) Record(rec *fact.Record) error {
	switch {
	case rec.Row != nil:
		m.socket(rec.Row)
	case rec.Counter != nil:
		m.counter(rec.Counter)
	case rec.Interface != nil:
		m.networkInterface(rec.Interface)
	case rec.Finding != nil:
		m.findings[findingKey{rec.Finding.Rule, rec.Finding.Severity}]++
	}
	return m.err
}

func (m *metricsReport) socket(row *fact.Row) {
	s := &row.Socket
	process := processOf(row)
	m.sockets[socketKey{process, s.Table, s.State}]++
	sum := m.byProcess[process]
	if sum == nil {
		sum = new(queueSum)
		m.byProcess[process] = sum
	}
	sum.sockets++
	if s.Table.Family != netstat.Inet && s.Table.Family != netstat.Inet6 {
		return
	}
	if s.State == netstat.Listen {
		if s.MaxBacklog == 0 && s.RecvQ == 0 {
			return // the limit is unknown, or there is nothing to accept
		}
		key := portKey{s.Table.Protocol, s.Local.Port}
		q := m.ports[key]
		if q == nil {
			q = new(acceptQueue)
			m.ports[key] = q
		}
		q.add(s.RecvQ, uint64(s.MaxBacklog), 1)
		return
	}
	table := m.queues[s.Table]
	if table == nil {
		table = new(queueSum)
		m.queues[s.Table] = table
	}
	for _, sum := range [...]*queueSum{table, sum} {
		sum.received += s.RecvQ
		sum.sent += s.SendQ
	}
}

// Values of the label process for sockets that no process holds, for those whose process
// is unknown, and for processes without a value of their own.
const (
	processNone    = "none"
	processUnknown = "unknown"
	metricOther    = "other"
)

// processOf returns the system's name of the process that holds a socket. Unlike the name
// in other reports it is not from the command line, where servers write users, addresses
// and paths.
func processOf(row *fact.Row) string {
	switch {
	case len(row.Owners) == 0 && row.Unknown.None():
		return processNone
	case len(row.Owners) == 0:
		return processUnknown
	}
	p := &row.Owners[0].Process
	if p.Comm == "" && isProgramFile(p.Argv0) {
		return p.Argv0
	}
	return cmp.Or(p.Comm, processUnknown)
}

// isProgramFile reports whether the name of a process is that of a program's file on
// Windows, which has no command line in its place.
func isProgramFile(name string) bool {
	if name == "System" {
		return true
	}
	const extension = ".exe"
	return len(name) > len(extension) && strings.EqualFold(name[len(name)-len(extension):], extension) && !strings.ContainsAny(name, `@:/\"`)
}

func (m *metricsReport) counter(c *netstat.Counter) {
	key := counterKey{c.Group, c.Name}
	switch {
	case c.Name == "": // a group without counters
	case m.counted[key]: // Linux has those of TCP with both families
	case ofProcessor(c.Group, c.Name):
	case len(m.counters) == metricCounters, icmpType(c) && m.types == metricTypes:
		m.left["counters"]++
	default:
		if icmpType(c) {
			m.types++
		}
		m.counters = append(m.counters, *c)
		m.counted[key] = true
	}
}

// icmpType reports whether a counter is about one type of ICMP messages. Whoever sends
// to the host chooses how many of these there are.
func icmpType(c *netstat.Counter) bool {
	return strings.HasPrefix(c.Group, "Icmp") && (strings.HasPrefix(c.Name, "InType") || strings.HasPrefix(c.Name, "OutType"))
}

func (m *metricsReport) networkInterface(i *netstat.Interface) {
	m.interfaces = append(m.interfaces, metricInterface{
		name: i.Name, virtual: virtualName(i.Name), up: i.Flags.Has(netstat.InterfaceUp), counted: i.HasCounters, rx: i.Receive, tx: i.Transmit,
	})
}

// virtualName reports whether an interface is named as those that container engines and
// hypervisors make for each container or machine.
func virtualName(name string) bool {
	for _, prefix := range [...]string{"veth", "cali", "lxc", "tap", "vnet", "cilium", "eni", "azv", "vif", "dummy", "ifb"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// labelValue returns text from outside as the value of a label: without a directory and
// control characters, and bounded.
func labelValue(s string) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	if len(s) > metricName {
		s = s[:metricName]
		for len(s) > 0 && s[len(s)-1] >= 0x80 { // not in the middle of a character
			s = s[:len(s)-1]
		}
	}
	if s = strings.TrimSpace(string(ascii.AppendSafe(nil, s))); s == "" {
		return processUnknown
	}
	return s
}

// named returns the processes that have a value of their own, those with the most sockets.
func (m *metricsReport) named() map[string]bool {
	sums := make(map[string]uint64)
	for process, sum := range m.byProcess {
		sums[labelValue(process)] += sum.sockets
	}
	combinations := make(map[string]int)
	rest := make(map[sumKey]bool) // series if every process is "other"
	for key := range m.labelled(nil) {
		combinations[key.process]++
		rest[sumKey{metricOther, key.table, key.state}] = true
	}
	names := make([]string, 0, len(sums))
	for name := range sums {
		if name != processNone && name != processUnknown && name != metricOther {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a, b))
	})
	chosen := make(map[string]bool)
	room := metricSockets - combinations[processNone] - combinations[processUnknown] - len(rest)
	for _, name := range names[:min(len(names), metricProcesses)] {
		if room -= combinations[name]; room < 0 {
			break
		}
		chosen[name] = true
	}
	chosen[processNone], chosen[processUnknown] = true, true
	return chosen
}

// labelled returns the sums of sockets by the values of their labels. Processes that are
// not in chosen are "other"; nil chooses all.
func (m *metricsReport) labelled(chosen map[string]bool) map[sumKey]uint64 {
	states := make(map[sumKey]uint64)
	for key, n := range m.sockets {
		states[sumKey{table: key.table, state: key.state.String()}] += n
	}
	common := slices.SortedFunc(maps.Keys(states), func(a, b sumKey) int {
		return cmp.Or(cmp.Compare(states[b], states[a]), a.compare(b))
	})
	for _, key := range common[min(len(common), metricStates):] {
		delete(states, key)
	}
	sums := make(map[sumKey]uint64)
	for key, n := range m.sockets {
		sum := sumKey{labelValue(key.process), key.table, key.state.String()}
		if _, ok := states[sumKey{table: sum.table, state: sum.state}]; !ok {
			sum.state = metricOther
		}
		if chosen != nil && !chosen[sum.process] {
			sum.process = metricOther
		}
		sums[sum] += n
	}
	return sums
}

// compare orders series.
func (k sumKey) compare(o sumKey) int {
	return cmp.Or(compareTables(k.table, o.table), cmp.Compare(k.state, o.state), cmp.Compare(k.process, o.process))
}

// chosenPorts returns the accept queues to show: those of the ports with the fullest
// queues, and one for the others, whose port is 0.
func (m *metricsReport) chosenPorts() (keys []portKey, rest *acceptQueue) {
	for key := range m.ports {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b portKey) int {
		p, q := m.ports[a], m.ports[b]
		return cmp.Or(cmp.Compare(q.used*max(p.limit, 1), p.used*max(q.limit, 1)), cmp.Compare(a.port, b.port), cmp.Compare(a.protocol, b.protocol))
	})
	if len(keys) > metricPorts {
		rest = new(acceptQueue)
		for _, key := range keys[metricPorts:] {
			q := m.ports[key]
			rest.add(q.used, q.limit, q.listeners)
		}
		keys = keys[:metricPorts]
	}
	slices.SortFunc(keys, func(a, b portKey) int {
		return cmp.Or(cmp.Compare(a.protocol.String(), b.protocol.String()), cmp.Compare(a.port, b.port))
	})
	return keys, rest
}

// chosenInterfaces returns the interfaces to show: those that are no container's first,
// then those with the most traffic. The last one sums up the others.
func (m *metricsReport) chosenInterfaces() []metricInterface {
	list := slices.Clone(m.interfaces)
	traffic := func(i *metricInterface) uint64 { return i.rx.Bytes + i.tx.Bytes }
	slices.SortStableFunc(list, func(a, b metricInterface) int {
		virtual := 0
		if a.virtual != b.virtual {
			virtual = 1
			if b.virtual {
				virtual = -1
			}
		}
		return cmp.Or(virtual, cmp.Compare(traffic(&b), traffic(&a)), cmp.Compare(a.name, b.name))
	})
	// Different names may become one label.
	byLabel := make(map[string]int)
	var shown []metricInterface
	rest := metricInterface{name: metricOther, combined: true}
	for i := range list {
		one := &list[i]
		label := labelValue(one.name)
		at, known := byLabel[label]
		switch {
		case label == metricOther || !known && len(shown) == metricInterfaces:
			rest.add(one)
		case known:
			shown[at].add(one)
		default:
			one.name = label
			byLabel[label] = len(shown)
			shown = append(shown, *one)
		}
	}
	slices.SortFunc(shown, func(a, b metricInterface) int { return cmp.Compare(a.name, b.name) })
	if rest.counted || len(list) > len(shown) {
		shown = append(shown, rest)
	}
	return shown
}

// add adds the counters of another interface.
func (i *metricInterface) add(o *metricInterface) {
	i.up = i.up || o.up
	if !o.counted {
		return
	}
	i.counted = true
	for k := range interfaceMetrics {
		c := &interfaceMetrics[k]
		*c.at(i.way(c.transmit)) += *c.at(o.way(c.transmit))
	}
}

func (i *metricInterface) way(transmit bool) *netstat.InterfaceCounters {
	if transmit {
		return &i.tx
	}
	return &i.rx
}

// interfaceMetrics lists the counters of interfaces.
var interfaceMetrics = [...]struct {
	name     string
	transmit bool
	unit     string
	help     string
	absent   netstat.InterfaceCounterSet
	at       func(*netstat.InterfaceCounters) *uint64
}{
	{"receive", false, "bytes", "Bytes received.", 0, func(c *netstat.InterfaceCounters) *uint64 { return &c.Bytes }},
	{"receive_packets", false, "", "Packets received.", 0, func(c *netstat.InterfaceCounters) *uint64 { return &c.Packets }},
	{"receive_errors", false, "", "Bad packets received.", 0, func(c *netstat.InterfaceCounters) *uint64 { return &c.Errors }},
	{"receive_dropped", false, "", "Received packets that were dropped.", 0, func(c *netstat.InterfaceCounters) *uint64 { return &c.Dropped }},
	{"receive_fifo", false, "", "Overruns of the device's receive buffer.", netstat.CountsFIFO, func(c *netstat.InterfaceCounters) *uint64 { return &c.FIFO }},
	{"receive_frame", false, "", "Packets received with a wrong length, checksum or alignment.", netstat.CountsFrame, func(c *netstat.InterfaceCounters) *uint64 { return &c.Frame }},
	{"receive_multicast", false, "", "Multicast packets received.", netstat.CountsMulticast, func(c *netstat.InterfaceCounters) *uint64 { return &c.Multicast }},
	{"transmit", true, "bytes", "Bytes sent.", 0, func(c *netstat.InterfaceCounters) *uint64 { return &c.Bytes }},
	{"transmit_packets", true, "", "Packets sent.", 0, func(c *netstat.InterfaceCounters) *uint64 { return &c.Packets }},
	{"transmit_errors", true, "", "Packets that could not be sent.", 0, func(c *netstat.InterfaceCounters) *uint64 { return &c.Errors }},
	{"transmit_dropped", true, "", "Packets dropped instead of sent.", 0, func(c *netstat.InterfaceCounters) *uint64 { return &c.Dropped }},
	{"transmit_fifo", true, "", "Overruns of the device's send buffer.", netstat.CountsFIFO, func(c *netstat.InterfaceCounters) *uint64 { return &c.FIFO }},
	{"transmit_carrier", true, "", "Carrier losses and similar errors.", netstat.CountsCarrier, func(c *netstat.InterfaceCounters) *uint64 { return &c.Carrier }},
	{"transmit_collisions", true, "", "Collisions.", netstat.CountsCollisions, func(c *netstat.InterfaceCounters) *uint64 { return &c.Collisions }},
}

// ruleLooked reports whether a rule could look at something.
func (m *metricsReport) ruleLooked(rule string) bool {
	return m.options.Looked != nil && slices.Contains(m.options.Looked.Rules, rule)
}

// gauge reports whether a counter is a number that goes up and down, or a constant.
func gauge(c *netstat.Counter) bool { return view.IsGauge(c.Name) }
