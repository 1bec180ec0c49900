// Package wine runs Windows programs in Wine, in a network namespace of their
// own, for tests that compare what they say with what Linux says.
//
// Wine is no Windows. What it can and cannot show is in docs/windows.md; what
// it cannot is tested with invented answers in internal/win32.
package wine
