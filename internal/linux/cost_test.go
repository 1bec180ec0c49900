package linux

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

// recordedDump returns a dump of n rows in datagrams of the kernel's size.
func recordedDump(n int, row func(uint16) []byte) []reply {
	var replies []reply
	var b []byte
	for i := range n {
		m := row(uint16(i))
		if len(b)+len(m) > 32<<10 {
			replies = append(replies, reply{data: b})
			b = nil
		}
		b = append(b, m...)
	}
	return append(replies, reply{data: b}, reply{data: done(0)})
}

// rawConn replays datagrams without rewriting them, so that a benchmark
// measures only the decoder.
type rawConn struct {
	replies []reply
	at      int
}

func (c *rawConn) Send([]byte) error { c.at = 0; return nil }
func (c *rawConn) Receive(b []byte) (int, bool, error) {
	r := c.replies[c.at]
	c.at++
	return copy(b, r.data), false, nil
}
func (c *rawConn) Close() {}

// dumpSource returns a function that reads n rows over netlink. The sequence
// number is constant, like the recorded one.
func dumpSource(t testing.TB, n int, row func(uint16) []byte) func() {
	c := &rawConn{replies: recordedDump(n, row)}
	d := diagDump{request: diagRequest{table: netstat.TCP4Table, protocol: ipprotoTCP, states: diagAllStates}}
	if row(0)[netlink.HeaderSize] == afInet6 {
		d.request.table = netstat.TCP6Table
	}
	buf := make([]byte, bufferSize)
	ctx := context.Background()
	return func() {
		c.at = 0
		got := 0
		out := d.run(ctx, c, buf, func(s netstat.Socket, err error) bool {
			if s.State == netstat.Established {
				got++
			}
			return true
		})
		if out.Err != nil || got != n {
			t.Fatalf("%d rows of %d, error %v", got, n, out.Err)
		}
	}
}

// iterSource returns a function that reads a pass of the BPF iterator with n
// rows of TCP and n held rows of TCP6.
func iterSource(t testing.TB, n int) func() {
	var records []byte
	for i := range n {
		records = append(append(records, record4(uint16(i))...), record6(uint16(i))...)
	}
	records = append(records, endRecord...)
	s := fakeSource(t, Options{Source: "bpf"}, nil, nil)
	s.openTCP = func(uint8, bool) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(records)), nil }
	ctx := context.Background()
	return func() {
		got := 0
		for _, table := range []netstat.Table{netstat.TCP4Table, netstat.TCP6Table} {
			for row, err := range s.Sockets(ctx, table, netstat.Need{Then: netstat.TCP6Table}) {
				if err != nil {
					t.Fatal(err)
				}
				if row.State == netstat.Established {
					got++
				}
			}
		}
		if got != 2*n {
			t.Fatalf("%d rows of %d", got, 2*n)
		}
	}
}

// unixIterSource returns a function that reads a pass of the BPF iterator over n
// unix sockets.
func unixIterSource(t testing.TB, n int) func() {
	var records []byte
	for i := range n {
		records = append(records, unixIterRecord(uint32(i+1), uint32(i%3+2), unixEstablished, "/run/user/1000/service/socket\x00")...)
	}
	s := scriptUnix(t, "bpf", 0)
	s.counts = []uint64{uint64(n)}
	return func() {
		s.passes = [][]byte{records}
		got := 0
		for _, err := range s.Sockets(context.Background(), netstat.UnixTable, netstat.Need{Facts: netstat.FactReferences}) {
			if err != nil {
				t.Fatal(err)
			}
			got++
		}
		if got != n {
			t.Fatalf("%d rows of %d", got, n)
		}
	}
}

// fileSource returns a function that reads a table from a file with numbered
// rows.
func fileSource(t testing.TB, table netstat.Table, file, header, format string, n int) func() {
	var b strings.Builder
	b.WriteString(header)
	for i := range n {
		fmt.Fprintf(&b, format, i, i)
	}
	s := fakeSource(t, Options{Source: "proc"}, nil, map[string]string{"/proc/net/" + file: b.String()})
	ctx := context.Background()
	return func() {
		got := 0
		for _, err := range s.Sockets(ctx, table, netstat.Need{}) {
			if err != nil {
				t.Fatal(err)
			}
			got++
		}
		if got != n {
			t.Fatalf("%d rows of %d", got, n)
		}
	}
}

const (
	tcpHeader  = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n"
	tcpFormat  = "%4d: 0100007F:0016 0200007F:A3C2 01 00000000:00000000 02:00000FA0 00000000  1000        0 %d 2 000000008f3c1a52 20 4 31 10 -1                   \n"
	udpHeader  = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            \n"
	udpFormat  = "%5d: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 %d 2 00000000a4d50b9f 0            \n"
	unixHeader = "Num       RefCount Protocol Flags    Type St Inode Path\n"
	unixFormat = "%016x: 00000002 00000000 00010000 0001 01 %d /run/user/1000/service/socket\n"
)

// TestAllocations checks that the allocations for a table do not grow with its
// rows. Names and details of unix sockets share pieces of memory, each for some
// hundred rows.
func TestAllocations(t *testing.T) {
	const few, many = 1000, 9000
	tests := []struct {
		name   string
		run    func(rows int) func()
		perRow float64
	}{
		{"tcp dump", func(n int) func() { return dumpSource(t, n, row4) }, 0},
		{"tcp6 dump", func(n int) func() { return dumpSource(t, n, row6) }, 0},
		// The memory for held rows grows by doubling.
		{"tcp iterator", func(n int) func() { return iterSource(t, n) }, 0.002},
		{"unix iterator", func(n int) func() { return unixIterSource(t, n) }, 0.002},
		{"tcp file", func(n int) func() { return fileSource(t, netstat.TCP4Table, "tcp", tcpHeader, tcpFormat, n) }, 0.002},
		{"udp file", func(n int) func() { return fileSource(t, netstat.UDP4Table, "udp", udpHeader, udpFormat, n) }, 0.002},
		{"unix file", func(n int) func() { return fileSource(t, netstat.UnixTable, "unix", unixHeader, unixFormat, n) }, 0.02},
	}
	for _, test := range tests {
		small := testing.AllocsPerRun(10, test.run(few))
		large := testing.AllocsPerRun(10, test.run(many))
		if perRow := (large - small) / (many - few); perRow > test.perRow {
			t.Errorf("%s: %v allocations for %d rows, %v for %d: %v a row", test.name, small, few, large, many, perRow)
		}
	}
}

func perRow(b *testing.B, rows int, run func()) {
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
}

func BenchmarkDecodeDiag(b *testing.B) {
	b.Run("tcp", func(b *testing.B) { perRow(b, 10000, dumpSource(b, 10000, row4)) })
	b.Run("tcp6", func(b *testing.B) { perRow(b, 10000, dumpSource(b, 10000, row6)) })
}

func BenchmarkDecodeTCP(b *testing.B) { perRow(b, 20000, iterSource(b, 10000)) }

func BenchmarkParseProcTCP(b *testing.B) {
	perRow(b, 10000, fileSource(b, netstat.TCP4Table, "tcp", tcpHeader, tcpFormat, 10000))
}

func BenchmarkParseUnix(b *testing.B) {
	perRow(b, 10000, fileSource(b, netstat.UnixTable, "unix", unixHeader, unixFormat, 10000))
}
