package view

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/filter"
	"netstat/view"
)

// filterlessColumns have no filter field of their name: they combine others, or concern
// what happens after filtering.
var filterlessColumns = []string{"owners", "peer_owners", "time", "change", "changed"}

// filtersEnv resolves names of a recorded host to numbers.
func filtersEnv(t *testing.T, src netstat.Source) filter.Env {
	env := filter.Env{Interface: func(name string) (uint32, bool) {
		for i, err := range src.Interfaces(t.Context(), netstat.InterfaceQuery{}) {
			if err == nil && i.Name == name {
				return i.Index, true
			}
		}
		return 0, false
	}}
	if groups, ok := src.(netstat.Cgroups); ok {
		env.Cgroup = groups.CgroupID
	}
	return env
}

// filtersValue formats a value of a column as a filter literal; ok is false for values
// that another test covers.
func filtersValue(column string, v fact.Value) (text string, ok bool) {
	switch v.Kind {
	case fact.ValueText:
		switch column {
		case "proto": // in filters "tcp" is that of both families
			return "", false
		case "state": // other families use TCP's states
			return "", false
		case "interface", "cgroup", "user", "owner_user": // not patterns
			return "'" + v.Text + "'", true
		}
		var b strings.Builder
		for _, c := range []byte(v.Text) {
			if strings.IndexByte(`*?[\`, c) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		}
		return "'" + b.String() + "'", !strings.Contains(v.Text, "'")
	case fact.ValueFlag:
		return []string{"no", "yes"}[v.Number], true
	case fact.ValueDuration:
		return time.Duration(v.Number).String(), true
	case fact.ValueTime:
		return time.Unix(0, int64(v.Number)).Format("2006-01-02T15:04:05.000000000Z07:00"), true
	case fact.ValueAddress, fact.ValueEndpoint:
		if !v.Address.IsValid() || v.Address.Unmap() != v.Address {
			return "", false
		}
		text = v.Address.String()
		if v.Address.Is6() {
			text = "[" + text + "]"
		}
		if v.Kind == fact.ValueEndpoint {
			text += ":" + strconv.FormatUint(v.Number, 10)
		}
		return text, true
	}
	return strconv.FormatUint(v.Number, 10), true
}

// TestFiltersOfColumns checks that each column of sockets is a filter field and finds
// the rows that have the value.
func TestFiltersOfColumns(t *testing.T) {
	found := map[string]int{}
	columns := fact.Of(fact.Sockets)
	for _, name := range []string{"linux-server.json", "linux-rare.json", "windows.json"} {
		src := open(t, name)
		env := filtersEnv(t, src)
		req := request(fact.Sockets)
		req.Facts, req.AllOwners = fact.NeedsOf(columns), true
		for i := range columns {
			c := &columns[i]
			if slices.Contains(filterlessColumns, c.Name) {
				continue
			}
			field := c.Name
			if name == "linux-rare.json" && (strings.HasPrefix(field, "local") || strings.HasPrefix(field, "remote")) {
				continue // SCTP has ends with several addresses
			}
			valuesOf := func(r *fact.Record) []fact.Value {
				if c.All != nil {
					return c.All(r, nil)
				}
				return []fact.Value{c.Value(r)}
			}
			var values []fact.Value
			for r, err := range view.Records(t.Context(), src, req) {
				if err != nil {
					continue
				}
				for _, v := range valuesOf(&r) {
					if v.Kind != fact.ValueAbsent && !slices.Contains(values, v) && len(values) < 4 {
						values = append(values, v)
					}
				}
			}
			if _, err := filter.Parse(field+" = nonesuch", filter.Env{}); err != nil && strings.Contains(err.Error(), "unknown field") {
				t.Errorf("column %s is not a field", field)
				continue
			}
			for _, v := range values {
				text, ok := filtersValue(field, v)
				if !ok {
					continue
				}
				found[field]++
				for _, comparison := range []string{"=", "!="} {
					expression := fmt.Sprintf("%s %s %s", field, comparison, text)
					e, err := filter.Parse(expression, env)
					if err != nil {
						t.Errorf("%s: %v", name, err)
						continue
					}
					want, got := 0, 0
					for r, err := range view.Records(t.Context(), src, req) {
						if err == nil && slices.Contains(valuesOf(&r), v) == (comparison == "=") {
							want++
						}
					}
					filtered := *req
					filtered.Filter = e
					filtered.Facts = fact.Needs{}
					for _, err := range view.Records(t.Context(), src, &filtered) {
						if err == nil {
							got++
						}
					}
					if got != want {
						t.Errorf("%s: %s: %d rows, %d have the value", name, expression, got, want)
					}
				}
			}
		}
	}
	if len(found) < 50 {
		t.Errorf("only %d columns have values: %v", len(found), found)
	}
	t.Logf("%d columns", len(found))
}

// TestFieldsAreColumns checks that each field in the filter manual is a column of
// sockets, except two that concern both ends.
func TestFieldsAreColumns(t *testing.T) {
	b, err := os.ReadFile("../../docs/filters.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(b), "\n## Ends\n")
	text, _, _ = strings.Cut(text, "\n## Values\n")
	fields := 0
	for line := range strings.Lines(text) {
		cell, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		if !ok || !strings.HasPrefix(cell, "`") {
			continue
		}
		for name := range strings.SplitSeq(cell, ", ") {
			name = strings.Trim(name, "`")
			fields++
			if _, err := filter.Parse(name+" = x", filter.Env{}); err != nil && strings.Contains(err.Error(), "unknown field") {
				t.Error(err)
			}
			if name == "address" || name == "port" {
				continue
			}
			if _, err := fact.Find(fact.Sockets, name); err != nil {
				t.Error(err)
			}
		}
	}
	if fields < 25 {
		t.Errorf("%d fields", fields)
	}
}
