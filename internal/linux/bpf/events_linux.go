package bpf

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Numbers of include/uapi/linux/bpf.h.
const (
	cmdRawTracepointOpen = 17
	attachRawTracepoint  = 23

	// Flags in the length of a record in the ring.
	ringBusy    = 1 << 31
	ringDiscard = 1 << 30
	ringHeader  = 8
)

// Events is a recording of events of TCP sockets. Its programs run until Close. A change of
// a socket's state may be recorded twice, with nothing of that socket between.
type Events struct {
	maps    []int
	links   []int // programs that run
	ring    int
	data    []byte // the records, twice in a row
	read    []byte // page of the position of this reader
	written []byte // page of the position of the kernel
	values  []byte
	size    uint64
}

// OpenEvents begins to record events: of the network namespace with this inode,
// or of all if netns is 0. size is the size of the ring in bytes, a power of two.
func OpenEvents(netns uint32, size int) (*Events, error) {
	layout, err := readLayout(true, parseEventLayout)
	if err != nil {
		return nil, err
	}
	e := &Events{size: uint64(size)}
	if err := e.open(layout, netns); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

func (e *Events) open(l eventLayout, netns uint32) (err error) {
	if e.ring, err = createMap(mapTypeRingbuf, 0, 0, uint32(e.size), 0); err != nil {
		return err
	}
	e.maps = append(e.maps, e.ring)
	values, err := createArray(eventValues, 1)
	if err != nil {
		return err
	}
	e.maps = append(e.maps, values)
	page := os.Getpagesize()
	both := unix.PROT_READ | unix.PROT_WRITE
	if e.values, err = unix.Mmap(values, 0, page, both, unix.MAP_SHARED); err != nil {
		return fmt.Errorf("map BPF array: %w", err)
	}
	if e.read, err = unix.Mmap(e.ring, 0, page, both, unix.MAP_SHARED); err != nil {
		return fmt.Errorf("map BPF ring buffer: %w", err)
	}
	if e.written, err = unix.Mmap(e.ring, int64(page), page+2*int(e.size), unix.PROT_READ, unix.MAP_SHARED); err != nil {
		return fmt.Errorf("map BPF ring buffer: %w", err)
	}
	e.data = e.written[page:]
	for _, p := range [...]struct {
		kind     uint8
		again    bool
		target   uint32
		optional bool
	}{
		{EventState, false, l.setState, false},
		{EventState, true, l.setState, false},
		{EventRetransmit, false, l.retransmit, false},
		{EventSynAck, false, l.synAck, true},
	} {
		err := errors.ErrUnsupported
		if p.target != 0 {
			err = e.attach(eventProgram(l, p.kind, p.again, netns, e.ring, values), p.target)
		}
		if err != nil && !p.optional {
			return err
		}
	}
	return nil
}

// attach loads a program and lets it run until Close.
func (e *Events) attach(program []insn, target uint32) error {
	prog, err := loadTracing(program, attachRawTracepoint, target)
	if err != nil {
		return err
	}
	defer unix.Close(prog)
	open := struct {
		name         uint64
		progFD, zero uint32
	}{progFD: uint32(prog)}
	link, err := syscallBPF(cmdRawTracepointOpen, unsafe.Pointer(&open), unsafe.Sizeof(open))
	if err != nil {
		return fmt.Errorf("attach BPF program: %w", err)
	}
	e.links = append(e.links, link)
	return nil
}

// FD returns a descriptor that poll(2) reports readable if there are records
// that Read has not returned.
func (e *Events) FD() int { return e.ring }

// Read calls record for every record in the ring, in order, until it returns
// false or there are no more. A record is valid during the call. After Detach it waits
// for those that the kernel still writes.
func (e *Events) Read(record func([]byte) bool) {
	read, written := counter(e.read), counter(e.written)
	at := atomic.LoadUint64(read)
	waits := 0
	for at < atomic.LoadUint64(written) {
		offset := at & (e.size - 1)
		length := atomic.LoadUint32((*uint32)(unsafe.Pointer(&e.data[offset])))
		if length&ringBusy != 0 {
			if waits++; e.links != nil || waits > 100 {
				return
			}
			time.Sleep(time.Millisecond)
			continue
		}
		size := uint64(length &^ ringDiscard)
		more := true
		if length&ringDiscard == 0 && size >= EventSize {
			more = record(e.data[offset+ringHeader : offset+ringHeader+size])
		}
		at += (size + ringHeader + 7) &^ 7
		atomic.StoreUint64(read, at)
		if !more {
			return
		}
	}
}

// Lost returns the number of events so far that found no room in the ring.
func (e *Events) Lost() uint64 { return atomic.LoadUint64(counter(e.values[eventLost:])) }

func counter(page []byte) *uint64 { return (*uint64)(unsafe.Pointer(&page[0])) }

// Detach ends the recording. What was recorded can still be read.
func (e *Events) Detach() {
	for _, fd := range e.links {
		unix.Close(fd)
	}
	e.links = nil
}

// Close ends the recording and releases its memory.
func (e *Events) Close() {
	e.Detach()
	for _, fd := range e.maps {
		unix.Close(fd)
	}
	for _, m := range [...][]byte{e.read, e.written, e.values} {
		if m != nil {
			_ = unix.Munmap(m)
		}
	}
	*e = Events{}
}

// Clock returns the time of CLOCK_REALTIME less that of CLOCK_MONOTONIC, in
// nanoseconds: what turns EventTime into a time since 1970.
func Clock() int64 {
	var real, monotonic unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &monotonic)
	_ = unix.ClockGettime(unix.CLOCK_REALTIME, &real)
	return real.Nano() - monotonic.Nano()
}
