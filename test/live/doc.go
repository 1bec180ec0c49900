// Package live has helpers for tests on a live host: separate namespaces, programs that
// create sockets, and our program. It is for Linux.
package live
