package linux

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"netstat"
)

func TestParseUnix(t *testing.T) {
	row := func(state netstat.State, inode uint64, name string, d netstat.UnixDetail) *netstat.Socket {
		return &netstat.Socket{Table: netstat.UnixTable, State: state, Inode: inode, Local: netstat.Addr{Name: name}, Detail: &d}
	}
	listening := netstat.UnixDetail{RefCount: 2, Type: netstat.TypeStream, Accepting: true}
	tests := []struct {
		name, line string
		want       *netstat.Socket
	}{
		{"listening", "00000000799f574b: 00000002 00000000 00010000 0001 01 12345 /run/a", row(netstat.Listen, 12345, "/run/a", listening)},
		{"unnamed", "00000000799f574b: 00000003 00000000 00000000 0002 03  1061", row(netstat.Connected, 1061, "", netstat.UnixDetail{RefCount: 3, Type: netstat.TypeDgram})},
		{"abstract", "0: 00000002 00000000 00010000 0001 01 1 @a@b", row(netstat.Listen, 1, "@a@b", listening)},
		{"blanks in the path", "0: 00000002 00000000 00010000 0001 01 1  /a b\tc ", row(netstat.Listen, 1, " /a b\tc ", listening)},
		{"address with 0x", "0xffff8801: 00000002 00000000 00010000 0001 01 1 /a", row(netstat.Listen, 1, "/a", listening)},
		{
			"every flag, unknown numbers", "0: 00000FFF 00000001 00070000 0006 05 15 /x",
			row(netstat.StateUnknown, 15, "/x", netstat.UnixDetail{RefCount: 4095, Protocol: 1, Accepting: true, WaitingData: true, NoSpace: true}),
		},
		{"no inode yet", "0: 00000002 00000000 00000000 0001 02 0", row(netstat.Connecting, 0, "", netstat.UnixDetail{RefCount: 2, Type: netstat.TypeStream})},
		{"seqpacket, free", "0: 1 0 0 5 0 7 /s", row(netstat.Free, 7, "/s", netstat.UnixDetail{RefCount: 1, Type: netstat.TypeSeqpacket})},
		{"disconnecting", "0: 1 0 0 3 4 7 /s", row(netstat.Disconnecting, 7, "/s", netstat.UnixDetail{RefCount: 1, Type: netstat.TypeRaw})},
		{"fields end at the state", "0: 00000002 00000000 00010000 0001 01", row(netstat.Listen, 0, "", listening)},
		{"no state", "0: 00000002 00000000 00010000 0001", nil},
		{"rest of a path with a newline", "rest of path", nil},
		{"hexadecimal rest of a path", "ff: x", nil},
		{"no address", "(null): 2 0 0 1 1 14 /n", nil},
		{"empty", "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := netstat.Socket{Table: netstat.UnixTable, Inode: 9, Local: netstat.Addr{Name: "old"}}
			var u unixParser
			ok := u.parse([]byte(test.line), &got)
			if ok != (test.want != nil) {
				t.Fatalf("parse(%q) = %v", test.line, ok)
			}
			if ok && !reflect.DeepEqual(got, *test.want) {
				t.Errorf("got  %+v %+v\nwant %+v %+v", got, got.Detail, *test.want, test.want.Detail)
			}
		})
	}
}

func TestUnixWithoutInodes(t *testing.T) {
	s := fakeSource(t, Options{}, nil, map[string]string{"/proc/net/unix": "Num RefCount Protocol Flags Type St Path\n0: 2 0 10000 1 1 /dev/log\n"})
	got := collect(s, netstat.UnixTable, netstat.Need{})
	if len(got.rows) != 1 || got.rows[0].Local.Name != "/dev/log" || got.rows[0].Inode != 0 {
		t.Errorf("%+v", got)
	}
}

// TestUnixRowsAreKept reads more rows than fit in any buffer and then compares
// them: they must not share memory that is reused.
func TestUnixRowsAreKept(t *testing.T) {
	const rows = 5000
	var text strings.Builder
	text.WriteString(unixHeader)
	name := func(i int) string { return fmt.Sprintf("/run/%d/%s", i, strings.Repeat("n", i%90)) }
	for i := range rows {
		fmt.Fprintf(&text, "%016x: %08X 00000000 00000000 0001 01 %d %s\n", i, i, i, name(i))
	}
	s := fakeSource(t, Options{}, nil, map[string]string{"/proc/net/unix": text.String()})
	got := collect(s, netstat.UnixTable, netstat.Need{})
	if len(got.rows) != rows || got.err != nil {
		t.Fatalf("%d rows, error %v", len(got.rows), got.err)
	}
	for i, row := range got.rows {
		if row.Local.Name != name(i) || row.Detail.(*netstat.UnixDetail).RefCount != uint64(i) || row.Inode != uint64(i) {
			t.Fatalf("row %d: %+v", i, row)
		}
	}
}

// TestUnixNewline checks a path with a newline, which the kernel writes unchanged.
func TestUnixNewline(t *testing.T) {
	s := fakeSource(t, Options{}, nil, map[string]string{"/proc/net/unix": unixHeader + "0: 2 0 10000 1 1 5 /a\nb: c\n0: 2 0 10000 1 1 6 /d\n"})
	got := collect(s, netstat.UnixTable, netstat.Need{})
	if len(got.rows) != 2 || got.rows[0].Local.Name != "/a" || got.rows[1].Local.Name != "/d" {
		t.Errorf("%+v", got.rows)
	}
	if len(got.reports) != 1 || got.reports[0].Error() != `parse unix: bogus record: "b: c"` {
		t.Errorf("reported %v", got.reports)
	}
}

