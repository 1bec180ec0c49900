package schema

import (
	"strconv"

	"netstat"
)

// familyKind numbers the kinds of detail of the families that net-tools does not
// know; 0 is none of them.
type familyKind uint8

const (
	kindPacket familyKind = iota + 1
	kindNetlink
	kindVSock
	kindXDP
	kindTIPC
	kindSMC
	kindMPTCP
	kindDCCP
	kindCAN
	kindKey
	kindSubflow
	kindTLS
)

var familyKinds = []string{"", "packet", "netlink", "vsock", "xdp", "tipc", "smc", "mptcp", "dccp", "can", "pfkey", "subflow", "tls"}

// appendFamilyDetail goes on with a detail that appendDetail has begun; for one
// without a place in the form it cuts off what was begun at start.
func appendFamilyDetail(b []byte, start int, d netstat.Detail) []byte {
	kind := familyKind(0)
	switch d.(type) {
	case *netstat.PacketDetail:
		kind = kindPacket
	case *netstat.NetlinkDetail:
		kind = kindNetlink
	case *netstat.VSockDetail:
		kind = kindVSock
	case *netstat.XDPDetail:
		kind = kindXDP
	case *netstat.TIPCDetail:
		kind = kindTIPC
	case *netstat.SMCDetail:
		kind = kindSMC
	case *netstat.MPTCPDetail:
		kind = kindMPTCP
	case *netstat.DCCPDetail:
		kind = kindDCCP
	case *netstat.CANDetail:
		kind = kindCAN
	case *netstat.KeyDetail:
		kind = kindKey
	case *netstat.SubflowDetail:
		kind = kindSubflow
	case *netstat.TLSDetail:
		kind = kindTLS
	default:
		return b[:start]
	}
	f := fields{b: append(append(b, familyKinds[kind]...), '"')}
	familyFields(&f, d)
	return append(f.b, '}')
}

// familyDetail reads what appendFamilyDetail wrote.
func (r *Reader) familyDetail(kind familyKind) netstat.Detail {
	var d netstat.Detail
	switch kind {
	case kindPacket:
		d = new(netstat.PacketDetail)
	case kindNetlink:
		d = new(netstat.NetlinkDetail)
	case kindVSock:
		d = new(netstat.VSockDetail)
	case kindXDP:
		d = new(netstat.XDPDetail)
	case kindTIPC:
		d = new(netstat.TIPCDetail)
	case kindSMC:
		d = new(netstat.SMCDetail)
	case kindMPTCP:
		d = new(netstat.MPTCPDetail)
	case kindDCCP:
		d = new(netstat.DCCPDetail)
	case kindCAN:
		d = new(netstat.CANDetail)
	case kindKey:
		d = new(netstat.KeyDetail)
	case kindSubflow:
		d = new(netstat.SubflowDetail)
	case kindTLS:
		d = new(netstat.TLSDetail)
	default:
		return nil
	}
	readFields(r, func(f *fields) { familyFields(f, d) })
	return d
}

func familyFields(f *fields, d netstat.Detail) {
	switch d := d.(type) {
	case *netstat.PacketDetail:
		packetFields(f, d)
	case *netstat.NetlinkDetail:
		netlinkFields(f, d)
	case *netstat.VSockDetail:
		named(f, "type", socketTypes, &d.Type)
		number(f, "local_cid", &d.LocalCID, true)
		number(f, "local_port", &d.LocalPort, true)
		number(f, "remote_cid", &d.RemoteCID, true)
		number(f, "remote_port", &d.RemotePort, true)
		flag(f, "receive_closed", &d.ReceiveClosed, false)
		flag(f, "send_closed", &d.SendClosed, false)
	case *netstat.XDPDetail:
		xdpFields(f, d)
	case *netstat.TIPCDetail:
		tipcFields(f, d)
	case *netstat.SMCDetail:
		smcFields(f, d)
	case *netstat.MPTCPDetail:
		mptcpFields(f, d)
	case *netstat.DCCPDetail:
		text(f, "dccp_state", &d.DCCPState)
	case *netstat.CANDetail:
		text(f, "device", &d.Device)
		text(f, "protocol", &d.Protocol)
		number(f, "id", &d.ID, true)
		number(f, "mask", &d.Mask, true)
		flag(f, "inverted", &d.Inverted, false)
		flag(f, "errors", &d.Errors, false)
		number(f, "matches", &d.Matches, true)
	case *netstat.KeyDetail:
		number(f, "references", &d.RefCount, true)
	case *netstat.SubflowDetail:
		subflowFields(f, d)
	case *netstat.TLSDetail:
		text(f, "version", &d.Version)
		text(f, "cipher", &d.Cipher)
		text(f, "receive", &d.Receive)
		text(f, "transmit", &d.Transmit)
		flag(f, "zero_copy", &d.ZeroCopy, false)
		flag(f, "no_padding", &d.NoPadding, false)
	}
}

