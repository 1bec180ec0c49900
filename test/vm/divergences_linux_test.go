package vm

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Each divergence changes the oracle's output into the output expected of ours, using
// the kernel's own files. So what the oracle has lost or garbled is compared with the
// kernel.

// scene is what a divergence may read.
type scene struct {
	*Record
	owners map[string]string
	usage  string // our output for -h
}

// divergences are in the order in which they apply. What they add to a report of all
// families is in the order of its sections.
var divergences = []struct {
	number string
	apply  func(s *scene, r *Run)
}{
	{"4", ownUsage},
	{"F14", netromErrno},
	{"F17", associations},
	{"F3", x25Rows},
	{"F4", x25Words},
	{"F5", roseRows},
	{"F6", roseChannels},
	{"F10", columns},
	{"F11", routeColumns},
	{"F2", appletalkRoutes},
	{"F1", appletalk},
	{"F15", bluetooth},
}

// short reports whether a bundle of short options has c.
func (s *scene) short(c string) bool {
	return slices.ContainsFunc(s.Args, func(a string) bool {
		return strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && a != "-A" && strings.Contains(a, c)
	})
}

// asks reports whether the command line names one of the families.
func (s *scene) asks(names ...string) bool {
	line := strings.NewReplacer("=", " ", ",", " ", "--", "").Replace(strings.Join(s.Args, " "))
	return slices.ContainsFunc(strings.Fields(line), func(w string) bool { return slices.Contains(names, w) })
}

// title returns the end of a section's title.
func (s *scene) title() string {
	switch {
	case s.short("a"):
		return "(servers and established)\n"
	case s.short("l"):
		return "(only servers)\n"
	}
	return "(w/o servers)\n"
}

// records returns the fields of the lines of a file without its header.
func (s *scene) records(file string, header int) [][]string {
	var all [][]string
	for line := range strings.Lines(s.Facts[file]) {
		if header--; header < 0 {
			all = append(all, strings.Fields(line))
		}
	}
	return all
}

// lines calls f with each line of a section, row -1 being its title and 0 its header,
// and joins what f returns.
func lines(out []byte, title string, f func(row int, line string) string) []byte {
	var b strings.Builder
	row, inside := 0, false
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "Active ") || strings.HasPrefix(line, "Kernel ") {
			inside, row = strings.HasPrefix(line, title), -2
		}
		if inside {
			row++
			line = f(row, line)
		}
		b.WriteString(line)
	}
	return []byte(b.String())
}

// disagrees makes the case fail with a reason.
func disagrees(why, line string) string {
	return "unexpected output of the oracle: " + why + ": " + line
}

// says sets the expected output of ours if the oracle's is as expected.
func (r *Run) says(expected, instead Run) {
	if !bytes.Equal(r.Stdout, expected.Stdout) || !bytes.Equal(r.Stderr, expected.Stderr) || r.Exit != expected.Exit {
		r.Stdout = []byte(disagrees(fmt.Sprintf("%q, %q, %d", expected.Stdout, expected.Stderr, expected.Exit), string(r.Stdout)))
		return
	}
	*r = instead
}

// ownUsage: the text after the error is this project's own.
func ownUsage(s *scene, r *Run) {
	if at := bytes.Index(r.Stderr, []byte("usage: netstat")); at >= 0 {
		r.Stderr = append(bytes.Clone(r.Stderr[:at]), s.usage...)
		r.Stdout = nil
	}
}

// netromErrno: the second error is not that of the second file.
func netromErrno(_ *scene, r *Run) {
	r.Stderr = bytes.Replace(r.Stderr, []byte("nr_neigh: Invalid argument"), []byte("nr_neigh: No such file or directory"), 1)
}

// associations: the oracle shows the state of the socket (SST) instead of that of the
// association (ST).
func associations(s *scene, r *Run) {
	records := s.records("/proc/net/sctp/assocs", 1)
	next := 0
	r.Stdout = lines(r.Stdout, "Active Internet", func(_ int, line string) string {
		if !strings.HasPrefix(line, "sctp") || strings.TrimSpace(line[6:20]) == "" {
			return line
		}
		if next == len(records) {
			return disagrees("more associations than the kernel has", line)
		}
		f := records[next]
		next++
		// The record has the ports of the row, so it is the same association.
		for _, port := range f[11:13] {
			if !strings.Contains(line, ":"+port+" ") {
				return disagrees("not the association of the kernel's file", line)
			}
		}
		socket := map[string]string{"1": "ESTABLISHED", "7": "CLOSE", "10": "LISTEN"}[f[3]]
		own := map[string]string{"1": "COOKIE_WAIT", "2": "COOKIE_ECHOED", "3": "ESTABLISHED"}[f[4]]
		if strings.TrimSpace(line[68:79]) != socket || own == "" {
			return disagrees("state "+f[3]+"/"+f[4], line)
		}
		return line[:68] + fmt.Sprintf("%-11s", own) + line[79:]
	})
	if next != len(records) {
		r.Stdout = append(r.Stdout, disagrees("fewer associations than the kernel has", "")...)
	}
}

