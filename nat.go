package netstat

import (
	"context"
	"iter"
	"net/netip"
	"time"
)

// NATSession is one connection whose address or port this host translates: a plain
// value, safe to keep. On Linux it comes from connection tracking (ctnetlink,
// /proc/net/nf_conntrack).
//
// Original is what the initiator sends; Reply is what the answers look like when they
// arrive at this host. Without translation each mirrors the other; a difference is the
// translation.
type NATSession struct {
	// Family is Inet, or Inet6 for sessions of NAT6Sessions.
	Family Family
	// Protocol is TCP, UDP, UDPLite or SCTP; ProtocolNone for any other, which
	// IPProtocol names.
	Protocol Protocol
	// IPProtocol is the protocol number in the IP header, as registered by IANA (1
	// ICMP, 6 TCP, 47 GRE, …).
	IPProtocol uint8

	Original, Reply NATTuple

	// Timeout is the time until the session is forgotten if no more packets arrive. It
	// is negative if no timeout is running, as for a flow offloaded to hardware or to a
	// fast path.
	Timeout time.Duration
	// State is the state of a TCP connection as seen by the tracker, which follows both
	// directions: FIN-WAIT-1 stands for both FIN-WAIT states. Zero for other protocols.
	State State
	// AssocState is the state of an SCTP association, named as in RFC 9260 section 4;
	// empty for other protocols and unnamed states.
	AssocState string
	Status     NATStatus
}

// NATTuple is one direction of a NATSession. Ports are those of the transport protocol,
// in host byte order. For GRE they are the two keys. For ICMP the identifier is the
// port of the end that sent the request, and the other port is 0. Other protocols have
// 0. An unknown address is the zero netip.Addr.
type NATTuple struct {
	Source, Destination netip.AddrPort
	// ICMPType and ICMPCode are those of the first packet; 0 for other protocols and in
	// Reply.
	ICMPType, ICMPCode uint8
	SeqAdjust          SeqAdjust
}

// NATStatus is a set of flags of a session.
type NATStatus uint8

const (
	NATReplied   NATStatus = 1 << iota // packets were seen in both directions
	NATAssured                         // not dropped early when the table is full
	NATOffloaded                       // offloaded to a flow table or to hardware
)

// SeqAdjust is the shift of the sequence numbers of one direction of a TCP connection,
// set if a helper changed the length of its data (struct nf_ct_seqadj of the kernel).
// The zero value means unknown.
type SeqAdjust struct {
	// Known reports whether Position and After are known; both are 0 if nothing is
	// shifted.
	Known bool
	// BeforeKnown reports whether Before is known.
	BeforeKnown bool
	// Position is the sequence number at which the last shift began. After is added to
	// sequence numbers from there on, Before to earlier ones.
	Position      uint32
	Before, After int32
}

// SourceTranslated reports whether the responder sees the initiator under another
// address or port.
func (s *NATSession) SourceTranslated() bool { return s.Original.Source != s.Reply.Destination }

// DestinationTranslated reports whether the initiator reaches the responder under
// another address or port than its own.
func (s *NATSession) DestinationTranslated() bool { return s.Original.Destination != s.Reply.Source }

// NAT6Sessions is implemented by a Source that can list IPv6 sessions too. They are
// separate because no classic netstat shows them.
type NAT6Sessions interface {
	// NAT6Sessions is like Source.NATSessions, for IPv6.
	NAT6Sessions(ctx context.Context) iter.Seq2[NATSession, error]
}
