package rule

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// initialized are our packages that may do something before main.
var initialized = map[string]bool{"netstat/internal/early": true, "netstat/internal/stack": true}

// mostAllocations is how often the standard library allocates memory before main at most,
// as Go 1.26 does for the packages that the program imports.
const mostAllocations = 100

var initLine = regexp.MustCompile(`(?m)^init (\S+) @.* (\d+) bytes, (\d+) allocs$`)

// TestStartup checks what happens before main: none of our packages builds a table, a map
// or a closure there, since every command line would pay for it.
func TestStartup(t *testing.T) {
	program := filepath.Join(t.TempDir(), "netstat")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	build := exec.Command("go", "build", "-o", program, "netstat/cmd/netstat")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := exec.Command(program, "-V")
	run.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	allocations := 0
	lines := initLine.FindAllStringSubmatch(string(out), -1)
	for _, line := range lines {
		if (line[1] == module || strings.HasPrefix(line[1], module+"/")) && !initialized[line[1]] {
			t.Errorf("%s does something before main: %s", line[1], line[0])
		}
		n, err := strconv.Atoi(line[3])
		if err != nil {
			t.Fatal(err)
		}
		allocations += n
	}
	if len(lines) < 10 || allocations > mostAllocations {
		t.Errorf("%d packages, %d allocations before main, at most %d are expected:\n%s", len(lines), allocations, mostAllocations, out)
	}
}
