// Package tracked puts entries into the kernel's connection tracking without
// traffic, over ctnetlink, for the tests and benchmarks of -M. The entries are
// those of the network namespace that it is called in; it needs CAP_NET_ADMIN
// there. It has nothing in common with the program's own reader, so that one
// does not hide the mistakes of the other.
package tracked
