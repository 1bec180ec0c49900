package linux

import (
	"errors"
	"testing"

	"netstat"
)

func TestOptions(t *testing.T) {
	for _, o := range []Options{
		{Source: "ebpf"}, {Source: "Proc"}, {Owners: "lsof"}, {Source: "netlink", ProcRoot: "/copy"},
	} {
		_, err := newSource(o)
		var op *netstat.OpError
		if !errors.As(err, &op) || op.Op != "open" {
			t.Errorf("%+v: error %v", o, err)
		}
	}
	for _, test := range []struct {
		o             Options
		root          string
		netlink, proc bool
	}{
		{Options{}, "/proc", true, true},
		{Options{Source: "netlink", Owners: "bpf"}, "/proc", true, false},
		{Options{Source: "proc", Owners: "scan"}, "/proc", false, true},
		{Options{ProcRoot: "/proc/"}, "/proc", true, true},
		{Options{ProcRoot: "/copy"}, "/copy", false, true},
		{Options{ProcRoot: "copy/", Source: "proc"}, "copy", false, true},
	} {
		s, err := newSource(test.o)
		if err != nil || s.procRoot != test.root || s.useNetlink != test.netlink || s.useProc != test.proc || s.ownerMethod != test.o.Owners {
			t.Errorf("%+v: %+v, error %v", test.o, s, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestProcRoot checks that with another root no other source is used.
func TestProcRoot(t *testing.T) {
	c := &scriptedConn{}
	s := fakeSource(t, Options{ProcRoot: "/copy"}, c, map[string]string{"/copy/net/tcp": tcpFile, "/proc/net/tcp6": tcpFile})
	if got := collect(s, netstat.TCP4Table, netstat.Need{}); len(got.rows) != 1 || got.err != nil {
		t.Errorf("%+v", got)
	}
	if got := collect(s, netstat.TCP6Table, netstat.Need{}); !errors.Is(got.err, errors.ErrUnsupported) {
		t.Errorf("%+v", got)
	}
	if c.sends > 0 {
		t.Error("netlink was used")
	}
}

// TestEveryTableHasOneReader checks that every table of the model has a line in
// tables, and each line one reader.
func TestEveryTableHasOneReader(t *testing.T) {
	seen := map[netstat.Table]bool{}
	for _, r := range tables {
		if seen[*r.of] {
			t.Errorf("%v has two lines", *r.of)
		}
		seen[*r.of] = true
		ways := 0
		for _, way := range []bool{r.file != "", r.read != nil} {
			if way {
				ways++
			}
		}
		if ways != 1 || r.protocol != 0 && r.file == "" {
			t.Errorf("%v has %d readers", *r.of, ways)
		}
	}
	for _, want := range []netstat.Table{
		netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table, netstat.UDPLite4Table, netstat.UDPLite6Table, netstat.Raw4Table, netstat.Raw6Table,
		netstat.SCTP4Table, netstat.UnixTable, netstat.IPXTable, netstat.AX25Table, netstat.NetROMTable, netstat.ROSETable,
		netstat.X25Table, netstat.AppleTalkTable, netstat.L2CAPTable, netstat.RFCOMMTable,
		netstat.MPTCP4Table, netstat.MPTCP6Table, netstat.DCCP4Table, netstat.DCCP6Table, netstat.ICMP4Table, netstat.ICMP6Table, netstat.PacketTable,
		netstat.NetlinkTable, netstat.VSockTable, netstat.XDPTable, netstat.TIPCTable, netstat.SMCTable, netstat.CANTable, netstat.KeyTable,
	} {
		if !seen[want] {
			t.Errorf("%v has no line", want)
		}
	}
	got := collect(fakeSource(t, Options{}, nil, nil), netstat.Table{Family: netstat.Inet}, netstat.Need{})
	if !errors.Is(got.err, errors.ErrUnsupported) {
		t.Errorf("table without a line: error %v", got.err)
	}
}
