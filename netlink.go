package netstat

import (
	"strconv"
	"strings"
)

// NetlinkProtocol is the part of the kernel that a netlink socket talks to
// (NETLINK_ROUTE and so on of netlink(7)). The zero value is routing.
type NetlinkProtocol uint8

var netlinkNames = [...]string{
	"rtnl", "unused", "usersock", "fw", "tcpdiag", "nflog", "xfrm", "selinux", "iscsi", "audit", "fiblookup",
	"connector", "nft", "ip6fw", "dec-rt", "uevent", "genl", "", "scsi-trans", "ecryptfs", "rdma", "crypto", "smc",
}

// String returns the name that iproute2 has for the protocol, and its number
// where it has none.
func (p NetlinkProtocol) String() string {
	if int(p) < len(netlinkNames) && netlinkNames[p] != "" {
		return netlinkNames[p]
	}
	return strconv.Itoa(int(p))
}

// NetlinkProtocolNamed returns the protocol of a name that String gives, in either
// case of letters; false where none is called so. Numbers are no names.
func NetlinkProtocolNamed(name string) (NetlinkProtocol, bool) {
	for i := range netlinkNames {
		if name != "" && strings.EqualFold(netlinkNames[i], name) {
			return NetlinkProtocol(i), true
		}
	}
	return 0, false
}

// NetlinkDetail is what a netlink socket has beyond a Socket (struct
// netlink_diag_msg and its attributes, include/uapi/linux/netlink_diag.h; else
// /proc/net/netlink, netlink_native_seq_show of net/netlink/af_netlink.c). The
// ends' names are protocol and port, "rtnl:618"; the port of the kernel's own
// is "kernel". A remote end without a name means that there is none. Nothing
// tells the user (Absent has FactUID).
type NetlinkDetail struct {
	Protocol NetlinkProtocol
	// Port is the socket's port id, often the process's number; 0 for the
	// kernel's own sockets.
	Port uint32
	// PeerPort and PeerGroups are where a connected socket sends to: a port,
	// 0 for the kernel, and a mask of groups. Socket monitoring only.
	PeerPort, PeerGroups uint32
	// Groups is the mask of multicast groups that the socket listens to: bit 0
	// of the first word is group 1, that of the second group 33. The file has
	// one word only. nil means none.
	Groups []uint32
	// Dumping says that the socket is reading a dump.
	Dumping bool
	// Drops is how many messages did not fit in the queue.
	Drops uint32

	// The rest is socket monitoring's alone, and zero from the file.

	Type            SocketType // TypeRaw or TypeDgram, which the kernel treats alike
	PacketInfo      bool       // NETLINK_PKTINFO
	BroadcastErrors bool       // NETLINK_BROADCAST_ERROR
	NoENOBUFS       bool       // NETLINK_NO_ENOBUFS
	AllNamespaces   bool       // NETLINK_LISTEN_ALL_NSID
	CapAck          bool       // NETLINK_CAP_ACK
}

func (*NetlinkDetail) detail() {}

// Kernel reports whether the socket is one of the kernel's own.
func (d *NetlinkDetail) Kernel() bool { return d.Port == 0 }

// InGroup reports whether the socket listens to a multicast group; the first
// is 1.
func (d *NetlinkDetail) InGroup(group uint32) bool {
	if group == 0 {
		return false
	}
	word := (group - 1) / 32
	return word < uint32(len(d.Groups)) && d.Groups[word]>>((group-1)%32)&1 != 0
}
