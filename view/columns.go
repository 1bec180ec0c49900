package view

import (
	"math/bits"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"netstat"
	"netstat/filter"
)

// Columns returns every column of a view, in the order of its documentation.
// The slice is the caller's.
func Columns(v View) []Column {
	var list []Column
	switch v {
	case Sockets:
		list = socketColumns()
	case Routes:
		list = routeColumns()
	case Interfaces:
		list = interfaceColumns()
	case Groups:
		list = membershipColumns()
	case Statistics:
		list = counterColumns()
	case NAT:
		list = natColumns()
	}
	list = append(list,
		Column{Name: "netns", Kind: ValueText, Needs: filter.Facts{NetNS: true}, Value: func(r *Record) Value { return textValue(r.Netns) }},
		Column{Name: "change", Kind: ValueText, Value: func(r *Record) Value { return textValue(r.Change.String()) }},
		Column{
			Name: "changed", Kind: ValueText,
			Value: func(r *Record) Value {
				if len(r.Changed) == 0 {
					return Value{}
				}
				return textValue(r.Changed[0])
			},
			All: func(r *Record, list []Value) []Value { return appendTexts(list, r.Changed) },
		},
	)
	for i := range list {
		if list[i].Title == "" {
			list[i].Title = columnTitle(list[i].Name)
		}
	}
	return list
}

// columnTitle is a column's name as one word in capitals, so that what reads a
// table by its blanks finds each.
func columnTitle(name string) string {
	return strings.ReplaceAll(strings.ToUpper(name), "_", "-")
}

// defaultColumns are the names of those that a table has unless it is said
// which, by view.
var defaultColumns = [...]string{
	Sockets:    "proto,recvq,sendq,local,remote,state",
	Routes:     "destination,gateway,flags,metric,interface",
	Interfaces: "name,mtu,rx_packets,rx_bytes,rx_errors,rx_dropped,tx_packets,tx_bytes,tx_errors,tx_dropped,flags",
	Groups:     "interface,users,group",
	Statistics: "family,group,name,value",
	NAT:        "proto,original_source,original_destination,reply_source,reply_destination,state,timeout",
}

// DefaultColumns returns those that a table has unless it is said which.
func DefaultColumns(v View) []Column {
	list, err := FindColumns(v, defaultColumns[v])
	if err != nil {
		panic(err) // a name above that is none: the tests look all of them up
	}
	return list
}

// columnAliases are further names of columns: those of JSON, of ss's filters, of the
// titles in tables and of habit.
var columnAliases = [...]struct {
	view        View
	alias, name string
}{
	{Sockets, "recv_queue", "recvq"},
	{Sockets, "send_queue", "sendq"},
	{Sockets, "recv_q", "recvq"},
	{Sockets, "send_q", "sendq"},
	{Sockets, "src", "local"},
	{Sockets, "dst", "remote"},
	{Sockets, "sport", "local_port"},
	{Sockets, "dport", "remote_port"},
	{Sockets, "dev", "interface"},
	{Sockets, "fwmark", "mark"},
	{Sockets, "executable", "exe"},
	{Sockets, "executable_deleted", "exe_deleted"},
	{Sockets, "args", "command"},
	{Routes, "rtt_ms", "rtt"},
	{Interfaces, "interface", "name"},
	{NAT, "source", "original_source"},
	{NAT, "destination", "original_destination"},
}

// ColumnError is a name of a column that a view does not have.
type ColumnError struct {
	View View
	Name string
	Near []string // columns that may have been meant, the likeliest first
	All  []string // every column, in order, for who asks for "help"
	// Grouped says that the column is missing of groups, which have no more than
	// their keys, "count" and sums.
	Grouped bool
}

// fewColumns is how many are listed in an error.
const fewColumns = 12

// Error is one line.
func (e *ColumnError) Error() string {
	of := e.View.String()
	if e.Grouped {
		of += " in groups"
	}
	text := "no column " + strconv.Quote(e.Name) + " of " + of
	if e.Name == "" {
		text = "the name of a column of " + of + " is missing"
	}
	if len(e.Near) > 0 {
		text += ", did you mean " + strings.Join(e.Near, " or ") + "?"
	}
	if len(e.All) <= fewColumns {
		return text + " (columns: " + strings.Join(e.All, ", ") + ")"
	}
	return text + " (--columns=help lists them)"
}

