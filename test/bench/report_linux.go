package main

import (
	"fmt"
	"strconv"
	"strings"
)

// machine describes the machine of the results.
type machine struct {
	Date, Kernel, CPU, LoadAverage string
	Go, NetTools, IPRoute          string
	Command                        string // repeats the run
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
	what, value, limit := v.words()
	return fmt.Sprintf("%s %s, target %s: %s", what, value, limit, word)
}

// words returns what was measured, its value and its limit.
func (v verdict) words() (what, value, limit string) {
	switch {
	case v.Metric == "peak":
		return "peak", fmt.Sprintf("%.1f MiB", v.Value), fmt.Sprintf("≤ %g MiB", v.Limit)
	case v.Metric == "share":
		return "share of one core", fmt.Sprintf("%.1f%%", 100*v.Value), fmt.Sprintf("≤ %g%%", 100*v.Limit)
	case v.Metric != "faults" && v.Metric != "calls":
		return v.Metric + " of " + v.Against, ratio(v.Value), fmt.Sprintf("≤ %.2f", v.Limit)
	}
	what = "page faults"
	if v.Metric == "calls" {
		what = "system calls"
	}
	if v.Against != "" {
		what += " more than " + v.Against
	}
	return what, fmt.Sprintf("%.0f", v.Value), fmt.Sprintf("≤ %g", v.Limit)
}

// commandLine returns the command that repeats this run, quoted for a shell.
func commandLine(args []string) string {
	text := "go run ./test/bench"
	for _, a := range args {
		if a == "" || strings.ContainsAny(a, " \t\n'\"\\$`*?[](){}|&;<>#~!") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		text += " " + a
	}
	return text
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

// count formats the median of a metric that is a number, or a dash if it was not
// measured.
func count(m measurement, metric string) string {
	values := m.metric(metric)
	if len(values) == 0 {
		return missing
	}
	return strconv.FormatFloat(median(values), 'f', 0, 64)
}

func resultText(r result) string {
	var w strings.Builder
	ours := r.Programs[0]
	const row = "  %-11s %9s %9s %9s %9s %9s %9s   %-8s %s\n"
	fmt.Fprintf(&w, "%s (%d rounds)\n", r.Scenario.name(), len(ours.Samples))
	fmt.Fprintf(&w, row, "", "cpu ms", "wall ms", "peak MiB", "faults", "calls", "lines", "ours/cpu", "ours/wall")
	for i, m := range r.Programs {
		cpu, wall := m.metric("cpu"), m.metric("wall")
		peak, lines := "", ""
		if m.PeakKiB > 0 {
			peak = fmt.Sprintf("%.1f", float64(m.PeakKiB)/1024)
		}
		if m.Lines > 0 {
			lines = fmt.Sprint(m.Lines)
		}
		ofCPU, ofWall := sameness(r), ""
		if i > 0 {
			ofCPU = ratio(pairedRatio(ours.metric("cpu"), cpu))
			ofWall = ratio(pairedRatio(ours.metric("wall"), wall))
		}
		line := fmt.Sprintf(row, m.Program, milliseconds(median(cpu)), milliseconds(median(wall)), peak,
			count(m, "faults"), count(m, "calls"), lines, ofCPU, ofWall)
		w.WriteString(strings.TrimRight(line, " \n") + "\n")
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
	for _, v := range linearity(results) {
		fmt.Fprintf(&w, "1m/-ant: %s\n", v)
	}
	met, all := targetsMet(results)
	fmt.Fprintf(&w, "%d of %d targets met\n", met, all)
	return w.String()
}

func targetsMet(results []result) (met, all int) {
	verdicts := linearity(results)
	for _, r := range results {
		verdicts = append(verdicts, r.verdicts()...)
	}
	for _, v := range verdicts {
		if v.met() {
			met++
		}
	}
	return met, len(verdicts)
}
