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
// # Glossary
//
// Table: one kernel table of sockets, a family and a protocol (tcp6, unix).
// Route: one row of a routing table. Socket: one row of a Table. Owner: a process that holds a Socket open.
// Need: what a caller wants to know, so that a Source fetches no more.
// Keep: the predicate that decides which rows are shown; it belongs to the
// caller, a Source only uses hints.
package netstat
