package linux

import (
	"context"
	"encoding/binary"
	"net/netip"

	"netstat"
	"netstat/internal/linux/netlink"
)

// addLinkFacts adds to interfaces that were dumped what q asks for and the dump lacks: the
// names of other interfaces, the facts of IPv6 addresses, drivers and network namespaces.
func (s *source) addLinkFacts(ctx context.Context, links []netstat.Interface, q netstat.InterfaceQuery) error {
	nameLinks(links)
	if q.Facts&netstat.InterfaceDriver != 0 && s.procRoot == "/proc" {
		c, err := s.openLinks()
		if err != nil {
			return linkError("query drivers", err)
		}
		room := new(driverRoom)
		for k := range links {
			if i := &links[k]; i.Link != nil && (q.Name == "" || i.Called(q.Name)) {
				room.ask(func(b []byte) error { return c.ethtool(i.Name, b) }, i.Link)
			}
		}
		c.close()
	}
	if q.Facts&netstat.InterfaceNetns != 0 && s.linkNamespaces != nil {
		if err := s.nameNamespaces(ctx, links); err != nil {
			return err
		}
	}
	return nil
}

// nameLinks sets the names of the interfaces that others refer to.
func nameLinks(links []netstat.Interface) {
	names := make(map[uint32]string, len(links))
	for k := range links {
		names[links[k].Index] = links[k].Name
	}
	for k := range links {
		l := links[k].Link
		if l == nil {
			continue
		}
		if l.Master.Index != 0 {
			l.Master.Name = names[l.Master.Index]
		}
		if l.Lower.Index != 0 && !l.HasLowerNetns {
			l.Lower.Name = names[l.Lower.Index]
		}
	}
}

// nameNamespaces sets the names of the network namespaces of lower interfaces.
func (s *source) nameNamespaces(ctx context.Context, links []netstat.Interface) error {
	var labels map[uint32]string
	for k := range links {
		l := links[k].Link
		if l == nil || !l.HasLowerNetns {
			continue
		}
		if labels == nil {
			var err error
			if labels, err = s.linkNamespaces(ctx, s.dialLinks); err != nil {
				return err
			}
		}
		l.LowerNetns = labels[l.LowerNetnsID]
	}
	return nil
}

// addAddrDetails adds the facts of IPv6 addresses, whose order is that of the file. Like
// the facts of interfaces, they are absent where the kernel refuses dumps.
func (s *source) addAddrDetails(ctx context.Context, links []netstat.Interface, report func(*netstat.OpError)) error {
	if !s.useNetlink || s.linksRefused {
		return nil
	}
	var addrs []linkAddr
	again, err := repeatDump(ctx, func() (again bool, err error) {
		addrs, again, err = s.dumpAddrs6(ctx, true)
		return again, err
	})
	if err != nil {
		return linkError("dump IPv6 addresses", err)
	}
	if again && report != nil {
		report(linkError("dump IPv6 addresses", &detailedError{netstat.ErrIncomplete, netlink.ErrInterrupted}))
	}
	type key struct {
		index uint32
		ip    netip.Addr
	}
	details := make(map[key]*netstat.AddrDetail, len(addrs))
	for k := range addrs {
		details[key{addrs[k].index, addrs[k].addr.Prefix.Addr()}] = addrs[k].addr.Detail
	}
	for k := range links {
		i := &links[k]
		for n := range i.Addrs {
			if a := &i.Addrs[n]; a.Prefix.Addr().Is6() && a.Detail == nil {
				a.Detail = details[key{i.Index, a.Prefix.Addr()}]
			}
		}
	}
	return nil
}

const (
	netnsaNsID  = 1
	nsUnrelated = 1<<32 - 1 // NETNSA_NSID_NOT_ASSIGNED
)

// decodeNamespaceID returns the number in an RTM_NEWNSID message: a struct rtgenmsg, padded
// to 4 bytes, and attributes.
func decodeNamespaceID(b []byte) (uint32, bool) {
	if len(b) < 4 {
		return 0, false
	}
	for b = b[4:]; ; {
		kind, value, rest, ok := netlink.Attribute(b)
		if !ok {
			return 0, false
		}
		if b = rest; kind == netnsaNsID && len(value) >= 4 {
			id := binary.NativeEndian.Uint32(value)
			return id, id != nsUnrelated
		}
	}
}
