package wine

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netstat/internal/ascii"
)

// addressCases are addresses of every type that Windows formats in its own way: all
// words around an embedded IPv4 address, every pattern of zeros, and random ones.
func addressCases() []netip.Addr {
	var all []netip.Addr
	add := func(words ...uint16) {
		var a [16]byte
		for i, w := range words {
			binary.BigEndian.PutUint16(a[2*i:], w)
		}
		all = append(all, netip.AddrFrom16(a))
	}
	for _, p := range [][4]uint16{
		{}, {0, 0, 0, 1}, {0, 1, 0, 0}, {1, 0, 0, 0}, {0x2001, 0xdb8, 0, 0}, {0xfe80, 0, 0, 0}, {1, 2, 3, 4}, {0xff02, 0, 0, 0},
	} {
		for _, w4 := range []uint16{0, 1, 0x200, 0x300, 0xffff} {
			for _, w5 := range []uint16{0, 1, 0x5efe, 0xffff} {
				for _, w6 := range []uint16{0, 1, 0x7f00, 0xffff} {
					for _, w7 := range []uint16{0, 1, 0x277b, 0xffff} {
						add(p[0], p[1], p[2], p[3], w4, w5, w6, w7)
					}
				}
			}
		}
	}
	for zeros := range 256 {
		for _, value := range []uint16{1, 0xffff, 0x5efe, 0x0f0} {
			var words [8]uint16
			for i := range words {
				if zeros>>i&1 == 0 {
					words[i] = value
				}
			}
			add(words[:]...)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	choices := []uint16{0, 0, 0, 1, 0x200, 0x5efe, 0xffff, 0xfe80}
	for range 2000 {
		var words [8]uint16
		for i := range words {
			words[i] = choices[random.IntN(len(choices))]
			if random.IntN(8) == 0 {
				words[i] = uint16(random.Uint32())
			}
		}
		add(words[:]...)
	}
	return all
}

// TestAddresses compares IPv6 addresses as formatted by the Microsoft dialect, before a
// port, with a scope and bare, with ntdll's.
func TestAddresses(t *testing.T) {
	var lines bytes.Buffer
	var want []string
	for i, ip := range addressCases() {
		scope, port := []uint32{0, 1, 4294967295}[i%3], []uint16{0, 443, 65535}[i/3%3]
		fmt.Fprintln(&lines, ip.StringExpanded(), scope, port)
		text := string(ascii.AppendWindowsIP(nil, ip))
		if scope != 0 {
			text = fmt.Sprintf("%s%%%d", text, scope)
		}
		if port != 0 {
			text = fmt.Sprintf("[%s]:%d", text, port)
		}
		want = append(want, text)
	}
	path := filepath.Join(t.TempDir(), "addresses")
	if err := os.WriteFile(path, lines.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := shared.Run(shared.helper, "addresses", "Z:"+path)
	if err != nil || r.Code != 0 || len(r.Stderr) > 0 {
		t.Fatalf("status %d, %v\n%s", r.Code, err, r.Stderr)
	}
	got := strings.Split(strings.TrimSuffix(string(r.Stdout), "\n"), "\n")
	if len(got) != len(want) || len(want) < 5000 {
		t.Fatalf("%d texts for %d addresses", len(got), len(want))
	}
	dotted, differ := 0, 0
	for i := range want {
		if strings.Contains(want[i], ".") {
			dotted++
		}
		if got[i] != want[i] {
			if differ++; differ <= 20 {
				t.Errorf("%q, Wine prints %q", want[i], got[i])
			}
		}
	}
	t.Logf("%d addresses, %d of them dotted, %d differ", len(want), dotted, differ)
	if dotted < 400 {
		t.Errorf("only %d dotted addresses", dotted)
	}
}
