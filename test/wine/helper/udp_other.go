//go:build !windows

package main

import (
	"net"
	"net/netip"
)

// bindUDP binds a socket until the program exits.
func bindUDP(ip net.IP) (port int, err error) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip})
	if err != nil {
		return 0, err
	}
	bound, err := netip.ParseAddrPort(c.LocalAddr().String())
	return int(bound.Port()), err
}
