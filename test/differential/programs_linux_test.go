package differential

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/need"
)

// Helpers shared by the tests other than TestDifferential, each of which has its own
// world.

// builtDir is the directory of the program under test, which every user may read; set
// by the first test that needs it.
var (
	builtOnce sync.Once
	builtDir  string
	errBuilt  error
)

// ourProgram builds the program under test, unless the environment names one.
func ourProgram(t *testing.T) string {
	t.Helper()
	if ours := os.Getenv("NETSTAT_DIFFERENTIAL_OURS"); ours != "" {
		return ours
	}
	noteSources(t)
	builtOnce.Do(func() {
		if builtDir, errBuilt = os.MkdirTemp("", "netstat-differential-"); errBuilt != nil {
			return
		}
		build := exec.Command("go", "build", "-o", builtDir, "netstat/cmd/netstat")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			errBuilt = fmt.Errorf("build the program under test: %w\n%s", err, out)
			return
		}
		errBuilt = os.Chmod(builtDir, 0o755)
	})
	if errBuilt != nil {
		t.Fatal(errBuilt)
	}
	return filepath.Join(builtDir, "netstat")
}

// bothPrograms returns the original and ours for a test that creates namespaces.
func bothPrograms(t *testing.T) (oracle, ours string) {
	t.Helper()
	need.Namespaces(t)
	oracle = need.Program(t, "netstat", "net-tools")
	if v, err := exec.Command(oracle, "-V").Output(); err != nil || !bytes.HasPrefix(v, []byte("net-tools 2.10\n")) {
		t.Fatalf("%s must be that of net-tools 2.10 (Debian 12); it says %.40q (%v)", oracle, v, err)
	}
	return oracle, ourProgram(t)
}

// stageDir is, inside, a directory that every user may enter. It has the program under
// test, netstat.
const stageDir = "/run/stage"

// insideOurs is set inside: the program under test.
const insideOurs = "NETSTAT_DIFFERENTIAL_INSIDE"

// inside runs the calling test again, in a process with its own network and mounts, and
// returns true there.
func inside(t *testing.T) bool {
	t.Helper()
	if ours := os.Getenv(insideOurs); ours != "" {
		program, err := os.ReadFile(ours)
		must(t, err, "read the program under test")
		must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""), "make mounts private")
		must(t, unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"), "mount an empty /run")
		must(t, os.MkdirAll(stageDir, 0o755), "make the stage")
		must(t, os.WriteFile(stageDir+"/netstat", program, 0o755), "copy the program under test")
		return true
	}
	_, ours := bothPrograms(t)
	self, err := os.Executable()
	must(t, err, "find this binary")
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), insideOurs+"="+ours)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Fatalf("in namespaces (a container needs --privileged for this): %v\n%s", err, out)
	}
	t.Logf("in namespaces:\n%s", out)
	return false
}

func must(t *testing.T, err error, doing string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}

// printed is the result of one run of a program.
type printed struct {
	Stdout, Stderr string
	Exit           int
}

func (p printed) String() string {
	return fmt.Sprintf("exit %d, stderr %q, stdout:\n%s", p.Exit, p.Stderr, p.Stdout)
}

// command returns a command with arguments and environment, run as the given user.
func command(program string, args []string, uid uint32, env []string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	// The messages of getopt(3) start with it.
	cmd.Args[0] = "netstat"
	cmd.Env = append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if uid != 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
	}
	return cmd
}

// output runs a command that exits by itself. A nonzero status is not an error.
func output(cmd *exec.Cmd) (printed, error) {
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return printed{}, err
	}
	return printed{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}, nil
}
