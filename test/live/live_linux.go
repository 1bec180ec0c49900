package live

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/need"
)

const (
	insideMark = "NETSTAT_LIVE_TEST"
	programEnv = "NETSTAT_LIVE_PROGRAM"
)

// InNamespaces runs the calling test again in a process with its own network and mount
// namespace, so that no other process affects its names, addresses and rules. It
// reports whether this is that process. There the loopback interface is up, IPv6 addresses
// are usable without duplicate address detection, which takes a second or two, and /run
// is empty except for /run/netns. flags are additional flags of the test.
func InNamespaces(t *testing.T, flags ...string) bool {
	t.Helper()
	if os.Getenv(insideMark) != "" {
		return true
	}
	need.Namespaces(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", append([]string{"-m", "-n", "sh", "-c",
		`mount -t tmpfs none /run && mkdir /run/netns && ip link set lo up &&
		for c in /proc/sys/net/ipv6/conf/all /proc/sys/net/ipv6/conf/default; do ! test -e $c || echo 0 > $c/accept_dad; done && exec "$@"`, "sh",
		self, "-test.run=^" + t.Name() + "$", "-test.v", "-test.count=1", "-test.timeout=0"}, flags...)...)
	cmd.Env = append(os.Environ(), insideMark+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("in namespaces: %v", err)
	}
	return false
}

// InNamespacesWithProgram is like InNamespaces, and builds our program.
func InNamespacesWithProgram(t *testing.T, flags ...string) bool {
	t.Helper()
	if os.Getenv(insideMark) == "" {
		need.Namespaces(t) // before the build: a skipped test builds nothing
		dir := t.TempDir()
		program := filepath.Join(dir, "netstat")
		// Other users run it too.
		for _, d := range []string{dir, filepath.Dir(dir)} {
			if err := os.Chmod(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("CGO_ENABLED", "0") // as it is shipped
		Run(t, "go", "build", "-o", program, "netstat/cmd/netstat")
		t.Setenv(programEnv, program)
	}
	return InNamespaces(t, flags...)
}

// Lasting keeps the TCP states that would expire by themselves, except TIME-WAIT, which
// always lasts a minute. It is for a test in InNamespaces. At the end of the test it
// closes the sockets that are left: without processes they would outlast the namespace,
// and slow down every reader of the kernel's table.
func Lasting(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"tcp_fin_timeout": "3000", "tcp_orphan_retries": "100", "tcp_syn_retries": "100", "tcp_synack_retries": "100", "tcp_retries2": "100",
	} {
		if err := os.WriteFile("/proc/sys/net/ipv4/"+name, []byte(value), 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = exec.Command("ss", "-K", "-tan").Run() })
}

// Run runs a command that must succeed, and returns all its output.
func Run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// Answer is the result of a run of our program.
type Answer struct {
	Out, Err string
	Status   int
}

// Netstat runs our program, after InNamespacesWithProgram.
func Netstat(t *testing.T, args ...string) Answer {
	t.Helper()
	return Program(t, append([]string{os.Getenv(programEnv)}, args...)...)
}

// ProgramPath returns the path of our program.
func ProgramPath() string { return os.Getenv(programEnv) }

// Program runs a program that may fail.
func Program(t *testing.T, args ...string) Answer {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%q: %v", args, err)
	}
	return Answer{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// Start starts a program that creates sockets, prints "ready", and keeps them until its
// standard input ends. end stops it; so does the end of the test.
func Start(t *testing.T, args ...string) (pid uint32, end func()) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q: %q, %v", args, line, err)
	}
	end = func() {
		if stdin.Close() == nil {
			_, _ = io.Copy(io.Discard, stdout)
			_ = cmd.Wait()
		}
	}
	t.Cleanup(end)
	return uint32(cmd.Process.Pid), end
}

// Python starts a Python program in a named namespace, or in this one if the name is
// empty. socket, sys and os are imported.
func Python(t *testing.T, netns, program string) (pid uint32, end func()) {
	t.Helper()
	args := []string{"python3", "-c", "import socket, sys, os\n" + program + "\nprint('ready', flush=True)\nsys.stdin.read()"}
	if netns != "" {
		args = append([]string{"ip", "netns", "exec", netns}, args...)
	}
	return Start(t, args...)
}

// Cgroups mounts a hierarchy of control groups in a directory of the test: version 2 if
// options is empty, else version 1 ("none,name=x"). The test must remove its groups
// with RemoveGroups.
func Cgroups(t *testing.T, options string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	kind := "cgroup2"
	if options != "" {
		kind = "cgroup"
	}
	if err := unix.Mount("none", dir, kind, 0, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

// RemoveGroups removes a tree of control groups, whose files cannot be removed.
func RemoveGroups(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() {
			RemoveGroups(filepath.Join(dir, e.Name()))
		}
	}
	_ = os.Remove(dir)
}
