// Package neighbors compares --neighbors with what ip(8) of iproute2 says about neighbours,
// in network namespaces of its own.
package neighbors
