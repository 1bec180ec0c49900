package owners

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/live"
)

// forgers creates sockets whose names contain lines of /proc/net/unix with the inode of
// another process's listener: as sockets with and without an inode, also after a
// connection that waits. It returns the inode and its owner.
func forgers(t *testing.T) (inode string, owner uint32) {
	t.Helper()
	owner, _ = live.Python(t, "", `
victim = socket.socket(socket.AF_UNIX); victim.bind("\0victim"); victim.listen()
open("/run/inode", "w").write(str(os.fstat(victim.fileno()).st_ino))`)
	b, err := os.ReadFile("/run/inode")
	if err != nil {
		t.Fatal(err)
	}
	inode = string(b)
	live.Python(t, "", `
kept = []
def listen(name, waiting=0):
    s = socket.socket(socket.AF_UNIX); s.bind(name); s.listen(); kept.append(s)
    for _ in range(waiting):
        c = socket.socket(socket.AF_UNIX); c.connect(name); kept.append(c)
line = "0000000000000000: 00000002 00000000 00010000 0001 01 %s " % `+inode+`
open_line = "0000000000000000: 00000003 00000000 00000000 0001 02     0 "
listen("\0a\n" + line + "/run/docker.sock", 2)
listen("\0b\n" + open_line + "/run/docker.sock")
listen("\0c\n" + line.replace("02", "FF", 1) + "@victim")
listen("/run/d\nplain newline", 1)
listen("\0e\n" + open_line)
listen("\0a", 1)
listen("\0nul\0in\0side\0", 1)
listen("\0esc\x1b[31m\n")
`)
	return inode, owner
}

// A name cannot forge a row in any output.
func TestForgedNames(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	inode, owner := forgers(t)
	victim := regexp.MustCompile(`(?m)^unix  2      \[ ACC \]     STREAM     LISTENING     ` + inode + `\s+` + strconv.Itoa(int(owner)) + `/python3\s+@victim$`)
	text := func(what string, a live.Answer) {
		t.Helper()
		if a.Err != "" || a.Status != 0 {
			t.Errorf("%s: status %d, %s", what, a.Status, a.Err)
		}
		if n := len(victim.FindAllString(a.Out, -1)); n != 1 || strings.Count(a.Out, inode) != n+strings.Count(a.Out, " 01 "+inode+" ") {
			t.Errorf("%s: the victim is listed %d times", what, n)
		}
		names := map[string]int{}
		for line := range strings.Lines(a.Out) {
			if m := regexp.MustCompile(`^unix  \d+ .*python3\s+(.*)\n`).FindStringSubmatch(line); m != nil {
				names[m[1]]++
			} else if m := regexp.MustCompile(`^unix  3 .* CONNECTING    0        -\s+(.*)\n`).FindStringSubmatch(line); m != nil {
				names["waiting "+m[1]]++
			}
		}
		const line, open = "0000000000000000: 00000002 00000000 00010000 0001 01 ", "0000000000000000: 00000003 00000000 00000000 0001 02     0 "
		forged := "@a." + line + inode + " /run/docker.sock"
		want := map[string]int{
			"@victim": 1, forged: 1, "waiting " + forged: 2, "@b." + open + "/run/docker.sock": 1,
			"@c." + strings.Replace(line, "02", "FF", 1) + inode + " @victim": 1, "/run/d.plain newline": 1, "waiting /run/d.plain newline": 1,
			"@e." + open: 1, "@a": 1, "waiting @a": 1, "@nul@in@side@": 1, "waiting @nul@in@side@": 1, "@esc.[31m.": 1, "": 5, // clients
		}
		for name, n := range want {
			if names[name] != n {
				t.Errorf("%s: %q %d times, want %d\n%s", what, name, names[name], n, a.Out)
			}
			delete(names, name)
		}
		if len(names) > 0 {
			t.Errorf("%s: unexpected %v", what, names)
		}
	}
	text("-xap", live.Netstat(t, "-xap"))
	file := filepath.Join(t.TempDir(), "host.json")
	if a := live.Netstat(t, "--snapshot", file); a.Err != "" || a.Status != 0 {
		t.Errorf("--snapshot: status %d, %s", a.Status, a.Err)
	}
	text("--replay", live.Netstat(t, "--replay", file, "-xap"))

	for _, form := range [][]string{
		{"-xlp", "--json"}, {"-xlp", "--format=ndjson"}, {"--replay", file, "-xlp", "--json"},
		{"-xl", "--columns", "inode,pid,path", "--format=csv"},
	} {
		a := live.Netstat(t, form...)
		real := strings.Count(a.Out, `"inode":`+inode+`,`) + strings.Count("\n"+a.Out, "\n"+inode+",")
		if a.Err != "" || a.Status != 0 || real != 1 || !strings.Contains(a.Out, "@victim") || strings.Contains(a.Out, `"/run/docker.sock"`) || strings.Contains(a.Out, ",/run/docker.sock") {
			t.Errorf("%q: status %d, %s%s", form, a.Status, a.Err, a.Out)
		}
	}
	for filter, want := range map[string]string{"path = /run/docker.sock": "0\n", "inode = " + inode: "1\n", "pid = " + strconv.Itoa(int(owner)): "1\n"} {
		for _, place := range [][]string{nil, {"--replay", file}} {
			if a := live.Netstat(t, append(place, "-xa", "--count", "--filter", filter)...); a.Out != want {
				t.Errorf("%q of %s: %q, want %q; %s", place, filter, a.Out, want, a.Err)
			}
		}
	}

	// The file alone does not show which row is forged, and that is reported.
	a := live.Program(t, "env", "NETSTAT_SOURCE=proc", live.ProgramPath(), "-xl")
	if !strings.Contains(a.Err, "netstat: read unix: several lines have inode "+inode+"; a socket's name may have forged them\n") {
		t.Errorf("from the file: %s", a.Err)
	}
}

