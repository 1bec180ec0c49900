package linux

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

func unixDiagTexts(rows []netstat.Socket) (text []string) {
	for _, s := range rows {
		d := s.Detail.(*netstat.UnixDetail)
		line := fmt.Sprintf("%v type %d %q inode %d queues %d/%d/%d uid %d", s.State, d.Type, s.Local.Name, s.Inode, s.RecvQ, s.SendQ, s.MaxBacklog, s.UID)
		if d.Connected {
			line += fmt.Sprintf(" peer %d", d.PeerInode)
		}
		if d.Bound {
			line += fmt.Sprintf(" file %d on %d:%d", d.FileInode, d.FileMajor, d.FileMinor)
		}
		line += fmt.Sprint(" pending ", d.Pending)
		for i, flag := range []bool{d.Accepting, d.Abstract, d.ShutRead, d.ShutWrite, d.Peers} {
			if flag {
				line += " " + []string{"accepting", "abstract", "shut-read", "shut-write", "peers"}[i]
			}
		}
		text = append(text, line)
	}
	return text
}

// The messages come from a little-endian machine.
func TestCapturedUnixDiag(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Log("the dump is of a little-endian machine")
		return
	}
	b, err := os.ReadFile("testdata/diag/unix-linux-6.18-le")
	if err != nil {
		t.Fatal(err)
	}
	s := fakeSource(t, Options{}, &scriptedConn{replies: []reply{{data: b}}}, nil)
	got := collect(s, netstat.UnixTable, netstat.Need{Facts: netstat.FactPeer | netstat.FactUID})
	want := []string{
		`CONNECTED type 1 "@capture" inode 23563708 queues 0/0/0 uid 0 peer 23563706 pending [] abstract peers`,
		`CONNECTED type 1 "" inode 23563706 queues 0/0/0 uid 0 peer 23563708 pending [] peers`,
		`CONNECTED type 5 "" inode 23563710 queues 0/0/0 uid 0 peer 23563711 pending [] shut-write peers`,
		`CONNECTED type 2 "/tmp/capture.sock" inode 23563705 queues 0/0/0 uid 0 file 9977981 on 254:0 pending [] peers`,
		`CONNECTED type 1 "" inode 23563707 queues 0/0/0 uid 0 peer 0 pending [] peers`,
		`CONNECTED type 5 "" inode 23563711 queues 0/0/0 uid 0 peer 23563710 pending [] shut-read peers`,
		`CONNECTED type 2 "" inode 23563709 queues 0/0/0 uid 0 peer 23563705 pending [] peers`,
		`LISTEN type 1 "@capture" inode 23563704 queues 1/0/5 uid 0 pending [23563707] accepting abstract peers`,
		`CONNECTING type 1 "@capture" inode 0 queues 0/0/0 uid 0 peer 23563707 pending [] abstract peers`,
	}
	if text := unixDiagTexts(got.rows); !reflect.DeepEqual(text, want) || got.err != nil || len(got.reports) > 0 {
		t.Errorf("error %v, reports %v\ngot  %s\nwant %s", got.err, got.reports, strings.Join(text, "\n     "), strings.Join(want, "\n     "))
	}
}

// unixDiagMsg builds a record with a peer.
func unixDiagMsg(inode, peer uint32) []byte {
	order := binary.NativeEndian
	b := []byte{afUnix, 1, unixEstablished, 0}
	b = order.AppendUint32(b, inode)
	b = order.AppendUint64(b, uint64(inode)) // cookie
	b = order.AppendUint16(b, 8)
	b = order.AppendUint16(b, unixDiagPeer)
	return order.AppendUint32(b, peer)
}

const unixDiagFile = "Num       RefCount Protocol Flags    Type St Inode Path\n" +
	"0000000000000000: 00000002 00000000 00010000 0001 01 77 /file\n"

