package process

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"netstat/test/holder"

	"netstat"
)

func TestReadProcess(t *testing.T) {
	self := uint32(os.Getpid())
	p, err := readProcess("/proc", self, netstat.FactArgv0|netstat.FactContext)
	if err != nil || p.PID != self || p.Argv0 != os.Args[0][:min(len(os.Args[0]), 511)] {
		t.Errorf("own process: %+v, %v", p, err)
	}
	want, err := os.ReadFile("/proc/self/attr/current")
	if context := strings.Trim(string(want), "\x00\n"); err == nil && p.Context != context {
		t.Errorf("context %q, want %q", p.Context, context)
	}
	if p, err := readProcess("/proc", self, 0); err != nil || !reflect.DeepEqual(p, netstat.Process{PID: self}) {
		t.Errorf("no facts: %+v, %v", p, err)
	}

	var op *netstat.OpError
	for _, facts := range []netstat.ProcessFacts{netstat.FactArgv0, netstat.FactContext} {
		p, err := readProcess("/proc", math.MaxUint32, facts)
		if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &op) || !reflect.DeepEqual(p, netstat.Process{PID: math.MaxUint32}) {
			t.Errorf("no process, facts %d: %+v, %v", facts, p, err)
		}
	}
}

func TestReadProcessNames(t *testing.T) {
	for argv0, want := range map[string]string{
		"nginx: master process -c /etc/x": "nginx: master process -c /etc/x",
		"":                                "",
		"a\nb\x1b[31m\xff":                "a\nb\x1b[31m\xff",
		strings.Repeat("x", 600):          strings.Repeat("x", 511),
	} {
		cmd := holder.Command("hold")
		cmd.Args = []string{argv0, "1"}
		pid, _ := holder.Hold(t, cmd)
		if p, err := readProcess("/proc", pid, netstat.FactArgv0); err != nil || p.Argv0 != want || (p.Comm != "") != (want == "") {
			t.Errorf("%q: %+v, %v", argv0, p, err)
		}
	}
}

// TestReadProcessZombie checks that a process that ended without being waited for has no
// command line.
func TestReadProcessZombie(t *testing.T) {
	cmd := holder.Command("hold", "x")
	cmd.Stderr = nil
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	holder.WaitZombie(t, uint32(cmd.Process.Pid))
	if p, err := readProcess("/proc", uint32(cmd.Process.Pid), netstat.FactArgv0); err != nil || p.Argv0 != "" || p.Comm == "" {
		t.Errorf("zombie: %+v, %v", p, err)
	}
}
