// Package closing closes real sockets and signals real processes in a network namespace.
package closing
