package render

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"netstat"
	"netstat/internal/ascii"
	"netstat/view"
)

// label is a label of a series.
type label struct{ name, value string }

// family begins a family of series: its HELP, TYPE and UNIT. name has no unit and no
// "_total"; unit is "" for numbers without one. It returns the name of the series, or ""
// if the name is taken.
func (m *metricsReport) family(name, unit, kind, help string) string {
	if unit != "" {
		name += "_" + unit
	}
	series := name
	if kind == "counter" {
		series += "_total"
	}
	if m.families[name] || m.families[series] {
		return ""
	}
	m.families[name], m.families[series] = true, true
	if m.classic {
		name = series
	}
	m.b = append(append(append(append(m.b, "# HELP "...), name...), ' '), escaped(help, !m.classic)...)
	m.b = append(append(append(append(m.b, "\n# TYPE "...), name...), ' '), kind...)
	if unit != "" && !m.classic {
		m.b = append(append(append(append(m.b, "\n# UNIT "...), name...), ' '), unit...)
	}
	m.b = append(m.b, '\n')
	return series
}

// escaped escapes a text of HELP or the value of a label: with quotes for a label, and for
// HELP of OpenMetrics.
func escaped(s string, quotes bool) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	s = strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "\n", `\n`)
	if quotes {
		s = strings.ReplaceAll(s, `"`, `\"`)
	}
	return s
}

// sample begins a line of a series and writes all but its value.
func (m *metricsReport) sample(series string, labels ...label) {
	m.b = append(m.b, series...)
	for i := range labels {
		if i == 0 {
			m.b = append(m.b, '{')
		} else {
			m.b = append(m.b, ',')
		}
		m.b = append(append(append(m.b, labels[i].name...), `="`...), escaped(labels[i].value, true)...)
		m.b = append(m.b, '"')
	}
	if len(labels) > 0 {
		m.b = append(m.b, '}')
	}
	m.b = append(m.b, ' ')
}

// number writes a line with a number.
func (m *metricsReport) number(n uint64, series string, labels ...label) {
	m.sample(series, labels...)
	m.b = append(strconv.AppendUint(m.b, n, 10), '\n')
}

// truth writes a line with 1 or 0.
func (m *metricsReport) truth(ok bool, series string, labels ...label) {
	n := uint64(0)
	if ok {
		n = 1
	}
	m.number(n, series, labels...)
}

// seconds writes a line with a number of seconds, given in milliseconds.
func (m *metricsReport) seconds(milliseconds int64, series string, labels ...label) {
	m.sample(series, labels...)
	m.b = append(strconv.AppendFloat(m.b, float64(milliseconds)/1000, 'f', 3, 64), '\n')
}

// End writes everything.
func (m *metricsReport) End() error {
	m.families["netstat_series_left_out"] = true // is the last one
	m.writeParts()
	if m.has("sockets") {
		m.writeSockets()
		m.writeQueues()
	}
	if m.has("interfaces") {
		m.writeInterfaces()
	}
	if m.has("findings") {
		m.writeFindings()
	}
	// The names of these come from the host; those above are taken.
	m.writeCounters()
	m.writeMeasures()
	if len(m.left) > 0 {
		delete(m.families, "netstat_series_left_out")
		series := m.family("netstat_series_left_out", "", "gauge", "Series that exceed the bounds of the report, or whose names are taken.")
		for _, part := range slices.Sorted(maps.Keys(m.left)) {
			m.number(uint64(m.left[part]), series, label{"part", part})
		}
	}
	m.b = append(m.b, "# EOF\n"...) // in Prometheus' format a comment
	return m.flush()
}

// has reports whether the report has a part.
func (m *metricsReport) has(name string) bool {
	return slices.ContainsFunc(m.parts, func(p metricPart) bool { return p.name == name })
}

