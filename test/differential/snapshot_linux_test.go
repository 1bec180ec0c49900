package differential

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat/test/need"
)

// snapshotViews are command lines besides those for sockets.
var snapshotViews = []string{
	"-r", "-rn", "-rne", "-rnee", "-rnC", "-rnFC", "-6rn", "-6rnC", "-46rn", "-A inet6,inet -rn", "-A unix -r",
	"--ax25 -r", "--netrom -r", "--rose -r", "--x25 -r", "--ipx -r", "--ddp -r", "-A bluetooth -r",
	"-i", "-ia", "-ie", "-iea", "-i lo", "-ie lo", "-i nosuch",
	"-g", "-gn", "-4gn", "-6gn", "-gnp", "-tgn",
	"-s", "-st", "-su", "-sw", "-s -6", "-s -4", "-st -6", "-s --unix",
	"-M", "-Mn", "-Mne",
	"-2", "-f", "-A bluetooth", "--ddp", "-vax", "-anS",
}

// snapshotRuns are the conditions under which the world is recorded.
var snapshotRuns = []struct {
	run
	all bool // use the whole table of cases
}{
	{run: run{name: "root"}, all: true},
	{run: run{name: "nobody", uid: 65534}},
	{run: run{name: "stranger", uid: 12345}},
	{run: run{name: "no-netlink", denyNetlink: true}},
	{run: run{name: "pid-namespace", place: inner}},
	{run: run{name: "host-processes", place: atHost}},
	{run: run{name: "source-proc", ownEnv: []string{"NETSTAT_SOURCE=proc"}}},
	{run: run{name: "owners-bpf", place: atHost, ownEnv: []string{"NETSTAT_OWNERS=bpf"}}},
}

// snapshotCases returns the command lines to be answered from a snapshot. Command lines
// that need the name server for host names are left out.
func snapshotCases(all bool) [][]string {
	cases := commonCases
	if all {
		cases = rootCases
	}
	var lines [][]string
	for _, c := range cases {
		if c.repeating || c.merge || c.oracle != "" {
			continue
		}
		lines = append(lines, strings.Fields(c.args))
	}
	for _, v := range snapshotViews {
		lines = append(lines, strings.Fields(v))
	}
	for i, args := range lines {
		lines[i] = append([]string{"--numeric-hosts"}, args...)
	}
	// The names in the host's own files are in the snapshot.
	return append(lines, []string{"-tl"}, []string{"-xl"}, []string{"-l4"})
}

// TestSnapshot records the world and checks that each command line prints from the
// snapshot, outside of the world, what it printed in it before and after.
func TestSnapshot(t *testing.T) {
	h := newHost(t)
	dir := t.TempDir()
	ours := filepath.Join(dir, "netstat")
	build := exec.Command("go", "build", "-o", ours, "netstat/cmd/netstat")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	for _, r := range snapshotRuns {
		t.Run(r.name, func(t *testing.T) {
			if why := r.notHere(); why != "" {
				need.Skip(t, why)
			}
			todo := snapshotCases(r.all)
			total := len(todo)
			for deadline := time.Now().Add(settling); len(todo) > 0; {
				var moved [][]string
				file := filepath.Join(dir, r.name+".json")
				before := snapshotOutputs(t, h, r.run, todo)
				recorded := snapshotOutputs(t, h, r.run, [][]string{{"--snapshot", "-"}})[0]
				after := snapshotOutputs(t, h, r.run, todo)
				// Tables that this user may not read and bogus records are reported.
				if recorded.Exit != 0 {
					t.Fatalf("--snapshot: exit %d, %s", recorded.Exit, recorded.Stderr)
				}
				if err := os.WriteFile(file, recorded.Stdout, 0o600); err != nil {
					t.Fatal(err)
				}
				for i, args := range todo {
					v := judge(before[i], replayed(t, ours, file, args), after[i])
					switch {
					case v.moved && time.Now().Before(deadline):
						moved = append(moved, args)
					case v.moved:
						t.Errorf("netstat %s: the world kept changing: %s", strings.Join(args, " "), v.diff)
					case v.diff != "":
						t.Errorf("netstat %s: %s", strings.Join(args, " "), v.diff)
					}
				}
				todo = moved
			}
			t.Logf("%d command lines", total)
		})
	}
}

func snapshotOutputs(t *testing.T, h *host, r run, lines [][]string) []result {
	t.Helper()
	var results []result
	for _, args := range lines {
		if err := h.refresh(); err != nil {
			t.Fatal(err)
		}
		reply, err := h.call(order{
			Do: "run", Program: oursProgram, Args: args, Env: slices.Concat(r.env, r.ownEnv),
			UID: r.uid, DenyNetlink: r.denyNetlink, Place: r.place,
		})
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, reply.Result)
	}
	return results
}

// replayed answers a command line from a snapshot, as an ordinary process of this
// machine.
func replayed(t *testing.T, ours, file string, args []string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(ours)
	cmd.Args = append([]string{"netstat", "--replay", file}, args...)
	cmd.Env = []string{"PATH=/nonexistent"}
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{Stdout: stdout.Bytes(), Stderr: stderr.Bytes(), Exit: cmd.ProcessState.ExitCode()}
}
