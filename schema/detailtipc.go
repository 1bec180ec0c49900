package schema

import "netstat"

func tipcFields(f *fields, d *netstat.TIPCDetail) {
	named(f, "type", socketTypes.names(), &d.Type)
	number(f, "node", &d.Node, true)
	number(f, "reference", &d.Reference, true)
	object(f, "peer", &d.Peer, tipcPeer)
	flag(f, "published", &d.Published, false)
	flag(f, "link_congested", &d.LinkCongested, false)
	flag(f, "peer_congested", &d.PeerCongested, false)
	number(f, "drops", &d.Drops, true)
	object(f, "group", &d.Group, tipcGroup)
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
