package process

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/test/holder"
	"netstat/test/need"
)

const factsHelperEnv = "FACTS_TEST_HELPER"

const factsAll = netstat.FactArgv0 | netstat.FactContext | netstat.FactExecutable | netstat.FactServices |
	netstat.FactUser | netstat.FactStarted | netstat.FactArgs | netstat.FactStat | netstat.FactProcessCgroup

// The helper writes all facts of a process.
func init() {
	if os.Getenv(factsHelperEnv) == "" {
		return
	}
	pid, _ := strconv.Atoi(os.Args[1])
	p, err := readProcess("/proc", uint32(pid), factsAll)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(p)
	os.Exit(0)
}

func factsOf(t *testing.T, pid uint32, facts netstat.ProcessFacts) netstat.Process {
	t.Helper()
	p, err := readProcess("/proc", pid, facts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProcessFacts(t *testing.T) {
	need.AllProcesses(t)
	args := []string{"an argv0", "1", "", "with blank", "line\nbreak", "\x1b[31m", ""}
	for i := range 3000 {
		args = append(args, strings.Repeat(string(rune('a'+i%26)), i%70))
	}
	args = append(args, "")
	before := time.Now()
	cmd := holder.Command("hold")
	cmd.Args = args
	holder.AsNobody(cmd)
	pid, _ := holder.Hold(t, cmd)
	after := time.Now()

	src := &Reader{ProcRoot: "/proc"}
	p, err := src.Read(pid, factsAll)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p.Args, args) {
		t.Errorf("%d arguments, want %d", len(p.Args), len(args))
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if p.Executable != self || p.ExecutableDeleted || p.User != "65534" || p.Parent != uint32(os.Getpid()) || p.Threads < 1 || p.Argv0 != "an argv0" {
		t.Errorf("%s %v, user %s, parent %d, %d threads, %q", p.Executable, p.ExecutableDeleted, p.User, p.Parent, p.Threads, p.Argv0)
	}
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil || p.Comm+"\n" != string(comm) {
		t.Errorf("comm %q, want %q", p.Comm, comm)
	}
	// Two clocks are read one after the other and rounded to the hundredth
	// of a second; a busy machine may delay the second.
	const slack = 5 * time.Second
	if p.Started.Before(before.Add(-slack)) || p.Started.After(after.Add(slack)) {
		t.Errorf("started %v, not between %v and %v", p.Started, before, after)
	}
	again, err := src.Read(pid, netstat.FactStarted)
	if err != nil || !again.Started.Equal(p.Started) || again.Comm != "" || again.User != "" {
		t.Errorf("again: %+v, %v", again, err)
	}
	if cgroup, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid)); err != nil || p.Cgroup == "" || !strings.Contains(string(cgroup), ":"+p.Cgroup+"\n") {
		t.Errorf("cgroup %q of %q", p.Cgroup, cgroup)
	}
	// As another user, denied facts are left out without an error.
	seen := factsAs(t, uint32(os.Getpid()))
	if seen.Executable != "" || seen.User != "0" || len(seen.Args) == 0 || seen.Comm == "" || seen.Cgroup == "" || seen.Started.IsZero() {
		t.Errorf("root's process as nobody: %+v", seen)
	}
}

func factsAs(t *testing.T, pid uint32) (p netstat.Process) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", fmt.Sprint(pid))
	cmd.Env = append(os.Environ(), factsHelperEnv+"=1")
	cmd.Stderr = os.Stderr
	holder.AsNobody(cmd)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestProcessExecutable checks programs that were removed, replaced or renamed,
