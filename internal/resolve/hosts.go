package resolve

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// WantHost starts to look up the name of an address, unless the name is known
// or being looked up, and returns at once.
func (r *Resolver) WantHost(ip netip.Addr) {
	if r.timeout < 0 || !ip.IsValid() {
		return
	}
	r.wantHost(ip.WithZone(""))
}

// Host returns the name of an address, the first if there are several. It waits
// for the lookup within the report's time limit; after that, an address that is
// still unresolved has no name. An IPv4-mapped IPv6 address has the name that
// /etc/hosts gives the mapped form, or else the IPv4 address's name in DNS, as
// with getnameinfo(3) of glibc 2.36.
func (r *Resolver) Host(ip netip.Addr) (string, bool) {
	if r.timeout < 0 || !ip.IsValid() {
		return "", false
	}
	return r.await(r.wantHost(ip.WithZone("")), "host names from the name server")
}

// HostReady reports whether Host would answer without waiting: the answer is
// there, or this report may not wait for it any more.
func (r *Resolver) HostReady(ip netip.Addr) bool {
	return !ip.IsValid() || r.ready(r.hosts[ip.WithZone("")])
}

func (r *Resolver) wantHost(ip netip.Addr) *answer {
	if a := r.hosts[ip]; a != nil {
		return a
	}
	if r.hosts == nil {
		r.hosts = make(map[netip.Addr]*answer)
		if r.system && filesFirst(r.file("etc/nsswitch.conf")) {
			r.local = r.LocalHosts()
		}
	}
	a := new(answer)
	r.hosts[ip] = a
	if name := r.local[ip]; name != "" {
		a.name, a.done = name, true
		return a
	}
	if !r.enqueue(&r.hostPool, request{ip: ip, to: a}) {
		if r.local == nil {
			r.local = r.LocalHosts()
		}
		a.name = r.local[ip]
	}
	return a
}

// lookupAddr returns the first name of an address that is a valid host name to package
// net. glibc 2.36 returns no name if the first one is invalid, and has other rules.
func lookupAddr(ctx context.Context, dns *net.Resolver, ip netip.Addr) (string, error) {
	// If a reply has invalid names, LookupAddr returns an error together
	// with the valid ones.
	names, err := dns.LookupAddr(ctx, ip.String())
	for _, name := range names {
		if name = trimDot(name); name != "" {
			return name, nil
		}
	}
	return "", err
}

// trimDot removes the dot that marks an absolute name. It keeps the root, ".".
func trimDot(name string) string {
	if name == "." {
		return name
	}
	return strings.TrimSuffix(name, ".")
}

// filesFirst reports whether nsswitch.conf(5) puts /etc/hosts before DNS. So does the
// default.
func filesFirst(conf string) bool {
	list := sources(conf, "hosts")
	file, dns := slices.Index(list, "files"), slices.Index(list, "dns")
	return list == nil || file >= 0 && (dns < 0 || file < dns)
}

// LocalHosts returns the addresses in /etc/hosts, each with its first name. It
// does not query DNS.
func (r *Resolver) LocalHosts() map[netip.Addr]string { return parseHosts(r.file("etc/hosts")) }

// parseHosts parses /etc/hosts like the "files" service of glibc 2.36: the first line
// with an address names it, and need not be a name that DNS allows. To IPv4 a line of an
// IPv4-mapped address is one of the IPv4 address, and one of ::1 is one of 127.0.0.1. It
// leaves out addresses with a zone and lines without a name.
func parseHosts(text string) map[netip.Addr]string {
	hosts := make(map[netip.Addr]string)
	for line := range records(text) {
		address, rest := word(line)
		name, _ := word(rest)
		ip, err := netip.ParseAddr(address)
		if err != nil || ip.Zone() != "" || name == "" {
			continue
		}
		ip4 := ip.Unmap()
		if ip == netip.IPv6Loopback() {
			ip4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
		for _, ip := range [...]netip.Addr{ip, ip4} {
			if _, known := hosts[ip]; !known {
				hosts[ip] = name
			}
		}
	}
	return hosts
}
