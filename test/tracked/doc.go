// Package tracked adds entries to the kernel's connection tracking without traffic,
// over ctnetlink, for the tests and benchmarks of -M. It works on the network namespace
// of the caller, which needs CAP_NET_ADMIN. It shares no code with the program's own
// reader, so that neither hides the mistakes of the other.
package tracked
