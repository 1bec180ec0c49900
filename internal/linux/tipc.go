package linux

import (
	"context"
	"encoding/binary"

	"netstat"
)

// Attributes of include/uapi/linux/tipc_netlink.h. The numbers for statistics
// and groups begin with 0.
const (
	tipcAttrSock = 2

	tipcSockAddr   = 1
	tipcSockRef    = 2
	tipcSockConn   = 3
	tipcSockPubl   = 4
	tipcSockStat   = 5
	tipcSockType   = 6
	tipcSockInode  = 7
	tipcSockUID    = 8
	tipcSockState  = 9
	tipcSockCookie = 10
	tipcSockGroup  = 12

	tipcConFlag = 1
	tipcConNode = 2
	tipcConSock = 3
	tipcConType = 4
	tipcConInst = 5

	tipcStatRecv     = 0
	tipcStatSend     = 1
	tipcStatLinkCong = 2
	tipcStatConnCong = 3
	tipcStatDrop     = 4

	tipcGroupID       = 0
	tipcGroupOpen     = 1
	tipcGroupNode     = 2
	tipcGroupCluster  = 3
	tipcGroupInstance = 4
	tipcGroupNext     = 5
)

// tipc reads TIPC sockets.
func (s *source) tipc(ctx context.Context, r *tableReader, n netstat.Need, yield yieldFunc) {
	var p tipcParser
	request := make([]byte, 8)
	request[0] = afTIPC
	binary.NativeEndian.PutUint32(request[4:], ^uint32(0)) // all states
	s.familyOnly(ctx, r.table, n, &familyDump{request, p.decode}, yield)
}

type tipcParser struct {
	names   familyNames
	details slab[netstat.TIPCDetail]
}

// decode fills s from the attributes that tipc_sk_fill_sock_diag
// (net/tipc/socket.c) writes; there is no fixed part. The states are numbers of
// TCP states: CLOSED means open without a connection, CLOSE-WAIT disconnected.
func (p *tipcParser) decode(b []byte, s *netstat.Socket) familyVerdict {
	d := p.details.next()
	found, ok := false, true
	ok = familyAttributes(b, func(kind uint16, value []byte) {
		if kind == tipcAttrSock {
			found = true
			ok = ok && p.socket(value, s, d)
		}
	}) && ok
	if !ok || !found {
		return familyBogus
	}
	s.Local.Name = p.names.pair(d.Node, d.Reference, 0)
	if d.Peer != nil {
		s.Remote.Name = p.names.pair(d.Peer.Node, d.Peer.Reference, 0)
	}
	s.Detail = d
	return familyRow
}

func (p *tipcParser) socket(b []byte, s *netstat.Socket, d *netstat.TIPCDetail) bool {
	ok := true
	return familyAttributes(b, func(kind uint16, value []byte) {
		var number uint32
		switch kind {
		case tipcSockAddr:
			familyWords(value, &d.Node)
		case tipcSockRef:
			familyWords(value, &d.Reference)
		case tipcSockConn:
			d.Peer = &netstat.TIPCPeer{}
			ok = familyAttributes(value, func(kind uint16, value []byte) { decodeTIPCPeer(kind, value, d.Peer) }) && ok
		case tipcSockPubl:
			d.Published = true
		case tipcSockStat:
			ok = familyAttributes(value, func(kind uint16, value []byte) { decodeTIPCStat(kind, value, s, d) }) && ok
		case tipcSockType:
			familyWords(value, &number)
			d.Type = socketTypeOf(number)
		case tipcSockInode:
			familyWords(value, &number)
			s.Inode = uint64(number)
		case tipcSockUID:
			familyWords(value, &s.UID)
		case tipcSockState:
			familyWords(value, &number)
			s.State = stateOf(uint64(number))
		case tipcSockCookie:
			familyLongs(value, &s.Cookie)
		case tipcSockGroup:
			d.Group = &netstat.TIPCGroup{}
			ok = familyAttributes(value, func(kind uint16, value []byte) { decodeTIPCGroup(kind, value, d.Group) }) && ok
		}
	}) && ok
}

func decodeTIPCPeer(kind uint16, value []byte, c *netstat.TIPCPeer) {
	switch kind {
	case tipcConFlag:
		c.Named = true
	case tipcConNode:
		familyWords(value, &c.Node)
	case tipcConSock:
		familyWords(value, &c.Reference)
	case tipcConType:
		familyWords(value, &c.Type)
	case tipcConInst:
		familyWords(value, &c.Instance)
	}
}

func decodeTIPCStat(kind uint16, value []byte, s *netstat.Socket, d *netstat.TIPCDetail) {
	var number uint32
	switch kind {
	case tipcStatRecv:
		familyWords(value, &number)
		s.RecvQ = uint64(number)
	case tipcStatSend:
		familyWords(value, &number)
		s.SendQ = uint64(number)
	case tipcStatLinkCong:
		d.LinkCongested = true
	case tipcStatConnCong:
		d.PeerCongested = true
	case tipcStatDrop:
		familyWords(value, &d.Drops)
	}
}

func decodeTIPCGroup(kind uint16, value []byte, g *netstat.TIPCGroup) {
	switch kind {
	case tipcGroupID:
		familyWords(value, &g.ID)
	case tipcGroupOpen:
		g.Open = true
	case tipcGroupNode:
		g.NodeScope = true
	case tipcGroupCluster:
		g.ClusterScope = true
	case tipcGroupInstance:
		familyWords(value, &g.Instance)
	case tipcGroupNext:
		familyWords(value, &g.BroadcastNext)
	}
}
