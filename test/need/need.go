// Package need checks what a test needs of its machine: root, namespaces, BPF, external
// programs.
//
// If something that could be provided (root, a package) is missing, the test fails; go
// test -short skips such tests. If the environment does not allow something (a
// container may be unable to create namespaces), the test is skipped. In both cases a
// line that starts with NotHere says so, and test/run prints and counts these lines.
package need

import (
	"bufio"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// NotHere starts the line about a test that this environment cannot run. The reason
// follows. If a test did not print the line itself, the test's name follows in
// brackets.
const NotHere = "not possible here: "

// Skip skips a test that this environment cannot run.
func Skip(t testing.TB, why string) {
	t.Helper()
	t.Skip(NotHere + why)
}

// Partly reports a part of a test that this environment cannot run. The rest of the
// test continues.
func Partly(t testing.TB, why string) {
	t.Helper()
	t.Log(NotHere + why)
}

const (
	shortRoot = "root (short tests)"
	notRoot   = "this test must run as root; go test -short skips it"
)

// Root fails a test that does not run as root. Short tests are skipped.
func Root(t testing.TB) {
	t.Helper()
	if testing.Short() {
		Skip(t, shortRoot)
	}
	if os.Geteuid() != 0 {
		t.Fatal(notRoot)
	}
}

// Loopback skips a test if 127.0.0.1 cannot be reached, as in a network namespace whose
// loopback interface is down.
func Loopback(t testing.TB) {
	t.Helper()
	c, err := net.Dial("udp4", "127.0.0.1:9") // sends nothing
	if err != nil {
		Skip(t, "the loopback interface (down)")
	}
	_ = c.Close()
}

// Program returns the path of a program from a Debian package. The test fails if it is
// not installed. Short tests are skipped.
func Program(t testing.TB, name, pkg string) string {
	t.Helper()
	if testing.Short() {
		Skip(t, "external programs (short tests)")
	}
	// Some users have no administrator's directories in PATH.
	for _, dir := range []string{"", "/usr/sbin/", "/sbin/"} {
		if path, err := exec.LookPath(dir + name); err == nil {
			return path
		}
	}
	t.Fatalf("%s is missing: apt-get install %s", name, pkg)
	return ""
}

// Package is like Root for a package whose TestMain sets up what all its tests share.
// notHere returns the reason why this environment cannot provide it, or "". If run is
// false the tests cannot run, and code is the exit status.
func Package(m *testing.M, notHere func() string) (code int, run bool) {
	flag.Parse()
	if flag.Lookup("test.list").Value.String() != "" {
		return m.Run(), false
	}
	why := shortRoot
	if !testing.Short() {
		if os.Geteuid() != 0 {
			fmt.Fprintln(os.Stderr, notRoot)
			return 1, false
		}
		if why = notHere(); why == "" {
			return 0, true
		}
	}
	names, err := list(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, false
	}
	for _, name := range names {
		fmt.Printf("%s%s [%s]\n", NotHere, why, name)
	}
	return 0, false
}

// list returns the names of the tests selected by -run.
func list(m *testing.M) (names []string, err error) {
	pattern := flag.Lookup("test.run").Value.String()
	if pattern == "" {
		pattern = "^Test"
	}
	if err := flag.Set("test.list", pattern); err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stdout := os.Stdout
	os.Stdout = w
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(r); lines.Scan(); {
			names = append(names, lines.Text())
		}
	}()
	code := m.Run()
	os.Stdout = stdout
	_ = w.Close() // of a pipe
	<-read
	if code != 0 {
		return nil, fmt.Errorf("listing the tests: status %d", code)
	}
	return slices.Clip(names), nil
}
