package owners

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"netstat"
	"netstat/collect"
	"netstat/fact"
	"netstat/test/live"
	"netstat/view"
)

// python starts a Python program, which ends with the test.
func python(t *testing.T, netns, program string) (pid uint32) {
	t.Helper()
	pid, _ = live.Python(t, netns, program)
	return pid
}

// world holds all sockets of all namespaces with what is known about them.
type world struct {
	rows   []netstat.Socket
	peers  view.Peers
	owners *netstat.Owners
}

var tables = []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table, netstat.UnixTable}

func look(t *testing.T) *world {
	t.Helper()
	ctx := context.Background()
	list, err := collect.Namespaces(ctx, netstat.NamespaceQuery{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{}
	for i := range list {
		n := &list[i]
		if !n.Own && len(n.Names) == 0 {
			continue // other sockets of this host
		}
		src, err := collect.Open(collect.Options{Netns: n})
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			need := netstat.Need{Facts: netstat.FactInode | netstat.FactPeer}
			for s, err := range src.Sockets(ctx, table, need) {
				if err != nil {
					t.Fatal(err)
				}
				w.rows = append(w.rows, s)
				w.peers.Add(&s)
			}
		}
		for s, err := range src.NATSessions(ctx) {
			if err != nil {
				break // connections are not tracked there
			}
			w.peers.AddNAT(&s)
		}
		if w.owners == nil {
			if w.owners, err = src.Owners(ctx, netstat.OwnerQuery{All: true}); err != nil {
				t.Fatal(err)
			}
		}
		if err := src.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// between returns the peer of the socket of process pid that match selects, and the
// process that owns the peer.
func (w *world) between(t *testing.T, pid uint32, match func(*netstat.Socket) bool) (end fact.PeerEnd, owner uint32, ok bool) {
	t.Helper()
	for i := range w.rows {
		s := &w.rows[i]
		if first, known := w.owners.First(s.Inode); !known || first != pid || !match(s) {
			continue
		}
		end, ok = w.peers.Peer(s)
		owner, _ = w.owners.First(end.Inode)
		return end, owner, ok
	}
	t.Fatalf("process %d has no such socket", pid)
	return end, 0, false
}

func port(remote uint16, table netstat.Table) func(*netstat.Socket) bool {
	return func(s *netstat.Socket) bool { return s.Table == table && s.Remote.Port == remote }
}

func TestPeersOnHost(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	server := python(t, "", `
l = socket.socket(socket.AF_INET6); l.bind(('::', 700)); l.listen()
c = socket.create_connection(('127.0.0.1', 700)); a = l.accept()
q = socket.socket(); q.bind(('127.0.0.1', 701)); q.listen()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 702)); u.connect(('127.0.0.1', 703))
w = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); w.bind(('0.0.0.0', 704))
x = socket.socket(socket.AF_UNIX); x.bind('\0here'); x.listen()`)
	client := python(t, "", `
c4 = socket.create_connection(('127.0.0.1', 700)); c6 = socket.create_connection(('::1', 700))
q = socket.create_connection(('127.0.0.1', 701))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 703)); u.connect(('127.0.0.1', 702))
w = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); w.connect(('127.0.0.1', 704))
x = socket.socket(socket.AF_UNIX); x.connect('\0here')
p = socket.socketpair()`)
	w := look(t)
	for _, c := range []struct {
		name    string
		pid     uint32
		match   func(*netstat.Socket) bool
		owner   uint32
		waiting bool
	}{
		{"accepted, IPv4 on an IPv6 socket", server, port(700, netstat.TCP4Table), server, false},
		{"not accepted, IPv4 on an IPv6 socket", client, port(700, netstat.TCP4Table), server, true},
		{"not accepted, IPv6", client, port(700, netstat.TCP6Table), server, true},
		{"not accepted, IPv4", client, port(701, netstat.TCP4Table), server, true},
		{"UDP, connected pair", client, port(702, netstat.UDP4Table), server, false},
		{"UDP, its peer", server, port(703, netstat.UDP4Table), client, false},
		{"UDP, to any address", client, port(704, netstat.UDP4Table), server, false},
	} {
		end, owner, ok := w.between(t, c.pid, c.match)
		if !ok || owner != c.owner || end.Waiting != c.waiting || end.Translated {
			t.Errorf("%s: %+v of %d, %v, want %d", c.name, end, owner, ok, c.owner)
		}
	}
	unixWaiting := func(s *netstat.Socket) bool {
		d, ok := s.Detail.(*netstat.UnixDetail)
		return ok && d.Connected && d.PeerInode == 0
	}
	if end, owner, ok := w.between(t, client, unixWaiting); !ok || owner != server || !end.Waiting {
		t.Errorf("unix, not accepted: %+v of %d", end, owner)
	}

	// ss shows the peers of unix sockets by the same numbers.
	ours := map[uint64]uint64{}
	for i := range w.rows {
		s := &w.rows[i]
		if d, ok := s.Detail.(*netstat.UnixDetail); ok && s.Inode != 0 && d.PeerInode != 0 {
			ours[s.Inode] = d.PeerInode
		}
	}
	theirs := map[uint64]uint64{}
	for _, m := range regexp.MustCompile(`(?m)^u_\S+ +\S+ +\d+ +\d+ +\S+ (\d+) +\* ([1-9]\d*)`).FindAllStringSubmatch(live.Run(t, "ss", "-xaH"), -1) {
		a, _ := strconv.ParseUint(m[1], 10, 64)
		b, _ := strconv.ParseUint(m[2], 10, 64)
		theirs[a] = b
	}
	if len(ours) == 0 || fmt.Sprint(ours) != fmt.Sprint(theirs) {
		t.Errorf("unix peers %v, ss has %v", ours, theirs)
	}
}

func TestPeersBetweenNamespaces(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	for _, command := range []string{
		"ip netns add red", "ip netns add blue",
		"ip link add to-red type veth peer name eth0 netns red", "ip link add to-blue type veth peer name eth0 netns blue",
		"ip addr add 10.1.0.1/24 dev to-red", "ip addr add 10.2.0.1/24 dev to-blue",
		"ip link set to-red up", "ip link set to-blue up",
		"ip -n red addr add 10.1.0.2/24 dev eth0", "ip -n blue addr add 10.2.0.2/24 dev eth0",
		"ip -n red link set eth0 up", "ip -n blue link set eth0 up", "ip -n red link set lo up", "ip -n blue link set lo up",
		"ip -n red route add default via 10.1.0.1", "ip -n blue route add default via 10.2.0.1",
		"sysctl -qw net.ipv4.ip_forward=1",
	} {
		args := strings.Fields(command)
		live.Run(t, args[0], args[1:]...)
	}
	live.Run(t, "nft", `table ip t {
		chain pre { type nat hook prerouting priority -100; tcp dport 8080 dnat to 10.2.0.2:700; }
		chain post { type nat hook postrouting priority 100; oifname "to-blue" ct status dnat masquerade; }
	}`)
	server := python(t, "blue", `
l = socket.socket(); l.bind(('10.2.0.2', 700)); l.listen()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('10.2.0.2', 701)); u.connect(('10.1.0.2', 702))
import threading
kept = []
def accept():
    while True: kept.append(l.accept())
threading.Thread(target=accept, daemon=True).start()`)
	client := python(t, "red", `
c = socket.create_connection(('10.2.0.2', 700)); n = socket.create_connection(('10.1.0.1', 8080))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('10.1.0.2', 702)); u.connect(('10.2.0.2', 701))
lo = socket.socket(); lo.bind(('127.0.0.1', 709)); lo.listen(); lc = socket.create_connection(('127.0.0.1', 709))`)
	w := look(t)
	// Both connections have been accepted once the server has three sockets on that
	// port.
	ofServer := func(s *netstat.Socket) bool {
		pid, _ := w.owners.First(s.Inode)
		return pid == server && s.Local.Port == 700
	}
	for count := 0; count < 3; {
		count = 0
		w = look(t)
		for i := range w.rows {
			if ofServer(&w.rows[i]) {
				count++
			}
		}
	}
	var nets []uint32
	for _, c := range []struct {
		name       string
		pid        uint32
		match      func(*netstat.Socket) bool
		owner      uint32
		translated bool
	}{
		{"tcp", client, port(700, netstat.TCP4Table), server, false},
		{"tcp, translated", client, port(8080, netstat.TCP4Table), server, true},
		{"udp", client, port(701, netstat.UDP4Table), server, false},
		{"udp, the peer", server, port(702, netstat.UDP4Table), client, false},
		{"tcp, the peer", server, func(s *netstat.Socket) bool {
			return s.Local.Port == 700 && s.Remote.Port != 0 && s.Remote.IP.String() == "10.1.0.2"
		}, client, false},
		{"tcp, translated, the peer", server, func(s *netstat.Socket) bool {
			return s.Local.Port == 700 && s.Remote.IP.String() == "10.2.0.1"
		}, client, true},
	} {
		end, owner, ok := w.between(t, c.pid, c.match)
		if !ok || owner != c.owner || end.Translated != c.translated || end.Waiting {
			t.Errorf("%s: %+v of %d, %v, want %d", c.name, end, owner, ok, c.owner)
		}
		nets = append(nets, end.Netns)
	}
	if slices.Sort(nets); len(slices.Compact(nets)) != 2 || nets[0] == 0 {
		t.Errorf("the two ends are in namespaces %d", nets)
	}

	// ss -N shows the same rows of a namespace.
	for _, name := range []string{"red", "blue"} {
		n, err := collect.FindNamespace(name)
		if err != nil {
			t.Fatal(err)
		}
		var ours []string
		for i := range w.rows {
			if s := &w.rows[i]; uint64(s.Netns) == n.Inode && s.Table == netstat.TCP4Table && s.Inode != 0 {
				ours = append(ours, fmt.Sprintf("%s:%d ino:%d", s.Local.IP, s.Local.Port, s.Inode))
			}
		}
		var theirs []string
		for _, m := range regexp.MustCompile(`(?m)^\S+ +\d+ +\d+ +(\S+) .*(ino:[1-9]\d*)`).FindAllStringSubmatch(live.Run(t, "ss", "-N", name, "-H4tane"), -1) {
			theirs = append(theirs, m[1]+" "+m[2])
		}
		slices.Sort(ours)
		slices.Sort(theirs)
		if len(ours) == 0 || !slices.Equal(ours, theirs) {
			t.Errorf("%s: %q, ss has %q", name, ours, theirs)
		}
	}
}
