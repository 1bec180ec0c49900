package limits

import (
	"path/filepath"
	"strconv"
	"testing"

	"netstat/test/live"
)

// Reports that need no more threads or memory than any Go program, with some margin.
var plain = [][]string{{"-tln"}, {"-at"}, {"-antp"}, {"-rn"}, {"-i"}, {"-s"}, {"-a", "--json"}}

// hello builds the smallest Go program and returns a function that reports whether it
// runs under a command line that ends in its name.
func hello(t *testing.T) (run func(option string, limit int, as ...string) bool) {
	t.Helper()
	program := filepath.Join(filepath.Dir(live.ProgramPath()), "hello")
	live.Run(t, "go", "build", "-o", program, "./testdata/hello")
	return func(option string, limit int, as ...string) bool {
		words := append([]string{"sh", "-c", `ulimit ` + option + ` "$0" && exec "$@"`, strconv.Itoa(limit)}, as...)
		a := live.Program(t, append(words, program)...)
		return a.Status == 0 && a.Out == "hello\n"
	}
}

// TestAddressSpace checks that reports run from the limit at which the smallest Go
// program runs. The runtime reserves address space at start, and without it aborts the
// program before its first line (docs/differences.md).
func TestAddressSpace(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", world)
	starts := hello(t)
	// KiB: the program is larger, by about 12 MiB, and reads names; and the runtime begins
	// the heap at a random place of a region of 64 MiB, so a heap that is larger than the
	// smallest program's may need a second region.
	const spare = (24 + 64) << 10
	enough := 0
	for limit := 100_000; limit <= 1_600_000; limit += 75_000 {
		if !starts("-v", limit) || !starts("-v", limit-spare) {
			a := live.Program(t, limited("-v", limit, "-tln")...)
			if a.Status != 0 && a.Err == "" {
				t.Errorf("-tln with %d KiB of address space fails without a message: %+v", limit, a)
			}
			continue
		}
		enough++
		for _, words := range plain {
			if a := live.Program(t, limited("-v", limit, words...)...); a.Status != 0 || a.Err != "" {
				t.Errorf("%q with %d KiB of address space: %+v", words, limit, a)
			}
		}
	}
	if enough == 0 {
		t.Error("no Go program runs")
	}
}

// TestProcesses checks that reports run from slightly above the limit of processes at
// which the smallest Go program runs. Threads count as processes of their user.
func TestProcesses(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", world)
	starts := hello(t)
	// A user without processes.
	user := []string{"setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"}
	const spare = 6
	for limit := 1; limit <= 24; limit++ {
		for _, words := range plain {
			args := append([]string{"sh", "-c", `ulimit -u "$0" && exec "$@"`, strconv.Itoa(limit)}, user...)
			a := live.Program(t, append(append(args, live.ProgramPath()), words...)...)
			if a.Status != 0 && a.Err == "" {
				t.Errorf("%q with %d processes fails without a message: %+v", words, limit, a)
			}
			if limit > spare && starts("-u", limit-spare, user...) && (a.Status != 0 || died.MatchString(a.Err)) {
				t.Errorf("%q with %d processes: %+v", words, limit, a)
			}
		}
	}
}
