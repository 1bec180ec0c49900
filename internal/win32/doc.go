// Package win32 is the Windows back end of [netstat.Source]: it asks the IP
// Helper library of the running system, and decodes what that answers.
//
// # Where rows come from
//
// Sockets come from GetExtendedTcpTable and GetExtendedUdpTable, with the
// process of each; with its component and time of creation, whose rows are six
// times as large, only where [netstat.FactModule] or [netstat.FactCreated] is
// asked for; with the state of offloading from GetTcpTable2. Sockets that are
// bound and no more, and the peers of UDP sockets, are in tables that Windows exports and does not
// document.
// What is collected of a connection takes nine calls of GetPerTcpConnectionEStats for each, and is
// asked for only with [netstat.FactTCPInfo].
// Templates of TCP settings are in WMI and nowhere else.
//
// Counters of protocols come from Get…StatisticsEx, interfaces from
// GetIfTable2Ex in the order of GetAdaptersAddresses, which also has addresses
// and groups, routes from GetIpForwardTable2, persistent ones from the
// registry, processes from their handles and the service manager.
//
// # Layout
//
// tables.go is the contents page. Only files that end in _windows.go make system
// calls: they fill in an api, a struct of functions that move bytes.
// Everything that interprets bytes, and everything that decides (growing
// buffers, fall-backs, joins), is free of build constraints and is tested on
// any system with an invented api. Constants of Windows do not leave the package.
//
// What Microsoft documents, and what is inferred, is kept apart in
// docs/windows.md.
//
// Not in this package: which rows are shown, in which words, and in which order
// other than the system's.
package win32

//go:generate go run golang.org/x/sys/windows/mkwinsyscall -output zsyscall_windows.go syscall_windows.go
