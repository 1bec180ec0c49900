// Package linux is the Linux back end of [netstat.Source]: it reads the tables
// of sockets of the running kernel, or of a copy of its /proc.
//
// # Where rows come from
//
// Sockets of tcp, udp, udplite and raw come from a sock_diag dump
// (sock_diag(7)), which costs less than half of reading /proc/net and can be
// narrowed in the kernel by state, port and address. Unix sockets come from a
// dump too, and only their counts of references from /proc/net/unix
// (unixdiag.go, unixfile.go). The rest comes from /proc:
//
//   - sctp, because only /proc/net/sctp lists the sockets as classic netstat
//     shows them, unless [netstat.FactDetail] or [netstat.FactMemory] is asked for;
//   - ping sockets, CAN and pfkey, which have no socket monitoring;
//   - the rare families (AX.25, NET/ROM, ROSE, X.25, IPX, AppleTalk), which have
//     nothing else; Bluetooth from debugfs;
//   - tcp where [netstat.FactTimer] is asked for, because sock_diag has one
//     counter where /proc/net/tcp has two;
//   - the users of requests in SYN-RECEIVED, which sock_diag reports as 0;
//   - every table for which the kernel refuses the dump: a container's seccomp
//     filter, a kernel without the diag module. The rows and their order are
//     the same, so the caller is not told.
//
// MPTCP, DCCP, packet, netlink, vsock, XDP, TIPC and SMC sockets come from
// dumps of their own (family.go), and packet and netlink sockets from /proc
// where those are refused.
//
// On hosts with tens of thousands of TCP sockets root has them listed by a BPF
// iterator (tcpiter.go) where neither users nor inodes are asked for: it costs
// two thirds of a dump, and one pass serves tcp and tcp6.
//
// NAT sessions come from a ctnetlink dump, or from /proc/net/nf_conntrack where
// that is refused; a kernel that still has /proc/net/ip_masquerade has neither.
//
// tables.go is the contents page of the tables: one line for each. What the
// protocols count comes from the files of /proc/net that snmp.go lists.
//
// IPv4 routes come from an rtnetlink dump of the main table (route.go,
// routedump.go), with /proc/net/route as the fall-back; IPv6 routes from
// /proc/net/ipv6_route (route6.go), which alone has their reference counts.
//
// Interfaces come from rtnetlink dumps of links and IPv4 addresses, else from
// /proc/net/dev and netdevice(7); their addresses of IPv6, IPX and AppleTalk,
// and multicast groups, from /proc.
//
// A Source can be opened in another network namespace (netnssource_linux.go): then
// every socket is made, and every file of /proc/net is opened, on a thread in it.
//
// # Layout
//
// Package netlink below receives every dump, message by message; what is in a
// message is decoded here, beside the table it belongs to. Package bpf has the
// programs of iterators, package process owners and namespaces.
//
// Only files ending in _linux.go, and the packages netlink, bpf, process and sysfile
// below, make system calls.
// Everything that interprets bytes is free of build constraints and is tested
// with recorded or invented bytes on any system. Constants of the kernel do
// not leave this package and those below.
//
// Not in this package: which rows are shown, in which words, and in which
// order other than the kernel's.
package linux
