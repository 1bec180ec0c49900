package netstat

import (
	"math/bits"
	"net/netip"
	"time"
)

// TrackedConnection is one connection that this host tracks: a plain value, safe to keep.
// On Linux it comes from connection tracking (ctnetlink, /proc/net/nf_conntrack).
type TrackedConnection struct {
	// Family is Inet or Inet6.
	Family Family
	// IPProtocol is the protocol number in the IP header, as registered by IANA (1
	// ICMP, 6 TCP, 47 GRE, …).
	IPProtocol uint8
	// State is the state of a TCP, SCTP or DCCP connection in the kernel's words, such as
	// ESTABLISHED or SYN_SENT; "" for other protocols, and if the kernel gives none.
	State string
	// Original is what the initiator sends, Reply what the answers look like when they
	// arrive at this host. Without translation each mirrors the other.
	Original, Reply TrackedDirection
	// Status holds the kernel's flags. StatusKnown are those that the source gives:
	// /proc has only four.
	Status, StatusKnown TrackedStatus
	// Timeout is the time until the entry is removed if no more packets arrive, in whole
	// seconds.
	Timeout time.Duration
	// Mark is the mark of the connection (connmark).
	Mark uint32
	// Labels is a set of 128 labels; label 0 is the lowest bit of Labels[0].
	Labels [2]uint64
	// Zone is the zone of ZoneOf; 0 is the default zone.
	Zone   uint16
	ZoneOf TrackedZone
	// Started is when the kernel made the entry, if it keeps such times
	// (net.netfilter.nf_conntrack_timestamp); otherwise the zero time.
	Started time.Time
	// Helper is the name of the helper that reads the data, such as ftp; "" for none.
	Helper string
	// SecurityContext is the label of the connection for SELinux or Smack; "" for none.
	SecurityContext string
	// Use counts the users of the entry within the kernel.
	Use uint32
	// ID is the kernel's number of the entry. Two entries may have the same: it is a hash.
	ID uint32
	// Known holds the fields that the kernel gave. The others are zero.
	Known TrackedFields
	// Rare holds what few connections have; nil if this one has none of it. It does not
	// change.
	Rare *TrackedRare
}

// TrackedRare is what few tracked connections have. Linux gives it only over ctnetlink.
type TrackedRare struct {
	// Master is the connection whose helper expected this one: the control connection of
	// FTP for a transfer.
	Master TrackedMaster
	// OriginalShift and ReplyShift are the shifts of the sequence numbers of TCP, if a
	// helper or SYNPROXY changed them.
	OriginalShift, ReplyShift SeqAdjust
	// Synproxy is known if SYNPROXY answered the initiator in place of the responder.
	Synproxy TrackedSynproxy
}

// TrackedMaster identifies another tracked connection. The zero value is none.
type TrackedMaster struct {
	IPProtocol uint8
	// Source and Destination are those of its original direction; port 0 for protocols
	// without ports.
	Source, Destination netip.AddrPort
}

// TrackedSynproxy is what SYNPROXY remembers (struct nf_conn_synproxy).
type TrackedSynproxy struct {
	Known bool
	// Sequence and Timestamp are its initial ones, Offset is the difference between the
	// timestamps of the responder and its own.
	Sequence, Timestamp, Offset uint32
}

// TrackedDirection is one direction of a TrackedConnection.
type TrackedDirection struct {
	// Source and Destination are valid addresses. Their ports are those of the transport
	// protocol, in host byte order; 0 for protocols without ports.
	Source, Destination netip.AddrPort
	// SourceKey and DestinationKey are the keys of GRE (version 1: call IDs).
	SourceKey, DestinationKey uint16
	// ICMPID, ICMPType and ICMPCode are those of ICMP and ICMPv6 queries.
	ICMPID             uint16
	ICMPType, ICMPCode uint8
	// Has says which of ports, keys and ICMP fields the protocol has.
	Has TrackedEnds
	// WindowScale is the shift of window sizes that the sender announced (TCP, RFC 7323);
	// 0 unless HasWindowScale is set.
	HasWindowScale bool
	WindowScale    uint8
	// VerificationTag is that of SCTP packets in this direction; 0 if unknown.
	VerificationTag uint32
	// Packets and Bytes count what was sent in this direction, with IP headers, if the
	// kernel counts (net.netfilter.nf_conntrack_acct); see TrackedCounters.
	Packets, Bytes uint64
}

// TrackedEnds says what tells connections between the same addresses apart.
type TrackedEnds uint8

