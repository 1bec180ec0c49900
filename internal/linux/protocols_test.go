package linux

import (
	"fmt"
	"strings"
	"testing"
)

func protocolsText(file string) string {
	var b strings.Builder
	bogus := readProtocols([]byte(file), func(name []byte, sockets uint64) bool {
		fmt.Fprintf(&b, "%s=%d ", name, sockets)
		return true
	})
	if bogus != nil {
		fmt.Fprintf(&b, "bogus %q", bogus)
	}
	return strings.TrimSpace(b.String())
}

func TestReadProtocols(t *testing.T) {
	const header = "protocol  size sockets  memory press maxhdr  slab module     cl co di ac\n"
	for _, c := range []struct{ name, file, want string }{
		{"captured", header +
			"AF_VSOCK  1240      0      -1   NI       0   yes  kernel      n  n  n  n\n" +
			"TCPv6     2432     17   12206   no     192   yes  kernel      y  y  y  y\n" +
			"UNIX-STREAM 1152      2      -1   NI       0   yes  kernel      n  n  n  n\n",
			"AF_VSOCK=0 TCPv6=17 UNIX-STREAM=2"},
		{"empty", "", ""},
		{"no header", header, ""},
		{"negative", header + "TCP 2304 -1 3\nUDP 1344 4 5\n", `UDP=4 bogus "TCP 2304 -1 3"`},
		{"cut", header + "TCP 2304\n", `bogus "TCP 2304"`},
		{"largest", header + "TCP 2304 18446744073709551615\n", "TCP=18446744073709551615"},
	} {
		if got := protocolsText(c.file); got != c.want {
			t.Errorf("%s: %s; want %s", c.name, got, c.want)
		}
	}
}

func FuzzReadProtocols(f *testing.F) {
	f.Add([]byte("protocol size\nTCP 2304 1 2\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		readProtocols(b, func(name []byte, _ uint64) bool {
			if len(name) == 0 {
				t.Error("a protocol without a name")
			}
			return true
		})
	})
}
