package schema

import (
	"strconv"

	"netstat"
)

// maxNetlinkGroup limits the memory that the groups of a socket may take.
const maxNetlinkGroup = 1 << 16

func netlinkFields(f *fields, d *netstat.NetlinkDetail) {
	named(f, "type", socketTypes.names(), &d.Type)
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
