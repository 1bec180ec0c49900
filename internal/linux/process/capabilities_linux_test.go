package process

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat"
	"netstat/test/holder"
	"netstat/test/need"
)

// ownerCapabilities lists the capabilities that finding owners may depend on.
var ownerCapabilities = []struct {
	name   string
	number uint
}{
	{"CAP_SYS_PTRACE", unix.CAP_SYS_PTRACE},
	{"CAP_DAC_READ_SEARCH", unix.CAP_DAC_READ_SEARCH},
	{"CAP_DAC_OVERRIDE", unix.CAP_DAC_OVERRIDE},
	{"CAP_SYS_ADMIN", unix.CAP_SYS_ADMIN},
	{"CAP_BPF", unix.CAP_BPF},
	{"CAP_PERFMON", unix.CAP_PERFMON},
	{"CAP_NET_ADMIN", unix.CAP_NET_ADMIN},
}

// withoutCapabilities is an answer of the helper "capabilities": what it found
// about sockets without some of ownerCapabilities, by bit.
type withoutCapabilities struct {
	Without int
	Method  string
	Err     string
	Refused bool // whether Err is a lack of privilege
	// For each requested socket: its owner, or why the owner is unknown.
	Owners  []uint32
	Unknown []string
}

const capabilitiesHelperEnv = "CAPABILITIES_TEST_HELPER"

// The helpers are processes that lack some privilege.
func init() {
	switch os.Getenv(capabilitiesHelperEnv) {
	case "":
		return
	case "find":
		if err := findWithoutCapabilities(os.Args[1]); err != nil {
			panic(err)
		}
	case "undumpable":
		if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
			panic(err)
		}
		if err := holder.Serve("hold"); err != nil {
			panic(err)
		}
	case "powerless":
		runtime.LockOSThread() // init runs on the first thread
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&header, &none[0]); err != nil { // only the first thread counts
			panic(err)
		}
		if err := holder.Serve("hold"); err != nil {
			panic(err)
		}
	}
	os.Exit(0)
}

