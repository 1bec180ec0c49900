package linux

import (
	"slices"
	"testing"

	"netstat"
)

// TestCrowded checks that a dump of a crowded table is repeated until it has no
// new row, and that repeated rows are shown once.
func TestCrowded(t *testing.T) {
	dump := func(ports ...uint16) (replies []reply) {
		for part := range slices.Chunk(ports, 100) {
			var rows []byte
			for _, port := range part {
				rows = append(rows, row4(port)...)
			}
			replies = append(replies, datagram(rows))
		}
		return append(replies, datagram(done(0)))
	}
	sequence := func(from, to uint16) (ports []uint16) {
		for port := from; port < to; port++ {
			ports = append(ports, port)
		}
		return ports
	}
	all := sequence(1, 1001)
	without := func(hidden ...uint16) []uint16 {
		return slices.DeleteFunc(slices.Clone(all), func(p uint16) bool { return slices.Contains(hidden, p) })
	}
	with := func(ports ...uint16) []uint16 { return slices.Concat(all, ports) }
	const crowded, spacious = "1024\n", "65536\n"
	for _, test := range []struct {
		name    string
		buckets string // content of /proc/sys/net/ipv4/tcp_ehash_entries
		need    netstat.Need
		passes  [][]uint16
		want    []uint16
		dumps   int
	}{
		{"complete at once", crowded, netstat.Need{}, [][]uint16{all, all}, all, 2},
		{"shared with the first namespace", "-1024\n", netstat.Need{}, [][]uint16{all, all}, all, 2},
		{"one is hidden", crowded, netstat.Need{}, [][]uint16{without(300), all, all}, append(without(300), 300), 3},
		{"one is hidden twice", crowded, netstat.Need{}, [][]uint16{without(300, 700), without(300), all},
			append(without(300, 700), 700, 300), 3},
		{"more open and close", crowded, netstat.Need{}, [][]uint16{all, with(2000), with(2001)}, with(2000, 2001), 3},
		{"one is repeated", crowded, netstat.Need{}, [][]uint16{slices.Insert(slices.Clone(all), 500, 490), all}, all, 2},
		{"one is repeated early", crowded, netstat.Need{}, [][]uint16{slices.Insert(slices.Clone(all), 40, 30), all}, all, 2},
		{"enough buckets", spacious, netstat.Need{}, [][]uint16{without(300)}, without(300), 1},
		{"an unknown number", "", netstat.Need{}, [][]uint16{without(300)}, without(300), 1},
		{"few rows", crowded, netstat.Need{}, [][]uint16{sequence(1, 200)}, sequence(1, 200), 1},
		{"listeners", crowded, netstat.Need{States: netstat.States(netstat.Listen)}, [][]uint16{all}, all, 1},
	} {
		c := &scriptedConn{}
		for _, ports := range test.passes {
			c.replies = append(c.replies, dump(ports...)...)
		}
		files := map[string]string{"/proc/net/sockstat": "TCP: inuse 900 orphan 0 tw 100 alloc 900 mem 1\n"}
		if test.buckets != "" {
			files["/proc/sys/net/ipv4/tcp_ehash_entries"] = test.buckets
		}
		got := collect(fakeSource(t, Options{Source: "netlink"}, c, files), netstat.TCP4Table, test.need)
		if !slices.Equal(got.ports(), test.want) || got.err != nil || c.sends != test.dumps {
			t.Errorf("%s: %d rows of %d, error %v, %d dumps", test.name, len(got.rows), len(test.want), got.err, c.sends)
		}
	}
}
