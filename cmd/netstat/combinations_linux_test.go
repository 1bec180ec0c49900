package main

import (
	"context"
	"io/fs"
	"iter"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/collect"
)

// combinationsHost returns a process that opens its hosts with open.
func combinationsHost(out, errs *strings.Builder, open func(collect.Options) (netstat.Source, error)) *process {
	return &process{
		getenv: func(string) (string, bool) { return "", false },
		stdout: out, stderr: errs, dialect: "linux", systemLanguage: func() string { return "" },
		hostName: func() string { return "host" },
		now:      func() time.Time { return time.Unix(0, 0) },
		open:     open,
		sleep:    func(time.Duration) { panic("repeated") },
		rows:     func() int { return 0 }, columns: func() int { return 0 }, elevated: func() bool { return true },
	}
}

// TestCombinationsNamespaceGone checks that a namespace whose last process
// ended before it was opened is not reported, but one that cannot be opened is.
func TestCombinationsNamespaceGone(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
	}{{fs.ErrNotExist, 0}, {fs.ErrPermission, 255}} {
		var out, errs strings.Builder
		p := combinationsHost(&out, &errs, func(collect.Options) (netstat.Source, error) {
			return nil, &netstat.OpError{Op: "open network namespace", Err: c.err}
		})
		status := run([]string{"netstat", "-i", "--netns=all", "--format=csv", "--columns=name"}, p)
		// What this machine has wrong is not from the test: a file in /run/netns that is no
		// namespace, as ip(8) makes for a moment, and for an ordinary user the processes that
		// cannot be inspected.
		var opening []string
		for line := range strings.Lines(errs.String()) {
			if strings.HasPrefix(line, "netstat: find network namespace") || c.err == fs.ErrNotExist && strings.Contains(line, "cannot enter ") {
				c.status = 255
				continue
			}
			opening = append(opening, line)
		}
		said := len(opening) == 1 && strings.Contains(opening[0], " network namespace")
		if status != c.status || said != (c.err == fs.ErrPermission) || len(opening) > 1 || out.String() != "name\r\n" {
			t.Errorf("%v: status %d, stderr %q, stdout %q", c.err, status, errs.String(), out.String())
		}
	}
}

// TestCombinationsNoNamespace checks that a named namespace that does not exist
// ends every format before the first report.
func TestCombinationsNoNamespace(t *testing.T) {
	for _, line := range []string{"-tn", "-tn --json", "--count", "-tn --diff 1", "-tn --peers 1", "-s --delta 1", "-i --delta --format=csv 1"} {
		var out, errs strings.Builder
		p := combinationsHost(&out, &errs, collect.Open)
		status := run(append([]string{"netstat", "--netns=/nonexistent/namespace"}, strings.Fields(line)...), p)
		if status != 255 || out.String() != "" || strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), "/nonexistent/namespace") {
			t.Errorf("%s: status %d, stdout %q, stderr %q", line, status, out.String(), errs.String())
		}
	}
}

// combinationsAsked is a host that records the queries for interfaces.
type combinationsAsked struct {
	netstat.Source
	details bool
}

func (a *combinationsAsked) Interfaces(_ context.Context, q netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	a.details = q.Details
	return func(func(netstat.Interface, error) bool) {}
}

func (a *combinationsAsked) Close() error { return nil }

// TestCombinationsAddresses checks that all addresses of interfaces are read if
// they are shown, and no details if not.
func TestCombinationsAddresses(t *testing.T) {
	for line, want := range map[string]bool{
		"-i --format=csv": false, "-i --columns name,mtu": false, "-i --sort name": false, "-ie --format=csv": true,
		"-i --columns name,addresses": true, "-i --sort addresses": true, "-i --group-by addresses": true,
		"-i --json": true, "-i --format=ndjson": true, "-i --format=template={{.addresses}}": true,
		"--dialect=windows -e --columns addresses": true,
	} {
		var out, errs strings.Builder
		h := &combinationsAsked{}
		p := combinationsHost(&out, &errs, func(collect.Options) (netstat.Source, error) { return h, nil })
		if status := run(append([]string{"netstat"}, strings.Fields(line)...), p); status != 0 || errs.String() != "" || h.details != want {
			t.Errorf("%s: status %d, stderr %q, details %v", line, status, errs.String(), h.details)
		}
	}
}
