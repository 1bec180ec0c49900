// Package holder has processes that hold sockets, for tests on a live host: the test
// binary itself, started again by [Command] to be one of them instead of running
// tests.
package holder
