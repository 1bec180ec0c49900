package resolve

import (
	"encoding/binary"
	"net/netip"
	"strings"
)

// Network returns the name that networks(5) has for an IPv4 network address:
// the first entry with exactly that address. No other source of network names
// is asked.
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

// parseNetworks reads /etc/networks as the "files" service of glibc 2.36 does.
// Lines whose number is none are passed over.
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

// parseNetwork reads a network number as glibc 2.36 takes it from a line of
// networks(5): up to four numbers of at most 255, each octal or hexadecimal in
// C's notation, those missing at the end being 0.
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
