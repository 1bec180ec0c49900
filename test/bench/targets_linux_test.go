package main

import (
	"math"
	"testing"
)

func runs(program string, cpu, wall float64) measurement {
	return measurement{Program: program, PeakKiB: 3 << 10, Samples: []sample{{CPU: cpu, Wall: wall}, {CPU: cpu, Wall: wall}}}
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

// A target against a program that the scenario does not run would never be checked.
func TestTargetsHavePrograms(t *testing.T) {
	for _, s := range scenarios {
		known := map[string]bool{"": true, againstStart: s.Floor, "conntrack": s.Tracked, "ip": s.IP != ""}
		s.Tracked, s.IP = false, "" // their programs may not be installed
		var commands func([]string) (ours, theirs []string)
		if s.Load == "wine" {
			commands = func(args []string) (ours, theirs []string) { return args, args }
		}
		list, err := programs(job{}, s, commands)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			known[p.name] = true
		}
		for _, target := range s.Targets {
			if !known[target.Against] {
				t.Errorf("%s: target against %q, which does not run", s.name(), target.Against)
			}
		}
	}
}

func start(program string, cpu float64, faults int) measurement {
	s := sample{CPU: cpu, Wall: cpu, Faults: faults}
	return measurement{Program: program, Samples: []sample{s, s, s}}
}

func TestVerdictsOfCounts(t *testing.T) {
	ours := start("ours", 1, 250)
	ours.Calls = []float64{288, 290, 300}
	r := result{
		Scenario: scenario{Targets: []target{{"", "faults", 230}, {"hello", "faults", 70}, {"", "calls", 290}}},
		Programs: []measurement{ours, start("hello", 1, 180)},
	}
	want := []string{
		"page faults 250, target ≤ 230: MISSED",
		"page faults more than hello 70, target ≤ 70: met",
		"system calls 290, target ≤ 290: met",
	}
	got := r.verdicts()
	if len(got) != len(want) {
		t.Fatalf("%v, want %q", got, want)
	}
	for i := range want {
		if got[i].String() != want[i] {
			t.Errorf("%s, want %s", got[i], want[i])
		}
	}
	r.Programs[0].Calls = nil
	if got := r.verdicts(); len(got) != 2 {
		t.Errorf("%v: system calls were not counted", got)
	}
}

func TestVerdictAgainstStart(t *testing.T) {
	r := result{
		Scenario: scenario{Targets: []target{{againstStart, "cpu", 1}}},
		Programs: []measurement{start("ours", 5, 0), start("hello", 3, 0), start("netstat", 4, 0), start("netstat -V", 2, 0)},
	}
	if got := r.verdicts(); len(got) != 1 || got[0].Value != 1 {
		t.Errorf("%v, want 5 / (4 + 3 - 2)", got)
	}
	if again := r.verdicts(); again[0].Value != 1 {
		t.Errorf("%v: the first comparison changed the samples", again)
	}
	r.Programs = r.Programs[:3]
	if got := r.verdicts(); len(got) != 0 {
		t.Errorf("%v without netstat -V", got)
	}
}
