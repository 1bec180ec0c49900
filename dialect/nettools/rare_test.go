package nettools

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"strings"
	"syscall"
	"testing"

	"netstat"
)

// routes is a host that also has routes.
type routes struct {
	host
	routes map[netstat.Family][]netstat.RareRoute
	bogus  int
	err    error
}

func (h *routes) RareRoutes(_ context.Context, f netstat.Family, report func(*netstat.OpError)) iter.Seq2[netstat.RareRoute, error] {
	return func(yield func(netstat.RareRoute, error) bool) {
		for range h.bogus {
			report(&netstat.OpError{Op: "parse", Table: netstat.Table{Family: f}, Err: netstat.ErrBogusRecord})
		}
		for _, r := range h.routes[f] {
			if !yield(r, nil) {
				return
			}
		}
		if h.err != nil {
			yield(nil, h.err)
		}
	}
}

func rareRow(t netstat.Table, state netstat.State, d netstat.Detail) netstat.Socket {
	return netstat.Socket{
		Table: t, State: state, Local: netstat.Addr{Name: "LOCAL", Port: 1}, Remote: netstat.Addr{Name: "REMOTE", Port: 2},
		RecvQ: 3, SendQ: 4, Inode: 5, UID: 1000, Detail: d,
	}
}

// TestRareStates checks the word and column of every state of every family.
func TestRareStates(t *testing.T) {
	states := []netstat.State{
		netstat.Unconnected, netstat.Connecting, netstat.Disconnecting, netstat.Connected, netstat.Recovering, netstat.Accepting,
		netstat.StateUnknown, netstat.Established, netstat.Closed, netstat.Listen, netstat.Bound, netstat.Open, netstat.Configuring,
	}
	for _, c := range []struct {
		option string
		table  netstat.Table
		detail netstat.Detail
		at     int
		want   string
	}{
		{"--ax25", netstat.AX25Table, &netstat.AX25Detail{}, 30, "LISTENING,SABM SENT,DISC SENT,ESTABLISHED,RECOVERY,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN"},
		{"--netrom", netstat.NetROMTable, &netstat.NetROMDetail{}, 41, "LISTENING,CONN SENT,DISC SENT,ESTABLISHED,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN"},
		{"--rose", netstat.ROSETable, &netstat.ROSEDetail{}, 63, "LISTENING,CONN SENT,DISC SENT,ESTABLISHED,RESET SENT,CONN RCVD,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN"},
		{"--x25", netstat.X25Table, &netstat.X25Detail{}, 45, "LISTENING,CALL_SENT,CLEAR_SENT,ESTABLISHED,RESET_SENT,CALL_RCVD,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN"},
		{"--ipx", netstat.IPXTable, nil, 74, "UNK.,UNK.,UNK.,UNK.,UNK.,UNK.,UNK.,ESTAB,,UNK.,UNK.,UNK.,UNK."},
		{"--ddp", netstat.AppleTalkTable, &netstat.AppleTalkDetail{}, 68, "UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,ESTABLISHED,,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN"},
		{"-2", netstat.L2CAPTable, &netstat.BluetoothDetail{}, 43, "UNKNOWN,CONNECT,DISCONN,CONNECTED,UNKNOWN,CONNECT2,UNKNOWN,UNKNOWN,CLOSED,LISTEN,BOUND,OPEN,CONFIG"},
		{"-f", netstat.RFCOMMTable, &netstat.BluetoothDetail{}, 43, "UNKNOWN,CONNECT,DISCONN,CONNECTED,UNKNOWN,CONNECT2,UNKNOWN,UNKNOWN,CLOSED,LISTEN,BOUND,OPEN,CONFIG"},
	} {
		h := &host{Rows: map[netstat.Table][]netstat.Socket{}}
		for _, s := range states {
			h.Rows[c.table] = append(h.Rows[c.table], rareRow(c.table, s, c.detail))
		}
		out, errs, status := answer(t, h, &names{}, "-a", c.option)
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		var got []string
		for _, line := range lines[2:] {
			cell, _, _ := strings.Cut(line[c.at:]+"  ", "  ")
			got = append(got, strings.TrimSpace(cell))
			if c.option == "-2" {
				got[len(got)-1], _, _ = strings.Cut(line[c.at:], " ")
			}
		}
		if strings.Join(got, ",") != c.want || errs != "" || status != 0 {
			t.Errorf("%s: status %d, stderr %q\ngot  %s\nwant %s\n%s", c.option, status, errs, strings.Join(got, ","), c.want, out)
		}
	}
}

