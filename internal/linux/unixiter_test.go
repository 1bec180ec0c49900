package linux

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"netstat"
	"netstat/internal/linux/bpf"
)

// unixIterRecord builds the record that the program writes for an open stream
// socket. Its cookie is its inode.
func unixIterRecord(inode, references uint32, state uint8, name string) []byte {
	order := binary.NativeEndian
	b := order.AppendUint32(nil, inode)
	b = order.AppendUint32(b, references)
	b = order.AppendUint64(b, uint64(inode))
	b = order.AppendUint32(b, 1000)
	b = append(append(b, 1, state, 1, uint8(len(name))), name...)
	return append(b, make([]byte, bpf.UnixSize-len(b))...)
}

// The records come from a little-endian machine.
func TestCapturedUnixIter(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Log("the records are of a little-endian machine")
		return
	}
	b, err := os.ReadFile("testdata/bpf/unix-linux-6.18-le")
	if err != nil {
		t.Fatal(err)
	}
	const path = "/tmp/ui-capture.sock"
	socket := func(inode, cookie uint64, state netstat.State, name string, d netstat.UnixDetail) netstat.Socket {
		return netstat.Socket{
			Table: netstat.UnixTable, Inode: inode, Cookie: cookie, State: state, Local: netstat.Addr{Name: name}, Detail: &d,
			Absent: netstat.FactTimer | netstat.FactUID | netstat.FactQueues,
		}
	}
	stream, connected := netstat.TypeStream, netstat.UnixDetail{RefCount: 3, Type: netstat.TypeStream}
	want := []netstat.Socket{
		socket(279276377, 0x14dca18, netstat.Listen, path, netstat.UnixDetail{RefCount: 2, Type: stream, Accepting: true}),
		socket(279276379, 0x14dca19, netstat.Unconnected, "/tmp/"+strings.Repeat("y", 103), netstat.UnixDetail{RefCount: 2, Type: netstat.TypeDgram}),
		socket(279276380, 0x14dca1a, netstat.Unconnected, "", netstat.UnixDetail{RefCount: 2, Type: netstat.TypeSeqpacket}),
		socket(279276376, 0x14dca1b, netstat.Connected, "", connected),
		socket(279276378, 0x14dca1c, netstat.Connected, "", connected),
		socket(0, 0x14dca1d, netstat.Connecting, path, connected),
		socket(279276375, 0x14dca1e, netstat.Connected, "@cap\x00ture\n", netstat.UnixDetail{RefCount: 3, Type: stream, Abstract: true}),
	}
	for _, facts := range []netstat.Facts{0, netstat.FactInode | netstat.FactTimer, netstat.FactUID} {
		s := scriptUnix(t, "bpf", 0, bytes.Clone(b))
		s.counts = []uint64{uint64(len(want))}
		got := collect(s, netstat.UnixTable, netstat.Need{Facts: netstat.FactReferences | facts})
		for i := range want {
			want[i].Absent = netstat.FactTimer | netstat.FactQueues | netstat.FactUID
			if want[i].Inode != 0 {
				want[i].Absent &^= facts & netstat.FactUID
			}
		}
		if !reflect.DeepEqual(got.rows, want) || got.err != nil || len(got.reports) > 0 {
			t.Errorf("facts %b: error %v, reports %v\ngot  %s\nwant %s", facts, got.err, got.reports,
				strings.Join(unixDiagTexts(got.rows), "\n     "), strings.Join(unixDiagTexts(want), "\n     "))
		}
	}
}

// unixScript is a source with unix sockets 1 to n in the file and in dumps, and
// scripted passes of the iterator.
type unixScript struct {
	*source
	conn    *scriptedConn
	passes  [][]byte // nil for a pass that fails
	counts  []uint64 // what the kernel counts, each time; the last remains
	rooms   []int
	open    int // passes not closed
	refused error
}

func (s *unixScript) Records() ([]byte, error) {
	if len(s.passes) == 0 {
		return nil, bpf.ErrUnixShort
	}
	b := s.passes[0]
	s.passes = s.passes[1:]
	if b == nil {
		return nil, bpf.ErrUnixShort
	}
	return b, nil
}

func (s *unixScript) Close() error { s.open--; return nil }