func TestUnixDiagFaults(t *testing.T) {
	row := func(i uint32) []byte { return message(sockDiagByFamily, 2, unixDiagMsg(i, i+100)) }
	interrupted := func(i uint32) []byte {
		return message(sockDiagByFamily, 2|netlink.FlagInterrupted, unixDiagMsg(i, i+100))
	}
	for _, test := range []struct {
		name    string
		source  string
		replies []reply
		sendErr error
		noConn  bool
		inodes  []uint64
		err     error
		reports int
		sends   int
	}{
		{name: "plain", replies: []reply{datagram(row(1), row(2)), datagram(done(0))}, inodes: []uint64{1, 2}, sends: 1},
		{name: "not a record", replies: []reply{datagram(message(sockDiagByFamily, 2, []byte{afUnix, 1}), row(2), done(0))}, inodes: []uint64{2}, reports: 1, sends: 1},
		{name: "another family", replies: []reply{datagram(message(sockDiagByFamily, 2, make([]byte, 40)), done(0))}, reports: 1, sends: 1},
		{name: "refused", replies: []reply{datagram(refusal(syscall.EPERM))}, inodes: []uint64{77}, reports: 1, sends: 1},
		{name: "refused at the end", replies: []reply{datagram(done(-int32(syscall.ENOENT)))}, inodes: []uint64{77}, reports: 1, sends: 1},
		{name: "refused, netlink forced", source: "netlink", replies: []reply{datagram(refusal(syscall.EPERM))}, err: syscall.EPERM, sends: 1},
		{name: "no handler, netlink forced", source: "netlink", replies: []reply{datagram(refusal(syscall.ENOENT))}, inodes: []uint64{77}, reports: 1, sends: 1},
		{name: "no netlink", noConn: true, inodes: []uint64{77}, reports: 1},
		{name: "file forced", source: "proc", inodes: []uint64{77}, reports: 1},
		{name: "not sent", sendErr: syscall.EPERM, inodes: []uint64{77}, reports: 1, sends: 1},
		{name: "tried again", replies: []reply{{err: syscall.ENOBUFS}, datagram(row(1), done(0))}, inodes: []uint64{1}, sends: 2},
		{name: "interrupted first", replies: []reply{datagram(interrupted(1), done(0)), datagram(row(2), done(0))}, inodes: []uint64{2}, sends: 2},
		{name: "always interrupted", replies: []reply{datagram(interrupted(1)), datagram(interrupted(1)), datagram(interrupted(1), done(0))}, inodes: []uint64{1}, reports: 1, sends: 3},
		{name: "interrupted later", replies: []reply{datagram(row(1), interrupted(2), done(0))}, inodes: []uint64{1, 2}, reports: 1, sends: 1},
		{name: "ends early", replies: []reply{datagram(row(1)), {err: syscall.ENOBUFS}}, inodes: []uint64{1}, err: netstat.ErrIncomplete, sends: 1},
		{name: "error after rows", replies: []reply{datagram(row(1), done(-int32(syscall.ENOMEM)))}, inodes: []uint64{1}, err: netstat.ErrIncomplete, sends: 1},
		{name: "garbled", replies: []reply{{data: []byte{1, 2, 3}}, datagram(row(1), done(0))}, inodes: []uint64{1}, sends: 2},
		{name: "garbled later", replies: []reply{datagram(row(1), []byte{9, 9}), datagram(row(2), done(0))}, inodes: []uint64{1, 2}, err: netstat.ErrIncomplete, sends: 1},
		{name: "truncated", replies: []reply{{data: row(1), truncated: true}, datagram(row(2), done(0))}, inodes: []uint64{2}, sends: 2},
		{name: "truncated later", replies: []reply{datagram(row(1)), {data: row(2), truncated: true}, datagram(done(0))}, inodes: []uint64{1, 2}, err: netstat.ErrIncomplete, sends: 1},
		{name: "overrun", replies: []reply{datagram(message(netlink.TypeOverrun, 0, nil)), datagram(row(2), done(0))}, inodes: []uint64{2}, sends: 2},
		{name: "short error", replies: []reply{datagram(message(netlink.TypeError, 0, nil)), datagram(row(2), done(0))}, inodes: []uint64{2}, sends: 2},
		{name: "reply to another request", replies: []reply{datagram(func() []byte { m := row(9); m[8] = 99; return m }(), row(2), done(0))}, inodes: []uint64{2}, sends: 1},
	} {
		c := &scriptedConn{replies: test.replies, sendErr: test.sendErr}
		conn := c
		if test.noConn {
			conn = nil
		}
		s := fakeSource(t, Options{Source: test.source}, conn, map[string]string{"/proc/net/unix": unixDiagFile})
		got := collect(s, netstat.UnixTable, netstat.Need{Facts: netstat.FactPeer})
		var inodes []uint64
		for _, row := range got.rows {
			inodes = append(inodes, row.Inode)
			if d := row.Detail.(*netstat.UnixDetail); d.Peers && d.PeerInode != row.Inode+100 {
				t.Errorf("%s: %+v", test.name, d)
			}
		}
		if !reflect.DeepEqual(inodes, test.inodes) || !errors.Is(got.err, test.err) || len(got.reports) != test.reports || c.sends != test.sends {
			t.Errorf("%s: inodes %d, error %v, reports %v, %d requests", test.name, inodes, got.err, got.reports, c.sends)
		}
		if err := s.Close(); err != nil || c.closed != c.dialled(test.noConn) {
			t.Errorf("%s: %d closed, %v", test.name, c.closed, err)
		}
	}
}

// dialled returns how often the connection was opened: again after each
// failure.
func (c *scriptedConn) dialled(none bool) int {
	if none {
		return 0
	}
	return c.sends
}

func TestUnixDiagStopped(t *testing.T) {
	c := &scriptedConn{replies: []reply{datagram(message(sockDiagByFamily, 2, unixDiagMsg(1, 2)), message(sockDiagByFamily, 2, unixDiagMsg(2, 1)), done(0))}}
	s := fakeSource(t, Options{}, c, nil)
	for range s.Sockets(t.Context(), netstat.UnixTable, netstat.Need{Facts: netstat.FactPeer}) {
		break
	}
	if c.closed != 1 || s.conn != nil {
		t.Errorf("%d closed after stopping", c.closed)
	}
}

func FuzzUnixDiag(f *testing.F) {
	f.Add(unixDiagMsg(7, 8))
	if b, err := os.ReadFile("testdata/diag/unix-linux-6.18-le"); err == nil {
		for len(b) > 0 {
			m, rest, ok := netlink.NextMessage(b)
			if !ok {
				break
			}
			f.Add(m[netlink.HeaderSize:])
			b = rest
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var u unixDiagDecoder
		s := netstat.Socket{Table: netstat.UnixTable}
		if !u.decode(bytes.Clone(b), &s) {
			if len(b) >= unixDiagMsgSize && b[0] == afUnix {
				t.Fatal("a record was refused")
			}
			return
		}
		d := s.Detail.(*netstat.UnixDetail)
		if s.Table != netstat.UnixTable || s.Inode > 1<<32-1 || d.PeerInode != 0 && !d.Connected ||
			len(s.Local.Name) > len(b) || len(d.Pending)*4 > len(b) || s.State == netstat.StateUnknown ||
			!d.Abstract && strings.Contains(s.Local.Name, "\x00") || d.Abstract && s.Local.Name[0] != '@' {
			t.Fatalf("%+v %+v", s, d)
		}
	})
}
