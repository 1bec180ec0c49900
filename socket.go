package netstat

import "time"

// Socket is one row of a [Table]: a plain value, safe to keep. What a source
// did not fetch, because [Need] did not ask or the system does not have it, is
// zero.
type Socket struct {
	Table         Table
	State         State
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
	// Inode identifies a socket that some process may hold open; 0 for one
	// that no process can (TIME-WAIT, a request). Linux only.
	Inode uint64
	// Cookie is the kernel's identity of the socket, never used again while
	// the host is up; 0 where the source cannot tell. Linux: netlink only.
	Cookie uint64

	Timer  Timer
	Detail Detail // what only this family has; nil for most of tcp, udp, udplite and raw

	// Absent are the facts that this system does not have, so that the zero
	// of FactTimer, FactUID, FactInode or FactQueues is not taken for a value.
	Absent Facts
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

// Detail is what only one family or system has. It is sealed: *UnixDetail,
// *SCTPDetail, *WindowsDetail and those of detail.go are all there are. A Detail is not changed once it is
// delivered.
type Detail interface{ detail() }

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

// UnixDetail is what /proc/net/unix says beyond a Socket
// (unix_seq_show of net/unix/af_unix.c).
type UnixDetail struct {
	RefCount uint64
	Type     SocketType
	// Protocol is the protocol number given to socket(2), 0 for all sockets
	// a program can make.
	Protocol uint32
	// Accepting, WaitingData and NoSpace are __SO_ACCEPTCON, SO_WAITDATA and
	// SO_NOSPACE; kernels since 2.6 set only the first.
	Accepting, WaitingData, NoSpace bool
}

func (*UnixDetail) detail() {}

// SCTPDetail is what an SCTP endpoint or association has beyond a Socket
// (net/sctp/proc.c).
type SCTPDetail struct {
	// Association is false for an endpoint, which has no remote end.
	Association bool
	// AssocState is the state of the association as RFC 9260 section 4 has
	// it, while Socket.State is that of the socket. Empty for an endpoint
	// or a number without a name.
	AssocState string
	// SocketState is the kernel's number behind Socket.State.
	SocketState uint8
	// LocalMore and RemoteMore are the addresses after the first of each end
	// of a multi-homed socket; each has the port of its end.
	LocalMore, RemoteMore []Addr
}

func (*SCTPDetail) detail() {}
