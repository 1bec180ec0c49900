// Package filter compares filters with the real ss(8) on live sockets, and the
// inside of TCP with what it prints.
package filter
