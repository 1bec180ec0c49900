// Package conntrack compares tracked connections with what conntrack(8) says about them,
// in network namespaces of its own.
package conntrack
