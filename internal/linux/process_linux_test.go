package linux

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

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

// What the test binary can know of itself by other means is what is read.
func TestProcessFacts(t *testing.T) {
	s, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const facts = netstat.FactExecutable | netstat.FactUser | netstat.FactStarted
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	cmd := ownerCommand("hold", "1")
	pid, _ := ownerHold(t, cmd)
	p, err := s.Process(pid, facts)
	if err != nil || p.Executable != self || p.User != strconv.Itoa(os.Geteuid()) {
		t.Errorf("%+v, %v", p, err)
	}
	// The kernel's clock of the start has whole seconds.
	if d := p.Started.Sub(before); d < -2*time.Second || d > 60*time.Second {
		t.Errorf("started %v, made at %v", p.Started, before)
	}
	if p, err := s.Process(pid, 0); err != nil || !reflect.DeepEqual(p, netstat.Process{PID: pid}) {
		t.Errorf("no facts: %+v, %v", p, err)
	}
	for _, fact := range []netstat.ProcessFacts{netstat.FactExecutable, netstat.FactUser, netstat.FactStarted} {
		var op *netstat.OpError
		if p, err := s.Process(math.MaxUint32, fact); !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &op) || p.PID != math.MaxUint32 {
			t.Errorf("no process, fact %d: %+v, %v", fact, p, err)
		}
	}
}

// In a copy of /proc, a kernel thread has no program, and a damaged file is an
// error rather than a time.
func TestProcessFactsOfCopy(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		path := root + "/" + name
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("2/stat", "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 150 0")
	write("2/status", "Name:\tkthreadd\nUid:\t0\t7\t0\t0\n")
	write("3/stat", "3 (x")
	write("4/exe", "no link")
	if err := os.Symlink("/usr/bin/gone (deleted)", root+"/3/exe"); err != nil {
		t.Fatal(err)
	}
	open := func() netstat.Source {
		s, err := Open(Options{ProcRoot: root})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if _, err := open().Process(2, netstat.FactStarted); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without /proc/stat: %v", err)
	}
	write("stat", "cpu 1 2 3\n")
	if _, err := open().Process(2, netstat.FactStarted); !errors.Is(err, netstat.ErrBogusRecord) {
		t.Errorf("without btime: %v", err)
	}
	write("stat", "cpu 1 2 3\nbtime 1700000000\n")
	s := open()
	want := netstat.Process{PID: 2, User: "7", Started: time.Unix(1700000001, 5e8)}
	if p, err := s.Process(2, netstat.FactExecutable|netstat.FactUser|netstat.FactStarted); err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("kernel thread: %+v, %v", p, err)
	}
	if p, err := s.Process(3, netstat.FactExecutable|netstat.FactStarted); !errors.Is(err, netstat.ErrBogusRecord) || p.Executable != "/usr/bin/gone" {
		t.Errorf("damaged: %+v, %v", p, err)
	}
	if p, err := s.Process(4, netstat.FactExecutable); err != nil || p.Executable != "" {
		t.Errorf("no link: %+v, %v", p, err)
	}
}

func TestReadProcessNames(t *testing.T) {
	for argv0, want := range map[string]string{
		"nginx: master process -c /etc/x": "nginx: master process -c /etc/x",
		"":                                "",
		"a\nb\x1b[31m\xff":                "a\nb\x1b[31m\xff",
		strings.Repeat("x", 600):          strings.Repeat("x", 511),
	} {
		cmd := ownerCommand("hold")
		cmd.Args = []string{argv0, "1"}
		pid, _ := ownerHold(t, cmd)
		if p, err := readProcess("/proc", pid, netstat.FactArgv0); err != nil || p.Argv0 != want {
			t.Errorf("%q: %+v, %v", argv0, p, err)
		}
	}
}

// A process that has ended and was not waited for has no command line.
func TestReadProcessZombie(t *testing.T) {
	cmd := ownerCommand("hold", "x")
	cmd.Stderr = nil
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	waitZombie(t, uint32(cmd.Process.Pid))
	if p, err := readProcess("/proc", uint32(cmd.Process.Pid), netstat.FactArgv0); err != nil || p.Argv0 != "" {
		t.Errorf("zombie: %+v, %v", p, err)
	}
}
