package resolve

import (
	"encoding/binary"
	"net/netip"
	"strings"
)

// Network returns the name of an IPv4 network address in networks(5): that of
// the first entry with exactly this address. It uses no other source of network
// names.
func (r *Resolver) Network(ip netip.Addr) (string, bool) {
	if !ip.Is4() {
		return "", false
	}
	if r.networks == nil {
		r.networks = parseNetworks(r.file("etc/networks"))
	}
	name, ok := r.networks[ip]
	return name, ok
}

// parseNetworks parses /etc/networks like the "files" service of glibc 2.36. It
// skips lines without a valid number.
func parseNetworks(text string) map[netip.Addr]string {
	networks := make(map[netip.Addr]string)
	for line := range records(text) {
		name, rest := word(line)
		number, _ := word(rest)
		ip, ok := parseNetwork(number)
		if name == "" || !ok {
			continue
		}
		if _, known := networks[ip]; !known {
			networks[ip] = name
		}
	}
	return networks
}

// parseNetwork parses a network number of networks(5) like glibc 2.36: up to
// four numbers of at most 255, each decimal, octal or hexadecimal in C's
// notation. Missing numbers at the end are 0.
func parseNetwork(text string) (netip.Addr, bool) {
	var ip uint32
	parts := 0
	for part := range strings.SplitSeq(text, ".") {
		if parts == 4 || part == "" || digit(part[0]) > 9 {
			return netip.Addr{}, false
		}
		n, rest, ok := number(part, 0)
		if !ok || rest != "" || n > 255 {
			return netip.Addr{}, false
		}
		ip = ip<<8 | n
		parts++
	}
	ip <<= 8 * (4 - parts)
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], ip)
	return netip.AddrFrom4(b), true
}
