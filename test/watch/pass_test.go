package watch

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
)

// many is more rows than a round reads in one pass.
const many = 3000

// crowd returns connections with the identities from first to last.
func crowd(first, last uint64, sent uint64) map[netstat.Table][]netstat.Socket {
	var rows []netstat.Socket
	for id := first; id <= last; id++ {
		s := tcp(id, netstat.Established, "127.0.0.1:80", "127.0.0.1:1000")
		s.Remote = netstat.Addr{IP: netip.AddrFrom4([4]byte{10, 0, byte(id >> 8), byte(id)}), Port: uint16(1000 + id)}
		rows = append(rows, traffic(s, sent*id, 0, 0))
	}
	return map[netstat.Table][]netstat.Socket{netstat.TCP4Table: rows}
}

// TestLargeTable requires that a round of a large table reads costly facts of the visible
// rows only, and shows the same as one that reads them of all rows.
func TestLargeTable(t *testing.T) {
	s := newStage(t, 80, 24, crowd(1, many, 0), "-tan")
	for id := range uint64(many + 10) {
		s.host.Owned.Add(id+10, 60)
	}
	s.next(crowd(1, many, 0)) // the first round with two passes
	s.host.Needs, s.host.OwnerQueries = map[netstat.Table]netstat.Need{}, nil
	s.next(crowd(1, many, 100))
	need := s.host.Needs[netstat.TCP4Table] // of the last pass
	if n := len(need.Where.Of); n == 0 || n > 100 {
		t.Errorf("the second pass asks for %d sockets", n)
	}
	if need.Facts&netstat.FactTCPInfo == 0 {
		t.Errorf("the second pass asks for facts %b", need.Facts)
	}
	if _, ok := s.host.Needs[netstat.UnixTable]; ok {
		t.Error("a round of TCP reads unix sockets")
	}
	for _, q := range s.host.OwnerQueries {
		if n := len(q.Inodes); n == 0 || n > 100 {
			t.Errorf("owners of %d sockets are searched for", n)
		}
	}
	text := s.model.Screen().Text()
	if n := strings.Count(text, "nginx"); n < 15 {
		t.Errorf("%d visible rows have an owner:\n%s", n, text)
	}
	// Socket 20 sends 20·100 bytes in the second.
	if !strings.Contains(text, "2.0kB/s") || !strings.Contains(text, "3000 sockets") {
		t.Errorf("no rates or no count:\n%s", text)
	}

	// Sorted by rate, the greatest of all rows are first.
	s.keys("ssent" + enter)
	s.next(crowd(1, many, 200))
	s.next(crowd(1, many, 300))
	lines := strings.Split(s.model.Screen().Text(), "\n")
	for i := range 20 {
		want := fmt.Sprintf("%.1fkB/s", float64(many-i)*100/1000)
		if !strings.Contains(lines[2+i], want) {
			t.Errorf("row %d: %q, want %s", i, lines[2+i], want)
		}
	}

	// Rows beyond those that a round keeps are read once the selection reaches them.
	s.keys("snone" + enter)
	s.keys(end)
	if text := s.model.Screen().Text(); !strings.Contains(text, ":4000") {
		t.Errorf("the last row is not reached:\n%s", text)
	}

	s.keys(home)
	for range many/21 + 1 {
		s.keys(pageDown)
		s.next(crowd(1, many, 300))
	}
	if text := s.model.Screen().Text(); !strings.Contains(text, ":4000") {
		t.Errorf("pages do not lead to the end:\n%s", text)
	}

	// Marks count all rows.
	s.keys(home)
	s.next(crowd(5, many+10, 300))
	if text := s.model.Screen().Text(); !strings.Contains(text, "3006 sockets, 10 opened, 4 closed") || strings.Count(text, " closed ") != 4+1 {
		t.Errorf("marks:\n%s", text)
	}
}

// TestFailedTable requires that the sockets of a table that cannot be read are not taken
// for closed, nor for opened afterwards.
func TestFailedTable(t *testing.T) {
	s := newStage(t, 80, 24, moments()[0], "-an")
	rows := moments()[0]
	delete(rows, netstat.UnixTable)
	s.host.Errs[netstat.UnixTable] = errors.New("out of memory")
	s.next(rows)
	text := s.model.Screen().Text()
	if strings.Contains(text, "closed") || !strings.Contains(text, "out of memory") {
		t.Errorf("a failed table:\n%s", text)
	}
	delete(s.host.Errs, netstat.UnixTable)
	s.next(moments()[0])
	if text := s.model.Screen().Text(); strings.Contains(text, "opened") || strings.Contains(text, "out of memory") {
		t.Errorf("a table that is read again:\n%s", text)
	}
	for _, row := range s.model.Round().Rows {
		if row.Record.Change != fact.ChangeNone {
			t.Errorf("%+v", row.Record.Row.Socket)
		}
	}
}

// TestPaused requires that a pause keeps the rows, and that keys act on them.
func TestPaused(t *testing.T) {
	s := newStage(t, 80, 24, moments()[0], "-an")
	s.keys(" ")
	before := s.model.Screen().Text()
	s.next(moments()[1])
	if text := s.model.Screen().Text(); text != before || !strings.Contains(text, "PAUSED") {
		t.Errorf("paused:\n%s", text)
	}
	s.keys("/sport = :22" + enter)
	if text := s.model.Screen().Text(); !strings.Contains(text, "1 socket  filter") || !strings.Contains(text, "PAUSED") {
		t.Errorf("a filter while paused:\n%s", text)
	}
}

// TestDenied requires a message about missing owners, which stays until a key is pressed.
func TestDenied(t *testing.T) {
	s := newStage(t, 80, 24, moments()[0], "-an")
	s.host.Owned.Denied = true
	for range 3 {
		s.next(moments()[0])
		if text := s.model.Screen().Text(); !strings.Contains(text, "owners may be missing (run as root)") {
			t.Fatalf("missing owners:\n%s", text)
		}
	}
	s.keys("/" + escape)
	s.next(moments()[1])
	if text := s.model.Screen().Text(); strings.Contains(text, "owners may be missing") {
		t.Errorf("after a key:\n%s", text)
	}
}
