// Package netstat is the model of a host's network stack: its sockets and their owners,
// protocol counters, routes, interfaces, multicast groups, address translations and
// network namespaces.
//
// The package holds values and one contract, [Source]. It does no I/O and imports only
// the standard library. Package netstat/collect opens a Source:
//
//	src, err := collect.Open(collect.Options{})
//	if err != nil {
//		return err
//	}
//	defer src.Close()
//	for s, err := range src.Sockets(ctx, netstat.TCP4Table, netstat.Need{}) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(s.State, s.Local.IP, s.Local.Port)
//	}
//
// Package netstat/report returns finished reports instead of rows; docs/library.md
// shows both.
//
// # Where to begin
//
// Most often used first:
//
//   - [Source] is a host that can be queried. Its methods return an [OpError].
//   - [Table] names one kernel table of sockets by family and protocol, such as
//     [TCP4Table] or [UnixTable]; [Tables] lists them all. [Socket] is one row of it,
//     [Addr] an end, [State] a state of RFC 9293.
//   - [Need] says what to read, so that a Source fetches no more: [Facts] that cost
//     something, states, and a [Condition]. All but the facts are hints: the caller
//     decides which rows to show.
//   - [Owners] maps sockets to processes. [Process] describes a process,
//     [OwnerUnknown] says why a socket has no known owner.
//   - [Route], [Interface], [Membership], [Counter] and [NATSession] are the rows of
//     the other views.
//   - [TCPInfo] holds the internal state of a TCP connection and [Memory] the memory
//     use of a socket; [TCPField] and [MemoryField] name their numbers.
//   - [Detail] holds what only one family or system has: [UnixDetail], [SCTPDetail],
//     [WindowsDetail] and others.
//   - [Namespace] is a network namespace. [Cgroups], [KernelSockets],
//     [PolicyRules], [RouteFinder] and [NAT6Sessions] are optional interfaces of a Source.
//   - [RareRoute] is a route of a family other than IPv4 and IPv6.
package netstat
