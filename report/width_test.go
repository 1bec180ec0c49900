package report_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"netstat"
	"netstat/fact"
	"netstat/options"
	"netstat/report"
	"netstat/snapshot"
	"netstat/view"
)

// widthCases lists the reports that have their own default columns.
var widthCases = []struct {
	name string
	view fact.View
	// tables lists the socket tables. listening selects only listening sockets.
	tables    []netstat.Table
	listening bool
	owners    bool
	facts     netstat.Facts
	options   options.Options
	// wide is set if 100 columns may be too few.
	wide bool
}{
	{name: "sockets", tables: netstat.Tables()},
	{name: "-tu", tables: widthInternet},
	{name: "-tup", tables: widthInternet, owners: true},
	{name: "-tlp", tables: widthInternet, owners: true, listening: true},
	{name: "-tueo", tables: widthInternet, facts: netstat.FactUID | netstat.FactInode | netstat.FactTimer, wide: true},
	{name: "-x", tables: []netstat.Table{netstat.UnixTable}, owners: true},
	{name: "-t --tcp-info", tables: widthInternet, options: options.Options{TCPInfo: true}},
	{name: "-t --tcp-info --memory --peers -p", tables: widthInternet, owners: true, options: options.Options{TCPInfo: true, Memory: true, Peers: true}, wide: true},
	{name: "--netns all -tlp", tables: widthInternet, owners: true, listening: true, options: options.Options{Netns: []string{"all"}}},
	{name: "-tan --delta", tables: widthInternet, options: options.Options{Delta: true}},
	{name: "routes", view: fact.Routes},
	{name: "interfaces", view: fact.Interfaces},
	{name: "-i --delta", view: fact.Interfaces, options: options.Options{Delta: true}},
	{name: "groups", view: fact.Groups},
	{name: "statistics", view: fact.Statistics},
	{name: "-s --delta", view: fact.Statistics, options: options.Options{Delta: true}},
	{name: "nat", view: fact.NAT, wide: true},
	{name: "--group-by process", tables: widthInternet, options: options.Options{GroupBy: "process", TCPInfo: true, Memory: true}, wide: true},
	{name: "--columns", tables: widthInternet, options: options.Options{Columns: "proto,local,remote,state,rtt,cwnd,mss,inode,cookie,process,command"}, wide: true},
}

var widthInternet = []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table}

// widthTable returns the report of a case about a host, on a terminal of this width.
func widthTable(t *testing.T, src *snapshot.Source, i, width int) string {
	t.Helper()
	c := widthCases[i]
	o := c.options
	sel := &view.Selection{Tables: view.Tables{View: c.view}}
	both := []netstat.Family{netstat.Inet, netstat.Inet6}
	switch c.view {
	case fact.Sockets:
		sel.Plan = &view.Plan{Owners: c.owners}
		for _, table := range c.tables {
			query := view.Query{Table: table, Need: netstat.Need{Facts: c.facts}}
			if c.listening {
				query.Keep = func(s netstat.Socket) bool { return !view.Connected(s) }
			}
			sel.Plan.Queries = append(sel.Plan.Queries, query)
		}
	case fact.Routes:
		sel.Routes = []netstat.RouteQuery{{Family: netstat.Inet}, {Family: netstat.Inet6}}
	case fact.Groups:
		sel.Groups = []netstat.GroupQuery{{Family: netstat.Inet}, {Family: netstat.Inet6}}
	case fact.Statistics:
		sel.Counters = both
	}
	netns := ""
	if len(o.Netns) > 0 {
		netns = "4026532177/containerd"
	}
	var out strings.Builder
	r, err := report.New(context.Background(), &out, &report.Choice{
		Options: &o, Select: func() (*view.Selection, error) { return sel, nil },
	}, report.Host{
		Places: []view.Place{{Source: src, Netns: netns}}, Names: src.Names(), Width: width, Privileged: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	note := ""
	for round := range 2 {
		out.Reset()
		if _, err := r.Round(context.Background(), time.Unix(int64(round), 0)); err != nil {
			t.Fatal(err)
		}
		// A note about columns left out is repeated only if it differs.
		if table, again, found := strings.Cut(out.String(), widthNote); found {
			note = again
		} else if note != "" {
			return table + widthNote + note
		}
	}
	return out.String()
}

const widthNote = "left out to fit "

func widthHosts(t *testing.T) map[string]*snapshot.Source {
	t.Helper()
	files, err := filepath.Glob("../cmd/netstat/testdata/hosts/*.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d hosts, %v", len(files), err)
	}
	hosts := map[string]*snapshot.Source{}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		src, err := snapshot.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		hosts[filepath.Base(file)] = src
	}
	return hosts
}