func (m *metricsReport) writeParts() {
	series := m.family("netstat_collection_success", "", "gauge", "Whether all of a part of the report was read.")
	for _, p := range m.parts {
		m.truth(p.ok, series, label{"part", p.name})
	}
	series = m.family("netstat_collection_duration", "seconds", "gauge", "Time that reading a part of the report took.")
	for _, p := range m.parts {
		if p.took >= 0 {
			m.seconds(p.took.Milliseconds(), series, label{"part", p.name})
		}
	}
	series = m.family("netstat_collection_timestamp", "seconds", "gauge", "Time that a part of the report is about, since 1970-01-01 UTC.")
	for _, p := range m.parts {
		m.seconds(m.at.UnixMilli(), series, label{"part", p.name})
	}
}

// tableLabels returns the labels of a socket table.
func tableLabels(t netstat.Table) []label {
	protocol := t.Protocol.String()
	if t.Protocol == netstat.ProtocolNone {
		protocol = t.Family.String()
	}
	return []label{{"protocol", protocol}, {"family", t.Family.String()}}
}

func compareTables(a, b netstat.Table) int {
	return cmp.Or(cmp.Compare(a.Protocol.String(), b.Protocol.String()), cmp.Compare(a.Family.String(), b.Family.String()))
}

func (m *metricsReport) writeSockets() {
	series := m.family("netstat_sockets", "", "gauge", "Sockets by protocol, address family, state and process.")
	sums := m.labelled(m.named())
	keys := slices.SortedFunc(maps.Keys(sums), sumKey.compare)
	for _, key := range keys {
		m.number(sums[key], series, append(tableLabels(key.table), label{"state", key.state}, label{"process", key.process})...)
	}
}

func (m *metricsReport) writeQueues() {
	tables := slices.SortedFunc(maps.Keys(m.queues), compareTables)
	processes := make(map[string]*queueSum)
	chosen := m.named()
	for process, sum := range m.byProcess {
		name := labelValue(process)
		if !chosen[name] {
			name = metricOther
		}
		total := processes[name]
		if total == nil {
			total = new(queueSum)
			processes[name] = total
		}
		total.received += sum.received
		total.sent += sum.sent
	}
	names := slices.Sorted(maps.Keys(processes))
	for _, way := range [...]struct {
		name, help string
		of         func(*queueSum) uint64
	}{
		{"receive_queue", "Bytes received and not yet read", func(s *queueSum) uint64 { return s.received }},
		{"send_queue", "Bytes written and not yet acknowledged or sent", func(s *queueSum) uint64 { return s.sent }},
	} {
		series := m.family("netstat_"+way.name, "bytes", "gauge", way.help+", by protocol and address family.")
		for _, t := range tables {
			m.number(way.of(m.queues[t]), series, tableLabels(t)...)
		}
		series = m.family("netstat_process_"+way.name, "bytes", "gauge", way.help+", by process.")
		for _, name := range names {
			m.number(way.of(processes[name]), series, label{"process", name})
		}
	}
	keys, rest := m.chosenPorts()
	for _, one := range [...]struct {
		name, help string
		of         func(*acceptQueue) uint64
	}{
		{"netstat_accept_queue_connections", "Connections that wait to be accepted by the listener with the fullest queue, by local port.", func(q *acceptQueue) uint64 { return q.used }},
		{"netstat_accept_queue_limit", "Limit of the queue of that listener.", func(q *acceptQueue) uint64 { return q.limit }},
		{"netstat_listeners", "Sockets that listen on a local port.", func(q *acceptQueue) uint64 { return q.listeners }},
	} {
		series := m.family(one.name, "", "gauge", one.help)
		for _, key := range keys {
			m.number(one.of(m.ports[key]), series, label{"protocol", key.protocol.String()}, label{"port", strconv.Itoa(int(key.port))})
		}
		if rest != nil {
			m.number(one.of(rest), series, label{"protocol", metricOther}, label{"port", metricOther})
		}
	}
}

