package netstat

import (
	"time"
)

// Socket is one row of a [Table]: a plain value, safe to keep. What a source
// did not fetch, because [Need] did not ask or the system does not have it, is
// zero.
type Socket struct {
	Table Table
	State State

	// TOS is the type of service of packets sent, DSCP and ECN bits together
	// (FactTOS), TClass the traffic class of IPv6.
	TOS, TClass uint8
	// ULP is the protocol that works on top of TCP inside the kernel
	// (FactULP).
	ULP ULP
	// Autobound says that the kernel chose the local port, not the program:
	// it is from the range for that, and was not asked for (FactAutobound).
	Autobound bool
	// Flags are how the socket was left or set (FactShutdown, FactV6Only).
	Flags SocketFlags

	// Netns is the Inode of the [Namespace] that the Source was opened for; 0
	// for one opened without saying which.
	Netns         uint32
	Local, Remote Addr

	// RecvQ is the number of bytes received and not yet read; for a
	// listening TCP socket the number of connections waiting for accept.
	RecvQ uint64
	// SendQ is the number of bytes sent and not yet acknowledged (TCP) or
	// not yet passed on (others). It is 0 for a listening TCP socket; see
	// MaxBacklog.
	SendQ uint64
	// MaxBacklog is the limit given to listen(2), 0 where the source cannot
	// tell. Linux: netlink only.
	MaxBacklog uint32

	// UID is the user who made the socket.
	UID uint32
	// PID is the owner where the system delivers it with the row (Windows);
	// elsewhere 0, and owners come from Source.Owners.
	PID uint32
	// Mark is the mark of packets sent, SO_MARK of socket(7) (FactMark). Linux
	// only.
	Mark uint32
	// Inode identifies a socket that some process may hold open; 0 for one
	// that no process can (TIME-WAIT, a request). Linux only.
	Inode uint64
	// Cookie is the kernel's identity of the socket, never used again while
	// the host is up; 0 where the source cannot tell. Linux: netlink only.
	Cookie uint64
	// Cgroup identifies the control group (version 2) in which the socket was
	// made, 0 for none (FactCgroup); see [Cgroups]. Linux only.
	Cgroup uint64

	Timer  Timer
	Detail Detail // what only this family has; nil for most of tcp, udp, udplite and raw

	// TCP and Memory are nil unless asked for (FactTCPInfo, FactMemory), and
	// where the system does not tell.
	TCP    *TCPInfo
	Memory *Memory

	// Absent are the facts that this system does not have or that could not be
	// had, so that the zero of FactTimer, FactUID, FactInode, FactQueues,
	// FactInterface, FactMark, FactCgroup, FactTOS, FactAutobound, FactShutdown or
	// FactV6Only is not taken for a value.
	Absent Facts
}

// Has reports whether the socket has a value for facts that were asked for, so that
// zero is one: its table has them ([Table.Facts]) and they are not Absent.
func (s *Socket) Has(f Facts) bool { return s.Table.Facts()&f == f && s.Absent&f == 0 }

// SocketFlags are facts about a socket that are true or not.
type SocketFlags uint8

const (
	// ReceiveClosed and SendClosed say which directions were shut down, by
	// shutdown(2), close(2) or, for receiving, by the peer (FactShutdown).
	ReceiveClosed SocketFlags = 1 << iota
	SendClosed
	// V6Only says that an IPv6 socket takes nothing from IPv4 (IPV6_V6ONLY of
	// ipv6(7); FactV6Only).
	V6Only
)

// OnlyV6 reports whether an IPv6 socket takes nothing from IPv4; ok is false
// where that is not told.
func (s *Socket) OnlyV6() (set, ok bool) {
	if s.Table.Family != Inet6 || s.Absent&FactV6Only != 0 {
		return false, false
	}
	switch s.Table.Protocol {
	case TCP, UDP, UDPLite, Raw:
		return s.Flags&V6Only != 0, true
	}
	return false, false
}

