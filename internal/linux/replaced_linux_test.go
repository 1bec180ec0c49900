package linux

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"netstat/test/holder"
	"netstat/test/need"

	"golang.org/x/sys/unix"

	"netstat"
)

// TestOwnersOfReplacedProtocols checks TCP sockets with replaced operations: of
// MPTCP and of a BPF sockmap. Every method finds the same owners, and none
// counts as the kernel's.
func TestOwnersOfReplacedProtocols(t *testing.T) {
	need.Root(t)
	if !inNamespace(t) {
		return
	}
	g := stage{t}
	netnsUp(t, "lo")
	const mptcp = 262
	connected := func(protocol int, address string) (fds []int) {
		l := g.socket(unix.AF_INET, unix.SOCK_STREAM, protocol)
		g.must(unix.Bind(l, sockaddr(address)), "bind")
		g.must(unix.Listen(l, 3), "listen")
		client := g.socket(unix.AF_INET, unix.SOCK_STREAM, protocol)
		g.must(unix.Connect(client, sockaddr(address)), "connect")
		server, _, err := unix.Accept(l)
		g.must(err, "accept")
		t.Cleanup(func() { unix.Close(server) })
		return []int{l, client, server}
	}
	fds := slices.Concat(connected(mptcp, "127.0.0.1:700"), connected(0, "127.0.0.1:701"))
	mapped := connected(0, "127.0.0.1:702")
	putInSockmap(t, mapped[1:])
	fds = append(fds, mapped...)

	src, err := Open(Options{})
	g.must(err, "open")
	defer src.Close()
	rows := map[uint64]netstat.Socket{}
	for _, table := range []netstat.Table{netstat.TCP4Table, {Family: netstat.Inet, Protocol: netstat.MPTCP}} {
		got := collect(src.(socketReader), table, netstat.Need{Facts: netstat.FactInode})
		g.must(got.err, "read "+table.String())
		for _, s := range got.rows {
			rows[s.Inode] = s
		}
	}
	var inodes []uint64
	for _, f := range fds {
		inode := holder.Inode(f)
		inodes = append(inodes, inode)
		if _, ok := rows[inode]; !ok {
			t.Errorf("socket %d is not listed: %+v", inode, rows)
		}
	}
	for inode := range rows {
		if inode != 0 && !slices.Contains(inodes, inode) {
			t.Errorf("socket %d has no owner: %+v", inode, rows[inode])
		}
	}
	var first map[uint64]uint32
	for _, method := range holder.Methods(t) {
		o := mustFindOwners(t, method, netstat.OwnerQuery{Inodes: inodes, All: true, Threads: true, Rings: true})
		found := map[uint64]uint32{}
		for _, inode := range inodes {
			found[inode], _ = o.First(inode)
		}
		if first == nil {
			first = found
		}
		for inode, pid := range found {
			if pid == 0 || pid != first[inode] {
				t.Errorf("method %q: socket %d has owner %d, with another method %d", method, inode, pid, first[inode])
			}
		}
	}
	o := new(netstat.Owners)
	g.must(src.(netstat.KernelSockets).KernelSockets(context.Background(), o), "find the kernel's sockets")
	if own := o.Kernel(nil); len(own) != 0 {
		t.Errorf("the kernel's own: %d of %+v", own, rows)
	}
}

// putInSockmap puts connections into a BPF sockmap, which replaces their
// operations, until the test ends.
func putInSockmap(t *testing.T, fds []int) {
	t.Helper()
	const mapCreate, mapUpdate, progLoad, progAttach = 0, 2, 5, 8
	const sockmap, skSKB, streamVerdict = 15, 14, 5
	create := struct{ mapType, keySize, valueSize, maxEntries, flags uint32 }{sockmap, 4, 4, uint32(len(fds)), 0}
	m, err := callBPF(mapCreate, unsafe.Pointer(&create), unsafe.Sizeof(create))
	if err != nil {
		t.Fatalf("a kernel with sockmaps is needed: %v", err)
	}
	t.Cleanup(func() { unix.Close(m) })
	// The program of the sockmap accepts everything. Without a program the
	// operations are not replaced.
	type insn struct {
		code, regs uint8
		offset     int16
		imm        int32
	}
	program := []insn{{code: 0xb7, imm: 1}, {code: 0x95}} // r0 = 1, exit
	license := []byte("GPL\x00")
	var pins runtime.Pinner
	defer pins.Unpin()
	address := func(p any) uint64 {
		pins.Pin(p)
		switch p := p.(type) {
		case *insn:
			return uint64(uintptr(unsafe.Pointer(p)))
		case *byte:
			return uint64(uintptr(unsafe.Pointer(p)))
		}
		return uint64(uintptr(unsafe.Pointer(p.(*uint32))))
	}
	load := struct {
		progType, insnCnt uint32
		insns, license    uint64
	}{skSKB, uint32(len(program)), address(&program[0]), address(&license[0])}
	p, err := callBPF(progLoad, unsafe.Pointer(&load), unsafe.Sizeof(load))
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	t.Cleanup(func() { unix.Close(p) })
	attach := struct{ target, prog, kind, flags uint32 }{uint32(m), uint32(p), streamVerdict, 0}
	if _, err := callBPF(progAttach, unsafe.Pointer(&attach), unsafe.Sizeof(attach)); err != nil {
		t.Fatalf("attach: %v", err)
	}
	for i, f := range fds {
		pair := [2]uint32{uint32(i), uint32(f)}
		update := struct {
			fd         uint32
			_          uint32
			key, value uint64
			flags      uint64
		}{fd: uint32(m), key: address(&pair[0]), value: address(&pair[1])}
		if _, err := callBPF(mapUpdate, unsafe.Pointer(&update), unsafe.Sizeof(update)); err != nil {
			t.Fatalf("into the sockmap: %v", err)
		}
	}
}

// callBPF is bpf(2).
func callBPF(cmd uintptr, attr unsafe.Pointer, size uintptr) (int, error) {
	for {
		fd, _, err := unix.Syscall(unix.SYS_BPF, cmd, uintptr(attr), size)
		switch err {
		case 0:
			return int(fd), nil
		case unix.EINTR, unix.EAGAIN: // a signal interrupts the verifier
		default:
			return -1, err
		}
	}
}
