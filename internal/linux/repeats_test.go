package linux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"netstat"
)

// readsFile is a /proc file whose reads return the given texts.
type readsFile struct{ reads []string }

func (f *readsFile) Read(b []byte) (int, error) {
	if len(f.reads) == 0 {
		return 0, io.EOF
	}
	n := copy(b, f.reads[0])
	if f.reads[0] = f.reads[0][n:]; f.reads[0] == "" {
		f.reads = f.reads[1:]
	}
	return n, nil
}

func (f *readsFile) Close() error { return nil }

// readsSource has one file. Each time it is opened it returns the next pass,
// then always the last.
func readsSource(t *testing.T, path string, passes ...[]string) *source {
	s := fakeSource(t, Options{Source: "proc"}, nil, nil)
	s.open = func(name string) (io.ReadCloser, error) {
		if name != path {
			return fakeSource(t, Options{}, nil, nil).open(name)
		}
		reads := passes[0]
		if len(passes) > 1 {
			passes = passes[1:]
		}
		return &readsFile{append([]string(nil), reads...)}, nil
	}
	return s
}

func tcpLine(local, remote int, state string, inode int, address string) string {
	return fmt.Sprintf("%4d: 0100007F:%04X 0200007F:%04X %s 00000000:00000000 00:00000000 00000000     0        0 %d 1 %s 20 4 30 10 -1\n", 0, local, remote, state, inode, address)
}

// TestRepeatedTCPRows checks that a row of an earlier read is not listed again.
func TestRepeatedTCPRows(t *testing.T) {
	const hidden, some, other = "0000000000000000", "000000007da03695", "00000000a4d50b9f"
	tests := []struct {
		name  string
		reads []string
		want  string // state and inode of each row
	}{
		{"an inode", []string{tcpLine(1, 80, "01", 7, some) + tcpLine(2, 80, "01", 8, other), tcpLine(2, 80, "01", 8, other) + tcpLine(3, 80, "01", 9, some)}, "1/7 1/8 1/9"},
		{"an inode in another state", []string{tcpLine(1, 80, "01", 7, some), tcpLine(1, 80, "08", 7, some)}, "1/7"},
		{"an inode with other addresses", []string{tcpLine(1, 80, "02", 7, some), tcpLine(2, 81, "02", 7, some)}, "2/7"},
		{"an inode, addresses hidden", []string{tcpLine(1, 80, "01", 7, hidden), tcpLine(1, 80, "01", 7, hidden)}, "1/7"},
		{"inodes that wrapped", []string{tcpLine(1, 80, "01", 7, some), tcpLine(2, 80, "01", 7, other)}, "1/7 1/7"},
		{"inodes that wrapped, addresses hidden", []string{tcpLine(1, 80, "01", 7, hidden), tcpLine(2, 80, "01", 7, hidden)}, "1/7 1/7"},
		{"a TIME-WAIT", []string{tcpLine(1, 80, "06", 0, some), tcpLine(1, 80, "06", 0, some) + tcpLine(2, 80, "06", 0, other)}, "6/0 6/0"},
		{"a TIME-WAIT, addresses hidden", []string{tcpLine(1, 80, "06", 0, hidden), tcpLine(1, 80, "06", 0, hidden)}, "6/0"},
		{"a connection that was closed", []string{tcpLine(1, 80, "01", 7, some), tcpLine(1, 80, "06", 0, other)}, "1/7"},
		{"a request that was answered", []string{tcpLine(1, 80, "03", 0, some), tcpLine(1, 80, "01", 0, other)}, "3/0"},
		{"a connection in place of a TIME-WAIT", []string{tcpLine(1, 80, "06", 0, some), tcpLine(1, 80, "01", 7, other)}, "6/0 1/7"},
		{"two of one walk, on different interfaces", []string{tcpLine(1, 80, "06", 0, some) + tcpLine(1, 80, "06", 0, other)}, "6/0 6/0"},
		{"listeners of the kernel, addresses hidden", []string{tcpLine(1, 0, "0A", 0, hidden), tcpLine(1, 0, "0A", 0, hidden)}, "10/0 10/0"},
		{"listeners of the kernel", []string{tcpLine(1, 0, "0A", 0, some), tcpLine(1, 0, "0A", 0, some) + tcpLine(1, 0, "0A", 0, other)}, "10/0 10/0"},
		{"far apart", []string{tcpLine(1, 80, "01", 1, some), manyLines(2, 2000), tcpLine(1, 80, "01", 1, some)}, ""},
	}
	codes := map[netstat.State]int{
		netstat.Established: 1, netstat.SynSent: 2, netstat.SynReceived: 3, netstat.TimeWait: 6, netstat.CloseWait: 8, netstat.Listen: 10,
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := readsSource(t, "/proc/net/tcp", append([]string{tcpHeader}, test.reads...))
			got := collect(s, netstat.TCP4Table, netstat.Need{})
			if got.err != nil {
				t.Fatal(got.err)
			}
			if test.want == "" {
				if len(got.rows) != 2000 {
					t.Errorf("%d rows", len(got.rows))
				}
				return
			}
			var words []string
			for _, row := range got.rows {
				words = append(words, fmt.Sprintf("%d/%d", codes[row.State], row.Inode))
			}
			if rows := strings.Join(words, " "); rows != test.want {
				t.Errorf("got %s, want %s", rows, test.want)
			}
		})
	}
}

