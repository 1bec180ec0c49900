// Package interfaces compares interfaces in JSON with what ip(8) of iproute2 says about
// them, in network namespaces of its own.
package interfaces
