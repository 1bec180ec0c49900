package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/collect"
)

// TestReplayRepeats checks that a snapshot is shown repeatedly without changes.
func TestReplayRepeats(t *testing.T) {
	enough := errors.New("enough")
	var out, errs bytes.Buffer
	pauses := 0
	p := &process{
		getenv: func(string) (string, bool) { return "", false },
		stdin:  strings.NewReader(`{"schema":"netstat","version":1,"content":"snapshot","sockets":[{"family":"inet","proto":"tcp","rows":[]},{"family":"inet6","proto":"tcp","rows":[]}]}`),
		stdout: &out, stderr: &errs,
		selinux: func() bool { return false },
		dialect: "linux", systemLanguage: func() string { return "" },
		elevationText: func() string { return "" },
		open: func(collect.Options) (netstat.Source, error) {
			t.Error("the running host was opened")
			return nil, enough
		},
		sleep: func(d time.Duration) {
			if pauses++; d != 2*time.Second {
				t.Errorf("paused %v", d)
			}
			if pauses == 3 {
				panic(enough)
			}
		},
	}
	defer func() {
		if r := recover(); r != enough {
			t.Errorf("%v", r)
		}
		if n := strings.Count(out.String(), "Active Internet"); n != 3 || errs.Len() > 0 {
			t.Errorf("%d reports, %s", n, &errs)
		}
	}()
	run([]string{"netstat", "--replay", "-", "-t", "2"}, p)
}