func (m *metricsReport) writeInterfaces() {
	shown := m.chosenInterfaces()
	series := m.family("netstat_interfaces", "", "gauge", "Network interfaces.")
	m.number(uint64(len(m.interfaces)), series)
	series = m.family("netstat_interface_up", "", "gauge", "Whether the interface is administratively up.")
	for i := range shown {
		if !shown[i].combined {
			m.truth(shown[i].up, series, label{"interface", shown[i].name})
		}
	}
	for k := range interfaceMetrics {
		c := &interfaceMetrics[k]
		series := m.family("netstat_interface_"+c.name, c.unit, "counter", c.help)
		for i := range shown {
			way := shown[i].way(c.transmit)
			if shown[i].counted && way.Absent&c.absent == 0 {
				m.number(*c.at(way), series, label{"interface", shown[i].name})
			}
		}
	}
}

func (m *metricsReport) writeFindings() {
	var rules []string
	if m.options.Looked != nil {
		rules = slices.Clone(m.options.Looked.Rules)
		for _, u := range m.options.Looked.Unlooked {
			rules = append(rules, u.Rule)
		}
	}
	slices.Sort(rules)
	rules = slices.Compact(rules)
	series := m.family("netstat_rule_looked", "", "gauge", "Whether a rule of --diagnose could look at something.")
	for _, rule := range rules {
		m.truth(m.ruleLooked(rule), series, label{"rule", rule})
	}
	series = m.family("netstat_findings", "", "gauge", "Findings of --diagnose by rule and severity.")
	for _, rule := range rules {
		for severity := netstat.Critical; m.ruleLooked(rule); severity-- {
			m.number(m.findings[findingKey{rule, severity}], series, label{"rule", rule}, label{"severity", severity.String()})
			if severity == netstat.Info {
				break
			}
		}
	}
}

// metricWord returns part of a metric's name: s in lower case, with "_" for what a name
// cannot have.
func metricWord(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		}
		return '_'
	}, s[:min(len(s), metricName)])
}

func (m *metricsReport) writeCounters() {
	for i := range m.counters {
		c := &m.counters[i]
		kind := "counter"
		if gauge(c) {
			kind = "gauge"
		}
		m.fromHost("counters", "netstat_"+metricWord(c.Group)+"_"+metricWord(c.Name), kind, "Counter "+c.Name+" of "+cmp.Or(c.Group, "the system")+".", c.Value)
	}
}

func (m *metricsReport) writeMeasures() {
	for i := range m.measures {
		v := &m.measures[i]
		kind := "gauge"
		if view.CountsEvents(v) {
			kind = "counter"
		}
		help := "Measure " + v.Name + " of " + v.Group.String()
		if v.Group == netstat.MeasureSockets && strings.HasSuffix(v.Name, ".mem") || strings.Contains(v.Name, "tcp_mem.") || strings.Contains(v.Name, "udp_mem.") {
			help += ", in pages"
		}
		m.fromHost("measures", "netstat_"+metricWord(v.Group.String())+"_"+metricWord(v.Name), kind, help+".", v.Value)
	}
}

// fromHost writes a number whose name comes from the host. It is signed if it is a gauge.
func (m *metricsReport) fromHost(part, name, kind, help string, value uint64) {
	for _, suffix := range [...]string{"_total", "_count", "_sum", "_bucket", "_created", "_info"} {
		if kind == "gauge" && strings.HasSuffix(name, suffix) {
			name += "_value" // other types have these suffixes
			break
		}
	}
	series := m.family(name, "", kind, string(ascii.AppendSafe(nil, help[:min(len(help), 4*metricName)])))
	if series == "" {
		m.left[part]++
		return
	}
	m.sample(series)
	if kind == "gauge" {
		m.b = strconv.AppendInt(m.b, int64(value), 10)
	} else {
		m.b = strconv.AppendUint(m.b, value, 10)
	}
	m.b = append(m.b, '\n')
}