// FindColumns returns the columns that a list of names with commas between
// them means, in its order. "all" stands for every column, "default" for
// DefaultColumns. The error is a *ColumnError.
func FindColumns(v View, names string) ([]Column, error) {
	var found []Column
	all := Columns(v)
	for _, name := range strings.Split(names, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		switch name {
		case "all":
			found = append(found, all...)
			continue
		case "default":
			found = append(found, DefaultColumns(v)...)
			continue
		}
		c, err := findColumn(v, all, name)
		if err != nil {
			return nil, err
		}
		found = append(found, *c)
	}
	return found, nil
}

// findColumn returns the column that a name means.
func findColumn(v View, all []Column, name string) (*Column, error) {
	plain := strings.ReplaceAll(name, "-", "_")
	for i := range columnAliases {
		if a := &columnAliases[i]; a.view == v && a.alias == plain {
			plain = a.name
			break
		}
	}
	if v == Interfaces {
		// JSON has these numbers in objects of such names.
		if rest, ok := strings.CutPrefix(plain, "receive_"); ok {
			plain = "rx_" + rest
		} else if rest, ok := strings.CutPrefix(plain, "transmit_"); ok {
			plain = "tx_" + rest
		}
	}
	for i := range all {
		if all[i].Name == plain {
			return &all[i], nil
		}
	}
	err := &ColumnError{View: v, Name: name}
	for i := range all {
		err.All = append(err.All, all[i].Name)
	}
	err.Near = nearNames(name, err.All)
	return nil, err
}

// nearNames returns at most three names that are like one that is none: by few
// edits, or since one is the beginning of the other.
func nearNames(name string, all []string) []string {
	var near [3]string
	n := 0
	for limit := range 3 {
		for _, c := range all {
			distance := editDistance(name, c)
			if len(name) >= 3 && strings.HasPrefix(c, name) {
				distance = min(distance, 1)
			} else if strings.HasPrefix(name, c) {
				distance = min(distance, 2)
			}
			if distance == limit && distance*2 <= len(name) && n < len(near) {
				near[n] = c
				n++
			}
		}
	}
	return near[:n]
}