// or whose names look like it.
func TestProcessExecutable(t *testing.T) {
	need.Root(t)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cat, err := exec.LookPath("cat")
	if err != nil {
		t.Fatal(err)
	}
	start := func(name string) uint32 {
		t.Helper()
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(cat)
		if err == nil {
			err = os.WriteFile(path, b, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(path)
		stdin, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { stdin.Close(); cmd.Wait() })
		return uint32(cmd.Process.Pid)
	}
	for _, test := range []struct {
		name, want string
		deleted    bool
		change     func(path string) error
	}{
		{"plain", "plain", false, func(string) error { return nil }},
		{"removed", "removed", true, os.Remove},
		{"replaced", "replaced", true, func(path string) error {
			return os.WriteFile(path+".new", nil, 0o755)
		}},
		{"renamed", "renamed.old", false, func(path string) error { return os.Rename(path, path+".old") }},
		{"called (deleted)", "called (deleted)", false, func(string) error { return nil }},
		{"both (deleted)", "both (deleted)", true, os.Remove},
	} {
		pid := start(test.name)
		path := filepath.Join(dir, test.name)
		if err := test.change(path); err != nil {
			t.Fatal(err)
		}
		if test.name == "replaced" {
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		}
		p := factsOf(t, pid, netstat.FactExecutable)
		if p.Executable != filepath.Join(dir, test.want) || p.ExecutableDeleted != test.deleted {
			t.Errorf("%s: %q, deleted %v", test.name, p.Executable, p.ExecutableDeleted)
		}
	}

	zombie := exec.Command(cat)
	if err := zombie.Start(); err != nil {
		t.Fatal(err)
	}
	defer zombie.Wait()
	holder.WaitZombie(t, uint32(zombie.Process.Pid))
	if p := factsOf(t, uint32(zombie.Process.Pid), factsAll); p.Executable != "" || p.Args != nil || p.Comm != "cat" || p.User != "0" {
		t.Errorf("zombie: %+v", p)
	}
	// Process 2 is the kernel's if all processes are visible.
	if !ownerSeesAll("/proc") {
		t.Log("in a pid namespace there are no kernel threads")
	} else if p := factsOf(t, 2, factsAll); p.Executable != "" || p.Args != nil || p.Comm != "kthreadd" || p.Parent != 0 || p.Threads != 1 {
		t.Errorf("kernel thread: %+v", p)
	}
}

// TestProcessCgroup makes control groups named like units and containers; ps(1)
// uses systemd's own library.
func TestProcessCgroup(t *testing.T) {
	need.Namespaces(t)
	// The groups are the host's: another run of this test may have others there.
	top := fmt.Sprint("netstat", os.Getpid())
	root := factsCgroupRoot(t, top)
	cmd := exec.Command("cat")
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer stdin.Close()
	pid := uint32(cmd.Process.Pid)
	for path, want := range map[string]netstat.Container{
		"netstat.slice/ssh.service":                                                           {},
		"netstat.slice/docker-" + cgroupID + ".scope":                                         {Runtime: "docker", ID: cgroupID},
		"netstat.slice/user-7.slice/user@7.service/app.slice/app-a\\x2db.scope":               {},
		"netstat.slice/_cpu.service":                                                          {},
		"netstat.slice":                                                                       {},
		"netstat.slice/getty@.service":                                                        {},
		"netstat.slice/libpod-" + cgroupID + ".scope/container":                               {Runtime: "podman", ID: cgroupID},
		"netstat.slice/kubepods.slice/" + podSlice + "/cri-containerd-" + cgroupID + ".scope": {Runtime: "containerd", ID: cgroupID, Pod: cgroupPod},
		"netstat.slice/machine-a\\x2db.scope/payload":                                         {Runtime: "systemd-nspawn", ID: "a-b"},
		"netstat/lxc.payload.web":                                                             {Runtime: "lxc", ID: "web"},
	} {
		path = top + strings.TrimPrefix(path, "netstat")
		if err := os.MkdirAll(filepath.Join(root, path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path, "cgroup.procs"), []byte(strconv.Itoa(int(pid))), 0); err != nil {
			t.Fatal(err)
		}
		p := factsOf(t, pid, netstat.FactProcessCgroup)
		if p.Cgroup != "/"+path || p.Container != want {
			t.Errorf("%s: %+v", path, p)
		}
		out, err := exec.Command("ps", "-o", "unit:300=,uunit:300=,slice:300=", "-p", strconv.Itoa(int(pid))).Output()
		fields := strings.Fields(string(out))
		if err != nil || len(fields) != 3 {
			t.Fatalf("ps: %q, %v", out, err)
		}
		ours := []string{p.Unit, p.UserUnit, p.Slice}
		for i := range ours {
			if ours[i] == "" {
				ours[i] = "-"
			}
		}
		if p.Slice == "" { // systemd puts what is in none of its slices into the root slice
			ours[2] = "-.slice"
		}
		if !reflect.DeepEqual(ours, fields) {
			t.Errorf("%s: %q, ps says %q", path, ours, fields)
		}
	}
}

// factsCgroupRoot mounts the unified hierarchy, and removes the test's groups
// at the end: those below top and its slice.
func factsCgroupRoot(t *testing.T, top string) string {
	t.Helper()
	root := t.TempDir()
	if err := unix.Mount("none", root, "cgroup2", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		factsRemoveGroups(filepath.Join(root, top))
		factsRemoveGroups(filepath.Join(root, top+".slice"))
		unix.Unmount(root, unix.MNT_DETACH)
	})
	return root
}

// factsRemoveGroups removes a tree of groups. Their files cannot be removed.
func factsRemoveGroups(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() {
			factsRemoveGroups(filepath.Join(dir, e.Name()))
		}
	}
	os.Remove(dir)
}

// TestProcessFactsCopy reads a copy of /proc.
func TestProcessFactsCopy(t *testing.T) {
	root := t.TempDir()
	dir := root + "/42"
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"cmdline": "a\x00b\x00", "status": "Uid:\t0\t33\t0\t0\n", "cgroup": "0::/system.slice/x.service\n",
		"stat": "42 (x) S 7 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 250 0 0\n",
	} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(root+"/stat", []byte("btime 1700000000\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/bin/x (deleted)", dir+"/exe"); err != nil {
		t.Fatal(err)
	}
	p, err := readProcess(root, 42, factsAll)
	want := netstat.Process{
		PID: 42, Argv0: "a", Args: []string{"a", "b"}, Comm: "x", Executable: "/bin/x", ExecutableDeleted: true, User: "33",
		Started: time.Unix(1700000002, 5e8), Parent: 7, Threads: 3, Cgroup: "/system.slice/x.service", Unit: "x.service", Slice: "system.slice",
	}
	if err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("%+v, %v, want %+v", p, err, want)
	}
	if err := os.WriteFile(dir+"/stat", []byte("nonsense"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readProcess(root, 42, netstat.FactStat); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("%v", err)
	}
}
