package options

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Keep says which rounds of --record stay. The zero value keeps all.
type Keep struct {
	Size int64         // the most bytes of all rounds, 0 for no limit
	Age  time.Duration // the greatest age of a round, 0 for no limit
}

// keepUnits lists the units of sizes and ages in lower case. As for dd(1), sizes without "B"
// and with "iB" are in powers of 1024.
var keepUnits = [...]struct {
	name string
	size int64
	age  time.Duration
}{
	{"b", 1, 0},
	{"k", 1 << 10, 0}, {"m", 1 << 20, 0}, {"g", 1 << 30, 0}, {"t", 1 << 40, 0},
	{"kib", 1 << 10, 0}, {"mib", 1 << 20, 0}, {"gib", 1 << 30, 0}, {"tib", 1 << 40, 0},
	{"kb", 1e3, 0}, {"mb", 1e6, 0}, {"gb", 1e9, 0}, {"tb", 1e12, 0},
	{"s", 0, time.Second}, {"min", 0, time.Minute}, {"h", 0, time.Hour}, {"d", 0, 24 * time.Hour}, {"w", 0, 7 * 24 * time.Hour},
}

// keep sets the limits of a list: a size, an age, or both.
func (o *Options) keep(value string) error {
	var k Keep
	wrong := errors.New("must be a size such as 500M or 2GiB, an age such as 24h or 7d, or both with a comma")
	for word := range strings.SplitSeq(value, ",") {
		word = strings.TrimSpace(word)
		digits := len(word) - len(strings.TrimLeft(word, "0123456789."))
		number, err := strconv.ParseFloat(word[:digits], 64)
		if err != nil || number <= 0 {
			return wrong
		}
		unit := word[digits:]
		if unit == "m" {
			return errors.New("m is ambiguous: write " + word[:digits] + "M or " + word[:digits] + "min")
		}
		known := false
		for _, u := range keepUnits {
			if u.name != strings.ToLower(unit) {
				continue
			}
			limit := number * float64(u.size+int64(u.age))
			if limit < 1 || limit >= math.MaxInt64 {
				return wrong
			}
			if known = true; u.age > 0 {
				k.Age = time.Duration(limit)
			} else {
				k.Size = int64(limit)
			}
		}
		if !known {
			return wrong
		}
	}
	o.Keep = k
	return nil
}

// Moment is a time as --at, --from and --to name it. The zero value names none.
type Moment struct {
	form momentForm
	back time.Duration // for beforeNewest
	time time.Time     // in UTC if it is local
}

type momentForm uint8

const (
	noMoment     momentForm = iota
	beforeNewest            // a span before the newest round
	exactTime               // with its zone
	localTime               // with a date
	localClock              // of the last day on which it is not after the newest round
)

// Given reports whether the Moment names a time.
func (m *Moment) Given() bool { return m.form != noMoment }

// momentForms lists the forms of absolute times.
var momentForms = [...]struct {
	layout string
	form   momentForm
}{
	{time.RFC3339, exactTime},
	{"2006-01-02 15:04", localTime},
	{"2006-01-02 15:04:05", localTime},
	{"2006-01-02T15:04", localTime},
	{"2006-01-02T15:04:05", localTime},
	{"2006-01-02", localTime},
	{"15:04", localClock},
	{"15:04:05", localClock},
}

// moment sets a Moment from a value.
func moment(field *Moment, value string) error {
	value = strings.TrimSpace(value)
	if text, ok := strings.CutPrefix(value, "-"); ok {
		if back, ok := parseSpan(text); ok {
			*field = Moment{form: beforeNewest, back: back}
			return nil
		}
	}
	for _, f := range momentForms {
		if t, err := time.Parse(f.layout, value); err == nil {
			*field = Moment{form: f.form, time: t}
			return nil
		}
	}
	return errors.New("must be a time such as '2026-11-29 18:00', 18:00:30, 2026-11-29T18:00:00Z or -10m (10 minutes before the newest round)")
}

// parseSpan parses a time such as 90s, 10m, 1h30m or 2d.
func parseSpan(text string) (time.Duration, bool) {
	var days time.Duration
	if count, rest, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseUint(count, 10, 16)
		if err != nil {
			return 0, false
		}
		if days, text = time.Duration(n)*24*time.Hour, rest; text == "" {
			return days, true
		}
	}
	d, err := time.ParseDuration(text)
	// The sum may be too large for a Duration.
	return days + d, err == nil && d >= 0 && days+d >= 0 && text[0] != '-' && text[0] != '+'
}

// In returns the time that the Moment names. Local times are those of a location.
func (m *Moment) In(newest time.Time, where *time.Location) time.Time {
	switch m.form {
	case exactTime:
		return m.time
	case localTime:
		return m.on(m.time, where)
	case localClock:
		day := newest.In(where)
		if t := m.on(day, where); !t.After(newest) {
			return t
		}
		return m.on(day.AddDate(0, 0, -1), where)
	}
	return newest.Add(-m.back)
}

// on returns the Moment's time of the day on a day.
func (m *Moment) on(day time.Time, where *time.Location) time.Time {
	hour, minute, second := m.time.Clock()
	return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, second, m.time.Nanosecond(), where)
}
