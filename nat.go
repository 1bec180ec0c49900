package netstat

import (
	"context"
	"iter"
	"net/netip"
	"time"
)

// NATSession is one connection that the host forwards or serves under another
// address or port than the one its ends use: a plain value, safe to keep. On
// Linux it comes from connection tracking (ctnetlink, /proc/net/nf_conntrack).
//
// Original is what the end that began the session sends, Reply what the answers
// to it look like on their way to this host. Without translation one is the
// mirror of the other; a difference is the translation.
type NATSession struct {
	// Family is Inet, or Inet6 for those of NAT6Sessions.
	Family Family
	// Protocol is TCP, UDP, UDPLite or SCTP, and ProtocolNone for any other,
	// which IPProtocol tells.
	Protocol Protocol
	// IPProtocol is the protocol's number in the IP header, as IANA
	// registers it (1 ICMP, 6 TCP, 47 GRE, …).
	IPProtocol uint8

	Original, Reply NATTuple

	// Timeout is the time after which the session is forgotten if no more
	// packets come; negative where none is running, as for a flow that has
	// been handed over to hardware or to a fast path.
	Timeout time.Duration
	// State is how far the tracker has seen a TCP connection get; it follows
	// both directions, so that FIN-WAIT-1 stands for both of FIN-WAIT. Zero
	// for other protocols.
	State State
	// AssocState is the same of an SCTP association, as RFC 9260 section 4
	// names it; empty for other protocols and where it has no name.
	AssocState string
	Status     NATStatus
}

// NATTuple is one direction of a NATSession. The ports are those of the
// transport protocol, in host order; for GRE the two keys; for ICMP the
// identifier is the port of the end that sent the request and the other is 0;
// both are 0 for protocols that have nothing of the kind. An address that the
// source does not know is the zero netip.Addr.
type NATTuple struct {
	Source, Destination netip.AddrPort
	// ICMPType and ICMPCode are those of the first packet; 0 for any other
	// protocol than ICMP, and in Reply.
	ICMPType, ICMPCode uint8
	SeqAdjust          SeqAdjust
}

// NATStatus says what has happened to a session. It is a set.
type NATStatus uint8

const (
	NATReplied   NATStatus = 1 << iota // packets went in both directions
	NATAssured                         // not dropped early when the table is full
	NATOffloaded                       // handed over to a flow table or to hardware
)

// SeqAdjust is how the sequence numbers of one direction of a TCP connection
// are shifted, where a helper changed the length of what it carries (struct
// nf_ct_seqadj of the kernel). The zero value means not known.
type SeqAdjust struct {
	// Known says that the source tells; Position and After are 0 then, where
	// nothing is shifted.
	Known bool
	// BeforeKnown is the same for Before.
	BeforeKnown bool
	// Position is the sequence number at which the last shift began, After
	// what is added from there on, Before what is added to those before it.
	Position      uint32
	Before, After int32
}

// SourceTranslated reports whether the end that began the session is known to
// the other by another address or port.
func (s *NATSession) SourceTranslated() bool { return s.Original.Source != s.Reply.Destination }

// DestinationTranslated reports whether the end that answers is reached by
// another address or port than its own.
func (s *NATSession) DestinationTranslated() bool { return s.Original.Destination != s.Reply.Source }

// NAT6Sessions is implemented by a Source that can tell the sessions of IPv6,
// too. They stand apart, as no classic netstat shows them.
type NAT6Sessions interface {
	// NAT6Sessions is Source.NATSessions for IPv6.
	NAT6Sessions(ctx context.Context) iter.Seq2[NATSession, error]
}
