// Package filter compares filters with the real ss(8) on live sockets, and TCP
// internals with its output.
package filter
