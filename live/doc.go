// Package live is --watch: a table of sockets that is updated in place. A [Reader] reads
// the host, a [Model] holds what is shown and what keys do, and [Run] connects both with a
// terminal. The Model does no I/O and has no clock: tests give it rounds, keys and sizes,
// and compare screens. The texts of the command line and of other formats are not here.
package live
