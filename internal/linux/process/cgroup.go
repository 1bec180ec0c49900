package process

import (
	"strings"

	"netstat"
)

// fillCgroup fills what /proc/PID/cgroup tells of a process (cgroups(7)): a line
// for each hierarchy,
//
//	0::/system.slice/ssh.service
//	9:name=systemd:/system.slice/ssh.service
//	4:memory:/docker/0123…
//
// of which 0 is the unified one (version 2). A path may hold colons; it cannot
// hold a newline.
func fillCgroup(b []byte, p *netstat.Process) {
	var unified, named, other string
	for line := range strings.Lines(string(b)) {
		id, rest, ok1 := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, path, ok2 := strings.Cut(rest, ":")
		// The group of a zombie may have gone (cgroup_show_path and
		// proc_cgroup_show of kernel/cgroup/cgroup.c).
		path = strings.TrimSuffix(path, " (deleted)")
		if !ok1 || !ok2 || !strings.HasPrefix(path, "/") {
			continue
		}
		switch {
		case id == "0" && controllers == "":
			unified = path
		case controllers == "name=systemd":
			named = path
		case other == "" || other == "/":
			other = path
		}
		if p.Container == (netstat.Container{}) {
			p.Container = containerOf(path)
		}
	}
	// Where both exist, systemd keeps its groups in the named hierarchy and
	// mirrors them in the unified one, or leaves that empty.
	for _, path := range []string{unified, named, other} {
		if path != "" && (p.Cgroup == "" || p.Cgroup == "/") {
			p.Cgroup = path
		}
	}
	managed := unified
	if managed == "" || managed == "/" {
		managed = named
	}
	p.Unit, p.UserUnit, p.Slice = unitsOf(managed)
}

// unitsOf returns what systemd would call the unit of a process, the unit of its
// user's manager and its slice, from the path of its control group. systemd
// names the groups after the units (systemd.unit(5), the section on control
// groups of its documentation CGROUP_DELEGATION): slices within slices, then one
// group of another unit, below which the unit does as it likes. A user's
// manager is the unit user@UID.service, and does the same below its own group.
func unitsOf(path string) (unit, userUnit, slice string) {
	var rest string
	unit, slice, rest = nextUnit(path)
	if unit == "" {
		return "", "", slice
	}
	if slice == "" {
		slice = "-.slice"
	}
	if strings.HasPrefix(unit, "user@") && strings.HasSuffix(unit, ".service") {
		userUnit, _, _ = nextUnit(rest)
	}
	return unit, userUnit, slice
}

// nextUnit takes slices off a path, of which it returns the last, and then one
// group that is another unit, if there is one.
func nextUnit(path string) (unit, slice, rest string) {
	for path != "" {
		name, after, _ := strings.Cut(strings.TrimLeft(path, "/"), "/")
		name = unescapeCgroup(name)
		switch {
		case !validUnit(name):
			return "", slice, path
		case strings.HasSuffix(name, ".slice"):
			slice, path = name, after
		default:
			return name, slice, after
		}
	}
	return "", slice, ""
}

// unescapeCgroup undoes what systemd does to names that the kernel has a use of
// its own for, such as "cpu.service": it puts "_" before them.
func unescapeCgroup(name string) string { return strings.TrimPrefix(name, "_") }

// unitTypes are the types of units (systemd.unit(5)).
var unitTypes = [...]string{
	".service", ".scope", ".slice", ".socket", ".mount", ".swap",
	".target", ".device", ".automount", ".timer", ".path",
}

// validUnit reports whether name is that of a unit which can be running, which
// a template ("getty@.service") cannot.
func validUnit(name string) bool {
	const longest = 255
	base := ""
	for _, suffix := range unitTypes {
		if b, ok := strings.CutSuffix(name, suffix); ok {
			base = b
		}
	}
	if base == "" || len(name) > longest || base[0] == '@' || base[len(base)-1] == '@' {
		return false
	}
	for i := range len(base) {
		switch c := base[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(`:-_.\@`, c) >= 0:
		default:
			return false
		}
	}
	return true
}

// containerPrefixes are what runtimes put before the id in the name of a
// container's control group. A process in "…-conmon-ID" is the runtime's own,
// outside of the container.
var containerPrefixes = [...]struct{ prefix, runtime string }{
	{"docker-", "docker"},
	{"libpod-", "podman"},
	{"libpod-payload-", "podman"}, // --cgroups=split
	{"cri-containerd-", "containerd"},
	{"containerd-", "containerd"},
	{"nerdctl-", "containerd"},
	{"crio-", "cri-o"},
}

