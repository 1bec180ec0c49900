package fact

import "net/netip"

// exposures lists the values of exposure.
var exposures = []string{"loopback", "link-local", "private", "public", "multicast", "wildcard"}

// sharedAddresses is the range between a provider's customers and its address
// translators (RFC 6598).
var sharedAddresses = netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10)

// exposure returns the range from which a local address can be reached, or "" if there is
// no address. "wildcard" means every address of the host. Private addresses are those of
// RFC 1918, RFC 4193 and RFC 6598.
func exposure(ip netip.Addr) string {
	ip = ip.Unmap()
	switch {
	case !ip.IsValid():
		return ""
	case ip.IsUnspecified():
		return "wildcard"
	case ip.IsLoopback():
		return "loopback"
	case ip.IsLinkLocalUnicast():
		return "link-local"
	case ip.IsMulticast():
		return "multicast"
	case ip.IsPrivate(), sharedAddresses.Contains(ip):
		return "private"
	}
	return "public"
}
