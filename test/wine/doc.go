// Package wine runs Windows programs in Wine, in a network namespace of their
// own, for tests that compare what they say with what Linux says.
//
// For statistics of connections, which Wine lacks, one test puts a library of its own
// (estats/iphlpapi.c) in the place of Wine's.
//
// Wine is no Windows. What it can and cannot show is in docs/windows.md; what
// it cannot is tested with invented answers in internal/win32.
package wine
