package view

import (
	"errors"
	"slices"

	"netstat"
)

// hasConnected reports whether any row read ahead may have a peer.
func (j *joiner) hasConnected() bool {
	for i := range j.places {
		tables := j.places[i].tables.early
		for t := range tables {
			for k := range tables[t].rows {
				s := &tables[t].rows[k]
				if d, ok := s.Detail.(*netstat.UnixDetail); ok && d.Connected {
					return true
				}
				if e, ok := endsOf(s); ok && e.connected() {
					return true
				}
			}
		}
	}
	return false
}

// peerTables returns the tables that may hold the peers of a plan's sockets:
// the peer of an IPv4 connection may be an IPv6 socket.
func peerTables(plan *Plan) []netstat.Table {
	var list []netstat.Table
	var seen [netstat.UDPLite + 1]bool
	unix := false
	for i := range plan.Queries {
		t := plan.Queries[i].Table
		switch {
		case t == netstat.UnixTable && !unix:
			unix = true
			list = append(list, t)
		case t.Family != netstat.Inet && t.Family != netstat.Inet6:
		case t.Protocol == netstat.TCP || t.Protocol == netstat.UDP || t.Protocol == netstat.UDPLite:
			if !seen[t.Protocol] {
				seen[t.Protocol] = true
				list = append(list, netstat.Table{Family: netstat.Inet, Protocol: t.Protocol},
					netstat.Table{Family: netstat.Inet6, Protocol: t.Protocol})
			}
		}
	}
	return list
}

// readPeers reads all tables of all places, and their translations. A table
// that the system does not support has no peers.
func (j *joiner) readPeers() {
	j.peers = &Peers{}
	j.labels = make(map[uint32]string)
	var scratch netstat.Socket
	for i := range j.places {
		p := &j.places[i]
		for _, t := range peerTables(j.req.Plan) {
			need := netstat.Need{Facts: netstat.FactInode | netstat.FactPeer}
			for s, err := range p.Source.Sockets(j.ctx, t, need) {
				if err != nil {
					// An error of a table that is shown is
					// reported there.
					if !slices.ContainsFunc(j.req.Plan.Queries, func(q Query) bool { return q.Table == t }) {
						j.reportPeers(err)
					}
					break
				}
				scratch = s
				j.peers.Add(&scratch)
				if s.Netns != 0 {
					j.labels[s.Netns] = p.Netns
				}
			}
		}
		for s, err := range p.Source.NATSessions(j.ctx) {
			if err != nil {
				break // connection tracking is off there, or denied to this user
			}
			session := s
			j.peers.AddNAT(&session)
		}
		if src, ok := p.Source.(netstat.NAT6Sessions); ok {
			for s, err := range src.NAT6Sessions(j.ctx) {
				if err != nil {
					break
				}
				session := s
				j.peers.AddNAT(&session)
			}
		}
	}
}

func (j *joiner) reportPeers(err error) {
	if j.req.Report != nil && !errors.Is(err, errors.ErrUnsupported) {
		j.req.Report(err)
	}
}
