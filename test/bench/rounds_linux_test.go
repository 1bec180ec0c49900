package main

import (
	"slices"
	"testing"
)

func TestPrograms(t *testing.T) {
	j := job{Ours: "/ours", Hello: "/hello", Netstat: "/netstat", SS: "/ss"}
	for _, c := range []struct {
		scenario scenario
		want     []string
	}{
		{scenario{Args: "-tln", SS: "-tln"}, []string{"ours", "hello", "netstat", "ss", "control"}},
		{scenario{Args: "-s", Floor: true}, []string{"ours", "hello", "netstat", "netstat -V", "control"}},
		{scenario{Args: "--json -ant", Text: "-ant", Alone: true}, []string{"ours", "hello", "text", "control"}},
	} {
		list, err := programs(j, c.scenario, nil)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range list {
			names = append(names, p.name)
		}
		if !slices.Equal(names, c.want) {
			t.Errorf("%s: %q, want %q", c.scenario.Args, names, c.want)
		}
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
