package permissions

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/need"
)

// nobody is the user who runs the program here.
const nobody = 65534

// capabilities has the names that docs/permissions.md and setcap(8) use.
var capabilities = map[string]uintptr{
	"cap_kill": unix.CAP_KILL, "cap_net_admin": unix.CAP_NET_ADMIN, "cap_sys_ptrace": unix.CAP_SYS_PTRACE,
	"cap_dac_read_search": unix.CAP_DAC_READ_SEARCH, "cap_sys_admin": unix.CAP_SYS_ADMIN,
	"cap_bpf": unix.CAP_BPF, "cap_perfmon": unix.CAP_PERFMON,
}

// server holds the sockets of root: a listener with a mark, and one end of a connection to
// a port that is redirected to it.
const server = `
import signal, threading
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
l = socket.socket()
l.setsockopt(socket.SOL_SOCKET, 36, 77)
l.bind(('127.0.0.1', 8080))
l.listen()
def serve(s):
    try:
        s.recv(1) # until the other end closes
    except OSError:
        pass # or the program closed it
    s.close()
def accept():
    while True:
        threading.Thread(target=serve, args=(l.accept()[0],), daemon=True).start()
threading.Thread(target=accept, daemon=True).start()
c = socket.create_connection(('127.0.0.1', 8081))
`

// abilities is the table in docs/permissions.md. With exactly the capabilities of a set
// the program prints works, and does not if one of them is missing. PID is a process of
// root, FAR one in another network namespace, PORT a new connection's.
var abilities = []struct {
	name  string
	sets  []string // each is enough
	args  string
	works string
}{
	{"owners of other users' sockets", []string{"cap_sys_ptrace cap_dac_read_search", "cap_bpf cap_perfmon"}, "-tlnp", "PID/python3"},
	{"all events of TCP", []string{"cap_bpf cap_perfmon"}, "--events --limit=1 --format=tsv --columns=source", "bpf\n"},
	{"translated connections", []string{"cap_net_admin"}, "-Mn", "(8081)"},
	{"marks of sockets", []string{"cap_net_admin"}, "-tln --columns=mark", "77"},
	{"closing sockets", []string{"cap_net_admin"}, "-tn --port=PORT --close=yes", ": closed"},
	{"signals", []string{"cap_kill cap_sys_ptrace cap_dac_read_search", "cap_kill cap_bpf cap_perfmon"}, "-tln --port=8080 --signal=USR1,yes", ": sent USR1"},
	{"a network namespace with a name", []string{"cap_sys_admin"}, "-tln --netns=permissions", "Proto"},
	{"the network namespace of another user's process", []string{"cap_sys_admin cap_sys_ptrace"}, "-tln --netns=FAR", "Proto"},
}

// TestPage compares the table with that of the page.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, a := range abilities {
		var sets []string
		for _, set := range a.sets {
			sets = append(sets, "`"+strings.ReplaceAll(set, " ", ",")+"`")
		}
		if row := "\n| " + a.name + " | " + strings.Join(sets, " or ") + " | "; !strings.Contains(string(page), row) {
			t.Errorf("no row %q", row)
		}
	}
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| ") && strings.Contains(line, "`cap_") {
			rows++
		}
	}
	if rows != len(abilities) {
		t.Errorf("%d rows, %d are tested", rows, len(abilities))
	}
}

func TestCapabilities(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for _, rule := range []string{
		"add table ip nat",
		"add chain ip nat output { type nat hook output priority -100; }",
		"add rule ip nat output tcp dport 8081 redirect to :8080",
	} {
		live.Run(t, "nft", rule)
	}
	pid, _ := live.Python(t, "", server)
	live.Run(t, "ip", "netns", "add", "permissions")
	far, _ := live.Python(t, "permissions", "")
	words := map[string]string{"PID": strconv.Itoa(int(pid)), "FAR": strconv.Itoa(int(far))}
	noBPF := need.NoKernelOwners()

	for _, a := range abilities {
		for _, set := range a.sets {
			if strings.Contains(set, "cap_bpf") && noBPF != "" {
				need.Partly(t, noBPF)
				continue
			}
			caps := strings.Fields(set)
			for _, way := range []string{"ambient", "file"} {
				if out, works := able(t, way, caps, a.args, a.works, words); !works {
					t.Errorf("%s: does not work with %s (%s):\n%s", a.name, set, way, out)
				}
				for i := range caps {
					fewer := slices.Delete(slices.Clone(caps), i, i+1)
					if out, works := able(t, way, fewer, a.args, a.works, words); works {
						t.Errorf("%s: works with %v (%s), without %s:\n%s", a.name, fewer, way, caps[i], out)
					}
				}
			}
		}
	}
}

// able runs the program as nobody with these capabilities, in its ambient set or in its
// file, and reports whether it prints works.
func able(t *testing.T, way string, caps []string, args, works string, words map[string]string) (out string, ok bool) {
	t.Helper()
	connection, err := net.Dial("tcp4", "127.0.0.1:8080")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }() // may be closed already
	_, port, err := net.SplitHostPort(connection.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	replacer := strings.NewReplacer("PID", words["PID"], "FAR", words["FAR"], "PORT", port)
	cmd := exec.Command(live.ProgramPath(), strings.Fields(replacer.Replace(args))...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	var mask uint64
	for _, name := range caps {
		mask |= 1 << capabilities[name]
		if way == "ambient" {
			cmd.SysProcAttr.AmbientCaps = append(cmd.SysProcAttr.AmbientCaps, capabilities[name])
		}
	}
	if way == "file" {
		cmd.Path = withFileCapabilities(t, mask)
	}
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, ended := context.WithCancel(context.Background())
	busy := make(chan struct{})
	go func() {
		defer close(busy)
		for strings.HasPrefix(args, "--events") && ctx.Err() == nil {
			if c, err := net.Dial("tcp4", "127.0.0.1:8080"); err == nil {
				_ = c.Close()
			}
		}
	}()
	err = cmd.Wait()
	ended()
	<-busy
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return text.String(), strings.Contains(text.String(), replacer.Replace(works))
}

// withFileCapabilities returns a copy of the program whose file has capabilities, as
// setcap(8) makes it: permitted and effective.
func withFileCapabilities(t *testing.T, mask uint64) string {
	t.Helper()
	program, err := os.ReadFile(live.ProgramPath())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(filepath.Dir(live.ProgramPath()), "netstat-"+strconv.FormatUint(mask, 16))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if err := os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	// struct vfs_cap_data of linux/capability.h, version 2.
	value := binary.LittleEndian.AppendUint32(nil, 0x02000001)
	for _, half := range []uint64{mask, mask >> 32} {
		value = binary.LittleEndian.AppendUint32(value, uint32(half))
		value = binary.LittleEndian.AppendUint32(value, 0)
	}
	if err := unix.Setxattr(path, "security.capability", value, 0); err != nil {
		t.Fatal(err)
	}
	return path
}
