package netstat

import (
	"time"
)

// Socket is one row of a [Table]: a plain value, safe to keep. Fields that were not
// requested by [Need] or that the system lacks are zero.
type Socket struct {
	Table Table
	State State

	// TOS is the type of service of packets sent, DSCP and ECN bits together; TClass is
	// the traffic class of IPv6 (FactTOS).
	TOS, TClass uint8
	// ULP is the upper layer protocol that the kernel runs on the connection (FactULP).
	ULP ULP
	// Autobound reports whether the kernel chose the local port (FactAutobound): the
	// port is in the ephemeral range and the program did not request it.
	Autobound bool
	// Flags are facts that are true or false (FactShutdown, FactV6Only).
	Flags SocketFlags

	// Netns is the Inode of the [Namespace] that the Source was opened for; 0 if none
	// was specified.
	Netns         uint32
	Local, Remote Addr

	// RecvQ is the number of bytes received and not yet read. For a listening TCP
	// socket it is the number of connections waiting to be accepted.
	RecvQ uint64
	// SendQ is the number of bytes sent and not yet acknowledged (TCP) or not yet
	// passed on (others). It is 0 for a listening TCP socket; see MaxBacklog.
	SendQ uint64
	// MaxBacklog is the limit given to listen(2); 0 if unknown. Linux: netlink only.
	MaxBacklog uint32

	// UID is the user id of the socket's creator.
	UID uint32
	// PID is the owner if the system delivers it with the row (Windows); otherwise 0,
	// and owners come from Source.Owners.
	PID uint32
	// Mark is the mark of packets sent, SO_MARK of socket(7) (FactMark). Linux only.
	Mark uint32
	// Inode identifies a socket that a process can hold open; 0 for one that no process
	// can (TIME-WAIT, a request). Linux only.
	Inode uint64
	// Cookie identifies the socket until reboot and is never reused; 0 if unknown.
	// Linux: netlink only.
	Cookie uint64
	// Cgroup identifies the control group (version 2) in which the socket was created;
	// 0 for none (FactCgroup). See [Cgroups]. Linux only.
	Cgroup uint64

	Timer  Timer
	Detail Detail // facts of one family; nil for most tcp, udp, udplite and raw sockets

	// TCP and Memory are nil if not requested (FactTCPInfo, FactMemory) or not
	// supported.
	TCP    *TCPInfo
	Memory *Memory

	// Absent are the facts without a value here, because the system lacks them or they
	// could not be read. It distinguishes such a zero from a real one for FactTimer,
	// FactUID, FactInode, FactQueues, FactInterface, FactMark, FactCgroup, FactTOS,
	// FactAutobound, FactShutdown and FactV6Only.
	Absent Facts
}

// Has reports whether the socket has values for the requested facts f, so that zero is
// one: its table has them ([Table.Facts]) and they are not Absent.
func (s *Socket) Has(f Facts) bool { return s.Table.Facts()&f == f && s.Absent&f == 0 }

// SocketFlags are facts about a socket that are true or false.
type SocketFlags uint8

const (
	// ReceiveClosed and SendClosed mark the directions that are shut down, by
	// shutdown(2), close(2) or, for receiving, by the peer (FactShutdown).
	ReceiveClosed SocketFlags = 1 << iota
	SendClosed
	// V6Only marks an IPv6 socket that does not accept IPv4 (IPV6_V6ONLY of ipv6(7);
	// FactV6Only).
	V6Only
)

// OnlyV6 reports whether an IPv6 socket refuses IPv4; ok is false if that is unknown.
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

// Shutdown reports which directions of a socket are shut down, from Flags or Detail; ok
// is false if that is unknown.
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

// Drops returns the number of packets that the socket has dropped, from Memory or
// Detail; ok is false if it is unknown.
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

// ULP is an upper layer protocol of TCP (tcp_ulp_ops in include/net/tcp.h).
type ULP uint8

const (
	ULPNone  ULP = iota
	ULPTLS       // kernel TLS
	ULPMPTCP     // Multipath TCP subflow
	ULPSMC       // Shared Memory Communications
	ULPESP       // IPsec in TCP (espintcp)
	ULPOther     // a protocol without a name in this package
)

var ulpNames = [...]string{"", "tls", "mptcp", "smc", "espintcp", "other"}

// String returns the kernel's name of the protocol, or "" for ULPNone.
func (u ULP) String() string {
	if int(u) < len(ulpNames) {
		return ulpNames[u]
	}
	return "other"
}

// TimerKind is the purpose of a [Timer].
type TimerKind uint8

const (
	TimerNone       TimerKind = iota
	TimerRetransmit           // retransmission, including early retransmit and tail loss probe
	TimerKeepalive            // keepalive, or waiting for the answer to a SYN
	TimerTimeWait             // the end of TIME-WAIT
	TimerProbe                // zero-window probe
	TimerOther                // a timer without a name in this package: see Timer.Code
)

var timerNames = [...]string{"none", "retransmit", "keepalive", "time-wait", "probe", "other"}

// String returns the lower-case name, or "other" for an unnamed value.
func (k TimerKind) String() string {
	if int(k) < len(timerNames) {
		return timerNames[k]
	}
	return "other"
}

// Timer is the state of a socket's one visible timer, as Linux shows it in
// /proc/net/tcp (get_tcp4_sock in net/ipv4/tcp_ipv4.c).
type Timer struct {
	Kind TimerKind
	// Code is the kernel's number of the timer, for those without a name.
	Code uint8
	// Expires is the time left, in hundredths of a second. Linux reports clock ticks; a
	// count too large for a Duration becomes the largest Duration.
	Expires time.Duration
	// Retransmits is the number of unanswered retransmissions, Probes the number of
	// unanswered zero-window or keepalive probes.
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

// String returns the lower-case name, or "" for TypeUnknown and undefined values.
func (t SocketType) String() string {
	if int(t) < len(socketTypeNames) {
		return socketTypeNames[t]
	}
	return ""
}