// containerOf returns the container that the path of a control group tells of,
// the innermost where one runs in another. docs/owners.md has the shapes and
// whence they are known.
func containerOf(path string) netstat.Container {
	var c netstat.Container
	previous := ""
	for path != "" {
		var name string
		name, path, _ = strings.Cut(strings.TrimLeft(path, "/"), "/")
		next, _, _ := strings.Cut(path, "/")
		if pod := podOf(name); pod != "" {
			c = netstat.Container{Pod: pod}
		}
		if runtime, id := containerName(name, previous, next); id != "" {
			c.Runtime, c.ID = runtime, id
			if runtime == "lxc" || runtime == "systemd-nspawn" || runtime == "machined" {
				c.Pod = ""
			}
		}
		previous = name
	}
	return c
}

// containerName takes one name of a path, between two others.
func containerName(name, previous, next string) (runtime, id string) {
	// Where a systemd path is taken for a plain one: "SLICE:RUNTIME:ID".
	if i := strings.LastIndexByte(name, ':'); i >= 0 && isContainerID(name[i+1:]) {
		before := name[:i]
		for _, p := range containerPrefixes {
			if strings.HasSuffix(before, ":"+strings.TrimSuffix(p.prefix, "-")) {
				return p.runtime, name[i+1:]
			}
		}
		return "", name[i+1:]
	}
	base, scope := strings.CutSuffix(name, ".scope")
	for _, p := range containerPrefixes {
		if id, ok := strings.CutPrefix(base, p.prefix); ok && isContainerID(id) {
			return p.runtime, id
		}
	}
	switch {
	case isContainerID(name):
		switch previous {
		case "docker":
			return "docker", name
		case "libpod_parent":
			return "podman", name
		}
		return "", name
	case previous == "lxc" || previous == "lxc.payload" || previous == "incus.payload":
		return "lxc", name
	case strings.HasPrefix(name, "lxc.payload."):
		return "lxc", name[len("lxc.payload."):]
	}
	if instance, ok := strings.CutPrefix(name, "systemd-nspawn@"); ok {
		if instance, ok = strings.CutSuffix(instance, ".service"); ok && next != "supervisor" {
			return "systemd-nspawn", instance
		}
	}
	if machine, ok := strings.CutPrefix(base, "machine-"); ok && scope && machine != "" {
		machine = unescapeUnit(machine)
		switch {
		case isVirtualMachine(machine), next == "supervisor":
			return "", ""
		case next == "payload":
			return "systemd-nspawn", machine
		}
		return "machined", machine
	}
	return "", ""
}

// isVirtualMachine reports whether libvirt, which calls its machines
// DRIVER-NUMBER-NAME, called one that is no container.
func isVirtualMachine(machine string) bool {
	rest, ok := strings.CutPrefix(machine, "qemu-")
	number, _, dash := strings.Cut(rest, "-")
	_, isNumber := parseNumber([]byte(number))
	return ok && dash && isNumber
}

// isContainerID reports whether s is the id that runtimes following OCI give: 64
// lower-case hexadecimal digits.
func isContainerID(s string) bool { return len(s) == 64 && isLowerHex(s) }

func isLowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// podOf returns the uid of the pod whose control group is called name: "podUID",
// or, by systemd's rule that a slice is called after those around it,
// "kubepods-burstable-podUID.slice" with "_" for "-".
func podOf(name string) string {
	name, _, _ = strings.Cut(name, ":")
	uid, ok := strings.CutPrefix(name, "pod")
	if slice, isSlice := strings.CutSuffix(name, ".slice"); isSlice {
		at := strings.LastIndex(slice, "-pod")
		if at < 0 || !strings.Contains(slice[:at], "kubepods") {
			return ""
		}
		uid, ok = strings.ReplaceAll(slice[at+len("-pod"):], "_", "-"), true
	}
	if !ok || !isPodUID(uid) {
		return ""
	}
	return uid
}

func isPodUID(s string) bool {
	if len(s) == 32 {
		return isLowerHex(s)
	}
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (s[i] == '-') || !dash && !isLowerHex(s[i:i+1]) {
			return false
		}
	}
	return true
}

// unescapeUnit undoes systemd-escape(1): "-" stands for "/", "\xNN" for a byte.
// Names of machines hold no "/"; what cannot be undone is left as it is.
func unescapeUnit(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x' {
			high, ok1 := hexValue(s[i+2])
			low, ok2 := hexValue(s[i+3])
			if ok1 && ok2 {
				b = append(b, high<<4|low)
				i += 3
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

func hexValue(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
