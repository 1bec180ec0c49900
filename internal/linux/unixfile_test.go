package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

// unixNamed builds a dump record with a name.
func unixNamed(inode uint32, state byte, name string) []byte {
	order := binary.NativeEndian
	b := []byte{afUnix, 1, state, 0}
	b = order.AppendUint32(b, inode)
	b = order.AppendUint64(b, uint64(inode))
	if name == "" {
		return b
	}
	b = order.AppendUint16(b, uint16(netlink.AttributeSize+len(name)))
	b = append(order.AppendUint16(b, unixDiagName), name...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// unixWaits adds waiting connections.
func unixWaits(b []byte, inodes ...uint32) []byte {
	order := binary.NativeEndian
	b = order.AppendUint16(b, uint16(netlink.AttributeSize+4*len(inodes)))
	b = order.AppendUint16(b, unixDiagICons)
	for _, inode := range inodes {
		b = order.AppendUint32(b, inode)
	}
	return b
}

// unixFileLine returns a line in the kernel's format.
func unixFileLine(references, flags, state, inode uint32, name string) string {
	line := fmt.Sprintf("0000000000000000: %08X 00000000 %08X 0001 %02X %5d", references, flags, state, inode)
	if name != "" {
		line += " " + name
	}
	return line + "\n"
}

func TestUnixFileJoined(t *testing.T) {
	const listen, closed = unixListen, 7
	record := func(b []byte) []byte { return message(sockDiagByFamily, 2, b) }
	listener := func(references, inode uint32, name string) string {
		return unixFileLine(references, soAcceptCon, 1, inode, name)
	}
	waiting := func(references uint32, name string) string { return unixFileLine(references, 0, 2, 0, name) }
	for _, test := range []struct {
		name string
		file string
		dump []reply
		want string // inode, name and references of each row
	}{
		{
			name: "one by one",
			file: listener(2, 5, "/a") + unixFileLine(3, 0, 3, 6, "") + listener(4, 7, "@b@c@"),
			dump: []reply{datagram(record(unixNamed(5, listen, "/a\x00")), record(unixNamed(6, 1, ""))), datagram(record(unixNamed(7, listen, "\x00b\x00c\x00")), done(0))},
			want: `5 "/a" 2, 6 "" 3, 7 "@b\x00c\x00" 4`,
		},
		{
			name: "forged with another's inode",
			file: listener(2, 5, "@x") + listener(9, 6, "/run/docker.sock") + listener(3, 6, "/v"),
			dump: []reply{datagram(record(unixNamed(5, listen, "\x00x\n"+strings.TrimSuffix(listener(9, 6, "/run/docker.sock"), "\n"))), record(unixNamed(6, listen, "/v\x00")), done(0))},
			want: `5 "@x\n0000000000000000: 00000009 00000000 00010000 0001 01     6 /run/docker.sock" 2, 6 "/v" 3`,
		},
		{
			name: "forged with another's inode and name",
			file: listener(2, 5, "@x") + listener(9, 6, "/v") + listener(3, 6, "/v"),
			dump: []reply{datagram(record(unixNamed(5, listen, "\x00x\n"+strings.TrimSuffix(listener(9, 6, "/v"), "\n"))), record(unixNamed(6, listen, "/v\x00")), done(0))},
			want: `5 "@x\n0000000000000000: 00000009 00000000 00010000 0001 01     6 /v" 2, 6 "/v" 3`,
		},
		{
			name: "forged without an inode",
			file: listener(2, 5, "@x") + waiting(3, "/v") + listener(3, 6, "/v"),
			dump: []reply{datagram(done(0)), datagram(record(unixNamed(5, listen, "\x00x\n"+strings.TrimSuffix(waiting(3, "/v"), "\n"))), record(unixNamed(6, listen, "/v\x00")), done(0))},
			want: `5 "@x\n0000000000000000: 00000003 00000000 00000000 0001 02     0 /v" 2, 6 "/v" 3`,
		},
		{
			name: "waiting, in the order of the file",
			file: waiting(3, "/v") + listener(2, 5, "@x") + waiting(4, "/v") + listener(3, 6, "/v") + unixFileLine(2, 0, 4, 0, ""),
			dump: []reply{
				datagram(record(unixWaits(unixNamed(6, listen, "/v\x00"), 8, 9)), done(0)),
				datagram(record(unixNamed(5, listen, "\x00x")), record(unixWaits(unixNamed(6, listen, "/v\x00"), 8, 9)), done(0)),
			},
			want: `0 "/v" 3, 5 "@x" 2, 0 "/v" 4, 6 "/v" 3, 0 "" 2`,
		},
		{
			name: "waiting at a name with a newline",
			file: waiting(3, "@v") + "plain\n" + waiting(4, "@v") + listener(3, 6, "@v") + "plain\n" + listener(2, 7, "@v"),
			dump: []reply{
				datagram(record(unixWaits(unixNamed(6, listen, "\x00v\nplain"), 8)), record(unixWaits(unixNamed(7, listen, "\x00v"), 9)), done(0)),
				datagram(record(unixWaits(unixNamed(6, listen, "\x00v\nplain"), 8)), record(unixWaits(unixNamed(7, listen, "\x00v"), 9)), done(0)),
			},
			want: `0 "@v\nplain" 3, 0 "@v" 4, 6 "@v\nplain" 3, 7 "@v" 2`,
		},
		{
			name: "closed and opened meanwhile",
			file: listener(2, 4, "/gone") + listener(3, 5, "/a"),
			dump: []reply{datagram(record(unixNamed(9, listen, "/new\x00")), record(unixNamed(5, listen, "/a\x00")), done(0))},
			want: `9 "/new" 0, 5 "/a" 3`,
		},
		{
			name: "missing and repeated in a dump of several datagrams",
			file: listener(2, 5, "/a") + listener(3, 6, "/b") + listener(4, 7, "/c"),
			dump: []reply{
				datagram(record(unixNamed(5, listen, "/a\x00"))), datagram(record(unixNamed(5, listen, "/a\x00")), record(unixNamed(7, listen, "/c\x00")), done(0)),
				datagram(record(unixNamed(5, listen, "/a\x00"))), datagram(record(unixNamed(6, listen, "/b\x00")), record(unixNamed(7, listen, "/c\x00")), done(0)),
			},
			want: `5 "/a" 2, 7 "/c" 4, 6 "/b" 3`,
		},
		{
			name: "out of order",
			file: listener(2, 5, "/a") + strings.Repeat(listener(9, 99, "/x"), 40) + listener(3, 6, "/b") + listener(4, 7, "/c"),
			dump: []reply{datagram(record(unixNamed(7, listen, "/c\x00")), record(unixNamed(6, listen, "/b\x00")), record(unixNamed(5, listen, "/a\x00")), done(0))},
			want: `7 "/c" 4, 6 "/b" 3, 5 "/a" 2`,
		},
		{
			name: "no such inode",
			file: listener(2, 5, "/a") + unixFileLine(2, 0, 3, 4294967295, "") + "0: 2 0 0 1 1 99999999999 /a\n0: 0 0 0 1 1 5 /a\n",
			dump: []reply{datagram(record(unixNamed(5, closed, "/a\x00")), done(0))},
			want: `5 "/a" 2`,
		},
	} {
		c := &scriptedConn{replies: test.dump}
		s := fakeSource(t, Options{}, c, map[string]string{"/proc/net/unix": unixHeader + test.file})
		got := collect(s, netstat.UnixTable, netstat.Need{Facts: netstat.FactReferences})
		var rows []string
		for _, row := range got.rows {
			rows = append(rows, fmt.Sprintf("%d %q %d", row.Inode, row.Local.Name, row.Detail.(*netstat.UnixDetail).RefCount))
		}
		if text := strings.Join(rows, ", "); text != test.want || got.err != nil || len(got.reports) > 0 || c.at != len(c.replies) {
			t.Errorf("%s: %s\nwant %s\nerror %v, reports %v, %d of %d datagrams", test.name, text, test.want, got.err, got.reports, c.at, len(c.replies))
		}
	}
}

// TestUnixDumpRepeated checks that without reference counts a dump of several
// datagrams is repeated.
func TestUnixDumpRepeated(t *testing.T) {
	record := func(inode uint32) []byte { return message(sockDiagByFamily, 2, unixNamed(inode, unixListen, "")) }
	c := &scriptedConn{replies: []reply{
		datagram(record(1)), datagram(record(1), record(3), done(0)),
		datagram(record(1), record(2), record(3), done(0)),
	}}
	s := fakeSource(t, Options{}, c, nil)
	var inodes []uint64
	got := collect(s, netstat.UnixTable, netstat.Need{})
	for _, row := range got.rows {
		inodes = append(inodes, row.Inode)
	}
	if !reflect.DeepEqual(inodes, []uint64{1, 3, 2}) || got.err != nil || len(got.reports) > 0 || c.sends != 2 {
		t.Errorf("inodes %d, error %v, reports %v, %d requests", inodes, got.err, got.reports, c.sends)
	}
}

// FuzzUnixFile checks that no line causes a panic or a row that the dump lacks.
func FuzzUnixFile(f *testing.F) {
	f.Add(unixFileLine(2, soAcceptCon, 1, 5, "/a") + unixFileLine(2, 0, 2, 0, "/a") + "rest\n")
	f.Add("0: 2 0 0 1 4 0\n0: 2 0 0 1 2 0 /a\n0: 2 0 0 1 2 0 /a\n")
	f.Fuzz(func(t *testing.T, lines string) {
		record := message(sockDiagByFamily, 2, unixWaits(unixNamed(5, unixListen, "/a\x00"), 8))
		c := &scriptedConn{replies: []reply{datagram(record, done(0)), datagram(record, done(0)), datagram(record, done(0))}}
		s := fakeSource(t, Options{}, c, map[string]string{"/proc/net/unix": unixHeader + lines})
		listening := 0
		for _, row := range collect(s, netstat.UnixTable, netstat.Need{Facts: netstat.FactReferences}).rows {
			switch {
			case row.Inode == 5 && row.Local.Name == "/a":
				listening++
			case row.Inode != 0 || row.Local.Name != "" && row.Local.Name != "/a":
				t.Errorf("forged: %+v", row)
			}
		}
		if listening != 1 {
			t.Errorf("the socket is there %d times", listening)
		}
	})
}

func TestUnixWaitingLost(t *testing.T) {
	record := func(b []byte) []byte { return message(sockDiagByFamily, 2, b) }
	listener := unixNamed(5, unixListen, "/a\x00")
	c := &scriptedConn{replies: []reply{
		datagram(record(unixWaits(listener, 6))), {data: record(unixNamed(7, unixListen, "/b\x00")), truncated: true}, datagram(done(0)),
		datagram(record(listener), done(0)),
	}}
	s := fakeSource(t, Options{}, c, map[string]string{"/proc/net/unix": "Num RefCount Protocol Flags Type St Inode Path\n" +
		unixFileLine(2, soAcceptCon, 1, 5, "/a") + unixFileLine(2, 0, 2, 0, "/a")})
	var failed error
	for _, err := range s.Sockets(context.Background(), netstat.UnixTable, netstat.Need{Facts: netstat.FactReferences}) {
		if err != nil {
			failed = err
		}
	}
	if !errors.Is(failed, netstat.ErrIncomplete) {
		t.Errorf("error %v, want %v", failed, netstat.ErrIncomplete)
	}
}
