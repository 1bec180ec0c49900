// Package netstat is the model of what a host's network stack can be asked:
// its sockets, who owns them, what its protocols count, its routes, interfaces,
// groups, translations and network namespaces.
//
// The package holds values and one contract, [Source]. It does no I/O and
// imports only the standard library. Values come from a back end chosen by
// netstat/collect:
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
// Programs that want an answer rather than rows use netstat/report; docs/library.md
// shows both.
//
// # Where to begin
//
// In the order of how often they are needed:
//
//   - [Source] is what a host can be asked. [OpError] is what its methods fail with.
//   - [Table] is one kernel table of sockets, a family and a protocol: [TCP4Table],
//     [UnixTable]; [Tables] lists all. [Socket] is one row of it, [Addr] an end,
//     [State] what RFC 9293 calls so.
//   - [Need] says what to read, so that a Source fetches no more: [Facts] that cost
//     something, states, and a [Condition]. All but the facts are hints: the caller
//     decides which rows it shows.
//   - [Owners] are the processes that hold sockets, [Process] what is known of one,
//     [OwnerUnknown] why none is known.
//   - [Route], [Interface], [Membership], [Counter] and [NATSession] are the rows of
//     the other views.
//   - [TCPInfo] is the inside of a connection and [Memory] a socket's; [TCPField] and
//     [MemoryField] name their numbers.
//   - [Detail] is what only one family or system has: [UnixDetail], [SCTPDetail],
//     [WindowsDetail] and others.
//   - [Namespace] is a network namespace. [Cgroups], [KernelSockets] and
//     [NAT6Sessions] are what only some Sources can be asked besides.
//   - [RareRoute] is a route of a family other than IPv4 and IPv6.
package netstat