// Unix sockets are listed even if /proc/net/unix cannot be read (divergence 19).
func TestUnixWithoutFile(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", `
s = socket.socket(socket.AF_UNIX); s.bind("\0there"); s.listen()
c = socket.socket(socket.AF_UNIX); c.connect("\0there")`)
	check := func(what, references, remark string, command ...string) {
		t.Helper()
		a := live.Program(t, append(command, live.ProgramPath(), "-xa")...)
		listening := regexp.MustCompile(`(?m)^unix  ` + references + `      \[ ACC \]     STREAM     LISTENING     \d+\s+@there$`)
		waiting := regexp.MustCompile(`(?m)^unix  [-3]      \[ \]         STREAM     CONNECTING    0 +@there$`)
		if len(listening.FindAllString(a.Out, -1)) != 1 || len(waiting.FindAllString(a.Out, -1)) != 1 || a.Err != remark || a.Status != 0 {
			t.Errorf("%s: status %d, %q\n%s", what, a.Status, a.Err, a.Out)
		}
	}
	const count = "netstat: read the reference counts of unix: "
	check("readable", "2", "")
	over := func(source, kind, options string, flags uintptr, look func()) {
		t.Helper()
		if err := unix.Mount(source, "/proc", kind, flags, options); err != nil {
			t.Fatal(err)
		}
		look()
		if err := unix.Unmount("/proc", unix.MNT_DETACH); err != nil {
			t.Fatal(err)
		}
	}
	over("none", "proc", "subset=pid", 0, func() { check("subset=pid", "2", "") })
	over("none", "tmpfs", "", 0, func() { check("not mounted", "-", count+"/proc is not mounted\n") })

	// The kernel does not allow a mount over a file of /proc/net, so another /proc with
	// different files replaces it.
	dir := t.TempDir()
	file := filepath.Join(dir, "net", "unix")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(filepath.Join(dir, "self"), 0o755))
	must(os.Chmod(dir, 0o755))
	over(dir, "", "", unix.MS_BIND, func() {
		check("no net", "-", count+"/proc/net is missing\n")
		must(os.Mkdir(filepath.Join(dir, "net"), 0o755))
		must(os.WriteFile(file, nil, 0o600))
		check("empty", "-", count+"incomplete: file is empty; another file may be mounted over it\n")
		check("denied", "-", count+"permission denied\n", "setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all")
	})
}
