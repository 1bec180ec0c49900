package resolve

import (
	"net/netip"
	"testing"
)

// The lines and what net-tools 2.10 on glibc 2.36 makes of them, reading only
// the file: divergence R4.
func TestNetwork(t *testing.T) {
	r := New(Options{Root: tree(t, map[string]string{"etc/networks": `# comment
default		0.0.0.0
loopback	127.0.0.0
short	10.1 alias1
shorter	172
full	192.168.7.0
hexadecimal	0xac.0x10
one-number	0x0a0a0a00
octal	012.012.013.0
tabbed	192.168.8 # c
first	192.168.9.0
second	192.168.9.0
host	192.168.10.5
five	1.2.3.4.5
letters	x.y
large	300.1.1.0
dot	192.168.12.
	indented	192.168.14.0
nameless
`})})
	for ip, want := range map[string]string{
		"0.0.0.0": "default", "127.0.0.0": "loopback", "10.1.0.0": "short", "172.0.0.0": "shorter",
		"192.168.7.0": "full", "172.16.0.0": "hexadecimal", "10.10.10.0": "", "10.10.11.0": "octal",
		"192.168.8.0": "tabbed", "192.168.9.0": "first", "192.168.10.5": "host", "192.168.10.0": "",
		"1.2.3.4": "", "192.168.12.0": "", "192.168.14.0": "indented", "::1": "", "255.255.255.255": "",
	} {
		name, ok := r.Network(netip.MustParseAddr(ip))
		if name != want || ok != (want != "") {
			t.Errorf("Network(%s) = %q, %v; want %q", ip, name, ok, want)
		}
	}
	if name, ok := New(Options{Root: t.TempDir()}).Network(netip.MustParseAddr("127.0.0.0")); ok {
		t.Errorf("without a file, 127.0.0.0 is %q", name)
	}
}

func FuzzNetworks(f *testing.F) {
	f.Add("loopback 127.0.0.0\nhex 0xac.0x10 alias # c\n\tshort\t10")
	f.Fuzz(func(t *testing.T, text string) {
		for ip, name := range parseNetworks(text) {
			if !ip.Is4() || name == "" {
				t.Errorf("%v is %q", ip, name)
			}
		}
	})
}
