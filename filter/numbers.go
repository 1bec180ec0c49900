package filter

import (
	"math"
	"strconv"
	"strings"
	"time"

	"netstat"
	"netstat/fact"
)

// unit is the notation of a number.
type unit uint8

const (
	unitNumber unit = iota // without a unit
	unitCount              // k, M, …
	unitBytes              // k, M, …, Ki, Mi, …
	unitRate               // as unitBytes, and bit
	unitDuration
	unitTime  // nanoseconds since 1970
	unitMilli // thousandths of a unitCount
	unitFlag
)

// unitOf returns the unit of a fact, or false if it is not a number.
func unitOf(f *fact.Fact) (unit, bool) {
	switch f.Kind {
	case fact.ValueBytes:
		return unitBytes, true
	case fact.ValueRate:
		return unitRate, true
	case fact.ValueDuration:
		return unitDuration, true
	case fact.ValueTime:
		return unitTime, true
	case fact.ValueMilli:
		return unitMilli, true
	case fact.ValueFlag:
		return unitFlag, true
	case fact.ValueSigned:
		return unitNumber, true
	case fact.ValueNumber:
		if f.Count {
			return unitCount, true
		}
		return unitNumber, true
	}
	return unitNumber, false
}

// numberField is a fact that is a number.
type numberField struct {
	*fact.Fact
	unit unit
}

// numberLeaf tests a number. A value that a row lacks matches no comparison.
type numberLeaf struct {
	fact      *fact.Fact
	compare   netstat.Comparison // not CompareNotEqual, which is the negation of CompareEqual
	low, high uint64             // CompareEqual: a value in this range; others: low
	text      string
}

func (l *numberLeaf) match(r *fact.Record) bool {
	join(r, &l.fact.Needs)
	if l.fact.All == nil {
		v := l.fact.Value(r)
		return l.holds(&v)
	}
	list := l.fact.Values(r)
	for i := range list {
		if l.holds(&list[i]) {
			return true
		}
	}
	return false
}

func (l *numberLeaf) holds(v *fact.Value) bool {
	n := v.Number
	switch v.Kind {
	case fact.ValueAbsent:
		return false
	case fact.ValueTime: // since 1970
		if int64(n) < 0 {
			return false
		}
	case fact.ValueDuration, fact.ValueMilli: // an expired timer
		n = uint64(max(int64(n), 0))
	case fact.ValueSigned:
		if int64(n) < 0 { // less than any number of an expression
			return l.compare == netstat.CompareLess || l.compare == netstat.CompareLessOrEqual
		}
	}
	if l.compare == netstat.CompareEqual {
		return l.low <= n && n <= l.high
	}
	return l.compare.Compare(n, l.low)
}

func (l *numberLeaf) needs() fact.Needs          { return l.fact.Needs }
func (l *numberLeaf) kernel() *netstat.Condition { return nil }
func (l *numberLeaf) appendText(b []byte) []byte { return append(b, l.text...) }

func (l *numberLeaf) decide(t netstat.Table) verdict {
	if l.fact.Only != nil && !l.fact.Only(t) {
		return never
	}
	return open
}

func (f *numberField) parse(v *value) (node, *Error) {
	s := v.token.text
	if f.unit == unitFlag {
		set, ok := flagNamed(s)
		if !ok {
			return v.fail("must be yes or no")
		}
		l := &numberLeaf{fact: f.Fact, low: 1, high: 1, text: f.Name}
		if !set {
			l.low, l.high, l.text = 0, 0, f.Name+" = no"
		}
		return v.leaf(l)
	}
	l := &numberLeaf{fact: f.Fact, compare: v.compare}
	if f.unit == unitTime {
		return f.parseTime(v, l)
	}
	if strings.HasSuffix(f.Name, "_port") {
		s = strings.TrimPrefix(s, ":") // as ss(8) writes a port
	}
	lowText, highText, isRange := strings.Cut(s, "-")
	if !isRange {
		highText = lowText
	}
	var reason string
	var last uint64 // of values shown like the low end
	if l.low, last, reason = f.unit.shown(lowText); reason == "" && isRange {
		var first uint64
		first, last, reason = f.unit.shown(highText)
		if reason == "" && l.low > first {
			reason = "the range ends before it begins"
		}
	}
	l.high = last
	switch {
	case reason != "":
		return v.fail(reason)
	}
	l.text = string(appendWord([]byte(f.Name+" "+comparisonOf(v.compare)+" "), s))
	switch v.compare {
	case netstat.CompareEqual, netstat.CompareNotEqual:
		l.compare = netstat.CompareEqual
		return v.leaf(l)
	case netstat.CompareLessOrEqual, netstat.CompareGreater:
		l.low = l.high
	}
	if isRange {
		return v.fail("a range needs = or !=")
	}
	return leafOf(l), nil
}

