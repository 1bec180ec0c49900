package resolve

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The question mark makes a missing entry point an error instead of a panic.

//sys getNameInfo(address unsafe.Pointer, addressLen uint32, host *uint16, hostLen uint32, service *uint16, serviceLen uint32, flags uint32) (errcode error) = ws2_32.GetNameInfoW?

const (
	nameRequired = 4 // NI_NAMEREQD
	maxHost      = 1025
)

// startup initializes the sockets library, once.
var startup = sync.OnceValue(func() error {
	var data windows.WSAData
	return windows.WSAStartup(0x202, &data)
})

// systemHosts reports whether the Resolver reads the file of hosts before it calls
// systemLookup, which knows its names.
const systemHosts = false

// systemLookup calls GetNameInfoW, which netstat.exe is believed to use too.
// The call cannot be interrupted, so its answer may come after the context has
// ended.
func systemLookup(_ context.Context, ip netip.Addr) (string, error) {
	if err := startup(); err != nil {
		return "", err
	}
	var host [maxHost]uint16
	var err error
	if ip = ip.Unmap(); ip.Is4() {
		sa := windows.RawSockaddrInet4{Family: windows.AF_INET, Addr: ip.As4()}
		err = getNameInfo(unsafe.Pointer(&sa), uint32(unsafe.Sizeof(sa)), &host[0], maxHost, nil, 0, nameRequired)
	} else {
		sa := windows.RawSockaddrInet6{Family: windows.AF_INET6, Addr: ip.As16()}
		err = getNameInfo(unsafe.Pointer(&sa), uint32(unsafe.Sizeof(sa)), &host[0], maxHost, nil, 0, nameRequired)
	}
	if err != nil {
		return "", err
	}
	return trimDot(syscall.UTF16ToString(host[:])), nil
}

// systemFile returns the path of the file that corresponds to one in /etc on
// Unix.
func systemFile(name string) string {
	root := os.Getenv("SystemRoot")
	if root == "" {
		root = `C:\Windows`
	}
	base := filepath.Base(name)
	if base == "protocols" {
		base = "protocol"
	}
	return filepath.Join(root, "System32", "drivers", "etc", base)
}
