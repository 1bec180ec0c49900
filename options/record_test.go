package options

import (
	"strings"
	"testing"
	"time"
)

// TestMoments resolves each form of --at against a newest round of 09:30:00.250 in a zone
// that is two hours ahead.
func TestMoments(t *testing.T) {
	where := time.FixedZone("here", 2*60*60)
	newest := time.Date(2026, 11, 29, 9, 30, 0, 250e6, where)
	for _, c := range []struct{ text, want string }{
		{"2026-11-29T08:00:00Z", "2026-11-29T10:00:00+02:00"}, // also after the newest
		{"2026-11-29T08:00:00.5+01:00", "2026-11-29T09:00:00.5+02:00"},
		{"2026-11-28 18:00", "2026-11-28T18:00:00+02:00"},
		{"2026-11-28 18:00:05", "2026-11-28T18:00:05+02:00"},
		{"2026-11-28 18:00:05.25", "2026-11-28T18:00:05.25+02:00"},
		{"2026-11-28T18:00", "2026-11-28T18:00:00+02:00"},
		{"2026-11-28T18:00:05", "2026-11-28T18:00:05+02:00"},
		{"2026-11-28", "2026-11-28T00:00:00+02:00"},
		{"0001-01-01", "0001-01-01T00:00:00+02:00"},
		{"09:30", "2026-11-29T09:30:00+02:00"},
		{"09:30:01", "2026-11-28T09:30:01+02:00"}, // yesterday
		{"18:00", "2026-11-28T18:00:00+02:00"},
		{"00:00", "2026-11-29T00:00:00+02:00"},
		{" 9:30 ", "2026-11-29T09:30:00+02:00"},
		{"-10m", "2026-11-29T09:20:00.25+02:00"},
		{"-1h30m", "2026-11-29T08:00:00.25+02:00"},
		{"-90s", "2026-11-29T09:28:30.25+02:00"},
		{"-0s", "2026-11-29T09:30:00.25+02:00"},
		{"-2d", "2026-11-27T09:30:00.25+02:00"},
		{"-1d12h", "2026-11-27T21:30:00.25+02:00"},
	} {
		var o Options
		if err := moment(&o.At, c.text); err != nil || !o.At.Given() {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := o.At.In(newest, where).In(where).Format(time.RFC3339Nano); got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
	for _, text := range []string{
		"", " ", "-", "now", "10m", "--10m", "-+10m", "-10", "-1w", "-m", "-d", "-999999d", "-65535d2562047h", "-1.5d", "24:00", "18", "18:60",
		"2026-11-31", "2026-11-29 18:00Z", "2026-11-29T18:00:00+1:00", "11/29/2026", "1764439200",
	} {
		m := Moment{}
		if err := moment(&m, text); err == nil || m != (Moment{}) {
			t.Errorf("%q: %+v, %v", text, m, err)
		}
	}
	none := Moment{}
	if none.Given() || !none.In(newest, where).Equal(newest) {
		t.Error("no moment is not the newest round")
	}
}

// TestMomentsOverMidnight checks that a time of the day is of the right local day in a zone
// whose days have other lengths when clocks change.
func TestMomentsOverMidnight(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{
		{"2026-10-25T01:30:00Z", "18:00", "2026-10-24T16:00:00Z"}, // before clocks went back
		{"2026-10-25T23:00:00Z", "18:00", "2026-10-25T17:00:00Z"},
		{"2026-03-29T00:30:00Z", "00:30", "2026-03-28T23:30:00Z"},
		{"2026-03-29T10:00:00Z", "12:00", "2026-03-29T10:00:00Z"}, // after they went forward
	} {
		newest, _ := time.Parse(time.RFC3339, c[0])
		var m Moment
		if err := moment(&m, c[1]); err != nil {
			t.Fatal(err)
		}
		if got := m.In(newest, berlin).UTC().Format(time.RFC3339); got != c[2] {
			t.Errorf("%v: %s", c, got)
		}
	}
}

func TestKeep(t *testing.T) {
	for text, want := range map[string]Keep{
		"500M":     {Size: 500 << 20},
		"500MB":    {Size: 500e6},
		"2GiB":     {Size: 2 << 30},
		"2gib":     {Size: 2 << 30},
		"1.5k":     {Size: 1536},
		"100b":     {Size: 100},
		"7d":       {Age: 7 * 24 * time.Hour},
		"24h":      {Age: 24 * time.Hour},
		"30min":    {Age: 30 * time.Minute},
		"2w":       {Age: 14 * 24 * time.Hour},
		"2GiB,7d":  {Size: 2 << 30, Age: 7 * 24 * time.Hour},
		"7d, 2GiB": {Size: 2 << 30, Age: 7 * 24 * time.Hour},
	} {
		var o Options
		if err := o.keep(text); err != nil || o.Keep != want {
			t.Errorf("%s: %+v, %v", text, o.Keep, err)
		}
	}
	for _, text := range []string{"", "5", "500m", "0d", "-1d", "M", "1x", "9e9d", "99999999999w", "9999999999T", "1.2.3k", "7d,", "7d,x", "0.1b", "NaNd"} {
		var o Options
		if err := o.keep(text); err == nil || o.Keep != (Keep{}) {
			t.Errorf("%q: %+v, %v", text, o.Keep, err)
		}
	}
}

func TestBesideRecord(t *testing.T) {
	classic := func(string) bool { return false }
	for line, want := range map[string]string{
		"--record d":                      "",
		"--record=d 10":                   "",
		"--record 5 5":                    "", // a directory named 5
		"--record d 0.5 --keep 7d -c":     "",
		"--limit 2 --record=d 2 --keep=k": "",
		"-t --record d":                   "-t",
		"--record d 5 -n":                 "-n",
		"--record d --json":               "--json",
		"--record d eth0":                 "eth0",
	} {
		if got := BesideRecord(strings.Fields(line), classic); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
