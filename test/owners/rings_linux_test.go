package owners

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"netstat/test/live"
)

// TestRingsInProgram tests sockets that only an io_uring holds, which Linux reports
// since 6.14.
func TestRingsInProgram(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	pid, _ := live.Python(t, "", `
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
ring = libc.syscall(425, 1, ctypes.create_string_buffer(120)) # io_uring_setup(2)
assert ring >= 0, os.strerror(ctypes.get_errno())
def listen(port):
    l = socket.socket(); l.bind(('127.0.0.1', port)); l.listen(); return l
a, b, kept = listen(700), listen(701), listen(702)
u = socket.socket(socket.AF_UNIX); u.bind('\0ring'); u.listen()
files = (ctypes.c_int * 5)(-1, a.fileno(), b.fileno(), kept.fileno(), u.fileno())
assert libc.syscall(427, ring, 2, files, 5) == 0, os.strerror(ctypes.get_errno()) # IORING_REGISTER_FILES
for s in a, b, u: s.close()`)
	p := strconv.Itoa(int(pid))
	ring := p + ",io_uring,"
	dir := t.TempDir()
	file := filepath.Join(dir, "host.json")
	live.Run(t, live.ProgramPath(), "--snapshot", file)
	for _, before := range [][]string{nil, {"--replay", file}} {
		name := strings.Join(before, " ")
		show := func(args ...string) []string {
			return lines(t, live.Netstat(t, slices.Concat(before, []string{"-tlxn", "--format=csv", "--sort=local"}, args)...))
		}
		columns := "--columns=local,pid,owner_via,owner_unknown"
		all := "local_port < 1000 or local_name = '@ring'"
		programExpect(t, name, show(columns, "--filter", all),
			"127.0.0.1:700,"+ring, "127.0.0.1:701,"+ring, "127.0.0.1:702,"+p+",,", "'@ring,"+ring)
		programExpect(t, name+" filter", show("--columns=local", "--filter", "owner_via = io_uring"), "127.0.0.1:700", "127.0.0.1:701", "'@ring")
		programExpect(t, name+" filter of the process", show("--columns=local", "--filter", "pid = "+p+" and owner_via = ''"), "127.0.0.1:702")
		var doc struct {
			Sockets []struct {
				Owners []struct {
					PID uint32
					Via string
				}
			}
		}
		a := live.Netstat(t, slices.Concat(before, []string{"-tlnp", "--json", "--filter=sport = 700"})...)
		if err := json.Unmarshal([]byte(a.Out), &doc); err != nil || len(doc.Sockets) != 1 || len(doc.Sockets[0].Owners) != 1 ||
			doc.Sockets[0].Owners[0].PID != pid || doc.Sockets[0].Owners[0].Via != "io_uring" {
			t.Errorf("%s: %v\n%s", name, err, a.Out)
		}
		// The classic text is that of net-tools, which does not know rings.
		if ours, theirs := live.Netstat(t, slices.Concat(before, []string{"-tlnp"})...), live.Program(t, "netstat", "-tlnp"); ours != theirs {
			t.Errorf("%s: %+v\nnet-tools: %+v", name, ours, theirs)
		}
	}
}