func TestBluetoothColumns(t *testing.T) {
	h := &host{Rows: map[netstat.Table][]netstat.Socket{}}
	for security := range netstat.SecurityFIPS + 2 {
		s := rareRow(netstat.L2CAPTable, netstat.Connected, &netstat.BluetoothDetail{
			Channel: 25, LocalCID: 0x40, RemoteCID: 0xabcd, MTUIn: 672, MTUOut: 1021, Security: security,
		})
		s.Local.Name, s.Remote.Name = "00:AA:01:00:00:00", ""
		h.Rows[netstat.L2CAPTable] = append(h.Rows[netstat.L2CAPTable], s)
	}
	out, _, _ := answer(t, h, &names{}, "-2")
	head := "Active Bluetooth connections (w/o servers)\n" +
		"Proto  Destination       Source            State         PSM DCID   SCID      IMTU    OMTU Security\n"
	row := "l2cap  *                 00:AA:01:00:00:00 CONNECTED      25 0xabcd 0x0040     672    1021 "
	want := head + row + "UNKNOWN\n" + row + "SDP    \n" + row + "LOW    \n" + row + "MEDIUM \n" + row + "HIGH   \n" + row + "FIPS   \n" + row + "UNKNOWN\n"
	if out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

// TestRareHostile checks that text received by radio cannot control the
// terminal.
func TestRareHostile(t *testing.T) {
	evil := "\x1b[2J"
	h := &routes{host: host{Rows: map[netstat.Table][]netstat.Socket{}}}
	for table, d := range map[netstat.Table]netstat.Detail{
		netstat.AX25Table:      &netstat.AX25Detail{Device: evil, Digipeaters: evil},
		netstat.NetROMTable:    &netstat.NetROMDetail{Device: evil, User: evil},
		netstat.ROSETable:      &netstat.ROSEDetail{Device: evil, LocalCall: evil, RemoteCall: evil},
		netstat.X25Table:       &netstat.X25Detail{Device: evil, Channel: 1},
		netstat.IPXTable:       nil,
		netstat.AppleTalkTable: &netstat.AppleTalkDetail{},
		netstat.L2CAPTable:     &netstat.BluetoothDetail{},
		netstat.RFCOMMTable:    &netstat.BluetoothDetail{},
	} {
		s := rareRow(table, netstat.Connected, d)
		s.Local.Name, s.Remote.Name = "00000001:"+evil, "00000001:"+evil
		h.Rows[table] = []netstat.Socket{s}
	}
	n := netstat.RareNeighbour{Number: 1, Known: true, Callsign: evil, Device: evil}
	h.routes = map[netstat.Family][]netstat.RareRoute{
		netstat.AX25:      {&netstat.AX25Route{Destination: evil, Device: evil, Digipeaters: evil}},
		netstat.NetROM:    {&netstat.NetROMRoute{Destination: evil, Mnemonic: evil, Neighbour: n}},
		netstat.ROSE:      {&netstat.ROSERoute{Destination: evil, Neighbours: []netstat.RareNeighbour{n}}},
		netstat.X25:       {&netstat.X25Route{Destination: evil, Digits: 4, Device: evil}},
		netstat.IPX:       {&netstat.IPXRoute{Destination: evil, RouterNet: evil, RouterNode: evil}},
		netstat.AppleTalk: {&netstat.AppleTalkRoute{Destination: evil, Gateway: evil, Device: evil}},
	}
	for _, args := range []string{"-aep -A ipx,ax25,x25,netrom,rose,ddp,bluetooth", "-re -A ipx,ax25,x25,netrom,rose,ddp"} {
		cmd, exit := Parse(append([]string{"netstat"}, strings.Fields(args)...), Environment{})
		if exit != nil {
			t.Fatal(exit)
		}
		var out, errs strings.Builder
		status := cmd.Report(t.Context(), Env{Source: h, Names: &names{}, Stdout: &out, Stderr: &errs})
		if status != 0 || errs.Len() > 0 || strings.Contains(out.String(), "\x1b") || strings.Count(out.String(), ".[2J") < 11 {
			t.Errorf("%s: status %d, stderr %q, stdout\n%q", args, status, &errs, &out)
		}
	}
}

// TestRareWarnings checks that a warning comes after the header of its table, and
// on the stream where net-tools prints it or where divergence F16 puts it.
func TestRareWarnings(t *testing.T) {
	for _, c := range []struct {
		option         string
		table          netstat.Table
		stdout, stderr string
	}{
		{"--ax25", netstat.AX25Table, "problem reading data from /proc/net/ax25\n", ""},
		{"--netrom", netstat.NetROMTable, "Problem reading data from /proc/net/nr\n", ""},
		{"--rose", netstat.ROSETable, "Problem reading data from /proc/net/rose\n", ""},
		{"--x25", netstat.X25Table, "", "warning, got bogus x25 line.\n"},
		{"--ipx", netstat.IPXTable, "", "warning, got bogus ipx line.\n"},
		{"--ddp", netstat.AppleTalkTable, "", "warning, got bogus appletalk line.\n"},
		{"-2", netstat.L2CAPTable, "", "warning, got bogus l2cap line.\n"},
		{"-f", netstat.RFCOMMTable, "", "warning, got bogus rfcomm line.\n"},
	} {
		for _, programs := range []string{"-n", "-p"} {
			h := &host{Reports: map[netstat.Table][]error{c.table: {netstat.ErrBogusRecord}}}
			out, errs, status := answer(t, h, &names{}, programs, c.option)
			lines := strings.SplitAfterN(out, "\n", 3)
			if len(lines) != 3 || !strings.HasPrefix(lines[0], "Active ") || lines[2] != c.stdout || errs != c.stderr || status != 0 {
				t.Errorf("%s %s: status %d, stderr %q, stdout %q", programs, c.option, status, errs, out)
			}
		}
	}
}

func TestRareFailures(t *testing.T) {
	denied := map[netstat.Table]error{netstat.AX25Table: &fs.PathError{Op: "open", Path: "/proc/net/ax25", Err: syscall.EACCES}}
	gone := map[netstat.Table]error{netstat.AX25Table: errors.New("gone")}
	missing := map[netstat.Table]error{
		netstat.AppleTalkTable: errors.ErrUnsupported, netstat.L2CAPTable: errors.ErrUnsupported, netstat.RFCOMMTable: errors.ErrUnsupported,
	}
	for _, c := range []struct {
		fails  map[netstat.Table]error
		args   string
		stderr string
		status int
		last   string // expected end of standard output
	}{
		{denied, "--ax25", "/proc/net/ax25: Permission denied\n", 255, ""},
		{denied, "-A ax25,netrom", "/proc/net/ax25: Permission denied\n", 255, "Recv-Q\n"},
		{gone, "--ax25", "netstat: read ax25: gone\n", 255, ""},
		{missing, "--ddp", unsupported("AF APPLETALK"), 1, ""},
		{missing, "--ddp -4 -n", unsupported("AF APPLETALK"), 1, "State      \n"},
		{missing, "-f", unsupported("BTPROTO RFCOMM"), 1, "Channel\n"},
		{missing, "--bluetooth", unsupported("BTPROTO L2CAP"), 1, "Security\n"},
		{missing, "-nv", "", 0, "neigh   state\n"},
		{nil, "-n", "", 0, "Channel\n"},
	} {
		out, errs, status := answer(t, &host{Errs: c.fails}, &names{}, strings.Fields(c.args)...)
		if errs != c.stderr || status != c.status || !strings.HasSuffix(out, c.last) || c.last == "" && out != "" {
			t.Errorf("%s: status %d, stderr %q, stdout %q", c.args, status, errs, out)
		}
	}
}

func TestRareRouteFailures(t *testing.T) {
	file := func(path string) error {
		return &netstat.OpError{Op: "read", Err: &fs.PathError{Op: "open", Path: path, Err: syscall.ENOENT}}
	}
	both := &netstat.OpError{Op: "read", Err: errors.Join(
		&fs.PathError{Op: "open", Path: "/proc/net/nr_nodes", Err: syscall.ENOENT},
		&fs.PathError{Op: "open", Path: "/proc/net/nr_neigh", Err: syscall.EACCES})}
	lines := []netstat.RareRoute{&netstat.X25Route{Destination: "1234", Digits: 2, Device: "x25a"}}
	for _, c := range []struct {
		args           string
		host           *routes
		stdout, stderr string
		status         int
	}{
		{"-r --ax25", &routes{err: file("/proc/net/ax25_route")}, "AX.25 not configured in this system.\n", "/proc/net/ax25_route: No such file or directory\n", 1},
		{
			"-r --netrom", &routes{err: both}, "NET/ROM not configured in this system.\n",
			"/proc/net/nr_nodes: No such file or directory\n/proc/net/nr_neigh: Permission denied\n", 1,
		},
		{"-r --rose", &routes{err: both}, "", "/proc/net/nr_nodes: No such file or directory\nROSE not configured in this system.\n", 1},
		{"-r --x25", &routes{err: file("x")}, "X.25 not configured in this system.\n", "", 1},
		{"-r --ipx", &routes{err: file("x")}, "IPX routing not in file /proc/net/ipx/route or /proc/net/ipx_route found.\n", "No such file or directory\n", 1},
		{"-r --ddp", &routes{err: file("x")}, "", "Error opening x: No such file or directory\nDDP (AppleTalk) not configured on this system.\n", 1},
		{"-r -A unix", &routes{}, "", "No routing for address family `unix'.\n", 3},
		{"-r -A econet", &routes{}, "", "No routing for address family `ec'.\n", 3},
		{"-r --bluetooth", &routes{}, "", "Address family `bluetooth' not supported.\n", 3},
		{"-r --x25", &routes{bogus: 1}, "Kernel X.25 routing table\nDestination          Iface\n", "warning, got bogus x25 route line.\n", 0},
		{
			"-r --x25", &routes{routes: map[netstat.Family][]netstat.RareRoute{netstat.X25: lines}, err: &netstat.OpError{Op: "read", Err: errors.New("gone")}},
			"Kernel X.25 routing table\nDestination          Iface\n12/2                 x25a \n", "netstat: read: gone\n", 255,
		},
	} {
		cmd, exit := Parse(append([]string{"netstat"}, strings.Fields(c.args)...), Environment{})
		if exit != nil {
			t.Fatal(exit)
		}
		var out, errs strings.Builder
		status := cmd.Report(t.Context(), Env{Source: c.host, Names: &names{}, Stdout: &out, Stderr: &errs})
		if status != c.status || errs.String() != c.stderr || out.String() != c.stdout {
			t.Errorf("%s: status %d, stderr %q, stdout %q", c.args, status, &errs, &out)
		}
	}
}