// Shutdown says which directions of a socket were shut down, by Flags or by what
// its family has in Detail; ok is false where that is not told.
func (s *Socket) Shutdown() (receive, send, ok bool) {
	switch d := s.Detail.(type) {
	case *UnixDetail:
		return d.ShutRead, d.ShutWrite, d.Peers
	case *VSockDetail:
		return d.ReceiveClosed, d.SendClosed, true
	case *SMCDetail:
		return d.ReceiveClosed, d.SendClosed, true
	}
	switch s.Table.Protocol {
	case TCP, UDP, UDPLite, Raw:
		return s.Flags&ReceiveClosed != 0, s.Flags&SendClosed != 0, s.Absent&FactShutdown == 0
	}
	return false, false, false
}

// Drops returns how many packets the socket has dropped, which families tell in
// different places; ok is false where it is not told.
func (s *Socket) Drops() (n uint64, ok bool) {
	if s.Memory != nil && s.Memory.Known.Has(MemoryDrops) {
		return uint64(s.Memory.Drops), true
	}
	switch d := s.Detail.(type) {
	case *PacketDetail:
		return uint64(d.Drops), d.Complete
	case *NetlinkDetail:
		return uint64(d.Drops), true
	case *TIPCDetail:
		return uint64(d.Drops), true
	}
	return 0, false
}

// ULP is an upper layer protocol of TCP (tcp_ulp_ops of include/net/tcp.h).
type ULP uint8

const (
	ULPNone  ULP = iota
	ULPTLS       // encryption by the kernel (TLS)
	ULPMPTCP     // a subflow of Multipath TCP
	ULPSMC       // Shared Memory Communications
	ULPESP       // IPsec in TCP (espintcp)
	ULPOther     // one that this package has no name for
)

var ulpNames = [...]string{"", "tls", "mptcp", "smc", "espintcp", "other"}

// String returns the kernel's name of the protocol, empty for ULPNone.
func (u ULP) String() string {
	if int(u) < len(ulpNames) {
		return ulpNames[u]
	}
	return "other"
}

// TimerKind says what a Timer is counting towards.
type TimerKind uint8

const (
	TimerNone       TimerKind = iota
	TimerRetransmit           // retransmission, also early retransmit and tail loss probe
	TimerKeepalive            // keepalive, or the wait for a SYN's answer
	TimerTimeWait             // the end of TIME-WAIT
	TimerProbe                // zero-window probe
	TimerOther                // a kind this package has no name for: see Timer.Code
)

var timerNames = [...]string{"none", "retransmit", "keepalive", "time-wait", "probe", "other"}

// String returns the lower-case name, "other" for a number without one.
func (k TimerKind) String() string {
	if int(k) < len(timerNames) {
		return timerNames[k]
	}
	return "other"
}

// Timer is the state of a socket's one visible timer. Linux shows it in
// /proc/net/tcp (get_tcp4_sock of net/ipv4/tcp_ipv4.c).
type Timer struct {
	Kind TimerKind
	// Code is the kernel's own number of the kind, for those without a name.
	Code uint8
	// Expires is the time left, to the hundredth of a second. Linux gives it
	// in clock ticks; a count too large for a Duration is cut to the largest.
	Expires time.Duration
	// Retransmits counts unanswered retransmissions, Probes unanswered
	// zero-window or keepalive probes.
	Retransmits, Probes uint32
}

// SocketType is the type given to socket(2) (unix(7)).
type SocketType uint8

const (
	TypeUnknown SocketType = iota
	TypeStream
	TypeDgram
	TypeRaw
	TypeRDM
	TypeSeqpacket
)

var socketTypeNames = [...]string{"", "stream", "dgram", "raw", "rdm", "seqpacket"}

// String returns the lower-case name, empty for TypeUnknown and a number without
// one.
func (t SocketType) String() string {
	if int(t) < len(socketTypeNames) {
		return socketTypeNames[t]
	}
	return ""
}
