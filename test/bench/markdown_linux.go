package main

import (
	"fmt"
	"slices"
	"strings"
)

const missing = "–"

// markdownText returns the results as a page: the machine, the times, the page faults
// and system calls, and the targets.
func markdownText(m machine, results []result) string {
	var w strings.Builder
	w.WriteString("## Results\n\n")
	for _, line := range m.lines() {
		fmt.Fprintf(&w, "- %s\n", line)
	}
	fmt.Fprintf(&w, "- Command: `%s`\n\n", m.Command)
	writeTimes(&w, results)
	fmt.Fprintf(&w, "\nLoads: %s.\n\n", strings.Join(loadTitles(results), "; "))
	writeCounts(&w, results)
	w.WriteByte('\n')
	writeTargets(&w, results)
	return w.String()
}

// column is a program with the title of its column.
type column struct{ program, title string }

var timeColumns = []column{
	{"netstat", "of netstat"}, {"ss", "of ss"}, {"hello", "of hello"}, {"ip", "of ip"}, {"conntrack", "of conntrack"},
	{"wine's", "of Wine's"}, {"receive", "of the bare receive loop"}, {"pipe", "of the pipe"},
	{"text", "of ours as text"}, {"control", "Control"},
}

var countColumns = []column{
	{"ours", "Ours"}, {"hello", "hello"}, {"netstat", "netstat"}, {"ss", "ss"}, {"netstat -V", "netstat -V"},
	{"ip", "ip"}, {"conntrack", "conntrack"}, {"wine's", "Wine's"}, {"receive", "Bare receive loop"}, {"pipe", "Pipe"},
	{"text", "Ours as text"},
}

// used returns the columns of programs that ran.
func used(columns []column, results []result) []column {
	var list []column
	for _, c := range columns {
		if slices.ContainsFunc(results, func(r result) bool { _, ok := r.program(c.program); return ok }) {
			list = append(list, c)
		}
	}
	return list
}

func writeTimes(w *strings.Builder, results []result) {
	w.WriteString("Milliseconds are medians; ratios are medians of the ratios within each round, ours over theirs, " +
		"`cpu / wall`. The control is ours over ours, hello a Go program that writes one line.\n\n")
	columns := used(timeColumns, results)
	header := []string{"Load", "Command", "Rounds", "Ours: cpu / wall ms", "Peak MiB", "Lines"}
	for _, c := range columns {
		header = append(header, c.title)
	}
	writeHeader(w, header)
	for _, r := range results {
		ours := r.Programs[0]
		cells := []string{
			r.Scenario.Load, "`" + r.Scenario.Args + "`", fmt.Sprint(len(ours.Samples)),
			milliseconds(median(ours.metric("cpu"))) + " / " + milliseconds(median(ours.metric("wall"))),
			fmt.Sprintf("%.1f", float64(ours.PeakKiB)/1024), fmt.Sprint(ours.Lines),
		}
		for _, c := range columns {
			cell := missing
			if other, ok := r.program(c.program); ok {
				cell = ratio(pairedRatio(ours.metric("cpu"), other.metric("cpu"))) + " / " +
					ratio(pairedRatio(ours.metric("wall"), other.metric("wall")))
			}
			cells = append(cells, cell)
		}
		writeRow(w, cells)
	}
}

func writeCounts(w *strings.Builder, results []result) {
	w.WriteString("`page faults / system calls` of the whole process; medians, the system calls of separate runs.\n\n")
	columns := used(countColumns, results)
	header := []string{"Load", "Command"}
	for _, c := range columns {
		header = append(header, c.title)
	}
	writeHeader(w, header)
	for _, r := range results {
		cells := []string{r.Scenario.Load, "`" + r.Scenario.Args + "`"}
		for _, c := range columns {
			cell := missing
			if m, ok := r.program(c.program); ok {
				cell = count(m, "faults") + " / " + count(m, "calls")
			}
			cells = append(cells, cell)
		}
		writeRow(w, cells)
	}
}

func writeTargets(w *strings.Builder, results []result) {
	met, all := targetsMet(results)
	fmt.Fprintf(w, "%d of %d targets met.\n\n", met, all)
	writeHeader(w, []string{"Command", "Measured", "Target", ""})
	row := func(name string, v verdict) {
		word := "met"
		if !v.met() {
			word = "**missed**"
		}
		what, value, limit := v.words()
		writeRow(w, []string{"`" + name + "`", what + " " + value, limit, word})
	}
	for _, r := range results {
		for _, v := range r.verdicts() {
			row(r.Scenario.name(), v)
		}
	}
	for _, v := range linearity(results) {
		row("1m/-ant", v)
	}
}

func writeHeader(w *strings.Builder, cells []string) {
	writeRow(w, cells)
	w.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
}

func writeRow(w *strings.Builder, cells []string) {
	w.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func loadTitles(results []result) []string {
	var titles []string
	for _, l := range loads {
		if slices.ContainsFunc(results, func(r result) bool { return r.Scenario.Load == l.Name }) {
			titles = append(titles, l.Name+": "+l.Title)
		}
	}
	return titles
}
