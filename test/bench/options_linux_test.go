package main

import (
	"io"
	"slices"
	"strings"
	"testing"
)

func TestParseOptions(t *testing.T) {
	opt, err := parseOptions([]string{"-size", "1m,1k", "-run", "-ant$", "-rounds", "5", "-ours", "x", "-markdown", "y"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range opt.loads {
		names = append(names, l.Name)
	}
	if !slices.Equal(names, []string{"1k", "1m"}) {
		t.Errorf("loads %v, want 1k before 1m", names)
	}
	if !opt.run.MatchString("1k/-ant") || opt.run.MatchString("1k/-antp") {
		t.Errorf("-run %v", opt.run)
	}
	if opt.rounds != 5 || opt.ours != "x" || opt.markdown != "y" {
		t.Errorf("options %+v", opt)
	}
}

func TestParseOptionsDefaultLoads(t *testing.T) {
	opt, err := parseOptions(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if len(opt.loads) != len(loads)-2 || slices.ContainsFunc(opt.loads, func(l load) bool { return l.Name == "1m" || l.Name == "wine" }) {
		t.Errorf("loads %v", opt.loads)
	}
}

func TestParseOptionsErrors(t *testing.T) {
	for _, args := range []string{"-size 2k", "-size 1k,", "-run (", "-rounds -1", "operand", "-hold", "-bogus"} {
		if _, err := parseOptions(strings.Fields(args), io.Discard); err == nil {
			t.Errorf("%s: accepted", args)
		}
	}
}

// A scenario with a misspelled load would never run.
func TestScenariosHaveLoads(t *testing.T) {
	for _, s := range scenarios {
		if !slices.Contains(loadNames(), s.Load) {
			t.Errorf("%s: no such load", s.name())
		}
		if s.Rounds < 3 {
			t.Errorf("%s: %d rounds", s.name(), s.Rounds)
		}
	}
}
