// Package holder has processes that hold sockets, for tests on a live host: the test
// binary itself, started by [Command] as a helper instead of running tests.
package holder
