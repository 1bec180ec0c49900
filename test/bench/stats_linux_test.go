package main

import (
	"math"
	"slices"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{3}, 3},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 1, 3, 100}, 3.5},
	} {
		before := slices.Clone(c.values)
		if got := median(c.values); got != c.want {
			t.Errorf("median(%v) = %v, want %v", c.values, got, c.want)
		}
		if !slices.Equal(c.values, before) {
			t.Errorf("median changed its argument from %v to %v", before, c.values)
		}
	}
}

func TestPairedRatio(t *testing.T) {
	// Both programs are ten times slower in the last round: the ratio of the medians
	// would be 0.2, of the means 0.46.
	ours, theirs := []float64{1, 2, 50}, []float64{10, 10, 100}
	if got := pairedRatio(ours, theirs); got != 0.2 {
		t.Errorf("pairedRatio = %v, want 0.2", got)
	}
	if got := pairedRatio([]float64{1, 6}, []float64{0, 2}); got != 3 {
		t.Errorf("pairedRatio with a zero = %v, want 3", got)
	}
	if got := pairedRatio(ours, nil); got != 0 {
		t.Errorf("pairedRatio with nothing = %v, want 0", got)
	}
}

func runs(program string, cpu, wall float64) measurement {
	return measurement{Program: program, PeakKiB: 3 << 10, Samples: []sample{{cpu, wall}, {cpu, wall}}}
}

func TestVerdicts(t *testing.T) {
	r := result{
		Scenario: scenario{Load: "100k", Args: "-ant", Targets: []target{
			{"netstat", "cpu", 0.25}, {"netstat", "wall", 0.25}, {"ss", "cpu", 1}, {"", "peak", 3}}},
		Programs: []measurement{runs("ours", 1, 2), runs("netstat", 4, 4)},
	}
	got := r.verdicts()
	want := []struct {
		value float64
		met   bool
	}{{0.25, true}, {0.5, false}, {3, true}}
	if len(got) != len(want) {
		t.Fatalf("%d verdicts, want %d: ss did not run", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Value != w.value || got[i].met() != w.met {
			t.Errorf("%v: value %v met %v, want %v %v", got[i].target, got[i].Value, got[i].met(), w.value, w.met)
		}
	}
}

func TestLinearity(t *testing.T) {
	hundred := result{Scenario: scenario{Load: "100k", Args: "-ant"}, Programs: []measurement{runs("ours", 0.1, 0.1)}}
	million := result{Scenario: scenario{Load: "1m", Args: "-ant"}, Programs: []measurement{runs("ours", 1.1, 1.5)}}
	if got := linearity([]result{million}); got != nil {
		t.Errorf("linearity without the smaller size = %v", got)
	}
	got := linearity([]result{hundred, million})
	if len(got) != 2 || math.Abs(got[0].Value-1.1) > 1e-9 || !got[0].met() || got[1].met() {
		t.Errorf("linearity = %v, want cpu 1.1 met and wall 1.5 missed", got)
	}
}

func TestBenchWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                               nil,
		"-ant":                           {"-ant"},
		"-tan --filter 'sport = :443'":   {"-tan", "--filter", "sport = :443"},
		"--filter 'a b'  --json -n":      {"--filter", "a b", "--json", "-n"},
		"--filter 'not dst 10.0.0.0/8' ": {"--filter", "not dst 10.0.0.0/8"},
	} {
		if got := words(text); !slices.Equal(got, want) {
			t.Errorf("words(%q) = %q, want %q", text, got, want)
		}
	}
}
