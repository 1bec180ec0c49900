package owners

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"netstat/test/live"
)

// ownersGroup is a control group, named as by a runtime or systemd, and what the
// program must show of a process in it: unit, user_unit, slice, container, runtime and
// pod.
type ownersGroup struct{ path, want string }

var (
	ownersID  = strings.Repeat("0123456789abcdef", 4)
	ownersUID = "01234567-89ab-cdef-0123-456789abcdef"
	ownersPod = strings.ReplaceAll(ownersUID, "-", "_")
	// static pods have the hash of their file.
	ownersHash = ownersID[:32]
)

// ownersGroups are below a slice of the test, T.slice.
var ownersGroups = []ownersGroup{
	{"web.service", "web.service|-|T.slice|-|-|-"},
	{"web.service/worker/x.service", "web.service|-|T.slice|-|-|-"},
	{`web@a\x2db.service`, `web@a\x2db.service|-|T.slice|-|-|-`},
	{`T-my\x2dapp.slice/T-my\x2dapp-x.slice/x.service`, `x.service|-|T-my\x2dapp-x.slice|-|-|-`},
	{"session-3.scope", "session-3.scope|-|T.slice|-|-|-"},
	{"_cpu.service", "cpu.service|-|T.slice|-|-|-"},
	{"user-1000.slice/user@1000.service/app.slice/app-x@1.service", "user@1000.service|app-x@1.service|user-1000.slice|-|-|-"},
	{"user-1000.slice/user@1000.service/init.scope", "user@1000.service|init.scope|user-1000.slice|-|-|-"},
	{"user-1000.slice/session-2.scope", "session-2.scope|-|user-1000.slice|-|-|-"},
	{"nothing", "-|-|T.slice|-|-|-"},

	{"docker/ID", "-|-|T.slice|ID|docker|-"},
	{"docker-ID.scope", "docker-ID.scope|-|T.slice|ID|docker|-"},
	{"user@1000.service/user.slice/docker-ID.scope", "user@1000.service|docker-ID.scope|T.slice|ID|docker|-"},
	{"machine.slice/libpod-ID.scope/container", "libpod-ID.scope|-|machine.slice|ID|podman|-"},
	{"machine.slice/libpod-conmon-ID.scope", "libpod-conmon-ID.scope|-|machine.slice|-|-|-"},
	{"user-1000.slice/user@1000.service/user.slice/libpod-ID.scope/container",
		"user@1000.service|libpod-ID.scope|user-1000.slice|ID|podman|-"},
	{"libpod_parent/libpod-ID", "-|-|T.slice|ID|podman|-"},
	{"web.service/libpod-payload-ID", "web.service|-|T.slice|ID|podman|-"},
	{"nerdctl-ID.scope", "nerdctl-ID.scope|-|T.slice|ID|containerd|-"},

	{"kubepods/podUID/ID", "-|-|T.slice|ID|-|UID"},
	{"kubepods/burstable/podUID/ID", "-|-|T.slice|ID|-|UID"},
	{"kubepods/besteffort/podHASH/ID", "-|-|T.slice|ID|-|HASH"},
	{"kubepods.slice/kubepods-podPOD.slice/cri-containerd-ID.scope",
		"cri-containerd-ID.scope|-|kubepods-podPOD.slice|ID|containerd|UID"},
	{"kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podPOD.slice/crio-ID.scope",
		"crio-ID.scope|-|kubepods-burstable-podPOD.slice|ID|cri-o|UID"},
	{"kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podPOD.slice/crio-conmon-ID.scope",
		"crio-conmon-ID.scope|-|kubepods-besteffort-podPOD.slice|-|-|UID"},
	{"kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podHASH.slice/docker-ID.scope",
		"docker-ID.scope|-|kubepods-besteffort-podHASH.slice|ID|docker|HASH"},
	{"kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-podPOD.slice/cri-containerd-ID.scope",
		"cri-containerd-ID.scope|-|kubelet-kubepods-podPOD.slice|ID|containerd|UID"},
	{"system.slice/containerd.service/kubepods-burstable-podPOD.slice:cri-containerd:ID",
		"containerd.service|-|system.slice|ID|containerd|UID"},

	{"lxc/box", "-|-|T.slice|box|lxc|-"},
	{"lxc.payload.box/system.slice/ssh.service", "-|-|T.slice|box|lxc|-"},
	{"lxc.monitor.box", "-|-|T.slice|-|-|-"},
	{`machine.slice/machine-my\x2dbox.scope/payload`, `machine-my\x2dbox.scope|-|machine.slice|my-box|systemd-nspawn|-`},
	{`machine.slice/machine-qemu\x2d1\x2dvm.scope`, `machine-qemu\x2d1\x2dvm.scope|-|machine.slice|-|-|-`},
	{"machine.slice/systemd-nspawn@box.service/payload", "systemd-nspawn@box.service|-|machine.slice|box|systemd-nspawn|-"},
}

