// Package netlink asks the kernel over netlink(7) for dumps and splits the answers
// into messages and attributes. What a message means is not its subject: it knows
// no family, no table and nothing of the model.
package netlink

import (
	"context"
	"encoding/binary"
	"errors"
	"syscall"
)

// Types of messages (include/uapi/linux/netlink.h). Those of a protocol of its
// own are above TypeOverrun.
const (
	TypeNoop    = 1 // without effect
	TypeError   = 2 // errno of a request
	TypeDone    = 3 // end of a dump
	TypeOverrun = 4 // messages were lost
)

// Flags of messages (include/uapi/linux/netlink.h).
const (
	FlagRequest     = 0x1   // NLM_F_REQUEST
	FlagInterrupted = 0x10  // NLM_F_DUMP_INTR
	FlagDump        = 0x300 // NLM_F_DUMP
)

const (
	// HeaderSize is the size of struct nlmsghdr, with which a message begins.
	HeaderSize = 16
	// AttributeSize is the size of struct nlattr, with which an attribute begins.
	AttributeSize = 4
	// attributeTypeMask takes the flags off an attribute's number.
	attributeTypeMask = 0x3fff
)

// A Conn is one netlink socket. A datagram it returns came from the
// kernel.
type Conn interface {
	// Send sends one message to the kernel.
	Send(message []byte) error
	// Receive reads one datagram into b; truncated says that b was too
	// small for it and the rest is lost.
	Receive(b []byte) (n int, truncated bool, err error)
	// Close ends the dump under way, too.
	Close()
}

// Faults of a dump that are not errno values of the kernel.
var (
	// ErrGarbled means that a message or its end makes no sense.
	ErrGarbled = errors.New("netlink reply not understood")
	// ErrTruncated means that a datagram did not fit into the buffer.
	ErrTruncated = errors.New("netlink reply truncated")
	// ErrOverrun means that the kernel had no room for a message.
	ErrOverrun = errors.New("netlink reply overrun")
	// ErrInterrupted means that the kernel flagged a dump as inconsistent.
	ErrInterrupted = errors.New("table changed during the dump")
)

// Outcome says how a dump ended. The zero value is a complete dump.
type Outcome struct {
	// Rows says that a row was delivered, so that the dump cannot be done
	// again without doubling it.
	Rows bool
	// Stopped says that the caller wants no more rows.
	Stopped bool
	// Interrupted says that the kernel flagged the dump as inconsistent.
	Interrupted bool
	// Lost is the fault that cost rows though the dump went on.
	Lost error
	// Err is the fault that ended the dump before its end.
	Err error
}

// Reader receives the answer to a request for a dump, message by message.
// The outcome grows meanwhile; Rows and Stopped are the caller's to set.
type Reader struct {
	Outcome
	// Ctx ends the dump, between two datagrams.
	Ctx context.Context
	// Seq is the sequence number of the request. Messages with another one
	// are skipped.
	Seq uint32
	// Datagrams are read into Buf from Conn, or come from Ahead.
	Conn  Conn
	Buf   []byte
	Ahead *Ahead
	// Tolerant takes an inconsistent dump as it is, even when nothing of it
	// has been delivered and it could be done again.
	Tolerant bool

	// Datagrams is how many were received from Conn.
	Datagrams int

	// Kind is the type of the message that Next came to, and Payload what
	// follows its header, valid until the next call of Next.
	Kind    uint16
	Payload []byte

	rest []byte // of the datagram
}

// Next reads on to a message that is not about the dump itself, and returns
// false at the end of the dump.
func (d *Reader) Next() bool {
	order := binary.NativeEndian
	for {
		if len(d.rest) == 0 {
			if d.Err = d.receive(); d.Err != nil {
				return false
			}
			continue
		}
		message, rest, ok := NextMessage(d.rest)
		d.rest = rest
		if !ok {
			if d.fault(ErrGarbled) {
				return false
			}
			continue
		}
		if order.Uint32(message[8:]) != d.Seq {
			continue
		}
		if order.Uint16(message[6:])&FlagInterrupted != 0 {
			if !d.Rows && !d.Tolerant {
				d.Err = ErrInterrupted
				return false
			}
			d.Interrupted = true
		}
		d.Payload = message[HeaderSize:]
		d.Kind = order.Uint16(message[4:])
		if d.Kind > TypeOverrun {
			return true
		}
		if d.control() {
			return false
		}
	}
}

// control takes a message about the dump, and returns true if it ends it.
func (d *Reader) control() bool {
	switch d.Kind {
	case TypeDone:
		// Since Linux 4.14 the end carries the dump's errno; a dump without
		// handler fails only there.
		if len(d.Payload) >= 4 {
			d.Err = errnoOf(binary.NativeEndian.Uint32(d.Payload))
		}
		return true
	case TypeError:
		d.Err = ErrGarbled
		if len(d.Payload) >= 4 {
			d.Err = errnoOf(binary.NativeEndian.Uint32(d.Payload))
		}
	case TypeOverrun:
		d.Err = ErrOverrun
	}
	return d.Err != nil
}

func (d *Reader) receive() (err error) {
	if err = d.Ctx.Err(); err != nil {
		return err
	}
	if d.Ahead != nil {
		d.rest, err = d.Ahead.next()
		return err
	}
	n, truncated, err := d.Conn.Receive(d.Buf)
	if err != nil {
		return err
	}
	d.Datagrams++
	d.rest = d.Buf[:n]
	if truncated && d.fault(ErrTruncated) {
		return ErrTruncated
	}
	return nil
}

// fault notes that rows are lost, and returns true if the dump ends with that:
// it can be done again, or is of routes, of which a part is of no use.
func (d *Reader) fault(err error) bool {
	if !d.Rows || d.Ahead != nil {
		d.Err = err
		return true
	}
	if d.Lost == nil {
		d.Lost = err
	}
	return false
}

// NextMessage splits off the first of several netlink messages, and returns
// false where b does not begin with a whole one.
func NextMessage(b []byte) (message, rest []byte, ok bool) {
	if len(b) < HeaderSize {
		return nil, nil, false
	}
	size := binary.NativeEndian.Uint32(b)
	if size < HeaderSize || uint64(size) > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:size], b[min((int(size)+3)&^3, len(b)):], true
}

// Attribute splits off the first of several attributes; kind is its number
// without flags. It returns false at
// the end, and where what is left is not an attribute.
func Attribute(b []byte) (kind uint16, value, rest []byte, ok bool) {
	if len(b) < AttributeSize {
		return 0, nil, nil, false
	}
	size := int(binary.NativeEndian.Uint16(b))
	if size < AttributeSize || size > len(b) {
		return 0, nil, nil, false
	}
	kind = binary.NativeEndian.Uint16(b[2:]) & attributeTypeMask
	return kind, b[AttributeSize:size], b[min((size+3)&^3, len(b)):], true
}

// AppendDumpHeader begins a message of type kind that asks for a dump, with size
// more bytes to come.
func AppendDumpHeader(b []byte, kind uint16, seq uint32, size int) []byte {
	order := binary.NativeEndian
	b = order.AppendUint32(b, uint32(HeaderSize+size))
	b = order.AppendUint16(b, kind)
	b = order.AppendUint16(b, FlagRequest|FlagDump)
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