// manyLines returns lines of sockets with the given inodes.
func manyLines(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		b.WriteString(tcpLine(i, 80, "01", i, "000000008f3c1a52"))
	}
	return b.String()
}

func udpLine(inode int) string {
	return fmt.Sprintf("%5d: 00000000:%04X 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 %d 2 00000000a4d50b9f 0            \n", 0, inode, inode)
}

// TestHiddenUDPRows checks that the file of UDP is read until sockets closed
// meanwhile cannot have hidden a row, or that missing rows are reported
// (divergence 11).
func TestHiddenUDPRows(t *testing.T) {
	lines := func(inodes ...int) (text string) {
		for _, inode := range inodes {
			text += udpLine(inode)
		}
		return text
	}
	tests := []struct {
		name    string
		passes  [][]string
		want    string
		changed bool
	}{
		{"one read", [][]string{{lines(1, 2)}, {lines(3)}}, "[1 2]", false},
		{"quiet", [][]string{{lines(1, 2), lines(3)}, {lines(1, 2), lines(3)}, {lines(9)}}, "[1 2 3]", false},
		{"one is opened", [][]string{{lines(1, 2), lines(3)}, {lines(1, 2, 4), lines(3)}, {lines(9)}}, "[1 2 3 4]", false},
		// 1 was closed between the reads, so the kernel skipped 3.
		{"one is hidden", [][]string{{lines(1, 2), lines(4)}, {lines(2, 3), lines(4)}}, "[1 2 4 3]", false},
		{"one is repeated", [][]string{{lines(1, 2), lines(2, 3)}, {lines(5, 1, 2), lines(3)}}, "[1 2 3 5]", false},
		{"always changing", [][]string{{lines(1, 2), lines(3)}, {lines(4, 2), lines(3)}, {lines(5, 2), lines(3)}}, "[1 2 3 4 5]", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for k := range test.passes {
				test.passes[k][0] = udpHeader + test.passes[k][0]
			}
			s := readsSource(t, "/proc/net/udp", test.passes...)
			var inodes []uint64
			changed := false
			need := netstat.Need{Report: func(e *netstat.OpError) { changed = changed || errors.Is(e, netstat.ErrIncomplete) }}
			for row, err := range s.Sockets(context.Background(), netstat.UDP4Table, need) {
				if err != nil {
					t.Fatal(err)
				}
				inodes = append(inodes, row.Inode)
			}
			if got := fmt.Sprint(inodes); got != test.want || changed != test.changed {
				t.Errorf("got %s, changed %v", got, changed)
			}
		})
	}
}

// TestRepeatedRowsOfOtherFiles checks the other files.
func TestRepeatedRowsOfOtherFiles(t *testing.T) {
	ctx := context.Background()
	sockets := func(table netstat.Table) func(*source) int {
		return func(s *source) int { return len(collect(s, table, netstat.Need{}).rows) }
	}
	const (
		packetLine  = "000000008f3c1a52 3      3    0003   0     1 0      0      4711  \n"
		netlinkLine = "000000008f3c1a52 0   1234   00000000 0        0        0     2        0        4712    \n"
		sctpLine    = "8f3c1a52 a4d50b9f 2   10  29  36411  1000 4713 127.0.0.1 \n"
		igmp6Line   = "2    eth0            ff02000000000000000000000000fb01     1 00000004 0\n"
		conntracked = "ipv4     2 tcp      6 %d ESTABLISHED src=192.168.7.2 dst=203.0.113.9 sport=40000 dport=7000 packets=%d bytes=9 src=203.0.113.9 dst=198.51.100.1 sport=7000 dport=61000 packets=%d bytes=9 [ASSURED] mark=0 zone=0 use=2\n"
	)
	tests := []struct {
		path  string
		reads []string
		count func(s *source) int
	}{
		{"packet", []string{"header\n" + packetLine, packetLine}, sockets(netstat.PacketTable)},
		{"netlink", []string{"header\n" + netlinkLine, netlinkLine}, sockets(netstat.NetlinkTable)},
		{"sctp/eps", []string{"ENDPT LPORT\n" + sctpLine, sctpLine}, sockets(netstat.SCTP4Table)},
		{"igmp6", []string{igmp6Line, igmp6Line}, func(s *source) (n int) {
			for _, err := range s.Groups(ctx, netstat.GroupQuery{Family: netstat.Inet6}) {
				if err == nil {
					n++
				}
			}
			return n
		}},
		{"nf_conntrack", []string{fmt.Sprintf(conntracked, 100, 1, 1), fmt.Sprintf(conntracked, 99, 2, 1)}, func(s *source) (n int) {
			f, err := s.open("/proc/net/nf_conntrack")
			if err != nil {
				t.Fatal(err)
			}
			s.conntrackFile(ctx, f, func(_ netstat.NATSession, err error) bool {
				if err != nil {
					t.Error(err)
				}
				n++
				return true
			})
			return n
		}},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			if n := test.count(readsSource(t, "/proc/net/"+test.path, test.reads)); n != 1 {
				t.Errorf("%d rows", n)
			}
		})
	}
}
