package owners

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"netstat/test/live"
	"netstat/test/need"
)

// lines returns the lines of a table without its heading.
func lines(t *testing.T, a live.Answer) []string {
	t.Helper()
	if a.Err != "" || a.Status != 0 {
		t.Errorf("status %d: %s", a.Status, a.Err)
	}
	list := strings.Split(strings.TrimSuffix(strings.ReplaceAll(a.Out, "\r\n", "\n"), "\n"), "\n")
	return list[1:]
}

func programExpect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	got, want = slices.Clone(got), slices.Clone(want)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// unheld returns why no process is known to hold a socket that none holds: in a pid
// namespace, a process outside of it might.
func unheld() string {
	if need.HostProcesses() {
		return "unheld"
	}
	return "namespace"
}

// Every process of a socket, and what is known about it, in every format.
func TestOwnersInProgram(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	dir := t.TempDir()
	pid, _ := live.Python(t, "", `
import array, ctypes, signal, threading, shutil, subprocess
dir = '`+dir+`'
def listen(port):
    l = socket.socket(); l.bind(('127.0.0.1', port)); l.listen(); return l
pids = []
def child(run):
    r, w = os.pipe(); p = os.fork()
    if p == 0:
        os.close(r); run(lambda: os.write(w, b'x')); signal.pause()
    pids.append(p); os.close(w); assert os.read(r, 1); return p
l = listen(700)
forked = child(lambda ready: ready())
a, b = socket.socketpair()
def receive(ready):
    l.close()
    data, control, _, _ = b.recvmsg(1, socket.CMSG_SPACE(4)); ready()
passed = listen(701)
def passing():
    a.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [passed.fileno()]))])
passing(); passed.close(); receiver = child(receive)
own = threading.Event()
def thread():
    assert ctypes.CDLL(None).unshare(0x400) == 0 # files
    global held; held = listen(702); own.set(); signal.pthread_sigmask(signal.SIG_BLOCK, []); threading.Event().wait()
threading.Thread(target=thread, daemon=True).start(); own.wait()
c, d = socket.socketpair()
way = listen(703); c.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [way.fileno()]))]); way.close()
def execute(port, command, file='/usr/bin/perl', before=lambda: None):
    s = listen(port); s.set_inheritable(True); r, w = os.pipe(); p = os.fork()
    if p == 0: # ends of the pipe close when it is executed
        before(); os.execv(file, command)
    pids.append(p); os.close(w); os.read(r, 1); os.close(r); s.close()
execute(710, ['perl with  blanks', '-e', 'sleep 1000', '', 'last '])
execute(711, ['bash', '-c', 'exec -a "" sleep 1000'], '/bin/bash')
execute(712, ['sleep\x1b[31m\n\u202e', '1000'], '/bin/sleep')
execute(713, ['perl', '-e', '$0 = "written: over"; sleep 1000'])
execute(714, ['perl', '-e', 'sleep 1000'] + ['x' * 100000] * 15)
for port, name in (715, 'gone'), (716, 'really (deleted)'), (717, 'two\nlines'):
    shutil.copy('/bin/sleep', dir + '/' + name); execute(port, [name, '1000'], dir + '/' + name)
os.unlink(dir + '/gone')
execute(718, ['other', '1000'], '/bin/sleep', lambda: os.setresuid(0, 65534, 65534))
with open(dir + '/pids', 'w') as f: f.write('%d %d' % (forked, receiver))
import atexit
def end():
    for p in pids: os.kill(p, signal.SIGKILL)
    for p in pids: os.waitpid(p, 0)
atexit.register(end)`)
	text, err := os.ReadFile(filepath.Join(dir, "pids"))
	if err != nil {
		t.Fatal(err)
	}
	forked, receiver, _ := strings.Cut(string(text), " ")
	p := fmt.Sprint(pid)
	// perl and bash may not have started their script yet.
	live.Await(t, "the command lines of perl and bash", func() bool {
		return live.Netstat(t, "-tln", "--count", "--filter", "command = 'written: over' or command = ' 1000'").Out == "2\n"
	})
	show := func(args ...string) []string {
		return lines(t, live.Netstat(t, append([]string{"-tln", "--all-owners", "--format=csv", "--sort=local_port"}, args...)...))
	}
	got := show("--columns=local_port,pid,owner_unknown", "--filter", "sport < :710")
	both := p + ";" + forked
	if n, err := strconv.Atoi(forked); err != nil || n < int(pid) {
		both = forked + ";" + p // after the greatest number, processes get the smallest again
	}
	programExpect(t, "who", got, "700,"+both+",", "701,"+receiver+",", "702,"+p+",", "703,,"+unheld())
	for _, args := range [][]string{{"--filter", "pid = " + receiver}, {"--pid", receiver}} {
		programExpect(t, strings.Join(args, " "), show(append(args, "--columns=local_port")...), "701")
	}
	programExpect(t, "an unknown owner", show("--filter", "owner_unknown = "+unheld(), "--columns=local_port"), "703")

	type process struct {
		PID        uint32
		Args       []string
		Argv0      string
		Executable string
		Deleted    bool `json:"executable_deleted"`
		User       string
		Parent     uint32
		Started    string
	}
	read := func(args ...string) map[int]process {
		var doc struct {
			Sockets []struct {
				Port    int `json:"local_port"`
				Owners  []process
				Unknown string `json:"owner_unknown"`
			}
		}
		a := live.Netstat(t, append(args, "-tln", "--json", "--columns=all")...)
		if err := json.Unmarshal([]byte(a.Out), &doc); err != nil || a.Status != 0 {
			t.Fatalf("%v, status %d, %s", err, a.Status, a.Err)
		}
		found := map[int]process{}
		for _, s := range doc.Sockets {
			if len(s.Owners) > 0 {
				found[s.Port] = s.Owners[0]
			}
			if (len(s.Owners) == 0) != (s.Unknown == unheld()) {
				t.Errorf("%d: %d owners, unknown %q", s.Port, len(s.Owners), s.Unknown)
			}
		}
		return found
	}
	all := read()
	commands := map[int][]string{
		710: {"perl with  blanks", "-e", "sleep 1000", "", "last "}, 711: {"", "1000"},
		712: {"sleep\x1b[31m\n\u202e", "1000"}, 713: {"written: over"},
		714: append([]string{"perl", "-e", "sleep 1000"}, slices.Repeat([]string{strings.Repeat("x", 100000)}, 15)...),
	}
	for port, want := range commands {
		if got := all[port].Args; !slices.Equal(got, want) && len(want) < 10 || len(strings.Join(got, "")) != len(strings.Join(want, "")) {
			t.Errorf("%d: command line %.200q, want %.200q", port, got, want)
		}
	}
	for port, want := range map[int]process{
		715: {Executable: dir + "/gone", Deleted: true}, 716: {Executable: dir + "/really (deleted)"}, 717: {Executable: dir + "/two\nlines"},
	} {
		if got := all[port]; got.Executable != want.Executable || got.Deleted != want.Deleted {
			t.Errorf("%d: %q deleted %v, want %q", port, got.Executable, got.Deleted, want.Executable)
		}
	}
	programExpect(t, "deleted", show("--filter", "exe_deleted", "--columns=local_port,exe_deleted"), "715,true")
	programExpect(t, "by command", show("--filter", "command = '*blanks -e*'", "--columns=local_port"), "710")
	programExpect(t, "by user", show("--filter", "owner_user = 65534", "--columns=local_port,uid,owner_user"), "718,0,"+ownerName(t))
	programExpect(t, "by parent", show("--filter", "parent = "+p+" and sport > :709", "--columns=local_port,parent"),
		"710,"+p, "711,"+p, "712,"+p, "713,"+p, "714,"+p, "715,"+p, "716,"+p, "717,"+p, "718,"+p)
	// A terminal gets no control characters and only one line per row.
	table := lines(t, live.Netstat(t, "-tln", "--columns=local_port,owners,argv0,exe,command"))
	if len(table) != 13 || strings.ContainsAny(strings.Join(table, ""), "\x1b\r\t\u202e") {
		t.Errorf("%d lines of a table", len(table))
	}

	// ps shows the same start time and parent.
	for port, o := range all {
		f := strings.Fields(live.Run(t, "ps", "-o", "ppid=,etimes=,euid=", "-p", fmt.Sprint(o.PID)))
		if f[0] != fmt.Sprint(o.Parent) || f[2] != o.User {
			t.Errorf("%d: parent %d, user %s; ps shows %q", port, o.Parent, o.User, f)
		}
		start := strings.TrimSpace(live.Run(t, "sh", "-c", "TZ=UTC LC_ALL=C ps -o lstart= -p "+fmt.Sprint(o.PID)))
		ours, theirs := seconds(t, o.Started), seconds(t, start+" UTC")
		// ps truncates both the host's boot time and the process's start to seconds.
		if ours-theirs < -1 || ours-theirs > 1 {
			t.Errorf("%d: started %s, ps shows %s", port, o.Started, start)
		}
		programExpect(t, "by start", show("--columns=local_port", "--filter", "started = "+o.Started+" and sport = :"+strconv.Itoa(port)), strconv.Itoa(port))
	}

	// A snapshot shows the same, except facts that only a search of all owners finds.
	file := filepath.Join(dir, "host.json")
	live.Netstat(t, "--snapshot", file)
	if again := read("--replay", file); !maps.EqualFunc(all, again, func(a, b process) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
		t.Errorf("replayed: %.500v\nlive: %.500v", again, all)
	}
	programExpect(t, "owners, replayed", lines(t, live.Netstat(t, "--replay", file, "-tln", "--all-owners", "--format=csv",
		"--columns=local_port,pid,owner_unknown", "--filter", "sport < :710")), got...)
	// The classic text shows no owner that holds a socket through a thread, live or
	// replayed.
	classic := live.Netstat(t, "-tlnp")
	if replayed := live.Netstat(t, "--replay", file, "-tlnp"); replayed != classic {
		t.Errorf("classic, replayed:\n%v\nlive:\n%v", replayed, classic)
	}
	// Rows without the control characters that the original prints.
	plain := func(text string) (rows []string) {
		for line := range strings.Lines(text) {
			if strings.Contains(line, ":70") {
				rows = append(rows, line)
			}
		}
		return rows
	}
	programExpect(t, "classic, and the original", plain(classic.Out), plain(live.Program(t, "netstat", "-tlnp").Out)...)
}