// x25Rows: the oracle prints only the heading.
func x25Rows(s *scene, r *Run) {
	r.Stdout = lines(r.Stdout, "Active X.25", func(row int, line string) string {
		switch {
		case row == 0:
			return line + s.x25()
		case row > 0:
			return disagrees("a row of X.25", line)
		}
		return line
	})
}

// x25 returns the X.25 table without heading, from the kernel's file.
func (s *scene) x25() string {
	var b strings.Builder
	for _, f := range s.records("/proc/net/x25/socket", 1) {
		channel, _ := strconv.ParseUint(f[3], 16, 32)
		if channel == 0 && !s.short("a") {
			continue
		}
		state := map[string]string{"0": "LISTENING", "1": "CALL_SENT", "2": "CLEAR_SENT", "3": "ESTABLISHED", "4": "RESET_SENT"}[f[4]]
		vs, _ := strconv.Atoi(f[5])
		vr, _ := strconv.Atoi(f[6])
		fmt.Fprintf(&b, "%-15s %-15s %-7s %-3d  %-11s  %02d/%02d  %-6s  %-6s\n", f[0], f[1], f[2], channel, state, vr, vs, f[13], f[14])
	}
	return b.String()
}

// x25Words: the channel is hexadecimal, but the oracle reads a decimal number, up to
// the first letter; the rest of such a row is arbitrary.
func x25Words(s *scene, r *Run) {
	want := strings.SplitAfter(s.x25(), "\n")
	r.Stdout = lines(r.Stdout, "Active X.25", func(row int, line string) string {
		if row < 1 {
			return line
		}
		if row > len(want)-1 {
			return disagrees("more rows than the kernel has", line)
		}
		w := want[row-1]
		if line[:40] != w[:40] {
			return disagrees("not the row of the kernel's file", line)
		}
		return w
	})
}

// roseRows: the oracle overwrites the remote address with a NUL, and its callsign if
// the other has nine letters; it fails on a channel with letters.
func roseRows(s *scene, r *Run) {
	s.rose(r, false)
}

// roseChannels: the channel is hexadecimal.
func roseChannels(s *scene, r *Run) {
	s.rose(r, true)
}

// rose corrects the rows of ROSE. A row that the oracle could not read because of its
// channel belongs to F6, and so does every channel.
func (s *scene) rose(r *Run, channels bool) {
	records := s.records("/proc/net/rose", 1)
	r.Stdout = lines(r.Stdout, "Active ROSE", func(row int, line string) string {
		if row < 1 {
			return line
		}
		if row > len(records) {
			return disagrees("more rows than the kernel has", line)
		}
		f := records[row-1]
		channel, err := strconv.ParseUint(f[5], 16, 32)
		if err != nil {
			return line
		}
		neighbour, _ := strconv.Atoi(f[6])
		state := map[string]string{"0": "LISTENING", "1": "CONN SENT", "2": "DISC SENT", "3": "ESTABLISHED"}[f[7]]
		full := fmt.Sprintf("%-12s%-11s%-12s%-10s%-5s %3d %5d   %s\n", f[0], f[1], f[2], f[3], f[4], channel, neighbour, state)
		switch broken := strings.HasPrefix(line, "Problem"); {
		case broken && !strings.ContainsAny(f[5], "ABCDEF"):
			return disagrees("a channel without letters", line)
		case broken && channels:
			return full
		case broken:
			return line
		case line[23:50] != full[23:50] || line[54:] != full[54:]:
			return disagrees("not the row of the kernel's file", line)
		case channels:
			return line[:50] + full[50:54] + line[54:]
		}
		return full[:23] + line[23:]
	})
}

// owner returns the cell of -p for an inode.
func (s *scene) owner(inode string) string {
	if o := s.owners[inode]; o != "" && s.UID == 0 {
		return o
	}
	return "-"
}

