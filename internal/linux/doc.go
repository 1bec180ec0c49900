// Package linux is the Linux back end of [netstat.Source]: it reads the tables
// of sockets of the running kernel, or of a copy of its /proc.
//
// # Where rows come from
//
// Sockets of tcp, udp, udplite and raw come from a sock_diag dump
// (sock_diag(7)). It costs less than half of reading /proc/net, and the kernel
// can filter it by state, port and address. Unix sockets come from a dump too;
// only their reference counts come from /proc/net/unix (unixdiag.go,
// unixfile.go). The rest comes from /proc:
//
//   - sctp, because only /proc/net/sctp lists the sockets as classic netstat
//     shows them, unless [netstat.FactDetail] or [netstat.FactMemory] is
//     requested;
//   - ping sockets, CAN and pfkey, which have no socket monitoring;
//   - the rare families (AX.25, NET/ROM, ROSE, X.25, IPX, AppleTalk), which have
//     no other source; Bluetooth from debugfs;
//   - tcp if [netstat.FactTimer] is requested, because sock_diag has one counter
//     where /proc/net/tcp has two;
//   - the users and timers of connection requests in SYN-RECEIVED, of which
//     sock_diag has less;
//   - every table for which the kernel refuses the dump, because of a container's
//     seccomp filter or a missing diag module. Rows and order are the same, so
//     this is not reported to the caller.
//
// MPTCP, DCCP, packet, netlink, vsock, XDP, TIPC and SMC sockets come from
// their own dumps (family.go). Packet and netlink sockets come from /proc if
// the kernel refuses the dump.
//
// On hosts with tens of thousands of TCP sockets, root reads them with a BPF
// iterator (tcpiter.go) if neither users nor inodes are requested. It costs two
// thirds of a dump, and one pass serves tcp and tcp6. Likewise it reads ten
// thousand unix sockets or more, with their reference counts (unixiter.go).
//
// NAT sessions come from a ctnetlink dump, or from /proc/net/nf_conntrack if
// the kernel refuses the dump. A kernel old enough for /proc/net/ip_masquerade
// has neither.
//
// tables.go is the contents page of the tables: one line for each. Protocol
// counters come from the files of /proc/net that snmp.go lists.
//
// IPv4 routes come from an rtnetlink dump of the main table (route.go,
// routedump.go), with /proc/net/route as the fallback. IPv6 routes come from
// /proc/net/ipv6_route (route6.go), the only source of their reference counts.
//
// Interfaces come from rtnetlink dumps of links and IPv4 addresses, or else
// from /proc/net/dev and netdevice(7). Their IPv6, IPX and AppleTalk addresses,
// and multicast groups, come from /proc.
//
// A Source can be opened in another network namespace (netnssource_linux.go).
// It then creates every socket and opens every file of /proc/net on a thread in
// that namespace.
//
// # Layout
//
// Package netlink below receives every dump, message by message. This package
// decodes the messages, each in the file of its table. Package bpf has the
// programs of iterators; package process finds owners and namespaces.
//
// Only files ending in _linux.go, and the packages netlink, bpf, process and
// sysfile below, make system calls. All code that interprets bytes is free of
// build constraints and is tested on any system with recorded or invented
// bytes. Constants of the kernel do not leave this package and those below.
//
// This package does not decide which rows are shown, in which words, or in
// which order other than the kernel's.
package linux
