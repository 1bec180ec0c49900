package diagnose

import (
	"net/netip"
	"testing"
	"time"

	"netstat"
)

// keepaliveHost is a host where process 7 has n connections. Being idle for two hours
// takes two hours, so that hosts are made up.
func keepaliveHost(n int, sent, received time.Duration, timer netstat.TimerKind, remote string) *host {
	h := &host{sockets: make(map[netstat.Table][]netstat.Socket), processes: map[uint32]netstat.Process{7: {PID: 7, Argv0: "app"}}}
	for i := range n {
		info := &netstat.TCPInfo{LastDataSent: sent, LastDataRecv: received}
		info.Known.Add(netstat.TCPLastDataSent)
		info.Known.Add(netstat.TCPLastDataRecv)
		h.sockets[netstat.TCP4Table] = append(h.sockets[netstat.TCP4Table], netstat.Socket{
			State: netstat.Established, Inode: uint64(100 + i), TCP: info, Timer: netstat.Timer{Kind: timer},
			Remote: netstat.Addr{IP: netip.MustParseAddr(remote), Port: 80},
		})
		h.owners.Add(uint64(100+i), 7)
	}
	return h
}

func TestKeepalive(t *testing.T) {
	const far, idle = "192.0.2.1", 2 * time.Hour
	for _, c := range []struct {
		name  string
		host  *host
		found uint64
	}{
		{"many", keepaliveHost(100, idle, idle, netstat.TimerNone, far), 100},
		{"few", keepaliveHost(99, idle, idle, netstat.TimerNone, far), 0},
		{"has sent", keepaliveHost(200, idle-1, idle, netstat.TimerNone, far), 0},
		{"has received", keepaliveHost(200, idle, idle-1, netstat.TimerNone, far), 0},
		{"keepalive", keepaliveHost(200, idle, idle, netstat.TimerKeepalive, far), 0},
		{"this host", keepaliveHost(200, idle, idle, netstat.TimerNone, "127.0.0.1"), 0},
		{"this host, mapped", keepaliveHost(200, idle, idle, netstat.TimerNone, "::ffff:127.0.0.1"), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			fact := "count"
			if c.found == 0 {
				fact = ""
			}
			r := look(t, "keepalive", c.host)
			wantFinding(t, r, netstat.Info, fact, c.found, keepaliveMany)
			if c.found > 0 && r.Findings[0].Subject.PID != 7 {
				t.Errorf("subject %+v", r.Findings[0].Subject)
			}
		})
	}
	unknown := keepaliveHost(200, idle, idle, netstat.TimerNone, far)
	for i := range unknown.sockets[netstat.TCP4Table] {
		unknown.sockets[netstat.TCP4Table][i].TCP = nil
	}
	wantUnlooked(t, look(t, "keepalive", unknown), 1)
}