// columns: -e adds the inode, and for AX.25 the digipeaters; -p the owner; -Z both
// owner and context.
func columns(s *scene, r *Run) {
	extend, programs, contexts := s.short("e"), s.short("p") || s.short("Z"), s.short("Z")
	if programs && s.UID != 0 && len(r.Stderr) == 0 {
		r.Stderr = fmt.Appendf(nil, "(No info could be read for \"-p\": geteuid()=%d but you should be root.)\n", s.UID)
	}
	for _, section := range []struct {
		title, file string
		header      int // lines of the file before the first record
		width       int
	}{
		{"Active AX.25", "/proc/net/ax25", 0, 66},
		{"Active NET/ROM", "/proc/net/nr", 1, 77},
		{"Active ROSE", "/proc/net/rose", 1, 74},
		{"Active X.25", "/proc/net/x25/socket", 1, 79},
	} {
		records := s.records(section.file, section.header)
		if section.title == "Active X.25" && !s.short("a") {
			records = slices.DeleteFunc(records, func(f []string) bool { return f[3] == "000" })
		}
		r.Stdout = lines(r.Stdout, section.title, func(row int, line string) string {
			if row < 0 {
				return line
			}
			inode, owner, digis, context := "Inode", "PID/Program name", "Digipeaters", "Security Context"
			if row > 0 {
				f := records[row-1]
				inode = strings.Replace(f[len(f)-1], "*", "0", 1)
				owner = s.owner(inode)
				_, digis, _ = strings.Cut(f[3], ",")
				// The kernel's own context shows whether SELinux has a policy.
				context = "-"
				if owner != "-" {
					context = s.context()
				}
			}
			line = fmt.Sprintf("%-*s", section.width, strings.TrimSuffix(line, "\n"))
			if extend {
				line += fmt.Sprintf(" %-10s", inode)
			}
			if programs {
				line += fmt.Sprintf(" %-20s", owner)
			}
			if contexts {
				// The heading is one column short, as in the other tables.
				width := 50
				if row == 0 {
					width--
				}
				line += fmt.Sprintf(" %-*s", width, context)
			}
			if extend && section.title == "Active AX.25" {
				line += " " + digis
			}
			return line + "\n"
		})
	}
}

// context returns the context of the helper's processes.
func (s *scene) context() string {
	if c, ok := strings.CutSuffix(s.Facts["/proc/self/attr/current"], "\x00"); ok {
		return c
	}
	return ""
}

// routeColumns: -e adds how IP is carried over an AX.25 route and its digipeaters, and
// the number of significant digits of a ROSE route.
func routeColumns(s *scene, r *Run) {
	records := s.records("/proc/net/ax25_route", 1)
	r.Stdout = lines(r.Stdout, "Kernel AX.25", func(row int, line string) string {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case row == 0:
			line += "  Mode  Digipeaters"
		case row > 0:
			f := records[row-1]
			line += fmt.Sprintf("  %-4s  %s", f[2], strings.Join(f[3:], ","))
		}
		return line + "\n"
	})
	nodes := s.records("/proc/net/rose_nodes", 1)
	r.Stdout = lines(r.Stdout, "Kernel ROSE", func(row int, line string) string {
		if row < 1 {
			return line
		}
		digits, _ := strconv.Atoi(nodes[row-1][1])
		return fmt.Sprintf("%-13s", fmt.Sprintf("%s/%d", nodes[row-1][0], digits)) + line[13:]
	})
}

// appletalkRoutes: the file that the oracle reads has been renamed.
func appletalkRoutes(s *scene, r *Run) {
	var b strings.Builder
	b.WriteString("Destination     Gateway         Device          Flags\n")
	for _, f := range s.records("/proc/net/atalk/route", 1) {
		flags := map[string]string{"1": "U", "3": "UG", "5": "UH"}[f[2]]
		fmt.Fprintf(&b, "%-15s %-15s %-15s %s\n", f[0], f[1], f[3], flags)
	}
	r.says(Run{
		Stderr: []byte("Error opening /proc/net/atalk_route: No such file or directory\nDDP (AppleTalk) not configured on this system.\n"), Exit: 1,
	}, Run{Stdout: []byte(b.String())})
}

