package main

// target is an upper limit. cpu and wall of ours are a ratio to those of Against. peak
// (MiB), share (cpu over wall time: the share of one core), faults and calls are numbers of ours; if Against is not empty, what ours has
// more than Against.
type target struct {
	Against string // a program, againstStart, or empty
	Metric  string // cpu, wall, peak, share, faults or calls
	Limit   float64
}

// againstStart is no program: it takes as long as net-tools' netstat would with the
// start of a Go program instead of its own (netstat + hello - netstat -V).
const againstStart = "netstat with Go's start"

func both(against string, limit float64) []target {
	return []target{{against, "cpu", limit}, {against, "wall", limit}}
}

func targets(lists ...[]target) []target {
	var all []target
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// verdict is a target with the measured value.
type verdict struct {
	target
	Value float64
}

func (v verdict) met() bool { return v.Value <= v.Limit }

// verdicts compares the scenario's targets with the results. It skips targets against
// programs that did not run, and of system calls that were not counted.
func (r result) verdicts() []verdict {
	var all []verdict
	for _, t := range r.Scenario.Targets {
		if value, ok := r.value(t); ok {
			all = append(all, verdict{t, value})
		}
	}
	return all
}

// value returns what a target limits.
func (r result) value(t target) (value float64, ok bool) {
	ours := r.Programs[0]
	if t.Metric == "peak" {
		return float64(ours.PeakKiB) / 1024, true
	}
	if t.Metric == "share" {
		return median(ours.metric("cpu")) / median(ours.metric("wall")), true
	}
	own := ours.metric(t.Metric)
	if len(own) == 0 {
		return 0, false
	}
	if t.Against == "" {
		return median(own), true
	}
	other, ok := r.values(t.Against, t.Metric)
	if !ok {
		return 0, false
	}
	if t.Metric == "faults" || t.Metric == "calls" {
		return median(own) - median(other), true
	}
	return pairedRatio(own, other), true
}

// values returns one metric of a program or of againstStart.
func (r result) values(name, metric string) ([]float64, bool) {
	if name != againstStart {
		m, ok := r.program(name)
		return m.metric(metric), ok
	}
	netstat, ok1 := r.program("netstat")
	hello, ok2 := r.program("hello")
	version, ok3 := r.program("netstat -V")
	if !ok1 || !ok2 || !ok3 {
		return nil, false
	}
	// The difference of the two starts is that of the medians: within one round it may
	// be anything, as all three programs are short.
	start := median(hello.metric(metric)) - median(version.metric(metric))
	values := netstat.metric(metric)
	for i := range values {
		values[i] += start
	}
	return values, true
}

// linearLimit is the limit for -ant at a million sockets, relative to ten times -ant at
// a hundred thousand.
const linearLimit = 1.2

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
