package main

import (
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

func TestMetric(t *testing.T) {
	m := measurement{
		Samples: []sample{{CPU: 1, Wall: 2, Faults: 300}, {CPU: 3, Wall: 4, Faults: 310}},
		Calls:   []float64{7},
	}
	for name, want := range map[string][]float64{
		"cpu": {1, 3}, "wall": {2, 4}, "faults": {300, 310}, "calls": {7},
	} {
		if got := m.metric(name); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
