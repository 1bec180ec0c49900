package fact

import (
	"bytes"
	"math"
	"net/netip"
	"strconv"
	"time"
)

// ValueKind is the type of a Value.
type ValueKind uint8

const (
	ValueAbsent   ValueKind = iota // unknown, not requested, or nonexistent; Text may hold the reason for a reader
	ValueText                      // Text
	ValueNumber                    // Number, without a sign
	ValueSigned                    // Number, as two's complement
	ValueBytes                     // Number of bytes
	ValueRate                      // Number of bytes per second
	ValueDuration                  // Number of nanoseconds, with a sign
	ValueTime                      // Number of nanoseconds since 1970, with a sign
	ValueClock                     // as ValueTime; a table shows the time of day, to the millisecond if Text is "."
	ValueFlag                      // Number, 0 or 1
	ValueAddress                   // Address; if Text is "/", Number is its prefix length
	ValueEndpoint                  // Address, and Number as the port; Text if the address is a name
	ValueProcess                   // Number as the process ID, Text as the process name
	ValueMilli                     // Number of thousandths, with a sign
)

// Value is one fact about a record: a cell of a table, a sort key.
type Value struct {
	Kind    ValueKind
	Number  uint64
	Text    string
	Address netip.Addr
}

// Ordinal returns a number that orders values of one kind, or of kinds with the same
// unit, as their numbers do, including negative ones.
func (v *Value) Ordinal() uint64 {
	switch v.Kind {
	case ValueSigned, ValueDuration, ValueTime, ValueMilli:
		return v.Number ^ 1<<63
	}
	return v.Number
}

// Append appends the value for a program: numbers without units, durations in seconds and
// times in UTC as in JSON, text unchanged, nothing for an absent value.
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
	case ValueTime, ValueClock:
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

// clockExact is the Text of a ValueClock that is shown to the millisecond.
const clockExact = "."

// absentText is the text of an absent value in a table.
const absentText = "-"

// AppendPretty appends the value for a reader: durations, rates and times with units,
// thousandths of 100 and more as whole numbers, "-" for an absent value. Counts and bytes
// stay exact. Text is unchanged, so that the result must pass ascii.AppendSafe.
func (v Value) AppendPretty(b []byte) []byte {
	switch v.Kind {
	case ValueAbsent:
		if v.Text != "" {
			return append(b, v.Text...)
		}
		return append(b, absentText...)
	case ValueRate:
		return appendRate(b, v.Number)
	case ValueDuration:
		return appendDuration(b, int64(v.Number))
	case ValueTime:
		return time.Unix(0, int64(v.Number)).AppendFormat(b, time.DateTime)
	case ValueClock:
		if v.Text == clockExact {
			return time.Unix(0, int64(v.Number)).AppendFormat(b, time.TimeOnly+".000")
		}
		return time.Unix(0, int64(v.Number)).AppendFormat(b, time.TimeOnly)
	case ValueMilli:
		if n := int64(v.Number); n >= 100_000 {
			return strconv.AppendInt(b, (n+500)/1000, 10) // decimals of large rates are noise
		}
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

// appendIP appends an address without its zone, see Addr.Scope.
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

// appendEndpoint appends address and port, an IPv6 address in brackets. anyPort
// is the text of port 0. A name gets a port only if the port is not 0.
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

// appendDecimal appends n divided by 10 to the power of digits, without
// trailing zeros.
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

const day = 24 * time.Hour

// appendDuration appends a duration in the unit that suits its size, with up to
// three decimals: 1.5ms, 34.2s, 2h3m4s, 12d5h.
func appendDuration(b []byte, n int64) []byte {
	d := time.Duration(n)
	switch size := max(d, -d); {
	case size >= day:
		hours := int64(d / time.Hour)
		b = append(strconv.AppendInt(b, hours/24, 10), 'd')
		return append(strconv.AppendInt(b, max(hours, -hours)%24, 10), 'h')
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

// ShownDuration returns the first and the last duration, in nanoseconds, that
// appendDuration writes like n. Both are n if it writes n in some other form.
func ShownDuration(n uint64) (low, high uint64) {
	unit, half := uint64(1), uint64(0)
	switch {
	case n >= uint64(math.MaxInt64-time.Second):
	case n >= uint64(time.Minute):
		unit = uint64(time.Second)
	case n >= uint64(time.Second):
		unit, half = uint64(time.Millisecond), uint64(time.Millisecond)/2
	case n >= uint64(time.Millisecond):
		unit, half = uint64(time.Microsecond), uint64(time.Microsecond)/2
	}
	if n%unit != 0 {
		return n, n
	}
	low, high = n-half, n+unit-half-1
	// Durations below a unit have more decimals, and those from a minute on have fewer.
	for _, limit := range []time.Duration{time.Millisecond, time.Second, time.Minute} {
		if l := uint64(limit); n >= l && low < l {
			low = l
		} else if n < l && high >= l {
			high = l - 1
		}
	}
	return low, high
}

// ShownRate returns the lowest and the highest rate that appendRate writes like n.
func ShownRate(n uint64) (low, high uint64) {
	var room, other [32]byte
	shown := appendRate(room[:0], n)
	same := func(n uint64) bool { return bytes.Equal(appendRate(other[:0], n), shown) }
	low, high = n, n
	for step := uint64(1) << 63; step > 0; step >>= 1 {
		if step <= low && same(low-step) {
			low -= step
		}
		if step <= math.MaxUint64-high && same(high+step) {
			high += step
		}
	}
	return low, high
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
