package main

import "slices"

// sample is one run of one program. Times are in seconds.
type sample struct {
	CPU    float64 // user and system time
	Wall   float64
	Faults int // page faults, minor and major
}

// measurement is everything measured about one program in one scenario. Sample i
// belongs to round i.
type measurement struct {
	Program string
	Samples []sample
	Calls   []float64 // system calls of other runs; empty if not counted
	PeakKiB int
	Lines   int    // of the output
	Digest  string // of the output
}

// result holds the results of one scenario. Programs[0] is ours.
type result struct {
	Scenario scenario
	Programs []measurement
}

func (r result) program(name string) (measurement, bool) {
	for _, m := range r.Programs {
		if m.Program == name {
			return m, true
		}
	}
	return measurement{}, false
}

// metric returns the values of cpu, wall, faults or calls. Those of the first three are
// in the order of the rounds.
func (m measurement) metric(name string) []float64 {
	if name == "calls" {
		return slices.Clone(m.Calls)
	}
	values := make([]float64, len(m.Samples))
	for i, s := range m.Samples {
		switch name {
		case "cpu":
			values[i] = s.CPU
		case "wall":
			values[i] = s.Wall
		case "faults":
			values[i] = float64(s.Faults)
		}
	}
	return values
}

// median returns the middle value, the mean of the two middle ones, or 0 without
// values. It does not change its argument.
func median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// pairedRatio returns the median of a[i]/b[i]. It skips rounds in which b is 0: the
// clock was too coarse to measure the program.
func pairedRatio(a, b []float64) float64 {
	var ratios []float64
	for i := range min(len(a), len(b)) {
		if b[i] > 0 {
			ratios = append(ratios, a[i]/b[i])
		}
	}
	return median(ratios)
}
