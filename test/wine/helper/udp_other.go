//go:build !windows

package main

import "net"

// bindUDP binds a socket, for as long as the program runs.
func bindUDP(ip net.IP) (port int, err error) {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: ip})
	if err != nil {
		return 0, err
	}
	return c.LocalAddr().(*net.UDPAddr).Port, nil
}
