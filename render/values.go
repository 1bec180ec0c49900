package render

import (
	"strconv"
	"time"

	"netstat/internal/ascii"
	"netstat/schema"
	"netstat/view"
)

// isNumber says whether values of a kind are shown at the right, as numbers are.
func isNumber(k view.ValueKind) bool {
	switch k {
	case view.ValueNumber, view.ValueSigned, view.ValueBytes, view.ValueRate, view.ValueDuration:
		return true
	}
	return false
}

// appendBare appends a value for a program: numbers without units, durations in
// seconds, times by RFC 3339 in UTC, true and false. Nothing for an absent one.
// Texts are as they came.
func appendBare(b []byte, v *view.Value) []byte {
	switch v.Kind {
	case view.ValueText:
		return append(b, v.Text...)
	case view.ValueNumber, view.ValueBytes, view.ValueRate:
		return strconv.AppendUint(b, v.Number, 10)
	case view.ValueSigned:
		return strconv.AppendInt(b, int64(v.Number), 10)
	case view.ValueDuration:
		return schema.AppendSeconds(b, time.Duration(v.Number))
	case view.ValueTime:
		return time.Unix(0, int64(v.Number)).UTC().AppendFormat(b, time.RFC3339Nano)
	case view.ValueFlag:
		return strconv.AppendBool(b, v.Number != 0)
	case view.ValueAddress:
		b = ascii.AppendIP(b, v.Address)
		if v.Text == "/" {
			b = strconv.AppendUint(append(b, '/'), v.Number, 10)
		}
	}
	return b
}

// appendPretty appends a value for a reader, "-" for an absent one. Counts and bytes stay
// exact numbers.
func appendPretty(b []byte, v *view.Value) []byte {
	switch v.Kind {
	case view.ValueAbsent:
		return append(b, '-')
	case view.ValueText:
		return ascii.AppendSafe(b, v.Text)
	case view.ValueDuration:
		return appendDuration(b, time.Duration(v.Number))
	case view.ValueTime:
		return time.Unix(0, int64(v.Number)).AppendFormat(b, time.DateTime)
	case view.ValueFlag:
		if v.Number != 0 {
			return append(b, "yes"...)
		}
		return append(b, "no"...)
	}
	return appendBare(b, v)
}

// appendDuration appends a duration in the unit that suits its size, rounded to
// three decimals: 1.5ms, 34.2s, 2h3m4s.
func appendDuration(b []byte, d time.Duration) []byte {
	switch size := max(d, -d); {
	case size >= time.Minute || size < 0:
		d = d.Round(time.Second)
	case size >= time.Second:
		d = d.Round(time.Millisecond)
	case size >= time.Millisecond:
		d = d.Round(time.Microsecond)
	case size >= time.Microsecond:
		// time.Duration writes a µ, which takes no ASCII.
		n := uint64(size)
		if d < 0 {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, n/1000, 10)
		if n %= 1000; n > 0 {
			b = append(b, '.')
			for unit := uint64(100); n > 0; unit /= 10 {
				b = append(b, '0'+byte(n/unit))
				n %= unit
			}
		}
		return append(b, "us"...)
	}
	return append(b, d.String()...)
}

// appendJSON appends a value as a field of the object that b ends in; nothing for
// an absent one.
func appendJSON(b []byte, key string, v *view.Value) []byte {
	switch v.Kind {
	case view.ValueAbsent:
		return b
	case view.ValueText:
		if v.Text == "" {
			return b
		}
		return schema.AppendText(b, key, v.Text)
	}
	b = schema.AppendKey(b, key)
	if isNumber(v.Kind) || v.Kind == view.ValueFlag {
		return appendBare(b, v)
	}
	return append(appendBare(append(b, '"'), v), '"')
}
