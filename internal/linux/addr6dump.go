package linux

import (
	"context"
	"encoding/binary"
	"net/netip"

	"netstat"
	"netstat/internal/linux/netlink"
)

// addInet6Dumped adds the IPv6 addresses of interfaces if /proc/net/if_inet6
// cannot be read. The dump has the same facts in another order.
func (s *source) addInet6Dumped(ctx context.Context, links []netstat.Interface, report func(*netstat.OpError)) error {
	if !s.useNetlink {
		return errNoDump
	}
	var addrs []linkAddr
	again, err := repeatDump(ctx, func() (again bool, err error) {
		addrs, again, err = s.dumpAddrs6(ctx, false)
		return again, err
	})
	if err != nil {
		return err
	}
	at := make(map[uint32]*netstat.Interface, len(links))
	for k := range links {
		at[links[k].Index] = &links[k]
	}
	for _, a := range addrs {
		if i := at[a.index]; i != nil {
			i.Addrs = append(i.Addrs, a.addr)
		}
	}
	if again && report != nil {
		report(linkError("dump IPv6 addresses", &detailedError{netstat.ErrIncomplete, netlink.ErrInterrupted}))
	}
	return nil
}

func (s *source) dumpAddrs6(ctx context.Context, details bool) (addrs []linkAddr, interrupted bool, err error) {
	c, err := s.dialLinks()
	if err != nil {
		return nil, false, err
	}
	defer c.Close()
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	interrupted, err = s.rtnlDump(ctx, c, func(seq uint32) []byte { return appendAddrsRequest(nil, seq, rtmGetAddr, afInet6) }, rtmNewAddr, buf, func(b []byte) bool {
		if len(b) > 0 && b[0] != afInet6 {
			return true // a kernel without IPv6 dumps other families
		}
		a, ok := decodeAddr6(b)
		if details {
			a.addr.Detail = decodeAddrDetail(b)
		}
		addrs = append(addrs, a)
		return ok
	})
	return addrs, interrupted, err
}

// decodeAddr6 decodes an RTM_NEWADDR message. It returns false if the message
// has no IPv6 address.
func decodeAddr6(b []byte) (a linkAddr, ok bool) {
	if len(b) < ifaddrmsgSize || b[0] != afInet6 || b[1] > 128 {
		return a, false
	}
	bits := int(b[1])
	a.index = binary.NativeEndian.Uint32(b[4:])
	var local, address netip.Addr
	for b = b[ifaddrmsgSize:]; ; {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			break
		}
		b = rest
		switch kind {
		case ifaLocal:
			local, _ = addrOf(afInet6, value)
		case ifaAddress:
			address, _ = addrOf(afInet6, value)
		}
	}
	if !local.IsValid() { // no peer address
		local = address
	}
	a.addr = netstat.InterfaceAddr{Prefix: netip.PrefixFrom(local, bits), Scope: scopeOf6(local)}
	return a, local.IsValid()
}

// scopeOf6 returns the scope that the file has for an address (ipv6_addr_scope
// in include/net/ipv6.h).
func scopeOf6(ip netip.Addr) netstat.AddrScope {
	b := ip.As16()
	switch {
	case ip.IsLoopback():
		return netstat.ScopeHost
	case b[0] == 0xfe && b[1]&0xc0 == 0x80:
		return netstat.ScopeLink
	case b[0] == 0xfe && b[1]&0xc0 == 0xc0:
		return netstat.ScopeSite
	case [12]byte(b[:12]) == [12]byte{} && !ip.IsUnspecified():
		return netstat.ScopeCompat
	}
	return 0
}
