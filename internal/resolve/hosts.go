package resolve

import (
	"context"
	"net"
	"net/netip"
	"strings"
)

// WantHost starts looking up the name of an address, unless it is known or
// under way, and returns at once.
func (r *Resolver) WantHost(ip netip.Addr) {
	if r.timeout < 0 || !ip.IsValid() {
		return
	}
	r.wantHost(ip.WithZone(""))
}

// Host returns the name of an address, the first where there are several. It
// waits for the lookup within the report's allowance; past it, an address
// that is still unresolved has no name. An IPv4-mapped IPv6 address has the
// name that /etc/hosts gives the mapped form, else the IPv4 address's name in
// DNS, as getnameinfo(3) of glibc 2.36 does it.
func (r *Resolver) Host(ip netip.Addr) (string, bool) {
	if r.timeout < 0 || !ip.IsValid() {
		return "", false
	}
	return r.await(r.wantHost(ip.WithZone("")), "host names from the name server")
}

// HostReady says whether Host would answer without waiting: the answer is
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

// lookupAddr returns the first name of an address. Names in DNS that are not
// host names are passed over; glibc 2.36 gives the address no name if the
// first one is bad.
func lookupAddr(ctx context.Context, dns *net.Resolver, ip netip.Addr) (string, error) {
	// LookupAddr returns an error beside the good names of a reply that has
	// bad ones too.
	names, err := dns.LookupAddr(ctx, ip.String())
	for _, name := range names {
		if name = trimDot(name); name != "" {
			return name, nil
		}
	}
	return "", err
}

// trimDot removes the dot that marks an absolute name; the root itself stays
// what it is.
func trimDot(name string) string {
	if name == "." {
		return name
	}
	return strings.TrimSuffix(name, ".")
}

// LocalHosts returns the addresses that /etc/hosts names, each with the name
// that it has first. Nobody is asked: it is what the host knows by itself.
func (r *Resolver) LocalHosts() map[netip.Addr]string { return parseHosts(r.file("etc/hosts")) }

// parseHosts reads /etc/hosts as package net does: addresses with a zone belong
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
