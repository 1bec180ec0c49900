package schema

import "netstat"

func packetFields(f *fields, d *netstat.PacketDetail) {
	named(f, "type", socketTypes.names(), &d.Type)
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
	object(f, "rx_ring", &d.RxRing, packetRing)
	object(f, "tx_ring", &d.TxRing, packetRing)
	object(f, "fanout", &d.Fanout, packetFanout)
	objects(f, "memberships", &d.Memberships, packetMembership)
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
