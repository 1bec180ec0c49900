package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"syscall"
)

// Numbers of include/uapi/linux/netlink.h.
const (
	nlmsgNoop    = 1
	nlmsgError   = 2
	nlmsgDone    = 3
	nlmsgOverrun = 4

	nlmFRequest  = 0x1
	nlmFDumpIntr = 0x10
	nlmFDump     = 0x300

	nlmsgHeaderSize      = 16
	netlinkAttributeSize = 4
	// nlaTypeMask takes the flags off an attribute's number.
	nlaTypeMask = 0x3fff
)

// A diagConn is one netlink socket. A datagram it returns came from the
// kernel.
type diagConn interface {
	send(message []byte) error
	// receive reads one datagram into b; truncated says that b was too
	// small for it and the rest is lost.
	receive(b []byte) (n int, truncated bool, err error)
	close()
}

// Faults of a dump that are not errno values of the kernel.
var (
	errDumpGarbled     = errors.New("netlink reply not understood")
	errDumpTruncated   = errors.New("netlink reply truncated")
	errDumpOverrun     = errors.New("netlink reply overrun")
	errDumpInterrupted = errors.New("table changed during the dump")
)

// dumpOutcome says how a dump ended. The zero value is a complete dump.
type dumpOutcome struct {
	// rows says that a row was delivered, so that the dump cannot be done
	// again without doubling it.
	rows bool
	// stopped says that the caller wants no more rows.
	stopped bool
	// interrupted says that the kernel flagged the dump as inconsistent.
	interrupted bool
	// lost is the fault that cost rows though the dump went on.
	lost error
	// err is the fault that ended the dump before its end.
	err error
}

// dumpReader receives the answer to a request for a dump, message by message.
// The outcome grows meanwhile; rows and stopped are the caller's to set.
type dumpReader struct {
	dumpOutcome
	ctx context.Context
	seq uint32
	// datagrams are read into buf from c, or come from ahead.
	c     diagConn
	buf   []byte
	ahead *aheadReader
	// tolerant takes an inconsistent dump as it is, even when nothing of it
	// has been delivered and it could be done again.
	tolerant bool

	datagrams int // received from c

	kind    uint16 // of the message
	payload []byte // valid until the call after
	rest    []byte // of the datagram
}

// next reads on to a message that is not about the dump itself, and returns
// false at the end of the dump.
func (d *dumpReader) next() bool {
	order := binary.NativeEndian
	for {
		if len(d.rest) == 0 {
			if d.err = d.receive(); d.err != nil {
				return false
			}
			continue
		}
		message, rest, ok := nextMessage(d.rest)
		d.rest = rest
		if !ok {
			if d.fault(errDumpGarbled) {
				return false
			}
			continue
		}
		if order.Uint32(message[8:]) != d.seq {
			continue
		}
		if order.Uint16(message[6:])&nlmFDumpIntr != 0 {
			if !d.rows && !d.tolerant {
				d.err = errDumpInterrupted
				return false
			}
			d.interrupted = true
		}
		d.payload = message[nlmsgHeaderSize:]
		d.kind = order.Uint16(message[4:])
		if d.kind > nlmsgOverrun {
			return true
		}
		if d.control() {
			return false
		}
	}
}

// control takes a message about the dump, and returns true if it ends it.
func (d *dumpReader) control() bool {
	switch d.kind {
	case nlmsgDone:
		// Since Linux 4.14 the end carries the dump's errno; a dump without
		// handler fails only there.
		if len(d.payload) >= 4 {
			d.err = errnoOf(binary.NativeEndian.Uint32(d.payload))
		}
		return true
	case nlmsgError:
		d.err = errDumpGarbled
		if len(d.payload) >= 4 {
			d.err = errnoOf(binary.NativeEndian.Uint32(d.payload))
		}
	case nlmsgOverrun:
		d.err = errDumpOverrun
	}
	return d.err != nil
}

func (d *dumpReader) receive() (err error) {
	if err = d.ctx.Err(); err != nil {
		return err
	}
	if d.ahead != nil {
		d.rest, err = d.ahead.next()
		return err
	}
	n, truncated, err := d.c.receive(d.buf)
	if err != nil {
		return err
	}
	d.datagrams++
	d.rest = d.buf[:n]
	if truncated && d.fault(errDumpTruncated) {
		return errDumpTruncated
	}
	return nil
}

// fault notes that rows are lost, and returns true if the dump ends with that:
// it can be done again, or is of routes, of which a part is of no use.
func (d *dumpReader) fault(err error) bool {
	if !d.rows || d.ahead != nil {
		d.err = err
		return true
	}
	if d.lost == nil {
		d.lost = err
	}
	return false
}

// nextMessage splits off the first of several netlink messages.
func nextMessage(b []byte) (message, rest []byte, ok bool) {
	if len(b) < nlmsgHeaderSize {
		return nil, nil, false
	}
	size := binary.NativeEndian.Uint32(b)
	if size < nlmsgHeaderSize || uint64(size) > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:size], b[min((int(size)+3)&^3, len(b)):], true
}

// attribute splits off the first of several attributes. It returns false at
// the end, and where what is left is not an attribute.
func attribute(b []byte) (kind uint16, value, rest []byte, ok bool) {
	if len(b) < netlinkAttributeSize {
		return 0, nil, nil, false
	}
	size := int(binary.NativeEndian.Uint16(b))
	if size < netlinkAttributeSize || size > len(b) {
		return 0, nil, nil, false
	}
	kind = binary.NativeEndian.Uint16(b[2:]) & nlaTypeMask
	return kind, b[netlinkAttributeSize:size], b[min((size+3)&^3, len(b)):], true
}

// appendDumpHeader begins a message that asks for a dump, with size more bytes
// to come.
func appendDumpHeader(b []byte, kind uint16, seq uint32, size int) []byte {
	order := binary.NativeEndian
	b = order.AppendUint32(b, uint32(nlmsgHeaderSize+size))
	b = order.AppendUint16(b, kind)
	b = order.AppendUint16(b, nlmFRequest|nlmFDump)
	b = order.AppendUint32(b, seq)
	return order.AppendUint32(b, 0)
}

// errnoOf turns the negated errno of a message into an error, nil for none.
func errnoOf(negated uint32) error {
	if code := int32(negated); code < 0 {
		return syscall.Errno(-int64(code))
	}
	return nil
}
