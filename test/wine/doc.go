// Package wine runs Windows programs in Wine, in a network namespace of their
// own, for tests that compare what they say with what Linux says.
//
// For statistics of connections, peers of UDP sockets and catalogs of signatures, which Wine lacks,
// tests put libraries of their own (estats/iphlpapi.c, udp/iphlpapi.c, program/wintrust.c) in the
// place of Wine's.
//
// Wine is no Windows. What it can and cannot show is in docs/windows.md; what
// it cannot is tested with invented answers in internal/win32.
package wine
