package main

import (
	"fmt"
	"net"

	"golang.org/x/sys/windows"
)

// bindUDP binds a socket until the program exits. Package net cannot do it under Wine
// 8.0, which lacks an ioctl that it uses for UDP sockets.
func bindUDP(ip net.IP) (port int, err error) {
	var family int
	var address windows.Sockaddr
	if ip4 := ip.To4(); ip4 != nil {
		family, address = windows.AF_INET, &windows.SockaddrInet4{Addr: [4]byte(ip4)}
	} else {
		family, address = windows.AF_INET6, &windows.SockaddrInet6{Addr: [16]byte(ip)}
	}
	fd, err := windows.Socket(family, windows.SOCK_DGRAM, windows.IPPROTO_UDP)
	if err != nil {
		return 0, err
	}
	if err := windows.Bind(fd, address); err != nil {
		return 0, err
	}
	name, err := windows.Getsockname(fd)
	switch name := name.(type) {
	case *windows.SockaddrInet4:
		return name.Port, err
	case *windows.SockaddrInet6:
		return name.Port, err
	}
	return 0, fmt.Errorf("address of type %T, %w", name, err)
}