// subflowFlagNames are the fields of netstat.SubflowFlags, by bit.
var subflowFlagNames = [...]string{
	"capable_remote", "capable_local", "join_remote", "join_local", "backup_remote", "backup_local",
	"established", "connected", "mapped",
}

func subflowFields(f *fields, d *netstat.SubflowDetail) {
	number(f, "token", &d.Token, true)
	number(f, "remote_token", &d.RemoteToken, false)
	number(f, "local_id", &d.LocalID, true)
	number(f, "remote_id", &d.RemoteID, true)
	for i, name := range subflowFlagNames {
		bit := netstat.SubflowFlags(1 << i)
		set := d.Flags&bit != 0
		flag(f, name, &set, false)
		if set {
			d.Flags |= bit
		}
	}
	flag(f, "sequences", &d.Sequences, false)
	number(f, "map_sequence", &d.MapSequence, d.Sequences)
	number(f, "map_subflow_sequence", &d.MapSubflowSequence, d.Sequences)
	number(f, "map_length", &d.MapLength, d.Sequences)
	number(f, "write_sequence", &d.WriteSequence, d.Sequences)
	number(f, "sequence_offset", &d.SequenceOffset, d.Sequences)
}

func packetFields(f *fields, d *netstat.PacketDetail) {
	named(f, "type", socketTypes, &d.Type)
	number(f, "protocol", &d.Protocol, true)
	text(f, "device", &d.Device)
	flag(f, "running", &d.Running, true)
	flag(f, "complete", &d.Complete, false)
	number(f, "version", &d.Version, d.Complete)
	number(f, "reserve", &d.Reserve, d.Complete)
	number(f, "copy_threshold", &d.CopyThreshold, d.Complete)
	number(f, "timestamp", &d.Timestamp, d.Complete)
	number(f, "drops", &d.Drops, d.Complete)
	flag(f, "aux_data", &d.AuxData, false)
	flag(f, "orig_dev", &d.OrigDev, false)
	flag(f, "vnet_hdr", &d.VnetHdr, false)
	flag(f, "loss", &d.Loss, false)
	ring := func(name string, p **netstat.PacketRing) {
		switch {
		case f.r == nil:
			if *p != nil {
				f.open(name)
				packetRing(f, *p)
				f.close()
			}
		case f.at(name):
			to := new(netstat.PacketRing)
			readFields(f.r, func(g *fields) { packetRing(g, to) })
			*p = to
		}
	}
	ring("rx_ring", &d.RxRing)
	ring("tx_ring", &d.TxRing)
	switch {
	case f.r == nil:
		if d.Fanout != nil {
			f.open("fanout")
			packetFanout(f, d.Fanout)
			f.close()
		}
	case f.at("fanout"):
		to := new(netstat.PacketFanout)
		readFields(f.r, func(g *fields) { packetFanout(g, to) })
		d.Fanout = to
	}
	switch {
	case f.r == nil:
		if len(d.Memberships) > 0 {
			f.openList("memberships")
			for i := range d.Memberships {
				f.item()
				packetMembership(f, &d.Memberships[i])
				f.close()
			}
			f.closeList()
		}
	case f.at("memberships"):
		d.Memberships = nil
		f.r.Array(func() {
			var m netstat.PacketMembership
			readFields(f.r, func(g *fields) { packetMembership(g, &m) })
			d.Memberships = append(d.Memberships, m)
		})
	}
}

