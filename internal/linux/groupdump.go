package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"syscall"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Numbers of include/uapi/linux/rtnetlink.h and if_addr.h. The kernel answers
// RTM_GETMULTICAST with messages of that type, not of RTM_NEWMULTICAST.
const (
	rtmGetMulticast = 58
	ifaMulticast    = 7
)

// groupsUnknown names the fact of groups that a dump lacks.
const groupsUnknown = "read the user counts of groups of"

// groupsDumped yields the groups of a family if reading their file failed with
// e. The kernel dumps the groups of IPv6 and, since Linux 6.15, of IPv4, in the
// order of the file but without their numbers of users.
func (s *source) groupsDumped(ctx context.Context, q netstat.GroupQuery, e *netstat.OpError, yield func(netstat.Membership, error) bool) {
	if !s.useNetlink || s.interfaceName == nil || ctx.Err() != nil {
		yield(netstat.Membership{}, e)
		return
	}
	var (
		t       = netstat.Table{Family: q.Family}
		groups  []netstat.Membership
		dropped error
	)
	again, err := repeatDump(ctx, func() (again bool, err error) {
		groups, again, err = s.dumpGroups(ctx, q.Family)
		return again, err
	})
	if err != nil || len(groups) == 0 && errors.Is(e, fs.ErrNotExist) {
		yield(netstat.Membership{}, e)
		return
	}
	if q.Report != nil && (len(groups) > 0 || !errors.Is(e, errEmptyFile)) {
		q.Report(&netstat.OpError{Op: groupsUnknown, Table: t, Err: withoutSupport(e)})
	}
	if again && q.Report != nil {
		q.Report(&netstat.OpError{Op: "dump groups of", Table: t, Err: &detailedError{netstat.ErrIncomplete, netlink.ErrInterrupted}})
	}
	for k := range groups {
		m := &groups[k]
		if k > 0 && groups[k-1].Index == m.Index {
			m.Interface = groups[k-1].Interface
		} else if m.Interface, err = s.interfaceName(m.Index); err == syscall.ENODEV || err == syscall.ENXIO {
			continue // it disappeared meanwhile
		} else if err != nil && dropped == nil {
			dropped = err
		}
		if m.Interface != "" && !yield(*m, nil) {
			return
		}
	}
	if dropped != nil {
		yield(netstat.Membership{}, &netstat.OpError{Op: "look up the interfaces of groups of", Table: t, Err: dropped})
	}
}

func (s *source) dumpGroups(ctx context.Context, family netstat.Family) (groups []netstat.Membership, interrupted bool, err error) {
	number := byte(afInet)
	if family == netstat.Inet6 {
		number = afInet6
	}
	c, err := s.dialLinks()
	if err != nil {
		return nil, false, err
	}
	defer c.Close()
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	interrupted, err = s.rtnlDump(ctx, c, func(seq uint32) []byte { return appendAddrsRequest(nil, seq, rtmGetMulticast, number) }, rtmGetMulticast, buf, func(b []byte) bool {
		m, ok := decodeGroup(b, number)
		groups = append(groups, m)
		return ok
	})
	return groups, interrupted, err
}

// appendAddrsRequest appends a request of type kind to dump addresses of a
// family.
func appendAddrsRequest(b []byte, seq uint32, kind uint16, family byte) []byte {
	b = netlink.AppendDumpHeader(b, kind, seq, ifaddrmsgSize)
	return append(b, family, 0, 0, 0, 0, 0, 0, 0)
}

// decodeGroup decodes a struct ifaddrmsg and attributes (inet6_fill_ifmcaddr in
// net/ipv6/addrconf.c, inet_fill_ifmcaddr in net/ipv4/igmp.c). It returns false
// for a message without a group of the family.
func decodeGroup(b []byte, family byte) (m netstat.Membership, ok bool) {
	if len(b) < ifaddrmsgSize || b[0] != family {
		return m, false
	}
	m.Index = binary.NativeEndian.Uint32(b[4:])
	for b = b[ifaddrmsgSize:]; ; {
		kind, value, rest, more := netlink.Attribute(b)
		if !more {
			return m, m.Group.IsValid()
		}
		b = rest
		if kind == ifaMulticast {
			m.Group, _ = addrOf(family, value)
		}
	}
}
