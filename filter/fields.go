package filter

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"netstat"
)

// field is a word that a test may begin with.
type field struct {
	flag  bool // it may stand alone
	parse func(*value) (node, *Error)
}

var (
	fieldsOnce sync.Once
	fieldTable map[string]field
)

// fields are all there are, by name. They are made when the first expression
// is read, as most command lines have none.
func fields() map[string]field {
	fieldsOnce.Do(func() { fieldTable = allFields() })
	return fieldTable
}

func allFields() map[string]field {
	list := map[string]field{
		"autobound": {flag: true, parse: parseAutobound},
		"dev":       {parse: parseDevice},
		"fwmark":    {parse: parseMark},
		"cgroup":    {parse: parseCgroup},
		"state":     {parse: parseState},
		"user":      {parse: parseUser},
		// Of a process, where user may be of the socket.
		"owner_user": {parse: parseOwnerUser},
	}
	for _, name := range []string{"src", "dst", "address"} {
		list[name] = field{parse: parseHost}
	}
	for _, name := range []string{"sport", "dport", "port"} {
		list[name] = field{parse: parsePort}
	}

	numbers := []*numberField{
		{name: "inode", unit: unitNumber, facts: Facts{Socket: netstat.FactInode}, one: inode},
		{name: "uid", unit: unitNumber, facts: Facts{Socket: netstat.FactUID}, one: uid},
		{name: "recvq", unit: unitBytes, facts: Facts{Socket: netstat.FactQueues}, one: recvQ},
		{name: "sendq", unit: unitBytes, facts: Facts{Socket: netstat.FactQueues}, one: sendQ},
		{name: "max_backlog", unit: unitNumber, one: maxBacklog},
		{name: "tos", unit: unitNumber, facts: Facts{Socket: netstat.FactTOS}, one: func(r *Row) (uint64, bool) { return uint64(r.Socket.TOS), r.Socket.Has(netstat.FactTOS) }},
		{name: "tclass", unit: unitNumber, facts: Facts{Socket: netstat.FactTOS}, one: tclass},
		{name: "pid", unit: unitNumber, facts: OwnerFacts(0), many: owners, of: ownerPID},
		{name: "peer_pid", unit: unitNumber, facts: PeerFacts(0), many: peers, of: ownerPID},
	}
	numbers = append(numbers, moreNumbers()...)
	for f := range netstat.TCPFields {
		numbers = append(numbers, &numberField{
			name: f.String(), unit: unitOf(f.Kind()), facts: Facts{Socket: netstat.FactTCPInfo}, tcpOnly: true,
			one: func(r *Row) (uint64, bool) {
				if r.Socket.TCP == nil {
					return 0, false
				}
				return r.Socket.TCP.Value(f)
			},
		})
	}
	for f := range netstat.MemoryFields {
		numbers = append(numbers, &numberField{
			name: f.String(), unit: unitOf(f.Kind()), facts: Facts{Socket: netstat.FactMemory},
			one: func(r *Row) (uint64, bool) {
				if f == netstat.MemoryDrops {
					return r.Socket.Drops()
				}
				if r.Socket.Memory == nil {
					return 0, false
				}
				return r.Socket.Memory.Value(f)
			},
		})
	}
	for _, f := range numbers {
		list[f.name] = field{flag: f.unit == unitFlag, parse: f.parse}
	}

	name := func(o *Owner) string { return o.Name }
	container, unitFacts := OwnerFacts(0), OwnerFacts(0)
	container.Containers, unitFacts.Units = true, true
	for _, f := range append(moreTexts(), []*textField{
		{name: "process", facts: OwnerFacts(netstat.FactArgv0), many: owners, of: name},
		{name: "exe", facts: OwnerFacts(netstat.FactExecutable), many: owners, of: func(o *Owner) string { return o.Process.Executable }},
		{name: "container", facts: container, many: owners, of: func(o *Owner) string { return o.Process.Container.ID }},
		{name: "unit", facts: unitFacts, many: owners, of: func(o *Owner) string { return o.Process.Unit }},
		{name: "peer_process", facts: PeerFacts(netstat.FactArgv0), many: peers, of: name},
		{name: "netns", facts: Facts{NetNS: true}, one: netns},
		familyField,
		{name: "proto", one: func(r *Row) string { return protocolOf(r.Socket.Table) }, table: protocolOf, also: netstat.Table.String},
		{name: "ulp", facts: Facts{Socket: netstat.FactULP}, one: func(r *Row) string { return r.Socket.ULP.String() }},
		{name: "congestion", facts: Facts{Socket: netstat.FactTCPInfo}, one: congestion},
		// Its number has the same name among those of TCPInfo.
		{name: "ca_state", facts: Facts{Socket: netstat.FactTCPInfo}, one: caState},
	}...) {
		list[f.name] = field{parse: f.parse}
	}
	for i := range fieldAliases {
		list[fieldAliases[i].alias] = list[fieldAliases[i].name]
	}
	return list
}

