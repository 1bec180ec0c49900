package bpf

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"netstat/internal/linux/sysfile"
)

// Numbers of include/uapi/linux/bpf.h.
const (
	cmdProgLoad   = 5
	cmdLinkCreate = 28
	cmdIterCreate = 33

	progTypeTracing = 26
	attachTraceIter = 28
)

// layout is a layout of the running kernel, which does not change. It is read at its first
// use.
type layout[L any] struct {
	mu    sync.Mutex
	known bool
	l     L
}

// get returns the layout, which readLayout reads.
func (k *layout[L]) get(reading bool, parse func([]byte) (L, error)) (L, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known {
		return k.l, nil
	}
	l, err := readLayout(reading, parse)
	if err == nil {
		k.l, k.known = l, true
	}
	return l, err
}

// readLayout maps the running kernel's type information and parses it. With
// reading it reads the file if it cannot be mapped (before Linux 6.16).
func readLayout[L any](reading bool, parse func([]byte) (L, error)) (l L, err error) {
	fd, err := sysfile.Open(unix.AT_FDCWD, "/sys/kernel/btf/vmlinux", unix.O_RDONLY)
	if err != nil {
		return l, fmt.Errorf("BTF: %w", err)
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return l, fmt.Errorf("BTF: %w", err)
	}
	if stat.Size <= 0 || stat.Size > 1<<28 {
		return l, errBTF
	}
	size := int(stat.Size)
	b, err := unix.Mmap(fd, 0, size, unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		if !reading {
			return l, fmt.Errorf("BTF: %w", err)
		}
		if b, err = readBTF(fd, size); err != nil {
			return l, fmt.Errorf("BTF: %w", err)
		}
	}
	defer unix.Munmap(b)
	return parse(b)
}

// readBTF reads BTF into memory outside the Go heap. These megabytes are needed
// for a millisecond and must neither stay nor start a garbage collection.
func readBTF(fd, size int) ([]byte, error) {
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, err
	}
	for n := 0; n < size; {
		m, err := sysfile.Read(fd, b[n:])
		if err == nil && m == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			unix.Munmap(b)
			return nil, err
		}
		n += m
	}
	return b, nil
}

// A call of bpf(2) that is interrupted is repeated at least tries times, and for
// at least patience: a process that is stopped and continued all the time needs
// many calls, and one that was stopped for long needs another.
const (
	tries    = 500
	patience = 10 * time.Second
)

// syscallBPF is bpf(2) for commands that return a descriptor. A signal
// interrupts the verifier; after the first interruption signals are blocked
// until the call is done.
func syscallBPF(cmd uintptr, attr unsafe.Pointer, size uintptr) (int, error) {
	var first time.Time // of the calls that were interrupted
	for try := 0; ; try++ {
		fd, _, err := unix.Syscall(unix.SYS_BPF, cmd, uintptr(attr), size)
		switch err {
		case 0:
			return int(fd), nil
		case unix.EINTR, unix.EAGAIN:
		default:
			return -1, err
		}
		switch {
		case try == 0:
			first = time.Now()
			defer blockSignals()()
		case try >= tries && time.Since(first) >= patience:
			return -1, err
		}
	}
}

// blockSignals blocks signals on the calling thread. The same goroutine must
// call the returned function.
func blockSignals() (unblock func()) {
	var all, before unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^all.Val[i]
	}
	runtime.LockOSThread()
	if unix.PthreadSigmask(unix.SIG_BLOCK, &all, &before) != nil {
		return runtime.UnlockOSThread
	}
	return func() {
		_ = unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
		runtime.UnlockOSThread()
	}
}

// loadTracing loads a program and returns its descriptor. attachType and target,
// the id of a type, say what it can be attached to.
func loadTracing(program []insn, attachType, target uint32) (int, error) {
	// The kernel provides bpf_seq_write and others only to programs under a
	// licence compatible with its own. Only the instructions of the programs
	// in this package are also offered under these licences.
	license := []byte("Dual BSD/GPL\x00")
	var pins runtime.Pinner
	pins.Pin(&program[0])
	pins.Pin(&license[0])
	defer pins.Unpin()

	load := struct { // the part of union bpf_attr for BPF_PROG_LOAD
		progType, insnCnt         uint32
		insns, license            uint64
		logLevel, logSize         uint32
		logBuf                    uint64
		kernVersion, flags        uint32
		name                      [16]byte
		ifindex, attachType       uint32
		btfFD, funcInfoSize       uint32
		funcInfo                  uint64
		funcInfoCnt, lineInfoSize uint32
		lineInfo                  uint64
		lineInfoCnt, attachBTFID  uint32
	}{
		progType:    progTypeTracing,
		insnCnt:     uint32(len(program)),
		insns:       uint64(uintptr(unsafe.Pointer(&program[0]))),
		license:     uint64(uintptr(unsafe.Pointer(&license[0]))),
		name:        [16]byte{'n', 'e', 't', 's', 't', 'a', 't'},
		attachType:  attachType,
		attachBTFID: target,
	}
	prog, err := syscallBPF(cmdProgLoad, unsafe.Pointer(&load), unsafe.Sizeof(load))
	if err != nil {
		return -1, fmt.Errorf("load BPF program: %w", err)
	}
	return prog, nil
}

// openIterator returns a descriptor. Reading it runs the program over all items
// of the iterator, which is given by the id of its function.
func openIterator(program []insn, iterFunc uint32) (int, error) {
	prog, err := loadTracing(program, attachTraceIter, iterFunc)
	if err != nil {
		return -1, err
	}
	defer unix.Close(prog)

	create := struct{ progFD, targetFD, attachType, flags uint32 }{
		progFD: uint32(prog), attachType: attachTraceIter,
	}
	link, err := syscallBPF(cmdLinkCreate, unsafe.Pointer(&create), unsafe.Sizeof(create))
	if err != nil {
		return -1, fmt.Errorf("attach BPF iterator: %w", err)
	}
	defer unix.Close(link)

	open := struct{ linkFD, flags uint32 }{linkFD: uint32(link)}
	iter, err := syscallBPF(cmdIterCreate, unsafe.Pointer(&open), unsafe.Sizeof(open))
	if err != nil {
		return -1, fmt.Errorf("open BPF iterator: %w", err)
	}
	return iter, nil
}
