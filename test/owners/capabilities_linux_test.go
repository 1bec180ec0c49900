package owners

import (
	"encoding/json"
	"slices"
	"testing"

	"netstat/test/live"
	"netstat/test/need"
)

// Warnings about owners that may be missing, for root and for others.
const (
	cannotInspect = "netstat: cannot inspect some processes: owners may be missing (run with CAP_SYS_PTRACE)\n"
	notRoot       = "netstat: cannot inspect some processes: owners may be missing (run as root)\n"
)

// TestContainerCapabilities runs as root without the capabilities that a container
// lacks by default. What cannot be found without them is reported, except in the
// classic text, which is that of net-tools.
func TestContainerCapabilities(t *testing.T) {
	// Some of these owners are found only by the kernel's iterator.
	if why := need.NoKernelOwners(); why != "" {
		need.Skip(t, why)
	}
	if !live.InNamespacesWithProgram(t) {
		return
	}
	// The second one's process belongs to another user, whose directory cannot even be
	// opened without the file capabilities.
	live.Python(t, "", `
import atexit, subprocess
def listen(port):
    l = socket.socket(); l.bind(('127.0.0.1', port)); l.listen(); return l
first, second = listen(700), listen(701)
child = subprocess.Popen(['sleep', '1000'], pass_fds=[second.fileno()], user=65534, group=65534, extra_groups=[])
second.close()
def end(): child.kill(); child.wait()
atexit.register(end)`)
	const docker = "-all,+chown,+dac_override,+fsetid,+fowner,+mknod,+net_raw,+setgid,+setuid,+setfcap,+setpcap,+net_bind_service,+sys_chroot,+kill,+audit_write"
	for _, c := range []struct {
		name, capabilities string
		first, second      string // why owners are unknown; empty if they are known
		denied             bool   // net-tools reports it too
	}{
		{"all", "+all", "", "", false},
		{"Docker's", docker, "permission", "permission", false},
		{"Docker's and those for BPF", docker + ",+bpf,+perfmon", "", "", false},
		{"Docker's without the file capabilities", docker + ",-dac_override", "permission", "permission", true},
		{"all but tracing", "-sys_ptrace", "", "", false},
		{"all but tracing and BPF", "-sys_ptrace,-sys_admin,-bpf", "permission", "permission", false},
	} {
		with := func(program string, args ...string) live.Answer {
			return live.Program(t, slices.Concat([]string{"setpriv", "--bounding-set", c.capabilities, program}, args)...)
		}
		row := func(port, process, why string) string {
			if why != "" {
				process = ""
			}
			return port + "," + process + "," + why
		}
		remark := ""
		if c.first != "" {
			remark = cannotInspect
		}
		a := with(live.ProgramPath(), "-tln", "--columns=local_port,process,owner_unknown", "--format=csv", "--sort=local_port")
		if a.Err != remark {
			t.Errorf("%s: %q, want %q", c.name, a.Err, remark)
		}
		a.Err = ""
		programExpect(t, c.name, lines(t, a), row("700", "python3", c.first), row("701", "sleep", c.second))

		a = with(live.ProgramPath(), "-tlnp", "--json")
		var doc struct {
			Sockets []struct {
				Unknown string `json:"owner_unknown"`
			}
		}
		if err := json.Unmarshal([]byte(a.Out), &doc); err != nil || len(doc.Sockets) != 2 ||
			doc.Sockets[0].Unknown != c.first || doc.Sockets[1].Unknown != c.second || a.Err != remark {
			t.Errorf("%s, JSON: %v, %q\n%s", c.name, err, a.Err, a.Out)
		}
		a = with(live.ProgramPath(), "--dialect=windows", "-ano")
		if said := a.Err != ""; said != (remark != "") {
			t.Errorf("%s, Windows' dialect: %q", c.name, a.Err)
		}
		if c.first == "" && c.name != "all" {
			continue // divergence 20: ours finds more than net-tools
		}
		ours, theirs := with(live.ProgramPath(), "-tlnp"), with("netstat", "-tlnp")
		if ours.Out != theirs.Out || ours.Err != theirs.Err || (ours.Err != "") != c.denied {
			t.Errorf("%s: %q, %q\nnet-tools: %q, %q", c.name, ours.Out, ours.Err, theirs.Out, theirs.Err)
		}
	}
}