// shown parses a number with its unit. It returns the first and the last number that
// tables show so. They round durations and, with "B/s", rates; other numbers stand for
// themselves.
func (u unit) shown(s string) (low, high uint64, reason string) {
	if rest, ok := strings.CutSuffix(s, "B/s"); ok && u == unitRate {
		if low, reason = quantity(rest, u); reason != "" {
			return 0, 0, reason
		}
		low, high = fact.ShownRate(low)
		return low, high, ""
	}
	if low, reason = quantity(s, u); reason != "" || u != unitDuration {
		return low, low, reason
	}
	low, high = fact.ShownDuration(low)
	return low, high, ""
}

// parseTime parses a test of a time. It matches with the precision of the text: a day, a
// minute, a second.
func (f *numberField) parseTime(v *value, l *numberLeaf) (node, *Error) {
	var reason string
	if l.low, l.high, reason = moments(v.token.text); reason != "" {
		return v.fail(reason)
	}
	l.text = string(appendWord([]byte(f.Name+" "+comparisonOf(v.compare)+" "), v.token.text))
	switch v.compare {
	case netstat.CompareEqual, netstat.CompareNotEqual:
		l.compare = netstat.CompareEqual
		return v.leaf(l)
	case netstat.CompareLessOrEqual, netstat.CompareGreater:
		l.low = l.high
	}
	return leafOf(l), nil
}

// multiples are the letters behind a number.
var multiples = []struct {
	suffix string
	factor float64
}{
	{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}, {"Ti", 1 << 40},
	{"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12},
}

// quantity parses a number with its unit.
func quantity(s string, u unit) (n uint64, reason string) {
	switch u {
	case unitNumber:
		return number(s, math.MaxUint64)
	case unitDuration:
		d, err := duration(s)
		switch {
		case err == nil && d >= 0:
			return uint64(d), ""
		case err == nil || strings.HasPrefix(s, "-"):
			return 0, "a duration cannot be negative"
		}
		if _, err := strconv.ParseFloat(s, 64); err == nil {
			return 0, "a duration needs a unit (ns, us, ms, s, m, h or d), as in " + s + "s"
		}
		return 0, "not a duration, such as 10ms"
	}
	factor, digits := 1.0, s
	if u == unitMilli {
		factor = 1000
	}
	if u == unitRate {
		if rest, ok := strings.CutSuffix(digits, "bit"); ok {
			factor, digits = 1.0/8, rest
		}
	}
	if u == unitBytes && !strings.HasPrefix(strings.ToLower(digits), "0x") {
		digits = strings.TrimSuffix(digits, "B")
	}
	for _, m := range multiples {
		if rest, ok := strings.CutSuffix(digits, m.suffix); ok && (u != unitCount && u != unitMilli || len(m.suffix) == 1) {
			factor, digits = factor*m.factor, rest
			break
		}
	}
	const unlike = "not a number, such as 10, 10k or 10M"
	if factor == 1 && !strings.Contains(digits, ".") {
		n, reason = number(digits, math.MaxUint64)
		if reason == notNumber {
			reason = unlike
		}
		return n, reason
	}
	if digits == "" || strings.Trim(digits, "0123456789.") != "" {
		return 0, unlike
	}
	value, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, unlike
	}
	if value *= factor; value >= 1<<63 {
		return 0, "too large"
	}
	return uint64(math.Round(value)), ""
}

// duration parses a duration as Go writes it, optionally after whole days: 2d, 3d4h.
func duration(s string) (time.Duration, error) {
	text, rest, ok := strings.Cut(s, "d")
	if !ok {
		return time.ParseDuration(s)
	}
	days, err := strconv.ParseUint(text, 10, 16)
	if err != nil || rest == "" {
		return time.Duration(days) * 24 * time.Hour, err
	}
	d, err := time.ParseDuration(rest)
	if d < 0 {
		return 0, strconv.ErrSyntax
	}
	return time.Duration(days)*24*time.Hour + d, err
}

// momentLayouts lists the accepted forms of a time. A time without a zone is in the
// system's zone, as in tables.
var momentLayouts = [...]string{
	time.RFC3339Nano, "2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
}

// moments parses a time. It returns the first and the last nanosecond that the
// time covers.
func moments(s string) (low, high uint64, reason string) {
	for _, layout := range momentLayouts {
		t, err := time.ParseInLocation(layout, s, time.Local)
		if err != nil {
			continue
		}
		if t.Year() < 1970 || t.Year() > 2261 {
			return 0, 0, "a time must be from 1970 to 2261"
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
	return 0, 0, "not a time, such as 2026-12-31 or 2026-12-31T23:59:59"
}
