// Package linux is the Linux back end of [netstat.Source]: it reads the tables
// of sockets of the running kernel, or of a copy of its /proc.
//
// # Where rows come from
//
// Sockets of tcp, udp, udplite and raw come from a sock_diag dump
// (sock_diag(7)), which costs less than half of reading /proc/net and can be
// narrowed in the kernel by state, port and address. The rest comes from /proc:
//
//   - unix, because only /proc/net/unix has the reference count and the flags;
//   - sctp, because only /proc/net/sctp lists the sockets as classic netstat
//     shows them;
//   - the rare families (AX.25, NET/ROM, ROSE, X.25, IPX, AppleTalk), which have
//     nothing else; Bluetooth from debugfs;
//   - tcp where [netstat.FactTimer] is asked for, because sock_diag has one
//     counter where /proc/net/tcp has two;
//   - the users of requests in SYN-RECEIVED, which sock_diag reports as 0;
//   - every table for which the kernel refuses the dump: a container's seccomp
//     filter, a kernel without the diag module. The rows and their order are
//     the same, so the caller is not told.
//
// tables.go is the contents page: one line for each table.
//
// # Layout
//
// Only source_linux.go and netlink_linux.go make system calls for the tables.
// Everything that interprets bytes is free of build constraints and is tested
// with recorded or invented bytes on any system. Constants of the kernel do
// not leave the package.
//
// Not in this package: which rows are shown, in which words, and in which
// order other than the kernel's.
package linux
