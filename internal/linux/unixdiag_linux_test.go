package linux

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"netstat"
)

// unixPeerRows reads unix sockets with their peers from the running kernel.
func unixPeerRows(t *testing.T, o Options, facts netstat.Facts) (map[uint64]netstat.Socket, result) {
	t.Helper()
	src, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	got := collect(src.(socketReader), netstat.UnixTable, netstat.Need{Facts: facts | netstat.FactPeer})
	if got.err != nil {
		t.Fatal(got.err)
	}
	byInode := map[uint64]netstat.Socket{}
	for _, s := range got.rows {
		if s.Inode != 0 {
			byInode[s.Inode] = s
		}
	}
	return byInode, got
}

func unixPeerInode(t *testing.T, f int) uint64 {
	t.Helper()
	var stat unix.Stat_t
	if err := unix.Fstat(f, &stat); err != nil {
		t.Fatal(err)
	}
	return stat.Ino
}

// TestUnixPeersLive checks the peers of pairs, connections, waiting connections
// and datagram sockets, all forms of names, and files.
func TestUnixPeersLive(t *testing.T) {
	// /proc/net/unix is inconsistent while other processes open and close
	// sockets.
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	t.Chdir(t.TempDir())

	const forged = "x\n0000000000000000: 00000002 00000000 00010000 0001 01 4242 forged"
	const abstractName = "@netstat\x00peers\n"
	keep := func(f int) int {
		t.Cleanup(func() { unix.Close(f) })
		return f
	}
	pairOf := func(kind int) (a, b int) {
		pair, err := unix.Socketpair(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
		g.must(err, "socketpair")
		return keep(pair[0]), pair[1]
	}
	bound := func(kind int, name string) int {
		f := keep(g.socket(unix.AF_UNIX, kind, 0))
		g.must(unix.Bind(f, &unix.SockaddrUnix{Name: name}), "bind "+name)
		return f
	}
	connected := func(kind int, name string) int {
		f := keep(g.socket(unix.AF_UNIX, kind, 0))
		g.must(unix.Connect(f, &unix.SockaddrUnix{Name: name}), "connect "+name)
		return f
	}

	one, other := pairOf(unix.SOCK_SEQPACKET)
	keep(other)
	g.must(unix.Shutdown(one, unix.SHUT_WR), "shutdown")
	half, closed := pairOf(unix.SOCK_STREAM)
	unix.Close(closed)
	listener := bound(unix.SOCK_STREAM, forged)
	g.must(unix.Listen(listener, 7), "listen")
	client := connected(unix.SOCK_STREAM, forged)
	server, _, err := unix.Accept(listener)
	g.must(err, "accept")
	keep(server)
	waiting := connected(unix.SOCK_STREAM, forged)
	abstract := bound(unix.SOCK_DGRAM, abstractName)
	sender := connected(unix.SOCK_DGRAM, abstractName)

	rows, all := unixPeerRows(t, Options{Source: "netlink"}, netstat.FactUID)
	if len(all.reports) > 0 {
		t.Error(all.reports)
	}
	row := func(f int) (netstat.Socket, *netstat.UnixDetail) {
		t.Helper()
		s, ok := rows[unixPeerInode(t, f)]
		if !ok {
			t.Fatal("socket not listed")
		}
		return s, s.Detail.(*netstat.UnixDetail)
	}
	for _, c := range []struct {
		name  string
		f     int
		state netstat.State
		kind  netstat.SocketType
		peer  int // -1 for none
	}{
		{"pair", one, netstat.Connected, netstat.TypeSeqpacket, other},
		{"pair, peer", other, netstat.Connected, netstat.TypeSeqpacket, one},
		{"client", client, netstat.Connected, netstat.TypeStream, server},
		{"server", server, netstat.Connected, netstat.TypeStream, client},
		{"listener", listener, netstat.Listen, netstat.TypeStream, -1},
		{"datagram sender", sender, netstat.Connected, netstat.TypeDgram, abstract},
		// Linux calls a datagram socket connected if another socket is
		// connected to it.
		{"datagram receiver", abstract, netstat.Connected, netstat.TypeDgram, -1},
	} {
		s, d := row(c.f)
		want := uint64(0)
		if c.peer >= 0 {
			want = unixPeerInode(t, c.peer)
		}
		if s.State != c.state || d.Type != c.kind || !d.Peers || d.Connected != (c.peer >= 0) || d.PeerInode != want ||
			s.UID != uint32(os.Geteuid()) || s.Cookie == 0 {
			t.Errorf("%s: %+v %+v, want peer %d", c.name, s, d, want)
		}
	}
	if s, d := row(waiting); s.State != netstat.Connected || !d.Connected || d.PeerInode != 0 {
		t.Errorf("not accepted yet: %+v", d)
	}
	if _, d := row(half); d.PeerInode != 0 {
		t.Errorf("peer closed: %+v", d)
	}
	if _, d := row(one); !d.ShutWrite || d.ShutRead {
		t.Errorf("shut down for writing: %+v", d)
	}

	s, d := row(listener)
	var stat unix.Stat_t
	g.must(unix.Lstat(forged, &stat), "stat")
	major, minor := unix.Major(stat.Dev), unix.Minor(stat.Dev)
	if s.Local.Name != forged || !d.Accepting || d.Abstract || s.MaxBacklog != 7 || s.RecvQ != 1 || !d.Bound ||
		d.FileInode != uint32(stat.Ino) || d.FileMajor != major || d.FileMinor != minor {
		t.Errorf("listener: %+v %+v, file %d on %d:%d", s, d, stat.Ino, major, minor)
	}
	if want := []uint32{uint32(unixPeerInode(t, waiting))}; !slices.Equal(d.Pending, want) {
		t.Errorf("pending %d, want %d", d.Pending, want)
	}
	if s, d := row(abstract); s.Local.Name != abstractName || !d.Abstract || d.Bound {
		t.Errorf("abstract: %q %+v", s.Local.Name, d)
	}
	if _, ok := rows[4242]; ok {
		t.Error("a name forged a row")
	}
	isPending := func(s netstat.Socket) bool {
		return s.Inode == 0 && s.State == netstat.Connecting && s.Local.Name == forged
	}
	if at := slices.IndexFunc(all.rows, isPending); at < 0 || all.rows[at].Detail.(*netstat.UnixDetail).PeerInode != unixPeerInode(t, waiting) {
		t.Errorf("the accepting end of a waiting connection: row %d", at)
	}

	// The file has the same sockets, except for the forged names.
	read := func(o Options, facts netstat.Facts) (map[uint64]netstat.Socket, result) {
		src, err := Open(o)
		g.must(err, "open")
		defer src.Close()
		got := collect(src.(socketReader), netstat.UnixTable, netstat.Need{Facts: facts})
		byInode := map[uint64]netstat.Socket{}
		for _, s := range got.rows {
			byInode[s.Inode] = s
		}
		return byInode, got
	}
	file, got := read(Options{Source: "proc"}, 0)
	isPending = func(s netstat.Socket) bool {
		return s.Inode == 0 && s.State == netstat.Connecting && s.Local.Name == "x"
	}
	if !slices.ContainsFunc(got.rows, isPending) {
		t.Error("the file does not list the accepting end")
	}
	if _, ok := file[4242]; !ok {
		t.Error("/proc/net/unix has no forged line")
	}
	// The listener, the connection that it accepted and the one that waits
	// have lines with the same inode; the abstract name ends in a newline.
	if n := len(got.reports); n != 2 || !strings.Contains(got.reports[n-1].Error(), "several lines have inode 4242") {
		t.Errorf("forged lines: %v", got.reports)
	}
	both, got := read(Options{}, netstat.FactReferences)
	if len(got.reports) > 0 || got.err != nil || len(got.rows) != len(all.rows) {
		t.Errorf("%d rows of both, %d of the dump, error %v, reports %v", len(got.rows), len(all.rows), got.err, got.reports)
	}
	for _, f := range []int{one, client, server, waiting, sender, abstract, half, listener} {
		s, d := row(f)
		p, b := file[s.Inode], both[s.Inode]
		e, c := p.Detail.(*netstat.UnixDetail), b.Detail.(*netstat.UnixDetail)
		if p.State != s.State || e.Type != d.Type || e.Accepting != d.Accepting || e.Peers {
			t.Errorf("dump %+v %+v, file %+v %+v", s, d, p, e)
		}
		if b.State != s.State || c.Type != d.Type || b.Local != s.Local || c.RefCount != e.RefCount || c.RefCount == 0 {
			t.Errorf("dump %+v %+v, both %+v %+v, file %d references", s, d, b, c, e.RefCount)
		}
	}
}

// TestUnixPeersFromFile checks that without a dump the file is read, and that
// missing facts are reported.
func TestUnixPeersFromFile(t *testing.T) {
	f := stage{t}.socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	defer unix.Close(f)
	rows, got := unixPeerRows(t, Options{Source: "proc"}, 0)
	if _, ok := rows[unixPeerInode(t, f)]; !ok || len(got.reports) != 1 || !strings.Contains(got.reports[0].Error(), "peers of unix") {
		t.Errorf("%d rows, reports %v", len(got.rows), got.reports)
	}
}
