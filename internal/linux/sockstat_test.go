package linux

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"netstat"
	"netstat/internal/linux/bpf"
)

func TestParseSockstat(t *testing.T) {
	for text, want := range map[string]sockstat{
		"sockets: used 11\nTCP: inuse 1 orphan 224 tw 3 alloc 330 mem 1171\nUDP: inuse 5 mem 0\n": {1, 3, 330},
		"TCP6: inuse 12\nUDP6: inuse 7\n":    {inUse: 12},
		"":                                   {},
		"TCP: inuse -1 tw 99999999999 alloc": {},
	} {
		if got := parseSockstat([]byte(text)); got != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// TestIterCount checks that a pass with far fewer sockets than the kernel
// counts is reported and the iterator not used again, unless a dump has no more
// either.
func TestIterCount(t *testing.T) {
	rows := func(n int, record []byte) []byte { return bytes.Repeat(record, n) }
	timeWait4, timeWait6 := record4(1), record6(1)
	timeWait4[bpf.TCPState], timeWait6[bpf.TCPState] = bpf.TCPTimeWait, bpf.TCPTimeWait
	request := record4(1)
	request[bpf.TCPState] = bpf.TCPNewSynRecv
	other := make([]byte, bpf.TCPMarkSize)
	other[bpf.TCPState] = bpf.TCPTimeWait
	const counted = "TCP: inuse 20000 orphan 0 tw 10000 alloc 50000 mem 1\n"
	dump := func(n int) (replies []reply) {
		for ; n > 0; n -= 100 {
			var rows []byte
			for i := range 100 {
				rows = append(rows, row4(uint16(n-i))...)
			}
			replies = append(replies, datagram(rows))
		}
		return append(replies, datagram(done(0)))
	}

	for _, test := range []struct {
		name     string
		need     netstat.Need
		pass     [][]byte
		counted  string // sockstat after the pass
		dump     []reply
		rows     int
		reported bool
		refused  bool
	}{
		{name: "all there", pass: [][]byte{rows(20000, record4(1)), rows(10000, timeWait4)}, counted: counted, rows: 30000},
		{name: "some closed meanwhile", pass: [][]byte{rows(20000, record4(1)), rows(8500, timeWait4)}, counted: counted, rows: 28500},
		{name: "TIME-WAIT of the other family", pass: [][]byte{rows(20000, record4(1)), rows(10000, other)}, counted: counted, rows: 20000},
		{name: "TIME-WAIT held back", need: netstat.Need{Then: netstat.TCP6Table}, pass: [][]byte{rows(20000, record4(1)), rows(10000, timeWait6)}, counted: counted, rows: 20000},
		{name: "no TIME-WAIT", pass: [][]byte{rows(20000, record4(1))}, counted: counted, dump: dump(30000), rows: 20000, reported: true, refused: true},
		{name: "requests are not counted", pass: [][]byte{rows(20000, record4(1)), rows(10000, request)}, counted: counted, dump: dump(40000),
			rows: 30000, reported: true, refused: true},
		{name: "nothing", counted: counted, dump: dump(30000), reported: true, refused: true},
		{name: "a dump has no more", pass: [][]byte{rows(20000, record4(1))}, counted: counted, dump: dump(20000), rows: 20000},
		{name: "a dump has no more, IPv6 is held back", need: netstat.Need{Then: netstat.TCP6Table}, pass: [][]byte{rows(20000, record4(1))},
			counted: counted, dump: dump(20000), rows: 20000, refused: true},
		{name: "a dump fails", pass: [][]byte{rows(20000, record4(1))}, counted: counted, dump: []reply{{err: errors.New("no")}},
			rows: 20000, reported: true, refused: true},
		{name: "closed before the end", pass: [][]byte{rows(20000, record4(1))}, counted: "TCP: inuse 20000 orphan 0 tw 12 alloc 9 mem 1\n", rows: 20000},
		{name: "no count", pass: [][]byte{rows(2, record4(1))}, rows: 2},
	} {
		var pass []reply
		for part := range slices.Chunk(slices.Concat(append(test.pass, endRecord)...), 4096) {
			pass = append(pass, datagram(part))
		}
		s := scriptTCP(t, "", counted, "", pass)
		s.counted = test.counted
		s.conn.replies = test.dump
		got := collect(s, netstat.TCP4Table, test.need)
		if len(got.rows) != test.rows || got.err != nil || s.iterRefused != test.refused {
			t.Errorf("%s: %d rows, error %v, refused %v", test.name, len(got.rows), got.err, s.iterRefused)
		}
		reported := slices.ContainsFunc(got.reports, func(e *netstat.OpError) bool {
			return errors.Is(e, netstat.ErrIncomplete) && errors.Is(e, errIterShort) && e.Table == netstat.TCP4Table
		})
		if reported != test.reported || len(got.reports) > 1 {
			t.Errorf("%s: reports %v", test.name, got.reports)
		}
		if held := s.held.records != nil; held != (test.need.Then != netstat.Table{} && !test.refused) {
			t.Errorf("%s: records of IPv6 held: %v", test.name, held)
		}
	}
}
