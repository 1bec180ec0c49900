package main

import (
	"fmt"
	"slices"
	"strings"
)

// machine describes the machine of the results.
type machine struct {
	Date, Kernel, CPU, LoadAverage string
	Go, NetTools, IPRoute          string
	Cores                          int
	MemoryGiB                      float64
	OpenFiles                      int64 // -p inspects every open file of the host
}

func (m machine) lines() []string {
	return []string{
		"Date: " + m.Date,
		fmt.Sprintf("Machine: %s, %d cores, %.1f GiB; at the start load average %s, %d open files",
			m.CPU, m.Cores, m.MemoryGiB, m.LoadAverage, m.OpenFiles),
		"Kernel: " + m.Kernel,
		fmt.Sprintf("Programs: %s, %s, %s; all write to /dev/null", m.Go, m.NetTools, m.IPRoute),
	}
}

func (v verdict) String() string {
	word := "met"
	if !v.met() {
		word = "MISSED"
	}
	if v.Metric == "peak" {
		return fmt.Sprintf("peak %.1f MiB, target ≤ %g: %s", v.Value, v.Limit, word)
	}
	return fmt.Sprintf("%s %s of %s, target ≤ %.2f: %s", v.Metric, ratio(v.Value), v.Against, v.Limit, word)
}

// ratio formats two significant digits, so that 0.007 does not become 0.01.
func ratio(v float64) string {
	switch {
	case v >= 0.1:
		return fmt.Sprintf("%.2f", v)
	case v >= 0.01:
		return fmt.Sprintf("%.3f", v)
	}
	return fmt.Sprintf("%.4f", v)
}

func milliseconds(seconds float64) string {
	if ms := seconds * 1000; ms < 100 {
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", seconds*1000)
}

func resultText(r result) string {
	var w strings.Builder
	ours := r.Programs[0]
	fmt.Fprintf(&w, "%s (%d rounds)\n", r.Scenario.name(), len(ours.Samples))
	fmt.Fprintf(&w, "  %-11s %9s %9s %9s %9s   %-8s %-8s\n", "", "cpu ms", "wall ms", "peak MiB", "lines", "ours/cpu", "ours/wall")
	for i, m := range r.Programs {
		cpu, wall := m.metric("cpu"), m.metric("wall")
		peak, lines, same := "", "", ""
		if m.PeakKiB > 0 {
			peak = fmt.Sprintf("%.1f", float64(m.PeakKiB)/1024)
		}
		if m.Lines > 0 {
			lines = fmt.Sprint(m.Lines)
		}
		if i == 0 {
			same = sameness(r)
			fmt.Fprintf(&w, "  %-11s %9s %9s %9s %9s   %s\n", m.Program,
				milliseconds(median(cpu)), milliseconds(median(wall)), peak, lines, same)
			continue
		}
		fmt.Fprintf(&w, "  %-11s %9s %9s %9s %9s   %-8s %-8s\n", m.Program,
			milliseconds(median(cpu)), milliseconds(median(wall)), peak, lines,
			ratio(pairedRatio(ours.metric("cpu"), cpu)), ratio(pairedRatio(ours.metric("wall"), wall)))
	}
	for _, v := range r.verdicts() {
		fmt.Fprintf(&w, "  %s\n", v)
	}
	w.WriteByte('\n')
	return w.String()
}

// sameness guards against being fast by omitting output.
func sameness(r result) string {
	netstat, ok := r.program("netstat")
	switch {
	case !ok:
		return ""
	case netstat.Digest == r.Programs[0].Digest:
		return "output equals netstat's"
	}
	return "OUTPUT DIFFERS from netstat's"
}

func summaryText(results []result) string {
	var w strings.Builder
	linear := linearity(results)
	for _, v := range linear {
		fmt.Fprintf(&w, "1m/-ant: %s\n", v)
	}
	met, all := 0, linear
	for _, r := range results {
		all = append(all, r.verdicts()...)
	}
	for _, v := range all {
		if v.met() {
			met++
		}
	}
	fmt.Fprintf(&w, "%d of %d targets met\n", met, len(all))
	return w.String()
}

func markdownText(m machine, results []result) string {
	var w strings.Builder
	fmt.Fprintf(&w, "## Results\n\n")
	for _, line := range m.lines() {
		fmt.Fprintf(&w, "- %s\n", line)
	}
	fmt.Fprintf(&w, "\nMilliseconds are medians; ratios are medians of the ratios within each round, ours over theirs, "+
		"`cpu / wall`. The control is ours over ours. Written by `go run ./test/bench -markdown FILE`.\n\n")
	fmt.Fprintf(&w, "| Load | Command | Ours: cpu / wall ms | Peak MiB | Lines | of netstat | of ss | of the bare receive loop | of the pipe | of ours as text | Control |\n")
	fmt.Fprintf(&w, "|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		ours := r.Programs[0]
		cells := []string{
			r.Scenario.Load, "`" + r.Scenario.Args + "`",
			milliseconds(median(ours.metric("cpu"))) + " / " + milliseconds(median(ours.metric("wall"))),
			fmt.Sprintf("%.1f", float64(ours.PeakKiB)/1024),
			fmt.Sprint(ours.Lines),
		}
		for _, name := range []string{"netstat", "ss", "receive", "pipe", "text", "control"} {
			cell := "–"
			if other, ok := r.program(name); ok {
				cell = ratio(pairedRatio(ours.metric("cpu"), other.metric("cpu"))) + " / " +
					ratio(pairedRatio(ours.metric("wall"), other.metric("wall")))
			}
			cells = append(cells, cell)
		}
		fmt.Fprintf(&w, "| %s |\n", strings.Join(cells, " | "))
	}
	fmt.Fprintf(&w, "\nLoads: %s.\n", strings.Join(loadTitles(results), "; "))
	fmt.Fprintf(&w, "\n| Command | Measured | Target | |\n|---|---|---|---|\n")
	row := func(name string, v verdict) {
		what, limit, word := v.Metric+" of "+v.Against, fmt.Sprintf("≤ %.2f", v.Limit), "met"
		value := ratio(v.Value)
		if v.Metric == "peak" {
			what, limit, value = "peak", fmt.Sprintf("≤ %g MiB", v.Limit), fmt.Sprintf("%.1f MiB", v.Value)
		}
		if !v.met() {
			word = "missed"
		}
		fmt.Fprintf(&w, "| `%s` | %s %s | %s | %s |\n", name, what, value, limit, word)
	}
	for _, r := range results {
		for _, v := range r.verdicts() {
			row(r.Scenario.name(), v)
		}
	}
	for _, v := range linearity(results) {
		row("1m/-ant", v)
	}
	return w.String()
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
