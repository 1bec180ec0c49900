package resolve

import (
	"context"
	"net"
	"net/netip"
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
	}
	a := new(answer)
	r.hosts[ip] = a
	if !r.enqueue(&r.hostPool, request{ip: ip, to: a}) {
		if r.local == nil {
			r.local = r.LocalHosts()
		}
		a.name = r.local[ip]
	}
	return a
}

// lookupAddr returns the first name of an address. It skips names in DNS that
// are not host names; glibc 2.36 returns no name if the first one is invalid.
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

// LocalHosts returns the addresses in /etc/hosts, each with its first name. It
// does not query DNS.
func (r *Resolver) LocalHosts() map[netip.Addr]string { return parseHosts(r.file("etc/hosts")) }

// parseHosts parses /etc/hosts like package net. Addresses with a zone belong
// to one machine's interfaces and are left out.
func parseHosts(text string) map[netip.Addr]string {
	hosts := make(map[netip.Addr]string)
	for line := range records(text) {
		address, rest := word(line)
		name, _ := word(rest)
		ip, err := netip.ParseAddr(address)
		if err != nil || ip.Zone() != "" || name == "" {
			continue
		}
		if _, known := hosts[ip]; !known {
			hosts[ip] = trimDot(name)
		}
	}
	return hosts
}