var familyField = &textField{
	name:  "family",
	one:   func(r *Row) string { return r.Socket.Table.Family.String() },
	table: func(t netstat.Table) string { return t.Family.String() },
}

func inode(r *Row) (uint64, bool) { return r.Socket.Inode, r.Socket.Absent&netstat.FactInode == 0 }
func uid(r *Row) (uint64, bool) {
	return uint64(r.Socket.UID), r.Socket.Absent&netstat.FactUID == 0
}
func recvQ(r *Row) (uint64, bool) { return r.Socket.RecvQ, r.Socket.Absent&netstat.FactQueues == 0 }
func sendQ(r *Row) (uint64, bool) { return r.Socket.SendQ, r.Socket.Absent&netstat.FactQueues == 0 }

func maxBacklog(r *Row) (uint64, bool) {
	return uint64(r.Socket.MaxBacklog), r.Socket.State == netstat.Listen
}

func tclass(r *Row) (uint64, bool) {
	return uint64(r.Socket.TClass), r.Socket.Has(netstat.FactTOS) && r.Socket.Table.Family == netstat.Inet6
}

func ownerPID(o *Owner) (uint64, bool) { return uint64(o.PID), true }

func owners(r *Row) []Owner {
	if r.Details == nil {
		return nil
	}
	return r.Details.Owners(r.Socket)
}

func peers(r *Row) []Owner {
	if r.Details == nil {
		return nil
	}
	return r.Details.Peers(r.Socket)
}

func netns(r *Row) string {
	if r.Details == nil {
		return ""
	}
	return r.Details.NetNS(r.Socket)
}

// protocolOf returns the name of a table's protocol, or of its family where
// that has but one.
func protocolOf(t netstat.Table) string {
	if t.Protocol == netstat.ProtocolNone {
		return t.Family.String()
	}
	return t.Protocol.String()
}

func congestion(r *Row) string {
	if r.Socket.TCP == nil {
		return ""
	}
	return r.Socket.TCP.Congestion
}

func caState(r *Row) string {
	if r.Socket.TCP == nil || !r.Socket.TCP.Has(netstat.TCPCAState) {
		return ""
	}
	return r.Socket.TCP.CAState.String()
}

// unit is how a number is written.
type unit uint8

const (
	unitNumber unit = iota // without a unit
	unitCount              // k, M, …
	unitBytes              // k, M, …, Ki, Mi, …
	unitRate               // the same, and bit
	unitDuration
	unitTime // nanoseconds since 1970
	unitFlag
)

func unitOf(k netstat.FieldKind) unit {
	switch k {
	case netstat.FieldBytes:
		return unitBytes
	case netstat.FieldRate:
		return unitRate
	case netstat.FieldDuration:
		return unitDuration
	case netstat.FieldFlag:
		return unitFlag
	}
	return unitCount
}

// numberField is a field that is a number: of the socket, or of each of its
// owners.
type numberField struct {
	name    string
	unit    unit
	facts   Facts
	tcpOnly bool
	one     func(*Row) (uint64, bool)
	many    func(*Row) []Owner
	of      func(*Owner) (uint64, bool) // of each of many
}

// numberLeaf tests a number. What a row does not have meets no comparison.
type numberLeaf struct {
	field     *numberField
	compare   netstat.Comparison // not CompareNotEqual, which is the opposite of CompareEqual
	low, high uint64             // CompareEqual: in this range; others: low
	text      string
}