var (
	widthCells = regexp.MustCompile(` {2,}`)
	// widthCut matches a cell that was cut: after the whole number of a process if it has
	// one.
	widthCut  = regexp.MustCompile(`^(.*)…$`)
	widthHalf = regexp.MustCompile(`(^|,)[0-9]+…$`)
)

// widthRows splits a table into the cells of its lines. It returns the names in the note
// about columns left out.
func widthRows(text string) (rows [][]string, left []string) {
	text, note, noted := strings.Cut(text, widthNote)
	for line := range strings.Lines(text) {
		rows = append(rows, widthCells.Split(strings.Trim(line, " \n"), -1))
	}
	if noted {
		_, names, _ := strings.Cut(note, ":")
		names, _, _ = strings.Cut(names, "(")
		left = strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
	}
	return rows, left
}

// TestWidths checks that at any width no state, number or address is cut, that a note
// lists the columns left out, and that a line is either as wide as the terminal or whole.
func TestWidths(t *testing.T) {
	for host, src := range widthHosts(t) {
		for i, c := range widthCases {
			whole, left := widthRows(widthTable(t, src, i, 0))
			if left != nil || strings.Contains(fmt.Sprint(whole), "…") {
				t.Errorf("%s of %s: something is left out or cut where there is no terminal", c.name, host)
			}
			for _, width := range []int{60, 80, 100, 1000} {
				t.Run(fmt.Sprintf("%s/%s/%d", host, c.name, width), func(t *testing.T) {
					text := widthTable(t, src, i, width)
					rows, left := widthRows(text)
					if len(rows) != len(whole) {
						t.Fatalf("%d lines of %d\n%s", len(rows), len(whole), text)
					}
					widthHeads(t, c.view, whole[0], rows[0], left)
					for k := 1; k < len(rows); k++ {
						for _, cell := range rows[k] {
							widthCell(t, cell, whole[k])
						}
					}
					for line := range strings.Lines(text) {
						if n := utf8.RuneCountInString(line) - 1; n > width && strings.Contains(line, "…") {
							t.Errorf("cut and too wide: %s", line)
						}
					}
				})
			}
		}
	}
}

var widthStates = func() map[string]bool {
	states := map[string]bool{}
	for s := range netstat.State(64) {
		states[s.String()] = true
	}
	return states
}()

// widthHeads checks that the note lists exactly the missing columns.
func widthHeads(t *testing.T, v fact.View, whole, heads, left []string) {
	t.Helper()
	var missing []string
	for _, head := range whole {
		if !slices.Contains(heads, head) {
			f, err := fact.Find(v, head)
			if err != nil {
				t.Fatal(err)
			}
			missing = append(missing, f[0].Name)
		}
	}
	left = slices.Clone(left)
	slices.Sort(left)
	slices.Sort(missing)
	if !slices.Equal(missing, left) {
		t.Errorf("%q are missing, and %q said to be left out", missing, left)
	}
}

// widthCell checks that a cell is one of the cells of the whole line, or a name that was
// cut.
func widthCell(t *testing.T, cell string, whole []string) {
	t.Helper()
	if slices.Contains(whole, cell) {
		return
	}
	match := widthCut.FindStringSubmatch(cell)
	if match == nil || match[1] == "" || widthHalf.MatchString(cell) {
		t.Errorf("the cell %q is none of %q", cell, whole)
		return
	}
	i := slices.IndexFunc(whole, func(w string) bool { return strings.HasPrefix(w, match[1]) })
	if i < 0 || strings.ContainsAny(whole[i][:1], "[*") || widthStates[whole[i]] {
		t.Errorf("%q of %q is cut", cell, whole)
	}
}

// TestDefaultFits checks that the default columns fit 100 columns on every recorded host,
// without leaving any out.
func TestDefaultFits(t *testing.T) {
	for host, src := range widthHosts(t) {
		for i, c := range widthCases {
			if c.wide {
				continue
			}
			text := widthTable(t, src, i, 100)
			_, left := widthRows(text)
			// That host has two ends with long IPv6 addresses, which take 70.
			if len(left) > 0 && host != "windows.json" {
				t.Errorf("%s of %s: %q are left out", c.name, host, left)
			}
			for line := range strings.Lines(text) {
				if n := utf8.RuneCountInString(line) - 1; n > 100 {
					t.Errorf("%s of %s: %d columns: %s", c.name, host, n, line)
				}
			}
		}
	}
}
