package process

import (
	"strings"

	"netstat"
)

// fillCgroup fills the facts of /proc/PID/cgroup (cgroups(7)): a line for each
// hierarchy,
//
//	0::/system.slice/ssh.service
//	9:name=systemd:/system.slice/ssh.service
//	4:memory:/docker/0123…
//
// where 0 is the unified hierarchy (version 2). A path may contain colons but
// no newline.
func fillCgroup(b []byte, p *netstat.Process) {
	var unified, named, other string
	for line := range strings.Lines(string(b)) {
		id, rest, ok1 := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, path, ok2 := strings.Cut(rest, ":")
		// The group of a zombie may be deleted (cgroup_show_path and
		// proc_cgroup_show in kernel/cgroup/cgroup.c).
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
	// If both exist, systemd keeps its groups in the named hierarchy, and
	// mirrors them in the unified one or leaves that empty.
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

// unitsOf returns the systemd unit of a process, the unit of its user's manager
// and its slice, from the path of its control group. systemd names groups after
// units (systemd.unit(5) and CGROUP_DELEGATION, the section on control groups):
// slices within slices, then one group of another unit type, which manages the
// groups below. A user's manager is the unit user@UID.service, which does the
// same below its own group.
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

// nextUnit removes the slices from the beginning of a path, and the unit group
// after them if there is one. It returns the last slice, the unit and the rest
// of the path.
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

// unescapeCgroup removes the "_" that systemd puts before names which the
// kernel uses itself, such as "cpu.service".
func unescapeCgroup(name string) string { return strings.TrimPrefix(name, "_") }

// unitTypes lists the suffixes of unit types (systemd.unit(5)).
var unitTypes = [...]string{
	".service", ".scope", ".slice", ".socket", ".mount", ".swap",
	".target", ".device", ".automount", ".timer", ".path",
}

// validUnit reports whether name is that of a unit that can run. A template
// ("getty@.service") cannot.
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

// containerPrefixes lists what runtimes put before the id in the name of a
// container's control group. A process in "…-conmon-ID" belongs to the
// runtime, outside the container.
var containerPrefixes = [...]struct{ prefix, runtime string }{
	{"docker-", "docker"},
	{"libpod-", "podman"},
	{"libpod-payload-", "podman"}, // --cgroups=split
	{"cri-containerd-", "containerd"},
	{"containerd-", "containerd"},
	{"nerdctl-", "containerd"},
	{"crio-", "cri-o"},
}

// containerOf returns the container named in the path of a control group, the
// innermost if they are nested. docs/owners.md lists the forms of the paths and
// their sources.
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

// containerName returns the container that one name of a path denotes, given
// the names before and after it.
func containerName(name, previous, next string) (runtime, id string) {
	// A systemd path used as a plain one: "SLICE:RUNTIME:ID".
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

// isVirtualMachine reports whether machine is libvirt's name of a virtual
// machine. libvirt names its machines DRIVER-NUMBER-NAME.
func isVirtualMachine(machine string) bool {
	rest, ok := strings.CutPrefix(machine, "qemu-")
	number, _, dash := strings.Cut(rest, "-")
	_, isNumber := parseNumber([]byte(number))
	return ok && dash && isNumber
}

// isContainerID reports whether s is the id of an OCI runtime: 64 lower-case
// hexadecimal digits.
func isContainerID(s string) bool { return len(s) == 64 && isLowerHex(s) }

func isLowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// podOf returns the uid of the pod of a control group named "podUID" or, with
// systemd, "kubepods-burstable-podUID.slice" with "_" for "-". A slice's name
// begins with those of its parents.
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

// unescapeUnit reverses systemd-escape(1) for "\xNN", a byte. It keeps "-",
// which is "/" there, because names of machines have no "/". It keeps invalid
// escapes.
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