func TestFileErrors(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENOENT, syscall.EACCES, syscall.EMFILE, syscall.EIO} {
		s := fakeSource(t, Options{}, nil, nil)
		s.open = func(path string) (io.ReadCloser, error) {
			if path == "/proc/net" {
				return io.NopCloser(nil), nil
			}
			return nil, errno
		}
		for _, table := range []netstat.Table{netstat.TCP4Table, netstat.UnixTable, netstat.SCTP4Table} {
			got := collect(s, table, netstat.Need{})
			var op *netstat.OpError
			if !errors.As(got.err, &op) || op.Table != table || !errors.Is(op, errno) {
				t.Errorf("%v, %v: error %v", table, errno, got.err)
			}
			unsupported := errno == syscall.ENOENT || errno == syscall.EACCES
			if errors.Is(got.err, errors.ErrUnsupported) != unsupported {
				t.Errorf("%v, %v: unsupported is %v", table, errno, !unsupported)
			}
		}
	}
}

func FuzzUnix(f *testing.F) {
	f.Add("00000000799f574b: 00000002 00000000 00010000 0001 01 12345 /run/a", false)
	f.Add("0xf: 2 0 10000 1 1 /dev/log", true)
	f.Add("0: 2 0 70000 7 7", false)
	f.Fuzz(func(t *testing.T, line string, noInode bool) {
		u := unixParser{noInode: noInode}
		var s netstat.Socket
		if !u.parse([]byte(line), &s) {
			return
		}
		if !strings.HasSuffix(line, s.Local.Name) {
			t.Errorf("%q: path %q", line, s.Local.Name)
		}
		d := s.Detail.(*netstat.UnixDetail)
		flags := 0
		for bit, set := range map[int]bool{soAcceptCon: d.Accepting, soWaitData: d.WaitingData, soNoSpace: d.NoSpace} {
			if set {
				flags |= bit
			}
		}
		state := 99
		for number, name := range unixStates {
			if name == s.State || name == netstat.Unconnected && s.State == netstat.Listen {
				state = number
			}
		}
		again := fmt.Sprintf("%016x: %08X %08X %08X %04X %02X %5d", 0, d.RefCount, d.Protocol, flags, uint8(d.Type), state, s.Inode)
		if noInode {
			again = strings.TrimRight(again[:strings.LastIndex(again, " ")], " ")
		}
		if s.Local.Name != "" {
			again += " " + s.Local.Name
		}
		var got netstat.Socket
		if !u.parse([]byte(again), &got) || !reflect.DeepEqual(got, s) {
			t.Errorf("line  %q\nagain %q\ngot  %+v %+v\nwant %+v %+v", line, again, got, got.Detail, s, s.Detail)
		}
	})
}

// TestUnreadableFiles checks that an unreadable file does not count as not
// supported by the kernel.
func TestUnreadableFiles(t *testing.T) {
	for _, test := range []struct {
		name, want string
		open       func(path string) (io.ReadCloser, error)
	}{
		{"not mounted", "open unix: /proc is not mounted", func(string) (io.ReadCloser, error) { return nil, syscall.ENOENT }},
		{"no net", "open unix: /proc/net is missing", func(path string) (io.ReadCloser, error) {
			if path == "/proc/self" {
				return io.NopCloser(nil), nil
			}
			return nil, syscall.ENOENT
		}},
		{"denied", "open unix: permission denied", func(string) (io.ReadCloser, error) { return nil, syscall.EACCES }},
	} {
		s := fakeSource(t, Options{}, nil, nil)
		s.open = test.open
		got := collect(s, netstat.UnixTable, netstat.Need{})
		if !errors.Is(got.err, netstat.ErrIncomplete) || !errors.Is(got.err, errors.ErrUnsupported) || got.err.Error() != test.want {
			t.Errorf("%s: error %v", test.name, got.err)
		}
	}
}

// TestEmptyFiles checks that a file without its first line is rejected as not the
// kernel's.
func TestEmptyFiles(t *testing.T) {
	s := fakeSource(t, Options{}, nil, map[string]string{"/proc/net/unix": "", "/proc/net/tcp": ""})
	for _, table := range []netstat.Table{netstat.UnixTable, netstat.TCP4Table} {
		if got := collect(s, table, netstat.Need{}); !errors.Is(got.err, netstat.ErrIncomplete) || len(got.rows) > 0 {
			t.Errorf("%v: %d rows, error %v", table, len(got.rows), got.err)
		}
	}
}

// TestUnixRepeats checks that a line repeated on a later page is not a second
// socket, unless the name differs.
func TestUnixRepeats(t *testing.T) {
	const header = "Num       RefCount Protocol Flags    Type St Inode Path\n"
	line := func(inode int, name string) string {
		return fmt.Sprintf("0000000000000000: 00000002 00000000 00010000 0001 01 %d %s\n", inode, name)
	}
	var page strings.Builder
	rows := 0
	for ; page.Len() < 8192; rows++ {
		page.WriteString(line(1000+rows, fmt.Sprintf("/run/%d", rows)))
	}
	for last, want := range map[string]struct{ rows, reports int }{
		line(1000, "/run/0"):      {rows, 0},
		line(1000, "/run/forged"): {rows + 1, 1},
	} {
		s := fakeSource(t, Options{Source: "proc"}, nil, map[string]string{"/proc/net/unix": header + page.String() + last})
		got := collect(s, netstat.UnixTable, netstat.Need{})
		if len(got.rows) != want.rows || len(got.reports) != want.reports || got.err != nil {
			t.Errorf("%q: %d rows of %d, reports %v, error %v", last, len(got.rows), want.rows, got.reports, got.err)
		}
	}
}
