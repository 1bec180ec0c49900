// Package live is what tests on a live host share: namespaces of their own,
// programs that make sockets, and our program. It is for Linux.
package live