func packetRing(f *fields, p *netstat.PacketRing) {
	number(f, "block_size", &p.BlockSize, true)
	number(f, "blocks", &p.Blocks, true)
	number(f, "frame_size", &p.FrameSize, true)
	number(f, "frames", &p.Frames, true)
	millis(f, "retire", &p.RetireMillis, false)
	number(f, "private_size", &p.PrivateSize, false)
	number(f, "features", &p.Features, false)
}

func packetFanout(f *fields, p *netstat.PacketFanout) {
	number(f, "group", &p.Group, true)
	named(f, "mode", fanoutModes, &p.Mode)
}

func packetMembership(f *fields, m *netstat.PacketMembership) {
	number(f, "scope", &m.Scope, true)
	named(f, "kind", memberKinds, &m.Kind)
	number(f, "count", &m.Count, true)
	switch {
	case f.r == nil:
		if len(m.Address) > 0 {
			f.b = append(appendKey(f.b, "address"), '"')
			f.b = append(appendHex(f.b, m.Address), '"')
		}
	case f.at("address"):
		m.Address = f.r.hexBytes()
	}
}

// appendHex appends bytes as hardware addresses are written.
func appendHex(b, address []byte) []byte {
	const digits = "0123456789abcdef"
	for i, c := range address {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}

// hexBytes reads what appendHex wrote.
func (r *Reader) hexBytes() []byte {
	r.peek()
	start := r.at
	text := r.stringBytes()
	var b []byte
	for i := 0; i < len(text); i += 3 {
		if i+2 > len(text) || i+2 < len(text) && text[i+2] != ':' || i+3 == len(text) {
			r.fail(start, "not a hardware address")
			return nil
		}
		n, err := strconv.ParseUint(string(text[i:i+2]), 16, 8)
		if err != nil {
			r.fail(start, "not a hardware address")
			return nil
		}
		b = append(b, byte(n))
	}
	return b
}

// maxNetlinkGroup bounds what memory the groups of a socket may take.
const maxNetlinkGroup = 1 << 16

func netlinkFields(f *fields, d *netstat.NetlinkDetail) {
	named(f, "type", socketTypes, &d.Type)
	number(f, "protocol", &d.Protocol, true)
	number(f, "port", &d.Port, true)
	number(f, "peer_port", &d.PeerPort, false)
	number(f, "peer_groups", &d.PeerGroups, false)
	switch {
	case f.r == nil:
		first := true
		for i, word := range d.Groups {
			for bit := range 32 {
				if word>>bit&1 == 0 {
					continue
				}
				if first {
					f.openList("groups")
				} else {
					f.b = append(f.b, ',')
				}
				first = false
				f.b = strconv.AppendUint(f.b, uint64(32*i+bit+1), 10)
			}
		}
		if !first {
			f.closeList()
		}
	case f.at("groups"):
		d.Groups = nil
		f.r.Array(func() {
			group := f.r.Uint(maxNetlinkGroup)
			if group == 0 {
				return
			}
			for word := int(group-1) / 32; word >= len(d.Groups); {
				d.Groups = append(d.Groups, 0)
			}
			d.Groups[(group-1)/32] |= 1 << ((group - 1) % 32)
		})
	}
	flag(f, "dumping", &d.Dumping, false)
	number(f, "drops", &d.Drops, true)
	flag(f, "packet_info", &d.PacketInfo, false)
	flag(f, "broadcast_errors", &d.BroadcastErrors, false)
	flag(f, "no_enobufs", &d.NoENOBUFS, false)
	flag(f, "all_namespaces", &d.AllNamespaces, false)
	flag(f, "cap_ack", &d.CapAck, false)
}

func xdpFields(f *fields, d *netstat.XDPDetail) {
	flag(f, "bound", &d.Bound, true)
	text(f, "device", &d.Device)
	number(f, "queue", &d.Queue, d.Bound)
	number(f, "rx_size", &d.RxRing, false)
	number(f, "tx_size", &d.TxRing, false)
	number(f, "fill_size", &d.FillRing, false)
	number(f, "completion_size", &d.CompletionRing, false)
	switch {
	case f.r == nil:
		if d.Memory != nil {
			f.open("frames")
			xdpMemory(f, d.Memory)
			f.close()
		}
	case f.at("frames"):
		to := new(netstat.XDPMemory)
		readFields(f.r, func(g *fields) { xdpMemory(g, to) })
		d.Memory = to
	}
	switch {
	case f.r == nil:
		if d.Stats != nil {
			f.open("stats")
			xdpStats(f, d.Stats)
			f.close()
		}
	case f.at("stats"):
		to := new(netstat.XDPStats)
		readFields(f.r, func(g *fields) { xdpStats(g, to) })
		d.Stats = to
	}
}

func xdpMemory(f *fields, m *netstat.XDPMemory) {
	number(f, "id", &m.ID, true)
	number(f, "size", &m.Size, true)
	number(f, "pages", &m.Pages, true)
	number(f, "chunk_size", &m.ChunkSize, true)
	number(f, "headroom", &m.Headroom, true)
	number(f, "scope", &m.Scope, true)
	number(f, "queue", &m.Queue, true)
	flag(f, "zero_copy", &m.ZeroCopy, true)
	number(f, "users", &m.Users, true)
}

func xdpStats(f *fields, s *netstat.XDPStats) {
	number(f, "rx_dropped", &s.RxDropped, true)
	number(f, "rx_invalid", &s.RxInvalid, true)
	number(f, "rx_full", &s.RxFull, true)
	number(f, "fill_ring_empty", &s.FillRingEmpty, true)
	number(f, "tx_invalid", &s.TxInvalid, true)
	number(f, "tx_ring_empty", &s.TxRingEmpty, true)
}

func tipcFields(f *fields, d *netstat.TIPCDetail) {
	named(f, "type", socketTypes, &d.Type)
	number(f, "node", &d.Node, true)
	number(f, "reference", &d.Reference, true)
	switch {
	case f.r == nil:
		if d.Peer != nil {
			f.open("peer")
			tipcPeer(f, d.Peer)
			f.close()
		}
	case f.at("peer"):
		to := new(netstat.TIPCPeer)
		readFields(f.r, func(g *fields) { tipcPeer(g, to) })
		d.Peer = to
	}
	flag(f, "published", &d.Published, false)
	flag(f, "link_congested", &d.LinkCongested, false)
	flag(f, "peer_congested", &d.PeerCongested, false)
	number(f, "drops", &d.Drops, true)
	switch {
	case f.r == nil:
		if d.Group != nil {
			f.open("group")
			tipcGroup(f, d.Group)
			f.close()
		}
	case f.at("group"):
		to := new(netstat.TIPCGroup)
		readFields(f.r, func(g *fields) { tipcGroup(g, to) })
		d.Group = to
	}
}

func tipcPeer(f *fields, p *netstat.TIPCPeer) {
	number(f, "node", &p.Node, true)
	number(f, "reference", &p.Reference, true)
	flag(f, "named", &p.Named, true)
	number(f, "service_type", &p.Type, p.Named)
	number(f, "instance", &p.Instance, p.Named)
}

func tipcGroup(f *fields, g *netstat.TIPCGroup) {
	number(f, "id", &g.ID, true)
	number(f, "instance", &g.Instance, true)
	flag(f, "open", &g.Open, false)
	flag(f, "node_scope", &g.NodeScope, false)
	flag(f, "cluster_scope", &g.ClusterScope, false)
	number(f, "broadcast_next", &g.BroadcastNext, true)
}

func smcFields(f *fields, d *netstat.SMCDetail) {
	text(f, "smc_state", &d.SMCState)
	named(f, "mode", smcModes, &d.Mode)
	flag(f, "receive_closed", &d.ReceiveClosed, false)
	flag(f, "send_closed", &d.SendClosed, false)
	signed(f, "fallback_reason", &d.FallbackReason, false)
	number(f, "peer_diagnosis", &d.PeerDiagnosis, false)
	switch {
	case f.r == nil:
		if d.Conn != nil {
			f.open("connection")
			smcConn(f, d.Conn)
			f.close()
		}
	case f.at("connection"):
		to := new(netstat.SMCConn)
		readFields(f.r, func(g *fields) { smcConn(g, to) })
		d.Conn = to
	}
	switch {
	case f.r == nil:
		if d.Link != nil {
			f.open("link")
			smcLink(f, d.Link)
			f.close()
		}
	case f.at("link"):
		to := new(netstat.SMCLink)
		readFields(f.r, func(g *fields) { smcLink(g, to) })
		d.Link = to
	}
	switch {
	case f.r == nil:
		if d.DMB != nil {
			f.open("dmb")
			smcBuffer(f, d.DMB)
			f.close()
		}
	case f.at("dmb"):
		to := new(netstat.SMCBuffer)
		readFields(f.r, func(g *fields) { smcBuffer(g, to) })
		d.DMB = to
	}
}

func smcConn(f *fields, c *netstat.SMCConn) {
	number(f, "token", &c.Token, true)
	number(f, "send_buffer", &c.SendBuf, true)
	number(f, "recv_buffer", &c.Receive, true)
	number(f, "peer_recv_buffer", &c.PeerRecv, true)
	smcCursor(f, "rx_produced", &c.RxProduced)
	smcCursor(f, "rx_consumed", &c.RxConsumed)
	smcCursor(f, "tx_produced", &c.TxProduced)
	smcCursor(f, "tx_consumed", &c.TxConsumed)
	smcCursor(f, "tx_prepared", &c.TxPrepared)
	smcCursor(f, "tx_sent", &c.TxSent)
	smcCursor(f, "tx_done", &c.TxDone)
	number(f, "rx_flags", &c.RxFlags, true)
	number(f, "rx_state_flags", &c.RxStateFlags, true)
	number(f, "tx_flags", &c.TxFlags, true)
	number(f, "tx_state_flags", &c.TxStateFlags, true)
}

func smcCursor(f *fields, name string, c *netstat.SMCCursor) {
	switch {
	case f.r == nil:
		f.open(name)
		f.b = appendUint(f.b, "wrap", uint64(c.Wrap))
		f.b = appendUint(f.b, "count", uint64(c.Count))
		f.close()
	case f.at(name):
		readFields(f.r, func(g *fields) {
			number(g, "wrap", &c.Wrap, true)
			number(g, "count", &c.Count, true)
		})
	}
}

func smcLink(f *fields, l *netstat.SMCLink) {
	flag(f, "server", &l.Server, true)
	number(f, "id", &l.ID, true)
	text(f, "device", &l.Device)
	number(f, "port", &l.Port, true)
	text(f, "gid", &l.GID)
	text(f, "peer_gid", &l.PeerGID)
}

func smcBuffer(f *fields, d *netstat.SMCBuffer) {
	number(f, "link", &d.Link, true)
	number(f, "gid", &d.GID, true)
	number(f, "peer_gid", &d.PeerGID, true)
	number(f, "token", &d.Token, true)
	number(f, "peer_token", &d.PeerToken, true)
}

func mptcpFields(f *fields, d *netstat.MPTCPDetail) {
	flag(f, "known", &d.Known, true)
	number(f, "token", &d.Token, false)
	flag(f, "fallback", &d.Fallback, d.Known)
	flag(f, "remote_key", &d.RemoteKey, d.Known)
	flag(f, "checksums", &d.Checksums, d.Known)
	number(f, "extra_subflows", &d.ExtraSubflows, d.Known)
	number(f, "subflows_total", &d.SubflowsTotal, false)
	number(f, "subflows_max", &d.SubflowsMax, d.Known)
	number(f, "signals", &d.Signals, d.Known)
	number(f, "signals_max", &d.SignalsMax, d.Known)
	number(f, "accepted", &d.Accepted, d.Known)
	number(f, "accepted_max", &d.AcceptedMax, d.Known)
	number(f, "local_addresses", &d.LocalAddrs, d.Known)
	number(f, "local_addresses_max", &d.LocalAddrsMax, d.Known)
	number(f, "write_sequence", &d.WriteSeq, d.Known)
	number(f, "unacked_sequence", &d.SendUna, d.Known)
	number(f, "recv_sequence", &d.RecvNext, d.Known)
	flag(f, "more", &d.More, false)
	number(f, "retransmits", &d.Retransmits, d.More)
	number(f, "bytes_retrans", &d.BytesRetrans, d.More)
	number(f, "bytes_sent", &d.BytesSent, d.More)
	number(f, "bytes_received", &d.BytesReceived, d.More)
	number(f, "bytes_acked", &d.BytesAcked, d.More)
	millis(f, "last_data_sent", &d.LastDataSentMillis, d.More)
	millis(f, "last_data_recv", &d.LastDataRecvMillis, d.More)
	millis(f, "last_ack_recv", &d.LastAckRecvMillis, d.More)
	switch {
	case f.r == nil:
		if d.Subflows != nil {
			f.openList("subflows")
			for i := range d.Subflows {
				f.item()
				subflow(f, &d.Subflows[i])
				f.close()
			}
			f.closeList()
		}
	case f.at("subflows"):
		d.Subflows = []netstat.MPTCPSubflow{}
		f.r.Array(func() {
			var s netstat.MPTCPSubflow
			readFields(f.r, func(g *fields) { subflow(g, &s) })
			d.Subflows = append(d.Subflows, s)
		})
	}
}

func subflow(f *fields, s *netstat.MPTCPSubflow) {
	number(f, "local_id", &s.LocalID, true)
	number(f, "remote_id", &s.RemoteID, true)
	switch {
	case f.r == nil:
		if s.State != netstat.StateUnknown {
			f.b = appendWord(f.b, "state", s.State.String())
		}
	case f.at("state"):
		s.State = f.r.State()
	}
	address(f, "local", &s.Local)
	address(f, "remote", &s.Remote)
	flag(f, "join", &s.Join, true)
	flag(f, "backup", &s.Backup, true)
	flag(f, "established", &s.Established, true)
	number(f, "recv_queue", &s.RecvQ, true)
	number(f, "send_queue", &s.SendQ, true)
	number(f, "cookie", &s.Cookie, false)
}

func sctpInfo(f *fields, i *netstat.SCTPInfo) {
	number(f, "tag", &i.Tag, true)
	number(f, "peer_tag", &i.PeerTag, true)
	number(f, "window", &i.Window, true)
	number(f, "peer_window", &i.PeerWindow, true)
	number(f, "unacked", &i.Unacked, true)
	number(f, "pending", &i.Pending, true)
	number(f, "in_streams", &i.InStreams, true)
	number(f, "out_streams", &i.OutStreams, true)
	number(f, "in_queue", &i.InQueue, true)
	number(f, "out_queue", &i.OutQueue, true)
	number(f, "fragment_point", &i.FragmentPoint, true)
	number(f, "max_segment", &i.MaxSegment, true)
	number(f, "errors", &i.Errors, true)
	number(f, "max_burst", &i.MaxBurst, true)
	number(f, "sacks_in", &i.SACKsIn, true)
	number(f, "sacks_out", &i.SACKsOut, true)
	number(f, "packets_in", &i.PacketsIn, true)
	number(f, "packets_out", &i.PacketsOut, true)
	number(f, "retransmits", &i.Retransmits, true)
	number(f, "out_of_sequence", &i.OutOfSequence, true)
	number(f, "duplicates", &i.Duplicates, true)
	number(f, "gaps", &i.Gaps, true)
	number(f, "ordered_in", &i.OrderedIn, true)
	number(f, "ordered_out", &i.OrderedOut, true)
	number(f, "unordered_in", &i.UnorderedIn, true)
	number(f, "unordered_out", &i.UnorderedOut, true)
	number(f, "control_in", &i.ControlIn, true)
	number(f, "control_out", &i.ControlOut, true)
	address(f, "primary", &i.Primary)
	signed(f, "primary_state", &i.PrimaryState, true)
	number(f, "cwnd", &i.Cwnd, true)
	number(f, "ssthresh", &i.Ssthresh, true)
	number(f, "flight", &i.Flight, true)
	millis(f, "srtt", &i.SRTTMillis, true)
	millis(f, "rto", &i.RTOMillis, true)
	millis(f, "heartbeat", &i.HeartbeatMillis, true)
}