func ownerName(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(live.Run(t, "id", "-un", "65534"))
}

func seconds(t *testing.T, at string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.TrimSpace(live.Run(t, "date", "-d", at, "+%s")), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Every reason why an owner is unknown, in every format.
func TestOwnerUnknownInProgram(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Run(t, "ip", "link", "add", "tunnel", "type", "vxlan", "id", "5", "dstport", "4789", "local", "127.0.0.1", "dev", "lo")
	live.Run(t, "ip", "link", "set", "tunnel", "up")
	live.Python(t, "", `
import array
def listen(port):
    l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); l.bind(('127.0.0.1', port)); l.listen(); return l
def connect(port, source):
    c = socket.socket(); c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); c.bind(('127.0.0.1', source)); c.connect(('127.0.0.1', port)); return c
known = listen(700)
left = connect(700, 5000); other, _ = known.accept(); left.close(); assert other.recv(1) == b''; other.close() # TIME-WAIT
waits = connect(700, 5001)                                       # pending
closing = connect(700, 5002); waits2, _ = known.accept(); kept, _ = known.accept(); closing.close() # FIN-WAIT-2 of nobody
pending = connect(700, 5003)
a, b = socket.socketpair()
way = listen(703); a.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [way.fileno()]))]); way.close()`)
	// The peers may take time to acknowledge.
	live.Await(t, "the ends of connections", func() bool {
		return live.Netstat(t, "-tan", "--count", "--state=fin-wait-1,last-ack").Out == "0\n" &&
			live.Netstat(t, "-tan", "--count", "--state=fin-wait-2,time-wait").Out == "2\n"
	})
	dir := t.TempDir()
	file := filepath.Join(dir, "host.json")
	want := []string{
		"0.0.0.0:4789,0.0.0.0:0,,kernel", "127.0.0.1:5000,127.0.0.1:700,TIME-WAIT,time-wait",
		"127.0.0.1:700,127.0.0.1:5003,ESTABLISHED,pending", "127.0.0.1:5002,127.0.0.1:700,FIN-WAIT-2,closed",
		"127.0.0.1:703,0.0.0.0:0,LISTEN," + unheld(),
	}
	columns := []string{"-tuan", "--format=csv", "--columns=local,remote,state,owner_unknown"}
	unknown := []string{"--filter", "owner_unknown != '' and family = inet"}
	normal := func(list []string) []string {
		for i := range list {
			list[i] = strings.Replace(list[i], ",CLOSED,", ",,", 1)
		}
		return list
	}
	ask := func(before []string, args ...string) live.Answer {
		return live.Netstat(t, slices.Concat(before, columns, args)...)
	}
	programExpect(t, "live", normal(lines(t, ask(nil, unknown...))), want...)
	live.Run(t, live.ProgramPath(), "--snapshot", file)
	replay := []string{"--replay", file}
	programExpect(t, "replayed", normal(lines(t, ask(replay, unknown...))), want...)
	programExpect(t, "of Windows' dialect", normal(lines(t, live.Netstat(t, slices.Concat([]string{"--dialect=windows", "-an"}, columns[1:], unknown)...))), want...)
	for _, row := range want {
		reason := row[strings.LastIndexByte(row, ',')+1:]
		filter := []string{"--filter", "owner_unknown = " + reason + " and family = inet"}
		for _, before := range [][]string{nil, replay} {
			programExpect(t, reason, normal(lines(t, ask(before, filter...))), row)
			var doc struct {
				Sockets []struct {
					Unknown string `json:"owner_unknown"`
					Owners  []any
				}
			}
			a := live.Netstat(t, slices.Concat(before, []string{"-tuan", "--json", "--all-owners"}, filter)...)
			if err := json.Unmarshal([]byte(a.Out), &doc); err != nil || len(doc.Sockets) != 1 ||
				doc.Sockets[0].Unknown != reason || doc.Sockets[0].Owners == nil || len(doc.Sockets[0].Owners) != 0 {
				t.Errorf("%s in JSON: %v %s", reason, err, a.Out)
			}
		}
	}
	if got := lines(t, live.Netstat(t, "-tuan", "--format=csv", "--group-by=owner_unknown", "--filter", "family = inet and owner_unknown != ''", "--sort=owner_unknown")); len(got) != 5 || !strings.HasPrefix(got[0], "closed,1,") {
		t.Errorf("groups: %q", got)
	}

	// An ordinary user may not inspect other users' processes, and with hidepid does
	// not even see them.
	nobody := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", live.ProgramPath()}
	for _, hide := range []string{"", "0", "1", "2", "4"} {
		if hide != "" {
			live.Run(t, "mount", "-t", "proc", "-o", "hidepid="+hide, "proc", "/proc")
		}
		a := live.Program(t, slices.Concat(nobody, []string{"-tln", "--format=csv", "--columns=local_port,pid,owner_unknown"})...)
		if a.Err != notRoot {
			t.Errorf("hidepid=%s: %q, want %q", hide, a.Err, notRoot)
		}
		a.Err = ""
		got := lines(t, a)
		programExpect(t, "hidepid="+hide, got, "700,,permission", "703,,permission")
		got = lines(t, live.Netstat(t, "-tln", "--format=csv", "--columns=local_port,owner_unknown"))
		programExpect(t, "root, hidepid="+hide, got, "700,", "703,"+unheld())
		if hide != "" {
			live.Run(t, "umount", "/proc")
		}
	}
	// In a pid namespace, processes outside are not visible.
	got := lines(t, live.Program(t, "unshare", "-p", "-f", "--mount-proc", live.ProgramPath(), "-tln", "--format=csv", "--columns=local_port,pid,owner_unknown"))
	programExpect(t, "nested pid namespace", got, "700,,namespace", "703,,namespace")
}
