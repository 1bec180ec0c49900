package main

import "slices"

// sample is one run of one program, in seconds.
type sample struct {
	CPU  float64 // user and system time
	Wall float64
}

// measurement is everything measured about one program in one scenario. Sample i
// belongs to round i.
type measurement struct {
	Program string
	Samples []sample
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

func (m measurement) metric(name string) []float64 {
	values := make([]float64, len(m.Samples))
	for i, s := range m.Samples {
		if name == "cpu" {
			values[i] = s.CPU
		} else {
			values[i] = s.Wall
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

// verdict is a target with the measured value.
type verdict struct {
	target
	Value float64
}

func (v verdict) met() bool { return v.Value <= v.Limit }

// verdicts compares the scenario's targets with the results. It skips targets against
// programs that did not run.
func (r result) verdicts() []verdict {
	ours := r.Programs[0]
	var all []verdict
	for _, t := range r.Scenario.Targets {
		if t.Metric == "peak" {
			all = append(all, verdict{t, float64(ours.PeakKiB) / 1024})
		} else if other, ok := r.program(t.Against); ok {
			all = append(all, verdict{t, pairedRatio(ours.metric(t.Metric), other.metric(t.Metric))})
		}
	}
	return all
}

// linearity checks that -ant at a million sockets takes at most linearLimit times ten
// times as long as at a hundred thousand. It needs both results.
func linearity(results []result) []verdict {
	var hundred, million *result
	for i, r := range results {
		switch r.Scenario.name() {
		case "100k/-ant":
			hundred = &results[i]
		case "1m/-ant":
			million = &results[i]
		}
	}
	if hundred == nil || million == nil {
		return nil
	}
	var all []verdict
	for _, metric := range []string{"cpu", "wall"} {
		value := median(million.Programs[0].metric(metric)) / (10 * median(hundred.Programs[0].metric(metric)))
		all = append(all, verdict{target{"ten times 100k", metric, linearLimit}, value})
	}
	return all
}
