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

// combinationsHost is a process whose hosts open makes.
func combinationsHost(out, errs *strings.Builder, open func(collect.Options) (netstat.Source, error)) *process {
	return &process{
		getenv: func(string) (string, bool) { return "", false },
		stdout: out, stderr: errs, dialect: "linux", systemLanguage: func() string { return "" },
		hostName: func() string { return "host" },
		now:      func() time.Time { return time.Unix(0, 0) },
		open:     open,
		sleep:    func(time.Duration) { panic("repeated") },
		columns:  func() int { return 0 }, elevated: func() bool { return true },
	}
}

// A namespace whose last process ended between being found and being opened is
// nothing to tell of; one that cannot be opened is.
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
		// An ordinary user is warned of those that cannot be found.
		if strings.Contains(errs.String(), "find network namespaces") {
			c.status = 255
		}
		if said := strings.Contains(errs.String(), "open network namespace"); status != c.status || said != (c.err != fs.ErrNotExist) || out.String() != "name\r\n" {
			t.Errorf("%v: status %d, stderr %q, stdout %q", c.err, status, errs.String(), out.String())
		}
	}
}

// The one namespace that was asked for and is not there ends every form, before
// the first report.
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

// combinationsAsked notes how it is asked for interfaces.
type combinationsAsked struct {
	netstat.Source
	details bool
}

func (a *combinationsAsked) Interfaces(_ context.Context, q netstat.InterfaceQuery) iter.Seq2[netstat.Interface, error] {
	a.details = q.Details
	return func(func(netstat.Interface, error) bool) {}
}

func (a *combinationsAsked) Close() error { return nil }

// Addresses of interfaces are all asked for where they are shown, and no details
// where they are not.
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
