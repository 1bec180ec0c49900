package differential

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestPlainDivergences runs both programs for the divergences in docs/differences.md
// that no other test covers.
func TestPlainDivergences(t *testing.T) {
	if !linksInside(t) {
		return
	}
	// Without IPv6 the links send nothing by themselves, so their counters do not
	// change.
	must(t, os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0), "switch IPv6 off")
	linksIP(t, "link set lo up\nlink add veth0 type veth peer name veth1\nlink set veth0 up\nlink set veth1 up\naddr add 10.0.0.1/24 dev veth0\n")
	linksAwait(t, "UP", "veth0", "veth1")
	r := linksRun{lang: "C"}

	// Divergence 2: the original has no operand for an interface; TestInterfaces checks
	// ours.
	if original, all := r.run(t, false, "-i", "nosuch"), r.run(t, false, "-i"); original != all {
		t.Errorf("the original with an operand: %v\nwithout: %v", original, all)
	}
	if original := r.run(t, false, "--interfaces=lo"); original.Exit != 3 || !strings.HasPrefix(original.Stderr, "netstat: option '--interfaces' doesn't allow an argument\n") {
		t.Errorf("the original with --interfaces=lo: %v", original)
	}

	// Divergence 5: English in every locale.
	german, err := output(command(stageDir+"/netstat", []string{"-tln"}, 0, []string{"LC_ALL=C.UTF-8", "LANGUAGE=de"}))
	must(t, err, "run netstat")
	if want := r.run(t, false, "-tln"); german != want {
		t.Errorf("with LANGUAGE=de: %v\nwant %v", german, want)
	}

	// Divergence 6: options that are new.
	if original := r.run(t, false, "--json"); original.Exit != 3 || !strings.HasPrefix(original.Stderr, "netstat: unrecognized option '--json'\n") {
		t.Errorf("the original takes --json: %v", original)
	}
	if ours := r.run(t, true, "--json", "-tln"); ours.Exit != 0 || ours.Stderr != "" || !strings.HasPrefix(ours.Stdout, "{") {
		t.Errorf("--json: %v", ours)
	}

	// Divergence 17: the second line of -V, and Bluetooth.
	original, ours := r.run(t, false, "-V"), r.run(t, true, "-V")
	lines := strings.Split(original.Stdout, "\n")
	got := strings.Split(ours.Stdout, "\n")
	if len(lines) < 3 || len(got) < 3 || !strings.HasPrefix(got[1], "netstat ") {
		t.Fatalf("-V: %v\nwant %v", ours, original)
	}
	lines[1] = got[1]
	original.Stdout = strings.Replace(strings.Join(lines, "\n"), "-BLUETOOTH", "+BLUETOOTH", 1)
	if ours != original {
		t.Errorf("-V: %v\nwant %v", ours, original)
	}

	// Divergence 18: the name of a unix socket forges a line of the kernel's file.
	forger, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	must(t, err, "make a socket")
	must(t, unix.Bind(forger, &unix.SockaddrUnix{
		Name: "@x\n0000000000000000: 00000002 00000000 00010000 0001 01 4294967290 /run/forged.sock",
	}), "bind")
	must(t, unix.Listen(forger, 1), "listen")
	forged := regexp.MustCompile(`(?m)^unix [^@]* 4294967290 +/run/forged\.sock$`)
	if original := r.run(t, false, "-xln"); !forged.MatchString(original.Stdout) {
		t.Errorf("the original shows no forged row: %v", original)
	}
	if ours := r.run(t, true, "-xln"); forged.MatchString(ours.Stdout) || strings.Count(ours.Stdout, "forged") != 1 || ours.Stderr != "" {
		t.Errorf("a name with a newline: %v", ours)
	}
	unix.Close(forger)

	// Divergence 12: a connection to port 0, which nothing answers. Its neighbour is known:
	// the kernel gives up a connection to an unknown one after three seconds.
	linksIP(t, "neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev veth0\n")
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	must(t, err, "make a socket")
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: [4]byte{10, 0, 0, 2}}); err != unix.EINPROGRESS {
		t.Fatalf("connect to port 0: %v", err)
	}
	for _, c := range []struct {
		args            string
		ours, originals bool
	}{{"-tn", true, false}, {"-tln", false, true}, {"-tan", true, true}} {
		for ours, want := range map[bool]bool{true: c.ours, false: c.originals} {
			if got := r.run(t, ours, c.args); strings.Contains(got.Stdout, "SYN_SENT") != want {
				t.Errorf("%s, ours %v: %v", c.args, ours, got)
			}
		}
	}
	must(t, unix.Close(fd), "close")

	// Divergence 14: a list of more than 255 bytes.
	list := "-A" + strings.Repeat("inet,", 60) + "inet"
	if original := r.run(t, false, list, "-tln"); original.Exit != 1 || original.Stderr != "Unknown address family `'.\n" {
		t.Errorf("the original with a long list: %v", original)
	}
	if ours, want := r.run(t, true, list, "-tln"), r.run(t, false, "-Ainet", "-tln"); ours != want {
		t.Errorf("with a long list: %v\nwant %v", ours, want)
	}

	// Divergence 15: write errors.
	for ours, want := range map[bool]printed{
		true: {"", "netstat: write /dev/stdout: no space left on device\n", 255}, false: {},
	} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		must(t, err, "open /dev/full")
		var stderr strings.Builder
		cmd := r.command(t, ours, "-i")
		cmd.Stdout, cmd.Stderr = full, &stderr
		err = cmd.Run()
		if _, exit := err.(*exec.ExitError); err != nil && !exit {
			t.Fatal(err)
		}
		if got := (printed{"", stderr.String(), cmd.ProcessState.ExitCode()}); got != want {
			t.Errorf("to a full device, ours %v: %v", ours, got)
		}
		full.Close()
	}

	// Divergence 13: no /proc.
	must(t, unix.Mount(t.TempDir(), "/proc", "", unix.MS_BIND, ""), "hide /proc")
	defer func() { must(t, unix.Unmount("/proc", unix.MNT_DETACH), "show /proc") }()
	if original := r.run(t, false, "-tan"); original.Exit != 1 || original.Stderr != "netstat: no support for `AF INET (tcp)' on this system.\n" {
		t.Errorf("the original without /proc: %v", original)
	}
	if ours := r.run(t, true, "-an"); ours.Exit != 255 || !strings.Contains(ours.Stderr, "/proc is not mounted") {
		t.Errorf("without /proc: %v", ours)
	}
	if ours := r.run(t, true, "-tan"); ours.Exit != 0 || ours.Stderr != "" {
		t.Errorf("without /proc: %v", ours)
	}
}