func scriptUnix(t testing.TB, mode string, n uint32, passes ...[]byte) *unixScript {
	t.Helper()
	file, dump := unixHeader, []byte(nil)
	for inode := uint32(1); inode <= n; inode++ {
		file += unixFileLine(2, soAcceptCon, 1, inode, fmt.Sprint("/", inode))
		dump = append(dump, message(sockDiagByFamily, 2, unixNamed(inode, unixListen, fmt.Sprint("/", inode, "\x00")))...)
	}
	s := &unixScript{passes: passes, conn: &scriptedConn{replies: []reply{{data: append(dump, done(0)...)}}}}
	files := map[string]string{"/proc/net/unix": file}
	s.source = fakeSource(t, Options{Source: mode}, s.conn, files)
	read := s.source.open
	s.source.open = func(path string) (f io.ReadCloser, err error) {
		if path == "/proc/net/protocols" && len(s.counts) > 0 {
			files[path] = fmt.Sprintf("protocol  size sockets  memory press\nUNIX-STREAM 1152 %6d      -1   NI\nUNIX      1152 %6d      -1   NI\nTCP       2432      7      16   no\n",
				s.counts[0]-1, 1)
			if len(s.counts) > 1 {
				s.counts = s.counts[1:]
			}
		}
		return read(path)
	}
	s.bpfAllowed = func() bool { return true }
	s.openUnix = func(room int) (unixRecords, error) {
		if s.refused != nil {
			return nil, s.refused
		}
		s.rooms = append(s.rooms, room)
		s.open++
		return s, nil
	}
	return s
}

// unixRows lists inodes and references. Rows of the iterator have 5 references.
func (r result) unixRows() (text string) {
	for _, s := range r.rows {
		text += fmt.Sprintf(" %d/%d", s.Inode, s.Detail.(*netstat.UnixDetail).RefCount)
	}
	return strings.TrimSpace(text)
}

func unixIterPass(inodes ...uint32) (b []byte) {
	for _, inode := range inodes {
		b = append(b, unixIterRecord(inode, 6, unixEstablished, "")...)
	}
	return b
}

// TestUnixIterChoice checks when the iterator is used, and that any failure of
// it leads to the file and the dump without a report.
func TestUnixIterChoice(t *testing.T) {
	const many, lines = 50000, unixIterLines + 100
	references := netstat.Need{Facts: netstat.FactReferences}
	for _, test := range []struct {
		name  string
		lines uint32
		need  netstat.Need
		set   func(*unixScript)
		pass  []byte
		iter  bool
		opens int
	}{
		{name: "many", lines: lines, need: references, pass: unixIterPass(8, 9), iter: true, opens: 1},
		{name: "many, with users", lines: lines, pass: unixIterPass(8, 9), iter: true, opens: 1,
			need: netstat.Need{Facts: netstat.FactReferences | netstat.FactUID | netstat.FactInode | netstat.FactTimer}},
		{name: "few lines", lines: unixIterLines - 1, need: references},
		{name: "few sockets", lines: lines, need: references, set: func(s *unixScript) { s.counts = []uint64{unixIterSockets - 1} }},
		{name: "more than an iterator reads", lines: lines, need: references, set: func(s *unixScript) { s.counts = []uint64{unixIterMax + 1} }},
		{name: "unknown count", lines: lines, need: references, set: func(s *unixScript) { s.counts = nil }},
		{name: "no references", lines: lines},
		{name: "peers", lines: lines, need: netstat.Need{Facts: netstat.FactReferences | netstat.FactPeer}},
		{name: "memory", lines: lines, need: netstat.Need{Facts: netstat.FactReferences | netstat.FactMemory}},
		{name: "queues", lines: lines, need: netstat.Need{Facts: netstat.FactReferences | netstat.FactQueues}},
		{name: "not allowed", lines: lines, need: references, set: func(s *unixScript) { s.bpfAllowed = func() bool { return false } }},
		{name: "no iterator", lines: lines, need: references, set: func(s *unixScript) { s.openUnix = nil }},
		{name: "only netlink", lines: lines, need: references, set: func(s *unixScript) { s.bpf = bpfNever }},
		{name: "refused", lines: lines, need: references, set: func(s *unixScript) { s.refused = syscall.EPERM }},
		{name: "pass failed", lines: lines, need: references, opens: dumpTries},
	} {
		s := scriptUnix(t, "", test.lines, test.pass)
		s.counts = []uint64{many, many, 2} // for the choice, before and after the pass
		if test.iter {
			s.counts = []uint64{many, 2}
		}
		if test.set != nil {
			test.set(s)
		}
		got := collect(s, netstat.UnixTable, test.need)
		if test.iter != (got.unixRows() == "8/5 9/5") || !test.iter && len(got.rows) != int(test.lines) {
			t.Errorf("%s: %d rows", test.name, len(got.rows))
		}
		if test.need.Facts&netstat.FactReferences != 0 && !test.iter && !strings.HasPrefix(got.unixRows(), "1/2 2/2 ") {
			t.Errorf("%s: rows %.20s", test.name, got.unixRows())
		}
		if got.err != nil || len(got.reports) > 0 || s.open != 0 || len(s.rooms) != test.opens {
			t.Errorf("%s: error %v, reports %v, rooms %d, %d open", test.name, got.err, got.reports, s.rooms, s.open)
		}
	}
}

