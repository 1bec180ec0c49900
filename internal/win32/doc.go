// Package win32 is the Windows back end of [netstat.Source]: it calls the IP Helper
// library of the running system and decodes its answers.
//
// # Where rows come from
//
// Sockets come from GetExtendedTcpTable and GetExtendedUdpTable, with the process of
// each. Modules and creation times make rows six times as large and are read only for
// [netstat.FactModule] and [netstat.FactCreated]. Offload states come from
// GetTcpTable2. Sockets that are only bound, and the peers of UDP sockets, come from
// tables that Windows exports without documentation. Statistics of a connection take
// nine calls of GetPerTcpConnectionEStats each and are read only for
// [netstat.FactTCPInfo]. Templates of TCP settings are available only from WMI.
//
// Protocol counters come from Get…StatisticsEx; interfaces from GetIfTable2Ex, in the
// order of GetAdaptersAddresses, which also has addresses and groups; routes from
// GetIpForwardTable2; persistent routes from the registry; neighbours from
// GetIpNetTable2; the ports of outgoing connections from WMI; processes from their
// handles and the service manager.
//
// # Layout
//
// tables.go lists the tables. Only files ending in _windows.go make system calls: they
// fill in an api, a struct of functions that move bytes. Everything that interprets
// bytes or makes decisions (growing buffers, fallbacks, joins) has no build constraints
// and is tested on any system with a fake api. Windows constants do not leave the
// package.
//
// docs/windows.md separates what Microsoft documents from what is inferred.
//
// The package does not decide which rows are shown, how they are worded or in which
// order, other than the system's.
package win32

//go:generate go run golang.org/x/sys/windows/mkwinsyscall -output zsyscall_windows.go syscall_windows.go