// editDistance is how many letters have to be put in, taken out or replaced to
// make a of b; long words count as quite different.
func editDistance(a, b string) int {
	const limit = 32
	if len(a) >= limit || len(b) >= limit {
		return limit
	}
	var row [limit]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// ColumnFacts returns all that the columns need.
func ColumnFacts(columns []Column) (f filter.Facts) {
	for i := range columns {
		f.Add(columns[i].Needs)
	}
	return f
}

func textValue(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{Kind: ValueText, Text: s}
}

func numberValue(n uint64) Value { return Value{Kind: ValueNumber, Number: n} }
func bytesValue(n uint64) Value  { return Value{Kind: ValueBytes, Number: n} }

// countValue is a number whose 0 says that there is none.
func countValue(n uint64) Value {
	if n == 0 {
		return Value{}
	}
	return numberValue(n)
}

func signedValue(n int64) Value { return Value{Kind: ValueSigned, Number: uint64(n)} }

func flagValue(set bool) Value {
	v := Value{Kind: ValueFlag}
	if set {
		v.Number = 1
	}
	return v
}

func durationValue(d time.Duration) Value { return Value{Kind: ValueDuration, Number: uint64(d)} }

// timeValue is a time, absent for the zero time.
func timeValue(t time.Time) Value {
	if t.IsZero() {
		return Value{}
	}
	return Value{Kind: ValueTime, Number: uint64(t.UnixNano())}
}

func addressValue(ip netip.Addr) Value {
	if !ip.IsValid() {
		return Value{}
	}
	return Value{Kind: ValueAddress, Address: ip}
}

func prefixValue(p netip.Prefix) Value {
	v := addressValue(p.Addr())
	if v.Kind != ValueAbsent && p.Bits() >= 0 {
		v.Number, v.Text = uint64(p.Bits()), "/"
	}
	return v
}

// endpointValue is one end as a whole.
func endpointValue(a *netstat.Addr) Value {
	if !a.IP.IsValid() && a.Name == "" && a.Port == 0 {
		return Value{}
	}
	return Value{Kind: ValueEndpoint, Address: a.IP, Number: uint64(a.Port), Text: a.Name}
}

func addrPortValue(a netip.AddrPort) Value {
	if !a.Addr().IsValid() {
		return Value{}
	}
	return Value{Kind: ValueEndpoint, Address: a.Addr(), Number: uint64(a.Port())}
}

func appendTexts(list []Value, texts []string) []Value {
	for _, s := range texts {
		list = append(list, textValue(s))
	}
	return list
}

// fieldValue is the number of a field of netstat.TCPInfo or Memory.
func fieldValue(kind netstat.FieldKind, n uint64) Value {
	return Value{Kind: fieldKinds[kind], Number: n}
}

var fieldKinds = [...]ValueKind{
	netstat.FieldCount: ValueNumber, netstat.FieldBytes: ValueBytes, netstat.FieldRate: ValueRate,
	netstat.FieldDuration: ValueDuration, netstat.FieldFlag: ValueFlag,
}

// setColumn is a column of a set of flags: Value is all of their names in one
// text, All each. The texts are kept, since rows have few different sets.
func setColumn(name string, names []string, set func(*Record) (uint64, bool)) Column {
	texts := map[uint64]string{}
	return Column{
		Name: name, Kind: ValueText,
		Value: func(r *Record) Value {
			bitset, ok := set(r)
			if !ok || bitset == 0 {
				return Value{}
			}
			text, ok := texts[bitset]
			if !ok {
				var b []byte
				for rest := bitset; rest != 0; rest &= rest - 1 {
					if i := bits.TrailingZeros64(rest); i < len(names) {
						if len(b) > 0 {
							b = append(b, ',')
						}
						b = append(b, names[i]...)
					}
				}
				text = string(b)
				texts[bitset] = text
			}
			return textValue(text)
		},
		All: func(r *Record, list []Value) []Value {
			bitset, ok := set(r)
			for ; ok && bitset != 0; bitset &= bitset - 1 {
				if i := bits.TrailingZeros64(bitset); i < len(names) {
					list = append(list, textValue(names[i]))
				}
			}
			return list
		},
	}
}

// nameAt returns the name of a number, empty for one that has none.
func nameAt[T ~uint8](names []string, n T) string {
	if int(n) < len(names) {
		return names[n]
	}
	return ""
}

// Append appends the value for a machine: numbers bare, durations in seconds
// and times in UTC as JSON has them, text exactly as it is, nothing for an
// absent one.
func (v Value) Append(b []byte) []byte {
	switch v.Kind {
	case ValueText:
		return append(b, v.Text...)
	case ValueNumber, ValueBytes, ValueRate:
		return strconv.AppendUint(b, v.Number, 10)
	case ValueSigned:
		return strconv.AppendInt(b, int64(v.Number), 10)
	case ValueDuration:
		return appendDecimal(b, int64(v.Number), 9)
	case ValueMilli:
		return appendDecimal(b, int64(v.Number), 3)
	case ValueTime:
		return time.Unix(0, int64(v.Number)).UTC().AppendFormat(b, time.RFC3339Nano)
	case ValueFlag:
		return strconv.AppendBool(b, v.Number != 0)
	case ValueAddress:
		return v.appendAddress(b)
	case ValueEndpoint:
		return v.appendEndpoint(b, "0")
	case ValueProcess:
		return v.appendProcess(b)
	}
	return b
}

// absentText stands in a table for what is not there.
const absentText = "-"

// AppendPretty appends the value for a reader: durations, rates and times in
// units, "-" for an absent one. Counts and bytes stay exact numbers. Text is as
// it came from outside: the whole has to pass ascii.AppendSafe.
func (v Value) AppendPretty(b []byte) []byte {
	switch v.Kind {
	case ValueAbsent:
		return append(b, absentText...)
	case ValueRate:
		return appendRate(b, v.Number)
	case ValueDuration:
		return appendDuration(b, int64(v.Number))
	case ValueTime:
		return time.Unix(0, int64(v.Number)).AppendFormat(b, time.DateTime)
	case ValueFlag:
		if v.Number != 0 {
			return append(b, "yes"...)
		}
		return append(b, "no"...)
	case ValueEndpoint:
		return v.appendEndpoint(b, "*")
	}
	return v.Append(b)
}

// appendIP appends an address without its zone; see Addr.Scope.
func appendIP(b []byte, ip netip.Addr) []byte {
	if ip.Is6() {
		ip = ip.WithZone("")
	}
	return ip.AppendTo(b)
}

func (v *Value) appendAddress(b []byte) []byte {
	b = appendIP(b, v.Address)
	if v.Text == "/" {
		b = strconv.AppendUint(append(b, '/'), v.Number, 10)
	}
	return b
}

// appendEndpoint appends address and port, an IPv6 address in brackets; any is
// what port 0 is written as. A name has a port only where that is set.
func (v *Value) appendEndpoint(b []byte, anyPort string) []byte {
	switch {
	case !v.Address.IsValid():
		b = append(b, v.Text...)
		if v.Number == 0 {
			return b
		}
	case v.Address.Is6():
		b = append(appendIP(append(b, '['), v.Address), ']')
	default:
		b = v.Address.AppendTo(b)
	}
	b = append(b, ':')
	if v.Number == 0 {
		return append(b, anyPort...)
	}
	return strconv.AppendUint(b, v.Number, 10)
}

func (v *Value) appendProcess(b []byte) []byte {
	b = strconv.AppendUint(b, v.Number, 10)
	if v.Text != "" {
		b = append(append(b, '/'), v.Text...)
	}
	return b
}

// appendDecimal appends n divided by 10 to the power of digits, without zeros
// at the end.
func appendDecimal(b []byte, n int64, digits int) []byte {
	u := uint64(n)
	if n < 0 {
		b, u = append(b, '-'), -u
	}
	unit := uint64(1)
	for range digits {
		unit *= 10
	}
	b = strconv.AppendUint(b, u/unit, 10)
	rest := u % unit
	if rest == 0 {
		return b
	}
	b = append(b, '.')
	for unit /= 10; rest > 0; unit /= 10 {
		b = append(b, byte('0'+rest/unit))
		rest %= unit
	}
	return b
}

// appendDuration appends a duration in the unit that suits its size, with up to
// three decimals: 1.5ms, 34.2s, 2h3m4s.
func appendDuration(b []byte, n int64) []byte {
	d := time.Duration(n)
	switch size := max(d, -d); {
	case size >= time.Minute || size < 0:
		return append(b, d.Truncate(time.Second).String()...)
	case size >= time.Second:
		return append(appendDecimal(b, int64(d.Round(time.Millisecond)/time.Millisecond), 3), 's')
	case size >= time.Millisecond:
		return append(appendDecimal(b, int64(d.Round(time.Microsecond)/time.Microsecond), 3), "ms"...)
	case size >= time.Microsecond:
		return append(appendDecimal(b, n, 3), "us"...)
	case size == 0:
		return append(b, "0s"...)
	}
	return append(strconv.AppendInt(b, n, 10), "ns"...)
}

// appendRate appends bytes per second in multiples of 1000, with one decimal.
func appendRate(b []byte, n uint64) []byte {
	const multiples = " kMGTPE"
	value, i := float64(n), 0
	for value >= 999.95 && i < len(multiples)-1 {
		value /= 1000
		i++
	}
	if i == 0 {
		return append(strconv.AppendUint(b, n, 10), "B/s"...)
	}
	b = strconv.AppendFloat(b, value, 'f', 1, 64)
	return append(append(b, multiples[i]), "B/s"...)
}

// compareOrder puts values of different kinds in an order: numbers, addresses
// and ends, text, absent ones.
func compareOrder(k ValueKind) int {
	switch k {
	case ValueAbsent:
		return 3
	case ValueText, ValueProcess:
		return 2
	case ValueAddress, ValueEndpoint:
		return 1
	}
	return 0
}

// negative reports whether a number is below 0.
func (v *Value) negative() bool {
	switch v.Kind {
	case ValueSigned, ValueDuration, ValueTime, ValueMilli:
		return int64(v.Number) < 0
	}
	return false
}
