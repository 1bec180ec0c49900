package linux

import (
	"context"
	"errors"
	"iter"
	"syscall"

	"netstat"
	"netstat/internal/linux/netlink"
)

// Neighbors implements netstat.Source. Only netlink has the states, and the
// neighbours of IPv6.
func (s *source) Neighbors(ctx context.Context, q netstat.NeighborQuery) iter.Seq2[netstat.Neighbor, error] {
	return func(yield func(netstat.Neighbor, error) bool) {
		fail := func(op string, err error) {
			yield(netstat.Neighbor{}, &netstat.OpError{Op: op, Table: netstat.Table{Family: q.Family}, Err: err})
		}
		const dump = "dump neighbours of"
		number := byte(afInet)
		switch {
		case q.Family != netstat.Inet && q.Family != netstat.Inet6, !s.useNetlink || s.interfaceName == nil:
			fail(dump, errors.ErrUnsupported)
			return
		case q.Family == netstat.Inet6:
			number = afInet6
		}
		list, again, err := s.neighborTable(ctx, number, false)
		if err == nil && q.Proxies {
			var (
				proxies []netstat.Neighbor
				more    bool
			)
			proxies, more, err = s.neighborTable(ctx, number, true)
			list, again = append(list, proxies...), again || more
		}
		if err != nil {
			fail(dump, err)
			return
		}
		var (
			names   map[uint32]string // "" for an interface that disappeared
			unnamed error
		)
		for i := range list {
			n := &list[i]
			name, known := names[n.Index]
			if !known && n.Index != 0 { // a proxy may answer on every link
				name, err = s.interfaceName(n.Index)
				if err != nil && err != syscall.ENODEV && err != syscall.ENXIO && unnamed == nil {
					unnamed = err
				}
				if names == nil {
					names = map[uint32]string{}
				}
				names[n.Index] = name
			}
			if n.Interface = name; (name != "" || n.Index == 0) && !yield(*n, nil) {
				return
			}
		}
		switch {
		case unnamed != nil:
			fail("look up the interfaces of neighbours of", unnamed)
		case again:
			fail(dump, &detailedError{netstat.ErrIncomplete, netlink.ErrInterrupted})
		}
	}
}

// neighborTable returns the entries of a table. again reports whether it changed during
// each of the dumps.
func (s *source) neighborTable(ctx context.Context, family byte, proxies bool) (list []netstat.Neighbor, again bool, err error) {
	again, err = repeatDump(ctx, func() (again bool, err error) {
		list, again, err = s.dumpNeighbors(ctx, family, proxies)
		return again, err
	})
	return list, again, err
}

func (s *source) dumpNeighbors(ctx context.Context, family byte, proxies bool) (list []netstat.Neighbor, interrupted bool, err error) {
	c, err := s.dialLinks()
	if err != nil {
		return nil, false, err
	}
	defer c.Close()
	buf := s.takeBuffer()
	defer s.returnBuffer(buf)
	interrupted, err = s.rtnlDump(ctx, c, func(seq uint32) []byte { return appendNeighborRequest(nil, seq, family, proxies) }, rtmNewNeigh, buf, func(b []byte) bool {
		n, ok := decodeNeighbor(b, family)
		list = append(list, n)
		return ok
	})
	return list, interrupted, err
}
