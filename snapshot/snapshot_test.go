package snapshot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"netstat"
)

func record(t testing.TB, src netstat.Source, m Meta, names Names) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(context.Background(), &b, src, m, names, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t testing.TB, text []byte) *Source {
	t.Helper()
	s, err := Open(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s
}

func TestReplay(t *testing.T) {
	h := newFakeHost()
	text := record(t, h, fakeMeta, fakeNames{})
	if !json.Valid(text) {
		t.Fatalf("not JSON:\n%s", text)
	}
	s := open(t, text)
	defer s.Close()
	// Bound sockets are yielded separately, so that the warnings of the others are
	// yielded once. Cookies come with all facts.
	for _, table := range []fakeTable[netstat.Socket]{h.sockets[netstat.TCP4Table], h.bound[netstat.TCP4Table]} {
		for i := range table {
			table[i].row.Cookie = h.cookies[table[i].row.Inode]
		}
	}
	h.cookies = nil
	// A failed table ends there, with or without bound sockets.
	delete(h.bound, netstat.TCP6Table)
	h.processes[11] = netstat.Process{}
	delete(h.processes, 11)
	if got, want := transcript(s), transcript(h); got != want {
		t.Errorf("the replay differs:\n%s", fakeDiff(got, want))
	}
	if s.Meta != fakeMeta {
		t.Errorf("%+v", s.Meta)
	}
	// A copy is the same document, even if another program has reformatted it.
	if again := record(t, s, s.Meta, s.Names()); !bytes.Equal(again, text) {
		t.Errorf("a copy differs:\n%s", fakeDiff(string(again), string(text)))
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, text, "", "\t"); err != nil {
		t.Fatal(err)
	}
	p := open(t, pretty.Bytes())
	if again := record(t, p, p.Meta, p.Names()); !bytes.Equal(again, text) {
		t.Errorf("after formatting it differs:\n%s", fakeDiff(string(again), string(text)))
	}
}

func fakeDiff(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g[i], append(w, "", "")[min(i, len(w))])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

func TestSnapshotNames(t *testing.T) {
	n := open(t, record(t, newFakeHost(), fakeMeta, fakeNames{})).Names()
	type answer struct {
		name string
		ok   bool
	}
	of := func(name string, ok bool) answer { return answer{name, ok} }
	for what, c := range map[string][2]answer{
		"user":            {of(n.User(0)), of("root", true)},
		"unseen user":     {of(n.User(1)), {}},
		"service":         {of(n.Service(22, "tcp")), of("tcp-ssh", true)},
		"unseen service":  {of(n.Service(22, "udp")), {}},
		"protocol":        {of(n.Protocol(1)), of("icmp\xff", true)},
		"unseen protocol": {of(n.Protocol(2)), {}},
		"network":         {of(n.Network(netip.MustParseAddr("127.0.0.0"))), of("loopback", true)},
		"host":            {of(n.Host(netip.MustParseAddr("127.0.0.1"))), of("localhost", true)},
		"unseen host":     {of(n.Host(netip.MustParseAddr("9.9.9.9"))), {}},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %v, want %v", what, c[0], c[1])
		}
	}
	n.WantHost(netip.Addr{})
	n.WantUser(1)
	n.NextReport()
	if !n.HostReady(netip.Addr{}) || !n.UserReady(1) || n.GaveUp() != 0 {
		t.Error("the names are not ready")
	}
}

// TestInterfacesWithoutDetails checks that problems reported only with or only without
// details are kept separate.
func TestInterfacesWithoutDetails(t *testing.T) {
	h := newFakeHost()
	h.interfaces[true] = append(h.interfaces[true], fakeItem[netstat.Interface]{warning: &netstat.OpError{Op: "read if_inet6", Err: syscall.EACCES}})
	s := open(t, record(t, h, fakeMeta, nil))
	for details, want := range map[bool]int{true: 1, false: 0} {
		warnings, rows := 0, 0
		q := netstat.InterfaceQuery{Details: details, Report: func(*netstat.OpError) { warnings++ }}
		for _, err := range s.Interfaces(context.Background(), q) {
			if err != nil {
				t.Error(err)
			}
			rows++
		}
		if warnings != want || rows != 1 {
			t.Errorf("details %v: %d warnings, %d rows", details, warnings, rows)
		}
	}
}

