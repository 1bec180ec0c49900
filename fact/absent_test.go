package fact

import (
	"net/netip"
	"testing"

	"netstat"
)

// TestUnknown checks that an absent value differs from an unknown one.
func TestUnknown(t *testing.T) {
	tcp := func(s netstat.State) netstat.Socket {
		return netstat.Socket{Table: netstat.TCP4Table, State: s, Inode: 1}
	}
	owned := []Owner{{Process: netstat.Process{PID: 1}}}
	for _, c := range []struct {
		name    string
		column  string
		row     Row
		unknown bool
	}{
		{"a listener has no round-trip time", "rtt", Row{Socket: tcp(netstat.Listen)}, false},
		{"nor a window of its own", "cwnd", Row{Socket: tcp(netstat.Listen)}, false},
		{"TIME-WAIT has none", "rtt", Row{Socket: tcp(netstat.TimeWait)}, false},
		{"a connection has one", "rtt", Row{Socket: tcp(netstat.Established)}, true},
		{"UDP has none", "rtt", Row{Socket: netstat.Socket{Table: netstat.UDP4Table, State: netstat.Established}}, false},
		{"a field that the kernel does not tell", "total_rto", Row{Socket: withTCP(tcp(netstat.Established))}, true},
		{"no loss has set a threshold", "ssthresh", Row{Socket: withTCP(tcp(netstat.Established))}, false},
		{"no process holds TIME-WAIT", "owners", Row{Socket: tcp(netstat.TimeWait), Unknown: netstat.OwnerTimeWait}, false},
		{"nor where the system has no inodes", "pid", Row{Socket: absent(tcp(netstat.TimeWait), netstat.FactInode), Unknown: netstat.OwnerReasonUnknown}, false},
		{"the kernel's own socket", "owners", Row{Socket: tcp(netstat.Listen), Unknown: netstat.OwnerKernel}, false},
		{"a process that cannot be inspected", "owners", Row{Socket: tcp(netstat.Listen), Unknown: netstat.OwnerDenied}, true},
		{"a socket without a visible owner", "process", Row{Socket: tcp(netstat.Listen), Unknown: netstat.OwnerUnheld}, true},
		{"a search that failed", "pid", Row{Socket: tcp(netstat.Listen)}, true},
		{"a process in no container", "container", Row{Socket: tcp(netstat.Listen), Owners: owned}, false},
		{"a program that cannot be read", "exe", Row{Socket: tcp(netstat.Listen), Owners: owned}, true},
		{"an owner is known", "owner_unknown", Row{Socket: tcp(netstat.Listen), Owners: owned}, false},
		{"queues that the system does not tell", "recvq", Row{Socket: absent(tcp(netstat.Listen), netstat.FactQueues)}, true},
		{"a socket without a name", "local", Row{Socket: netstat.Socket{Table: netstat.UnixTable}}, false},
		{"the remote end of UDP on Windows", "remote", Row{Socket: netstat.Socket{Table: netstat.UDP4Table, Local: netstat.Addr{IP: netip.IPv4Unspecified(), Port: 1}}}, true},
		{"the remote end of an SCTP listener", "remote", Row{Socket: netstat.Socket{Table: netstat.SCTP4Table}}, false},
		{"no peer on this host", "peer_owners", Row{Socket: tcp(netstat.Established)}, false},
		{"a peer whose owner is not known", "peer_owners", Row{Socket: tcp(netstat.Established), Peer: &Peer{PeerEnd: PeerEnd{Inode: 5}}}, true},
		{"a peer that no process holds", "peer_owners", Row{Socket: tcp(netstat.Established), Peer: &Peer{}}, false},
		{"a unix socket is bound to no interface", "interface", Row{Socket: netstat.Socket{Table: netstat.UnixTable}}, false},
	} {
		f := mustFind(Sockets, c.column)[0]
		c.row.Facts = f.Needs.Socket
		rec := &Record{Row: &c.row}
		if v := f.Value(rec); v.Kind != ValueAbsent {
			t.Errorf("%s: %s is %q", c.name, c.column, v.AppendPretty(nil))
		}
		if got := f.Unknown(rec); got != c.unknown {
			t.Errorf("%s: %s is unknown: %v", c.name, c.column, got)
		}
	}
	counts := netstat.Interface{Name: "eth0", HasCounters: true, Receive: netstat.InterfaceCounters{Absent: netstat.CountsFrame}}
	for column, want := range map[string]bool{"rx_frame": true, "rx_packets_per_second": true, "queue_length": true, "alias": false, "addresses": false} {
		f := mustFind(Interfaces, column)[0]
		if got := f.Unknown(&Record{Interface: &counts}); got != want {
			t.Errorf("%s of an interface is unknown: %v", column, got)
		}
	}
	if f := mustFind(Routes, "gateway")[0]; f.Unknown(&Record{Route: &netstat.Route{}}) {
		t.Error("a route without a gateway has one that is unknown")
	}
}

func withTCP(s netstat.Socket) netstat.Socket {
	s.TCP = &netstat.TCPInfo{}
	return s
}

func absent(s netstat.Socket, f netstat.Facts) netstat.Socket {
	s.Absent = f
	return s
}