const (
	TrackedAddresses TrackedEnds = iota // nothing else
	TrackedPorts
	TrackedKeys
	TrackedICMP
)

// TrackedFields is a set of fields of TrackedConnection.
type TrackedFields uint8

const (
	TrackedTimeout  TrackedFields = 1 << iota
	TrackedCounters               // Packets and Bytes of both directions
	TrackedMark
	TrackedLabels
	TrackedUse
	TrackedID
)

// Has reports whether all given fields are set.
func (f TrackedFields) Has(fields TrackedFields) bool { return f&fields == fields }

// TrackedZone says which direction a zone separates.
type TrackedZone uint8

const (
	TrackedBoth TrackedZone = iota
	TrackedOriginal
	TrackedReply
)

var trackedZones = [...]string{"both", "original", "reply"}

// String returns one lower-case word.
func (z TrackedZone) String() string {
	if int(z) < len(trackedZones) {
		return trackedZones[z]
	}
	return ""
}

// TrackedStatus is a set of flags: enum ip_conntrack_status of the kernel
// (include/uapi/linux/netfilter/nf_conntrack_common.h), with its bits.
type TrackedStatus uint16

const (
	TrackedExpected     TrackedStatus = 1 << iota // a helper expected the connection
	TrackedSeenReply                              // packets were seen in both directions
	TrackedAssured                                // not dropped early when the table is full
	TrackedConfirmed                              // its first packet has left this host
	TrackedSourceNAT                              // its source is translated
	TrackedDestNAT                                // its destination is translated
	TrackedSeqAdjust                              // its sequence numbers are shifted
	TrackedSourceDone                             // translation of the source was decided
	TrackedDestDone                               // translation of the destination was decided
	TrackedDying                                  // being removed
	TrackedFixedTimeout                           // packets do not prolong it
	TrackedTemplate                               // settings for other connections
	TrackedClash                                  // it lost a race to another one
	TrackedHelper                                 // a rule or program set its helper
	TrackedOffload                                // in a flow table
	TrackedHWOffload                              // in the flow table of a device
)

var trackedStatuses = [...]string{
	"expected", "seen_reply", "assured", "confirmed", "src_nat", "dst_nat", "seq_adjust", "src_nat_done", "dst_nat_done",
	"dying", "fixed_timeout", "template", "nat_clash", "helper", "offload", "hw_offload",
}

// String returns the name of one flag, in lower case, as the kernel names it; "" for
// several.
func (s TrackedStatus) String() string {
	if bits.OnesCount16(uint16(s)) != 1 {
		return ""
	}
	return trackedStatuses[bits.TrailingZeros16(uint16(s))]
}

// TrackedQuery selects tracked connections.
type TrackedQuery struct {
	// Family is Inet, Inet6, or FamilyNone for both.
	Family Family
	// Where restricts them further. It is a hint: a Source may yield more.
	Where TrackedWhere
	// ThenNAT says that the caller will read NATSessions and NAT6Sessions next, so that
	// one pass of the kernel may serve all three. Those sessions may then be as old as
	// this call.
	ThenNAT bool
}

// TrackedWhere is what all wanted connections have in common, in a form that a kernel may
// test. The zero value restricts nothing, and so does a zero field.
type TrackedWhere struct {
	// IPProtocol and Zone are those of the connection.
	IPProtocol uint8
	Zone       uint16
	// Original and Reply are the ends of the two directions.
	Original, Reply TrackedPath
	// Mark and Status are compared in the bits of MarkMask and StatusMask.
	Mark, MarkMask     uint32
	Status, StatusMask TrackedStatus
}

// TrackedPath holds the ends of a direction. An address that is not valid and a port that
// is 0 are not compared.
type TrackedPath struct{ Source, Destination netip.AddrPort }

// IPProtocolName returns the name of a protocol of the IP header in lower case, such as
// gre, or "" if this package has none.
func IPProtocolName(number uint8) string {
	switch number {
	case 1:
		return "icmp"
	case 2:
		return "igmp"
	case 4:
		return "ipip"
	case 6:
		return "tcp"
	case 17:
		return "udp"
	case 33:
		return "dccp"
	case 41:
		return "ipv6"
	case 47:
		return "gre"
	case 50:
		return "esp"
	case 51:
		return "ah"
	case 58:
		return "icmpv6"
	case 89:
		return "ospf"
	case 103:
		return "pim"
	case 112:
		return "vrrp"
	case 132:
		return "sctp"
	case 136:
		return "udplite"
	}
	return ""
}
