package options

import (
	"slices"
	"strings"
	"testing"
)

func TestBesideSnapshot(t *testing.T) {
	classic := func(name string) bool { return name == "tcp" || name == "s" || name == "symbolic" }
	for line, want := range map[string]string{
		"--snapshot f":                               "",
		"--snapshot=f --resolve-timeout 3":           "",
		"--snap f --replay - --dialect windows":      "",
		"--snapshot f -t":                            "-t",
		"--snapshot -t":                              "",
		"--tcp --snapshot f":                         "--tcp",
		"--s --snapshot f":                           "--s",
		"--snapshot f --":                            "--",
		"--snapshot f /a":                            "/a",
		"--resolve-timeout=0 --snapshot f eth0 more": "eth0",
	} {
		if got := BesideSnapshot(strings.Fields(line), classic); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestJoinSnapshots(t *testing.T) {
	for line, want := range map[string]string{
		"-a":                    "-a",
		"--diff":                "--diff",
		"--diff old new -t":     "--diff=old --diff=new -t",
		"--diff=old new":        "--diff=old --diff=new",
		"--DIFF - /tmp/new":     "--DIFF=- --DIFF=/tmp/new",
		"--diff 5":              "--diff 5",
		"--diff /an":            "--diff /an",
		"--diff old -t new":     "--diff=old -t new",
		"-- --diff old new":     "-- --diff old new",
		"--diff= old":           "--diff= old",
		"-t --diff old new 2 x": "-t --diff=old --diff=new 2 x",

		"--delta old new": "--delta=old --delta=new",
		"--delta 5":       "--delta 5",

		"--diagnose":               "--diagnose",
		"--diagnose 5":             "--diagnose 5",
		"--diagnose old new":       "--diagnose --diff=old --diff=new",
		"--diagnose=udp-drops a b": "--diagnose=udp-drops --diff=a --diff=b",
		"--Diagnose= a b":          "--Diagnose= --diff=a --diff=b",
		"--diagnose old -t new":    "--diagnose --diff=old -t new",
	} {
		if got := JoinSnapshots(strings.Fields(line)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