// TestLargeSnapshot writes a snapshot in many parts.
func TestLargeSnapshot(t *testing.T) {
	h := newFakeHost()
	const n = 5000
	h.sockets[netstat.TCP4Table] = nil
	h.owners = &netstat.Owners{Denied: true}
	h.processes = map[uint32]netstat.Process{}
	for i := range uint32(n) {
		row := netstat.Socket{Table: netstat.TCP4Table, State: netstat.Established, Local: fakeAddr("10.0.0.1:80"), Inode: uint64(i) + 1000}
		h.sockets[netstat.TCP4Table] = append(h.sockets[netstat.TCP4Table], fakeItem[netstat.Socket]{row: row})
		h.owners.Add(row.Inode, i+2000)
		h.processes[i+2000] = netstat.Process{PID: i + 2000, Argv0: strings.Repeat("x", int(i%50))}
		if i%3 == 0 {
			h.sockets[netstat.TCP4Table] = append(h.sockets[netstat.TCP4Table], fakeItem[netstat.Socket]{warning: &netstat.OpError{Op: "parse", Err: netstat.ErrBogusRecord}})
		}
	}
	h.owners.Add(1000, 10)
	h.owners.Add(1000, 11)
	h.cookies = nil
	text := record(t, h, fakeMeta, fakeNames{})
	if !json.Valid(text) || len(text) < 10*writeSize {
		t.Fatalf("%d bytes, JSON: %v", len(text), json.Valid(text))
	}
	s := open(t, text)
	delete(h.bound, netstat.TCP6Table)
	if got, want := transcript(s), transcript(h); got != want {
		t.Errorf("the replay differs:\n%s", fakeDiff(got, want))
	}
	owners, err := s.Owners(context.Background(), netstat.OwnerQuery{})
	if err != nil || owners.Len() < n {
		t.Errorf("%d owners, %v", owners.Len(), err)
	}
	if again := record(t, s, s.Meta, s.Names()); !bytes.Equal(again, text) {
		t.Errorf("a copy differs:\n%s", fakeDiff(string(again), string(text)))
	}
}

// TestStopEarly stops reading each table at every row.
func TestStopEarly(t *testing.T) {
	s := open(t, record(t, newFakeHost(), fakeMeta, nil))
	for limit := range 4 {
		n := 0
		for range s.Sockets(context.Background(), netstat.TCP4Table, netstat.Need{States: netstat.AllStates}) {
			if n++; n > limit {
				break
			}
		}
		if n != limit+1 {
			t.Errorf("%d rows", n)
		}
	}
	for range s.Counters(context.Background(), netstat.Inet) {
		break
	}
}

// TestNotRecorded checks that a table missing from a document is an error, not a table
// that the host lacks, which most views omit silently.
func TestNotRecorded(t *testing.T) {
	s := open(t, []byte(`{"schema":"netstat","version":1,"content":"snapshot"}`))
	ctx := context.Background()
	for _, err := range s.Sockets(ctx, netstat.TCP4Table, netstat.Need{States: netstat.AllStates}) {
		if errors.Is(err, errors.ErrUnsupported) || err == nil || err.Error() != "replay tcp: not recorded" {
			t.Errorf("%v", err)
		}
	}
	n := 0
	for _, err := range s.Interfaces(ctx, netstat.InterfaceQuery{}) {
		if n++; err == nil || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d pairs", n)
	}
	if _, err := s.Process(1, 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if s.Meta.EUID != -1 {
		t.Errorf("%+v", s.Meta)
	}
}