// TestUnixIterPasses checks when a second pass is read, and that each socket is
// shown once.
func TestUnixIterPasses(t *testing.T) {
	row := func(inode int) string { return fmt.Sprintf("%d/5", inode) }
	many := make([]uint32, 300)
	for i := range many {
		many[i] = uint32(i + 1)
	}
	waiting := unixIterPass(0, 0)
	binary.NativeEndian.PutUint64(waiting[bpf.UnixCookie:], 70)
	binary.NativeEndian.PutUint64(waiting[bpf.UnixSize+bpf.UnixCookie:], 71)
	accepted := unixIterPass(5)
	binary.NativeEndian.PutUint64(accepted[bpf.UnixCookie:], 70)
	for _, test := range []struct {
		name   string
		counts []uint64
		passes [][]byte
		want   string
		err    error
	}{
		{name: "as counted", counts: []uint64{2}, passes: [][]byte{unixIterPass(1, 2)}, want: "1/5 2/5"},
		{name: "a socket repeated", counts: []uint64{2}, passes: [][]byte{unixIterPass(1, 2, 1), unixIterPass(1, 2)}, want: "1/5 2/5"},
		{name: "one missing", counts: []uint64{3}, passes: [][]byte{unixIterPass(1, 2), unixIterPass(3, 2, 1)}, want: "1/5 2/5 3/5"},
		{name: "one repeated, one missing", counts: []uint64{3}, passes: [][]byte{unixIterPass(1, 2, 2), unixIterPass(1, 2, 3)}, want: "1/5 2/5 3/5"},
		{name: "one repeated, one missing, second pass failed", counts: []uint64{3}, passes: [][]byte{unixIterPass(1, 2, 2), nil},
			want: "1/5 2/5", err: netstat.ErrIncomplete},
		{name: "no room", counts: []uint64{2}, passes: [][]byte{nil, nil, unixIterPass(1, 2)}, want: "1/5 2/5"},
		{name: "opened meanwhile", counts: []uint64{2, 3}, passes: [][]byte{unixIterPass(1, 2), unixIterPass(1, 2, 4)}, want: "1/5 2/5 4/5"},
		{name: "closed meanwhile", counts: []uint64{2, 1}, passes: [][]byte{unixIterPass(1, 2), unixIterPass(1)}, want: "1/5 2/5"},
		{name: "accepted meanwhile", counts: []uint64{3}, passes: [][]byte{waiting, accepted}, want: "0/5 0/5"},
		{name: "closed ones counted", counts: []uint64{102}, passes: [][]byte{unixIterPass(1, 2), unixIterPass(1, 2)}, want: "1/5 2/5"},
		{name: "far fewer than counted", counts: []uint64{100000}, passes: [][]byte{unixIterPass(many...), unixIterPass(many...)}, err: errIterShort},
		{name: "second pass failed", counts: []uint64{3}, passes: [][]byte{unixIterPass(1, 2), nil}, err: bpf.ErrUnixShort},
	} {
		s := scriptUnix(t, "bpf", 0, test.passes...)
		s.counts = test.counts
		got := collect(s, netstat.UnixTable, netstat.Need{Facts: netstat.FactReferences})
		if got.unixRows() != test.want || !errors.Is(got.err, test.err) || len(got.reports) > 0 || s.open != 0 || len(s.passes) > 0 {
			t.Errorf("%s: rows %q, error %v, reports %v, %d open, %d passes left", test.name, got.unixRows(), got.err, got.reports, s.open, len(s.passes))
		}
		if want := int(test.counts[0]); s.rooms[0] < want+want/16 {
			t.Errorf("%s: room for %d of %d", test.name, s.rooms[0], want)
		}
	}

	s := scriptUnix(t, "bpf", 0, unixIterPass(1, 2))
	s.counts = []uint64{2}
	for first := range s.Sockets(context.Background(), netstat.UnixTable, netstat.Need{Facts: netstat.FactReferences}) {
		if got := (result{rows: []netstat.Socket{first}}).unixRows(); got != row(1) {
			t.Errorf("first row %s", got)
		}
		break
	}
	if s.open != 0 {
		t.Error("open after an early stop")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range s.Sockets(ctx, netstat.UnixTable, netstat.Need{Facts: netstat.FactReferences}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
	}
}

// TestUnixIterRefusedOnce checks that a failed iterator is not tried for every
// round.
func TestUnixIterRefusedOnce(t *testing.T) {
	s := scriptUnix(t, "", unixIterLines+1, nil)
	s.counts = []uint64{50000}
	s.conn.replies = slices.Repeat(s.conn.replies, 2)
	for range 2 {
		if got := collect(s, netstat.UnixTable, netstat.Need{Facts: netstat.FactReferences}); len(got.rows) != unixIterLines+1 || got.err != nil {
			t.Errorf("%d rows, error %v", len(got.rows), got.err)
		}
	}
	if len(s.rooms) != dumpTries || s.rooms[2] != 4*s.rooms[0] {
		t.Errorf("rooms %d", s.rooms)
	}
}

// TestUnixIterBogus checks that a malformed record is reported and the others
// follow.
func TestUnixIterBogus(t *testing.T) {
	order := binary.NativeEndian
	for name, damage := range map[string]func(b []byte){
		"no type":       func(b []byte) { b[bpf.UnixKind] = 0 },
		"long name":     func(b []byte) { b[bpf.UnixLength] = bpf.UnixNameMax + 1 },
		"no references": func(b []byte) { order.PutUint32(b[bpf.UnixReferences:], 0) },
		"one reference": func(b []byte) { order.PutUint32(b[bpf.UnixReferences:], 1) },
	} {
		b := unixIterPass(1, 2)
		damage(b)
		s := scriptUnix(t, "bpf", 0, b)
		s.counts = []uint64{2}
		got := collect(s, netstat.UnixTable, netstat.Need{Facts: netstat.FactReferences})
		if got.unixRows() != "2/5" || len(got.reports) != 1 || !errors.Is(got.reports[0], netstat.ErrBogusRecord) {
			t.Errorf("%s: rows %q, reports %v", name, got.unixRows(), got.reports)
		}
	}
}

func TestParseUnixCount(t *testing.T) {
	for line, want := range map[string]uint64{
		"UNIX-STREAM 1152 100000      -1   NI       0   yes  kernel      y  n": 100000,
		"UNIX      1152    321      -1   NI       0   yes  kernel      y  n":   321,
		"UNIX": 0, "": 0, "UNIXES 1 2": 0, "UDP 1472 5": 0, "UNIX x 3": 0,
	} {
		if got := parseUnixCount([]byte(line)); got != want {
			t.Errorf("%q: %d, want %d", line, got, want)
		}
	}
}

// FuzzUnixIterRecord checks that a record of any bytes gives a row within the
// model or is refused, and that the row keeps nothing of the record's memory.
func FuzzUnixIterRecord(f *testing.F) {
	f.Add(unixIterRecord(7, 3, unixListen, "/path\x00"))
	f.Add(unixIterRecord(7, 4, unixEstablished, "\x00ab\x00c\n"))
	f.Add(unixIterRecord(0, 2, unixEstablished, ""))
	f.Add(unixIterRecord(1<<32-1, 1<<32-1, 0xff, strings.Repeat("x", bpf.UnixNameMax)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < bpf.UnixSize {
			return
		}
		b = b[:bpf.UnixSize]
		u := unixIterDecoder{uid: true, absent: absentFacts(netstat.UnixTable)}
		row := netstat.Socket{Table: netstat.UnixTable, RecvQ: 9, Remote: netstat.Addr{Name: "x"}}
		if !u.decode(b, &row) {
			return
		}
		d := *unixDetail(&row)
		name := strings.Clone(row.Local.Name)
		if row.Table != netstat.UnixTable || row.State == netstat.StateUnknown || row.RecvQ != 0 || row.Remote.Name != "" ||
			d.RefCount == 0 || d.RefCount >= 1<<31 || d.Accepting != (b[bpf.UnixState] == unixListen) || d.Peers ||
			len(name) > int(b[bpf.UnixLength]) || d.Abstract && name[0] != '@' || !d.Abstract && strings.Contains(name, "\x00") {
			t.Fatalf("%+v %+v", row, d)
		}
		clear(b)
		if row.Local.Name != name || !reflect.DeepEqual(*unixDetail(&row), d) {
			t.Fatalf("%q became %q", name, row.Local.Name)
		}
	})
}
