package win32

import (
	"context"
	"iter"
	"time"

	"netstat"
)

// neighborStates are the values of NL_NEIGHBOR_STATE (nldef.h): NlnsUnreachable,
// NlnsIncomplete, NlnsProbe, NlnsDelay, NlnsStale, NlnsReachable, NlnsPermanent. IsRouter
// is a flag of MIB_IPNET_ROW2 (netioapi.h). An unreachable neighbour
// is one whose address nobody answered for.
var neighborStates = [...]netstat.NeighborState{
	netstat.NeighborFailed, netstat.NeighborIncomplete, netstat.NeighborProbe, netstat.NeighborDelay,
	netstat.NeighborStale, netstat.NeighborReachable, netstat.NeighborPermanent,
}

// decodeNeighbor decodes a MIB_IPNET_ROW2; ok is false if its address is invalid or not of
// the family.
func decodeNeighbor(b []byte, family netstat.Family) (n netstat.Neighbor, ok bool) {
	_ = b[neighborSize-1]
	n.Address, ok = sockaddrIP(b[:sockaddrSize6])
	if !ok || n.Address.Is4() != (family == netstat.Inet) {
		return netstat.Neighbor{}, false
	}
	n.Index = word(b, neighborIndex)
	n.Router = family == netstat.Inet6 && b[neighborFlags]&neighborIsRouter != 0
	if state := word(b, neighborState); state < uint32(len(neighborStates)) {
		n.State = neighborStates[state]
	}
	reach := time.Duration(word(b, neighborReach)) * time.Millisecond
	if b[neighborFlags]&neighborIsUnreachable != 0 {
		n.UnreachableTime, n.Known = reach, netstat.NeighborUnreachableTime
	} else {
		n.ReachableTime, n.Known = reach, netstat.NeighborReachableTime
	}
	if length := word(b, neighborPhysLength); length > 0 && length <= ifPhysSize {
		n.HardwareAddr = append([]byte(nil), b[neighborPhys:][:length]...)
	}
	return n, true
}

// Neighbors implements netstat.Source.
func (s *source) Neighbors(ctx context.Context, q netstat.NeighborQuery) iter.Seq2[netstat.Neighbor, error] {
	return func(yield func(netstat.Neighbor, error) bool) {
		t := netstat.Table{Family: q.Family}
		fail := func(op string, err error) { yield(netstat.Neighbor{}, opError(op, t, err)) }
		const read = "read neighbours of"
		switch {
		case q.Family != netstat.Inet && q.Family != netstat.Inet6:
			fail(read, errNotHere)
			return
		case ctx.Err() != nil:
			fail(read, ctx.Err())
			return
		}
		family := uint32(familyInet4)
		if q.Family == netstat.Inet6 {
			family = familyInet6
		}
		table, code := s.api.neighbors(family)
		if emptyFamily(code) || code == codeNotFound { // no such version of IP, or no neighbours
			return
		}
		if code != codeSuccess {
			fail(read, s.win(code))
			return
		}
		var trouble error // the first; it does not end the table
		note := func(err error) {
			if trouble == nil {
				trouble = err
			}
		}
		rows, short := countedRows(table, neighborTable, neighborSize)
		if short {
			note(opError(read, t, &detailedError{netstat.ErrIncomplete, errTooShort.Error()}))
		}
		var links map[uint32]link
		if len(rows) > 0 {
			links = s.links(netstat.RouteQuery{Family: q.Family, Report: func(e *netstat.OpError) { note(e) }})
		}
		for ; len(rows) > 0; rows = rows[neighborSize:] {
			n, ok := decodeNeighbor(rows, q.Family)
			if !ok {
				note(opError(read, t, netstat.ErrBogusRecord))
				continue
			}
			if n.Interface = links[n.Index].name; !yield(n, nil) {
				return
			}
		}
		if trouble != nil {
			yield(netstat.Neighbor{}, trouble)
		}
	}
}
