package netstat

import (
	"strconv"
	"strings"
)

// NetlinkProtocol is the kernel subsystem that a netlink socket talks to (NETLINK_ROUTE
// and so on of netlink(7)). The zero value is NETLINK_ROUTE.
type NetlinkProtocol uint8

var netlinkNames = [...]string{
	"rtnl", "unused", "usersock", "fw", "tcpdiag", "nflog", "xfrm", "selinux", "iscsi", "audit", "fiblookup",
	"connector", "nft", "ip6fw", "dec-rt", "uevent", "genl", "", "scsi-trans", "ecryptfs", "rdma", "crypto", "smc",
}

// String returns iproute2's name of the protocol, or its number if it has none.
func (p NetlinkProtocol) String() string {
	if int(p) < len(netlinkNames) && netlinkNames[p] != "" {
		return netlinkNames[p]
	}
	return strconv.Itoa(int(p))
}

// NetlinkProtocolNamed returns the protocol with the given name, ignoring case; false
// if there is none. It accepts the names that String returns, but no numbers.
func NetlinkProtocolNamed(name string) (NetlinkProtocol, bool) {
	for i := range netlinkNames {
		if name != "" && strings.EqualFold(netlinkNames[i], name) {
			return NetlinkProtocol(i), true
		}
	}
	return 0, false
}

// NetlinkDetail holds the fields of a netlink socket beyond those of Socket (struct
// netlink_diag_msg and its attributes in include/uapi/linux/netlink_diag.h; otherwise
// /proc/net/netlink, netlink_native_seq_show in net/netlink/af_netlink.c). An address
// is protocol and port, "rtnl:618"; the port of the kernel's own sockets is "kernel".
// An empty remote name means there is no remote end. The user is absent (Absent has
// FactUID).
type NetlinkDetail struct {
	Protocol NetlinkProtocol
	// Port is the port id of the socket, often the process id; 0 for the kernel's own
	// sockets.
	Port uint32
	// PeerPort and PeerGroups are the destination of a connected socket: a port (0 for
	// the kernel) and a mask of groups. From sock_diag only.
	PeerPort, PeerGroups uint32
	// Groups is the mask of multicast groups that the socket has joined: bit 0 of the
	// first word is group 1, bit 0 of the second word is group 33. The file has one
	// word only. nil means none.
	Groups []uint32
	// Dumping reports whether the socket is reading a dump.
	Dumping bool
	// Drops is the number of messages that did not fit in the queue.
	Drops uint32

	// The fields below come from sock_diag only; they are zero if the file was read.

	Type            SocketType // TypeRaw or TypeDgram; the kernel treats both alike
	PacketInfo      bool       // NETLINK_PKTINFO
	BroadcastErrors bool       // NETLINK_BROADCAST_ERROR
	NoENOBUFS       bool       // NETLINK_NO_ENOBUFS
	AllNamespaces   bool       // NETLINK_LISTEN_ALL_NSID
	CapAck          bool       // NETLINK_CAP_ACK
}

func (*NetlinkDetail) detail() {}

// Kernel reports whether the socket is one of the kernel's own.
func (d *NetlinkDetail) Kernel() bool { return d.Port == 0 }

// InGroup reports whether the socket has joined a multicast group; the first group is
// 1.
func (d *NetlinkDetail) InGroup(group uint32) bool {
	if group == 0 {
		return false
	}
	word := (group - 1) / 32
	return word < uint32(len(d.Groups)) && d.Groups[word]>>((group-1)%32)&1 != 0
}
