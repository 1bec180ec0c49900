package interfaces

import (
	"encoding/binary"
	"net"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// attachXDP attaches a program that passes every packet to an interface.
func attachXDP(t *testing.T, name string) (end func()) {
	t.Helper()
	link, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	code := make([]byte, 16)
	code[0] = 0xb7 // r0 = XDP_PASS
	binary.NativeEndian.PutUint32(code[4:], 2)
	code[8] = 0x95 // exit
	license := []byte("GPL\x00")
	attr := make([]byte, 128)
	put32 := func(at int, n uint32) { binary.NativeEndian.PutUint32(attr[at:], n) }
	put32(0, unix.BPF_PROG_TYPE_XDP)
	put32(4, 2)
	binary.NativeEndian.PutUint64(attr[8:], uint64(uintptr(unsafe.Pointer(&code[0]))))
	binary.NativeEndian.PutUint64(attr[16:], uint64(uintptr(unsafe.Pointer(&license[0]))))
	program, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_LOAD, uintptr(unsafe.Pointer(&attr[0])), uintptr(len(attr)))
	if errno != 0 {
		t.Fatalf("load an XDP program: %v", errno)
	}
	clear(attr)
	put32(0, uint32(program))
	put32(4, uint32(link.Index))
	put32(8, unix.BPF_XDP)
	attached, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_LINK_CREATE, uintptr(unsafe.Pointer(&attr[0])), uintptr(len(attr)))
	if errno != 0 {
		t.Fatalf("attach an XDP program: %v", errno)
	}
	return func() {
		unix.Close(int(attached))
		unix.Close(int(program))
	}
}
