package main

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// addresses prints the result of RtlIpv6AddressToStringExW for each line of a file: an
// address, a scope and a port.
func addresses(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	format := windows.NewLazySystemDLL("ntdll.dll").NewProc("RtlIpv6AddressToStringExW")
	if err := format.Find(); err != nil {
		return err
	}
	w := bufio.NewWriter(os.Stdout)
	for line := range strings.Lines(string(text)) {
		var address string
		var scope uint32
		var port uint16
		if _, err := fmt.Sscan(line, &address, &scope, &port); err != nil {
			return err
		}
		ip := netip.MustParseAddr(address).As16()
		var out [100]uint16
		size := uint32(len(out))
		// The function takes scopes in host byte order and ports in network byte order.
		status, _, _ := format.Call(uintptr(unsafe.Pointer(&ip)), uintptr(scope), uintptr(port>>8|port<<8),
			uintptr(unsafe.Pointer(&out)), uintptr(unsafe.Pointer(&size)))
		if status != 0 {
			return fmt.Errorf("%s: status %#x", line, status)
		}
		fmt.Fprintln(w, windows.UTF16ToString(out[:]))
	}
	return w.Flush()
}