// findWithoutCapabilities writes an answer for every subset and method.
func findWithoutCapabilities(ask string) error {
	var inodes []uint64
	if err := json.Unmarshal([]byte(ask), &inodes); err != nil {
		return err
	}
	runtime.LockOSThread() // capabilities belong to the thread
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var all [2]unix.CapUserData
	if err := unix.Capget(&header, &all[0]); err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for without := range 1 << len(ownerCapabilities) {
		some := all
		for i, c := range ownerCapabilities {
			if without>>i&1 != 0 {
				some[c.number/32].Effective &^= 1 << (c.number % 32)
			}
		}
		if err := unix.Capset(&header, &some[0]); err != nil {
			return err
		}
		for _, method := range holder.AllMethods {
			a := withoutCapabilities{Without: without, Method: method}
			o, err := FindOwners(context.Background(), "/proc", method, netstat.OwnerQuery{Inodes: inodes, All: true})
			if err != nil {
				a.Err, a.Refused = err.Error(), errors.Is(err, fs.ErrPermission)
			}
			for _, inode := range inodes {
				pid, _ := o.First(inode)
				a.Owners = append(a.Owners, pid)
				a.Unknown = append(a.Unknown, o.Unknown(&netstat.Socket{Inode: inode}).String())
			}
			if err := out.Encode(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// capabilitiesHold starts a process that holds a socket.
func capabilitiesHold(t *testing.T, helper string, change func(*exec.Cmd)) (pid uint32, inode uint64) {
	t.Helper()
	cmd := holder.Command("hold", "1")
	if helper != "" {
		cmd = exec.Command("/proc/self/exe", "1")
		cmd.Env = append(os.Environ(), capabilitiesHelperEnv+"="+helper)
		cmd.Stderr = os.Stderr
	}
	if change != nil {
		change(cmd)
	}
	pid, inodes := holder.Hold(t, cmd)
	return pid, inodes[0]
}

// TestOwnersWithoutCapabilities checks that with any capabilities missing, an
// owner is found or reported as denied. If BPF is permitted, it is used and
// finds all.
func TestOwnersWithoutCapabilities(t *testing.T) {
	need.Root(t)
	if why := need.NoKernelOwners(); why != "" {
		need.Skip(t, why)
	}
	// The walk must open each directory, possibly of another user, and read
	// its links.
	world := []struct {
		name   string
		helper string
		change func(*exec.Cmd)
		open   bool // requires CAP_DAC_OVERRIDE or CAP_DAC_READ_SEARCH
		read   bool // requires CAP_SYS_PTRACE
	}{
		{name: "root's", read: true},
		{name: "root's without capabilities", helper: "powerless"},
		{name: "another user's", change: holder.AsNobody, open: true, read: true},
		{name: "undumpable", helper: "undumpable", read: true},
		// The creator of a user namespace has all rights in it.
		{name: "in a user namespace", change: func(cmd *exec.Cmd) {
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER}
		}},
	}
	var pids []uint32
	var inodes []uint64
	for _, w := range world {
		pid, inode := capabilitiesHold(t, w.helper, w.change)
		pids, inodes = append(pids, pid), append(inodes, inode)
	}
	// A socket that no process holds.
	must := func(err error, doing string) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", doing, err)
		}
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	must(err, "socketpair")
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	flying, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	must(err, "socket")
	inodes = append(inodes, holder.Inode(flying))
	must(unix.Sendmsg(pair[0], []byte{0}, unix.UnixRights(flying), nil, 0), "send a socket")
	must(unix.Close(flying), "close")

	ask, err := json.Marshal(inodes)
	must(err, "marshal")
	cmd := exec.Command("/proc/self/exe", string(ask))
	cmd.Env = append(os.Environ(), capabilitiesHelperEnv+"=find")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	must(err, "helper")
	// A host may also hide processes from root.
	readable := capabilitiesReadable(t)

	lines := json.NewDecoder(strings.NewReader(string(out)))
	answers := 0
	for ; lines.More(); answers++ {
		var a withoutCapabilities
		must(lines.Decode(&a), "decode")
		var names []string
		has := make(map[uint]bool)
		for i, c := range ownerCapabilities {
			if has[c.number] = a.Without>>i&1 == 0; !has[c.number] {
				names = append(names, c.name)
			}
		}
		bpf := has[unix.CAP_SYS_ADMIN] || has[unix.CAP_BPF] && has[unix.CAP_PERFMON]
		open := has[unix.CAP_DAC_OVERRIDE] || has[unix.CAP_DAC_READ_SEARCH]
		read := has[unix.CAP_SYS_PTRACE]
		name := "method " + a.Method + " without " + strings.Join(names, ", ")
		if a.Method == "bpf" && !bpf {
			if !a.Refused {
				t.Errorf("%s: error %q", name, a.Err)
			}
			for i, unknown := range a.Unknown { // no process was inspected
				if unknown != "unknown" {
					t.Errorf("%s: socket %d: %q", name, i, unknown)
				}
			}
			continue
		}
		if a.Err != "" {
			t.Errorf("%s: %s", name, a.Err)
			continue
		}
		seesAll := bpf && a.Method != "scan"
		for i, w := range world {
			owner, unknown := pids[i], ""
			if !seesAll && (w.open && !open || w.read && !read) {
				owner, unknown = 0, "permission"
			}
			if a.Owners[i] != owner || a.Unknown[i] != unknown {
				t.Errorf("%s, %s: owner %d, %q, want %d, %q", name, w.name, a.Owners[i], a.Unknown[i], owner, unknown)
			}
		}
		unknown := "permission"
		if seesAll || open && read && readable {
			unknown = "unheld"
		}
		if got := a.Unknown[len(world)]; got != unknown || a.Owners[len(world)] != 0 {
			t.Errorf("%s, in a message: owner %d, %q, want %q", name, a.Owners[len(world)], got, unknown)
		}
	}
	if want := len(holder.AllMethods) << len(ownerCapabilities); answers != want {
		t.Errorf("%d answers, want %d", answers, want)
	}
}

// capabilitiesReadable reports whether this process, which has all privileges,
// can read the open files of every process.
func capabilitiesReadable(t *testing.T) bool {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	return !slices.ContainsFunc(links, func(link string) bool {
		_, err := os.Readlink(link)
		return errors.Is(err, fs.ErrPermission)
	})
}