// ownersNames fills in the names. The slice is the test's.
func ownersNames(s string) string {
	return strings.NewReplacer("ID", ownersID, "UID", ownersUID, "POD", ownersPod, "HASH", ownersHash,
		"T.slice", ownersSlice+".slice", "T-", ownersSlice+"-").Replace(s)
}

const ownersSlice = "netstatowners"

// ownersInGroups starts a process with a listening socket in each of these control
// groups, on port 700 and up. root are hierarchies that it leaves first.
func ownersInGroups(t *testing.T, groups []string, roots ...string) {
	t.Helper()
	for _, g := range groups {
		if err := os.MkdirAll(g, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	text := func(list []string) string {
		b, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	_, end := live.Python(t, "", `
import signal
pids = []
for i, group in enumerate(`+text(groups)+`):
    r, w = os.pipe()
    pids.append(os.fork())
    if pids[-1] == 0:
        for g in `+text(append([]string{}, roots...))+` + [group]:
            with open(g + '/cgroup.procs', 'w') as f: f.write('0')
        l = socket.socket(); l.bind(('127.0.0.1', 700 + i)); l.listen()
        os.write(w, b'x'); os.close(w); signal.pause()
    os.close(w); assert os.read(r, 1) == b'x'
import atexit
def end():
    for p in pids: os.kill(p, signal.SIGKILL)
    for p in pids: os.waitpid(p, 0)
atexit.register(end)`)
	// The processes leave their groups before these are removed.
	t.Cleanup(end)
}

// ownersCSV runs our program for TCP listeners.
func ownersCSV(t *testing.T, args ...string) live.Answer {
	t.Helper()
	a := live.Netstat(t, append([]string{"-tln", "--format=csv"}, args...)...)
	a.Out = strings.ReplaceAll(a.Out, "\r\n", "\n")
	return a
}

// Units and containers from the names of real control groups, in every format.
func TestOwnersInControlGroups(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	root := live.Cgroups(t, "")
	top := filepath.Join(root, ownersSlice+".slice")
	t.Cleanup(func() { live.RemoveGroups(top) })
	var groups []string
	var want strings.Builder
	containers := map[string]int{}
	for i, g := range ownersGroups {
		groups = append(groups, filepath.Join(top, ownersNames(g.path)))
		line := strings.ReplaceAll(ownersNames(g.want), "-|", "|")
		line = strings.TrimSuffix(strings.ReplaceAll(line, "|", ","), "-")
		fmt.Fprintf(&want, "%d,%s\n", 700+i, line)
		containers[strings.Split(line, ",")[3]]++
	}
	ownersInGroups(t, groups)
	got := ownersCSV(t, "--columns=local_port,unit,user_unit,slice,container,runtime,pod", "--sort=local_port")
	if want := "local_port,unit,user_unit,slice,container,runtime,pod\n" + want.String(); got.Out != want || got.Err != "" || got.Status != 0 {
		t.Errorf("columns: %d %s\n%s\nwant\n%s", got.Status, got.Err, got.Out, want)
	}

	// JSON has the same values.
	var doc struct {
		Sockets []struct {
			Port   int `json:"local_port"`
			Owners []struct {
				Unit, Slice, Cgroup string
				UserUnit            string `json:"user_unit"`
				Container           *struct{ Runtime, ID, Pod string }
			}
		}
	}
	if err := json.Unmarshal([]byte(live.Netstat(t, "-tln", "--json", "--columns=all", "--sort=local_port").Out), &doc); err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, s := range doc.Sockets {
		o := s.Owners[0]
		if o.Container == nil {
			o.Container = &struct{ Runtime, ID, Pod string }{}
		}
		fmt.Fprintf(&lines, "%d,%s,%s,%s,%s,%s,%s\n", s.Port, o.Unit, o.UserUnit, o.Slice, o.Container.ID, o.Container.Runtime, o.Container.Pod)
		if wantGroup := "/" + ownersSlice + ".slice/" + ownersNames(ownersGroups[s.Port-700].path); !strings.HasSuffix(o.Cgroup, wantGroup) {
			t.Errorf("JSON: control group %q, want %q", o.Cgroup, wantGroup)
		}
	}
	if lines.String() != want.String() {
		t.Errorf("JSON:\n%s\nwant\n%s", lines.String(), want.String())
	}

	// A filter finds the rows that have the value.
	for column, at := range map[string]int{"unit": 1, "user_unit": 2, "slice": 3, "container": 4, "runtime": 5, "pod": 6} {
		ports := map[string]string{}
		for line := range strings.Lines(want.String()) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), ",")
			ports[f[at]] += f[0] + "\n"
		}
		for value, ports := range ports {
			value = strings.ReplaceAll(value, `\`, `\\`) // escaped for a pattern
			got := ownersCSV(t, "--columns=local_port", "--sort=local_port", "--filter", column+" = '"+value+"'")
			if got.Out != "local_port\n"+ports || got.Err != "" {
				t.Errorf("%s = %q: %s\n%s\nwant\n%s", column, value, got.Err, got.Out, ports)
			}
		}
	}

	// Groups have the same values.
	out := ownersCSV(t, "--group-by=container")
	counts := map[string]int{}
	for line := range strings.Lines(out.Out) {
		f := strings.Split(line, ",")
		if n, err := strconv.Atoi(f[1]); err == nil {
			counts[f[0]] = n
		}
	}
	if fmt.Sprint(counts) != fmt.Sprint(containers) {
		t.Errorf("groups %v, want %v\n%s", counts, containers, out.Out)
	}
}

// Version 1 hierarchies: systemd's own, and one of a single controller.
func TestOwnersInOldControlGroups(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	unified := live.Cgroups(t, "")
	named, other := live.Cgroups(t, "none,name=systemd"), live.Cgroups(t, "none,name=netstatowners")
	for _, root := range []string{named, other} {
		top := filepath.Join(root, ownersSlice+".slice")
		t.Cleanup(func() { live.RemoveGroups(top) })
	}
	ownersInGroups(t, []string{
		ownersNames(named + "/T.slice/web.service"), ownersNames(named + "/T.slice/docker-ID.scope"),
		ownersNames(other + "/T.slice/docker/ID"), ownersNames(other + "/T.slice/kubepods/besteffort/podUID/ID"),
	}, unified, named, other)
	got := ownersCSV(t, "--columns=local_port,process_cgroup,unit,slice,container,runtime,pod", "--sort=local_port")
	want := ownersNames(`local_port,process_cgroup,unit,slice,container,runtime,pod
700,/T.slice/web.service,web.service,T.slice,,,
701,/T.slice/docker-ID.scope,docker-ID.scope,T.slice,ID,docker,
702,/T.slice/docker/ID,,,ID,docker,
703,/T.slice/kubepods/besteffort/podUID/ID,,,ID,,UID
`)
	if got.Out != want || got.Err != "" {
		t.Errorf("%s\n%s\nwant\n%s", got.Err, got.Out, want)
	}
}