func (l *numberLeaf) match(r *Row) bool {
	if l.field.one != nil {
		n, ok := l.field.one(r)
		return ok && l.holds(n)
	}
	list := l.field.many(r)
	for i := range list {
		if n, ok := l.field.of(&list[i]); ok && l.holds(n) {
			return true
		}
	}
	return false
}

func (l *numberLeaf) holds(n uint64) bool {
	if l.compare == netstat.CompareEqual {
		return l.low <= n && n <= l.high
	}
	return l.compare.Compare(n, l.low)
}

func (l *numberLeaf) facts() Facts               { return l.field.facts }
func (l *numberLeaf) kernel() *netstat.Condition { return nil }
func (l *numberLeaf) appendText(b []byte) []byte { return append(b, l.text...) }

func (l *numberLeaf) decide(t netstat.Table) verdict {
	if l.field.tcpOnly && t.Protocol != netstat.TCP {
		return never
	}
	return open
}

func (f *numberField) parse(v *value) (node, *Error) {
	s := v.token.text
	if f.unit == unitFlag {
		set, ok := flagNamed(s)
		if !ok {
			return v.fail("yes or no is expected here")
		}
		l := &numberLeaf{field: f, low: 1, high: 1, text: f.name}
		if !set {
			l.low, l.high, l.text = 0, 0, f.name+" = no"
		}
		return v.leaf(l)
	}
	l := &numberLeaf{field: f, compare: v.compare}
	if f.unit == unitTime {
		return f.parseTime(v, l)
	}
	lowText, highText, isRange := strings.Cut(s, "-")
	if !isRange {
		highText = lowText
	}
	var reason string
	if l.low, reason = quantity(lowText, f.unit); reason == "" {
		l.high, reason = quantity(highText, f.unit)
	}
	switch {
	case reason != "":
		return v.fail(reason)
	case l.low > l.high:
		return v.fail("the range ends before it begins")
	}
	l.text = f.name + " " + comparisonOf(v.compare, netstat.CompareEqual) + " " + f.unit.text(l.low)
	if isRange && l.low != l.high {
		l.text += "-" + f.unit.text(l.high)
	}
	if v.compare == netstat.CompareEqual || v.compare == netstat.CompareNotEqual {
		l.compare = netstat.CompareEqual
		return v.leaf(l)
	}
	if l.low != l.high {
		return v.fail("a range is compared with = and != only")
	}
	return leafOf(l), nil
}

// parseTime makes a test of a time, which is as exact as it is written: a day, a
// minute, a second.
func (f *numberField) parseTime(v *value, l *numberLeaf) (node, *Error) {
	var reason string
	if l.low, l.high, reason = moments(v.token.text); reason != "" {
		return v.fail(reason)
	}
	l.text = string(appendWord([]byte(f.name+" "+comparisonOf(v.compare, netstat.CompareEqual)+" "), v.token.text))
	switch v.compare {
	case netstat.CompareEqual, netstat.CompareNotEqual:
		l.compare = netstat.CompareEqual
		return v.leaf(l)
	case netstat.CompareLessOrEqual, netstat.CompareGreater:
		l.low = l.high
	}
	return leafOf(l), nil
}

// text writes a number so that quantity reads it.
func (u unit) text(n uint64) string {
	if u == unitDuration {
		return time.Duration(min(n, math.MaxInt64)).String()
	}
	return strconv.FormatUint(n, 10)
}

// multiples are the letters behind a number.
var multiples = []struct {
	suffix string
	factor float64
}{
	{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}, {"Ti", 1 << 40},
	{"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12},
}

// quantity reads a number with its unit.
func quantity(s string, u unit) (n uint64, reason string) {
	switch u {
	case unitNumber:
		return number(s, math.MaxUint64)
	case unitDuration:
		d, err := time.ParseDuration(s)
		switch {
		case err == nil && d >= 0:
			return uint64(d), ""
		case err == nil || strings.HasPrefix(s, "-"):
			return 0, "a duration is not negative"
		}
		if _, err := strconv.ParseFloat(s, 64); err == nil {
			return 0, "a duration needs a unit: ns, us, ms, s, m, h"
		}
		return 0, "no duration, as in 10ms"
	}
	factor, digits := 1.0, s
	if u == unitRate {
		if rest, ok := strings.CutSuffix(digits, "bit"); ok {
			factor, digits = 1.0/8, rest
		}
	}
	for _, m := range multiples {
		if rest, ok := strings.CutSuffix(digits, m.suffix); ok && (u != unitCount || len(m.suffix) == 1) {
			factor, digits = factor*m.factor, rest
			break
		}
	}
	if factor == 1 && !strings.Contains(digits, ".") {
		return number(digits, math.MaxUint64)
	}
	if digits == "" || strings.Trim(digits, "0123456789.") != "" {
		return 0, "not a number"
	}
	value, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, "not a number"
	}
	if value *= factor; value >= 1<<63 {
		return 0, "too large"
	}
	return uint64(math.Round(value)), ""
}