// appletalk: for AppleTalk, the oracle shows everything else; for everything, all but
// AppleTalk.
func appletalk(s *scene, r *Run) {
	const file = "/proc/net/atalk/socket"
	asked := s.asks("ddp", "appletalk")
	if asked && (!bytes.HasPrefix(r.Stdout, []byte("Active Internet connections ")) || r.Exit != 0) {
		r.Stdout = []byte(disagrees("no Internet sockets", string(r.Stdout)))
		return
	}
	var b strings.Builder
	if _, ok := s.Facts[file]; ok {
		user := func(cell string) string {
			if s.short("e") {
				return fmt.Sprintf(" %-10s", cell)
			}
			return ""
		}
		b.WriteString("Active AppleTalk sockets\nProto Recv-Q Send-Q Local Address           Foreign Address         State      " + user("User") + "\n")
		for _, f := range s.records(file, 1) {
			send, receive, _ := strings.Cut(f[3], ":")
			remote := f[2]
			if remote == "0000:00:00" {
				remote = "*"
			}
			state := map[string]string{"01": "ESTABLISHED"}[f[4]]
			uid := f[5]
			if uid == "0" && !s.short("n") {
				uid = "root"
			}
			fmt.Fprintf(&b, "ddp   %6d %6d %-23s %-23s %-11s%s\n", hexadecimal(receive), hexadecimal(send), f[1], remote, state, user(uid))
		}
	} else if asked {
		*r = Run{Stderr: []byte("netstat: no support for `AF APPLETALK' on this system.\n"), Exit: 1}
		return
	}
	if asked {
		*r = Run{Stdout: []byte(b.String())}
		return
	}
	r.Stdout = append(r.Stdout, b.String()...)
}

func hexadecimal(s string) uint64 {
	n, _ := strconv.ParseUint(s, 16, 64)
	return n
}

// bluetooth: Debian's oracle is built without it. The kernel's data is in debugfs,
// which only root can read; the local address comes first there.
func bluetooth(s *scene, r *Run) {
	const dir = "/sys/kernel/debug/bluetooth/"
	l2cap := s.short("2") || s.asks("l2cap", "bluetooth")
	rfcomm := s.short("f") || s.asks("rfcomm", "bluetooth")
	asked := l2cap || rfcomm
	if asked {
		r.says(Run{
			Stderr: []byte("netstat: feature `AF BLUETOOTH' not supported.\nPlease recompile `net-tools' with newer kernel source or full configuration.\n"), Exit: 1,
		}, Run{})
		if r.Exit != 0 || len(r.Stdout) > 0 {
			return
		}
	} else {
		l2cap, rfcomm = true, true
	}
	if _, ok := s.Facts[dir+"l2cap"]; !ok || s.UID != 0 {
		if asked {
			// The first missing protocol ends the report.
			protocol := "L2CAP"
			r.Stdout = []byte("Active Bluetooth connections " + s.title() + l2capHeader)
			if !l2cap {
				protocol = "RFCOMM"
				r.Stdout = []byte("Active Bluetooth connections " + s.title() + rfcommHeader)
			}
			r.Stderr, r.Exit = []byte("netstat: no support for `BTPROTO "+protocol+"' on this system.\n"), 1
		}
		return
	}
	any := func(a string) string {
		if a == "00:00:00:00:00:00" {
			return "*"
		}
		return a
	}
	states := map[string]string{"1": "CONNECTED", "2": "OPEN", "3": "BOUND", "4": "LISTEN", "5": "CONNECT", "6": "CONNECT2", "7": "CONFIG", "8": "DISCONN", "9": "CLOSED"}
	shown := func(state string) bool {
		server := state == "3" || state == "4"
		return s.short("a") || server == s.short("l")
	}
	b := bytes.NewBufferString("Active Bluetooth connections " + s.title())
	if l2cap {
		b.WriteString(l2capHeader)
		for _, f := range s.records(dir+"l2cap", 0) {
			if shown(f[4]) {
				security := map[string]string{"0": "SDP", "1": "LOW", "2": "MEDIUM", "3": "HIGH"}[f[10]]
				fmt.Fprintf(b, "l2cap  %-17s %-17s %-9s %7s %s %s %7s %7s %-7s\n", any(f[2]), any(f[0]), states[f[4]], f[5], f[7], f[6], f[8], f[9], security)
			}
		}
	}
	if rfcomm {
		b.WriteString(rfcommHeader)
		for _, f := range s.records(dir+"rfcomm", 0) {
			if shown(f[2]) {
				fmt.Fprintf(b, "rfcomm %-17s %-17s %-9s %7s\n", any(f[1]), any(f[0]), states[f[2]], f[3])
			}
		}
	}
	r.Stdout = append(r.Stdout, b.Bytes()...)
}

const (
	l2capHeader  = "Proto  Destination       Source            State         PSM DCID   SCID      IMTU    OMTU Security\n"
	rfcommHeader = "Proto  Destination       Source            State     Channel\n"
)
