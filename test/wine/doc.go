// Package wine runs Windows programs in Wine, in a separate network namespace, for
// tests that compare their output with Linux's.
//
// Wine lacks statistics of connections, peers of UDP sockets and catalogs of
// signatures. For these, tests replace Wine's libraries by their own
// (estats/iphlpapi.c, udp/iphlpapi.c, program/wintrust.c). For lookups of routes, and for what
// Wine leaves empty of routes, interfaces and neighbours, they use routes/iphlpapi.c.
//
// Wine is not Windows. docs/windows.md lists what it can and cannot show;
// internal/win32 tests the rest with fake answers.
package wine