// momentLayouts are how a time may be written. Without a zone it is of this
// system's, as tables show times.
var momentLayouts = [...]string{
	time.RFC3339Nano, "2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
}

// moments reads a time: the first and the last nanosecond of what it means.
func moments(s string) (low, high uint64, reason string) {
	for _, layout := range momentLayouts {
		t, err := time.ParseInLocation(layout, s, time.Local)
		if err != nil {
			continue
		}
		if t.Year() < 1970 || t.Year() > 2261 {
			return 0, 0, "a time is from 1970 to 2261"
		}
		end := t.Add(time.Second)
		switch {
		case strings.ContainsAny(s, ".,"):
			end = t.Add(1)
		case layout == time.DateOnly:
			end = t.AddDate(0, 0, 1)
		case !strings.Contains(layout, ":05"):
			end = t.Add(time.Minute)
		}
		return uint64(max(t.UnixNano(), 0)), uint64(max(end.UnixNano()-1, 0)), ""
	}
	return 0, 0, "no time, as in 2026-12-31 or 2026-12-31T23:59:59"
}

// textField is a field that is a text: of the row, or of each of its owners.
type textField struct {
	name  string
	facts Facts
	one   func(*Row) string
	table func(netstat.Table) string // where the table decides
	also  func(netstat.Table) string // another text of the table that may match, nil for none
	many  func(*Row) []Owner
	of    func(*Owner) string
	each  func(*Owner) []string // in the place of of: an owner has several
	known []string              // the texts there can be, nil for any
}

// textLeaf compares a text with a pattern. What a row does not have is the
// empty text.
type textLeaf struct {
	field   *textField
	pattern string
}

func (l *textLeaf) match(r *Row) bool {
	if l.field.one != nil {
		return glob(l.pattern, l.field.one(r), false) ||
			l.field.also != nil && glob(l.pattern, l.field.also(r.Socket.Table), false)
	}
	list := l.field.many(r)
	found := false
	for i := range list {
		if l.field.each == nil {
			if glob(l.pattern, l.field.of(&list[i]), false) {
				return true
			}
			found = true
			continue
		}
		for _, text := range l.field.each(&list[i]) {
			if glob(l.pattern, text, false) {
				return true
			}
			found = true
		}
	}
	return !found && l.pattern == ""
}

func (l *textLeaf) facts() Facts               { return l.field.facts }
func (l *textLeaf) kernel() *netstat.Condition { return nil }

func (l *textLeaf) appendText(b []byte) []byte {
	return appendWord(append(b, l.field.name+" = "...), l.pattern)
}

func (l *textLeaf) decide(t netstat.Table) verdict {
	switch {
	case l.field.table == nil:
		return open
	case glob(l.pattern, l.field.table(t), false), l.field.also != nil && glob(l.pattern, l.field.also(t), false):
		return always
	}
	return never
}

func (f *textField) parse(v *value) (node, *Error) {
	if f.known != nil && !slices.ContainsFunc(f.known, func(text string) bool { return glob(v.token.text, text, false) }) {
		return v.fail("it is never so, but one of " + strings.Join(f.known[1:], ", "))
	}
	return v.leaf(&textLeaf{f, v.token.text})
}

// parseState reads one state after a comparison.
func parseState(v *value) (node, *Error) {
	l := &stateLeaf{}
	if !l.clause(false, v.token.text) {
		return v.fail("unknown state")
	}
	return v.leaf(l)
}
