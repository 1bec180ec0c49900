// Package netlink requests dumps from the kernel over netlink(7) and splits the
// answers into messages and attributes. It does not interpret messages, and
// knows no family, table or model.
package netlink

import (
	"context"
	"encoding/binary"
	"errors"
	"syscall"
)

// Types of messages (include/uapi/linux/netlink.h). The types of a protocol are
// above TypeOverrun.
const (
	TypeNoop    = 1 // without effect
	TypeError   = 2 // errno of a request
	TypeDone    = 3 // end of a dump
	TypeOverrun = 4 // messages were lost
)

// Flags of messages (include/uapi/linux/netlink.h).
const (
	FlagRequest     = 0x1   // NLM_F_REQUEST
	FlagAck         = 0x4   // NLM_F_ACK
	FlagInterrupted = 0x10  // NLM_F_DUMP_INTR
	FlagDump        = 0x300 // NLM_F_DUMP
)

const (
	// HeaderSize is the size of struct nlmsghdr, which begins a message, in
	// bytes.
	HeaderSize = 16
	// AttributeSize is the size of struct nlattr, which begins an
	// attribute, in bytes.
	AttributeSize = 4
	// attributeTypeMask removes the flags from an attribute's number.
	attributeTypeMask = 0x3fff
)

// A Conn is one netlink socket. It returns only datagrams from the kernel.
type Conn interface {
	// Send sends one message to the kernel.
	Send(message []byte) error
	// Receive reads one datagram into b. truncated reports whether b was
	// too small; the rest is then lost.
	Receive(b []byte) (n int, truncated bool, err error)
	// Close also ends a dump in progress.
	Close()
}

// Errors of a dump that are not errno values of the kernel.
var (
	// ErrGarbled means that a message or its end is malformed.
	ErrGarbled = errors.New("malformed netlink reply")
	// ErrTruncated means that a datagram was larger than the buffer.
	ErrTruncated = errors.New("netlink reply truncated")
	// ErrOverrun means that the kernel had no room for a message.
	ErrOverrun = errors.New("netlink messages lost")
	// ErrInterrupted means that the kernel flagged a dump as inconsistent.
	ErrInterrupted = errors.New("table changed during the dump")
)

// Outcome is how a dump ended. The zero value is a complete dump.
type Outcome struct {
	// Rows reports whether a row was delivered. The dump can then not be
	// repeated without repeating the row.
	Rows bool
	// Stopped reports whether the caller accepts no more rows.
	Stopped bool
	// Interrupted reports whether the kernel flagged the dump as
	// inconsistent.
	Interrupted bool
	// Lost is an error that lost rows but did not end the dump.
	Lost error
	// Err is the error that ended the dump early.
	Err error
}

// Reader receives the answer to a dump request, message by message, and updates
// Outcome. The caller sets Rows and Stopped.
type Reader struct {
	Outcome
	// Ctx cancels the dump between two datagrams.
	Ctx context.Context
	// Seq is the sequence number of the request. Messages with another
	// number are skipped.
	Seq uint32
	// Datagrams are read from Conn into Buf, or come from Ahead.
	Conn  Conn
	Buf   []byte
	Ahead *Ahead
	// Tolerant accepts an inconsistent dump even if nothing was delivered
	// yet and it could be repeated.
	Tolerant bool

	// Datagrams is the number of datagrams received from Conn.
	Datagrams int

	// Kind is the type of the current message, and Payload the bytes after
	// its header. Payload is valid until the next call of Next.
	Kind    uint16
	Payload []byte

	rest []byte // unread part of the datagram
}

// Next advances to the next message that is not about the dump itself. It
// returns false at the end of the dump.
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

// control handles a message about the dump. It returns true if the message ends
// the dump.
func (d *Reader) control() bool {
	switch d.Kind {
	case TypeDone:
		// Since Linux 4.14 the last message has the dump's errno; a
		// dump without a handler fails only there.
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

// fault records that rows are lost. It returns true if that ends the dump: the
// dump can be repeated, or is of routes, which are useless if incomplete.
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

// NextMessage splits off the first of several netlink messages. It returns
// false if b does not begin with a complete message.
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

// Attribute splits off the first of several attributes. kind is its number
// without flags. It returns false at the end and if the rest is not an
// attribute.
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

// AppendDumpHeader appends the header of a dump request of type kind, which
// size more bytes must follow.
func AppendDumpHeader(b []byte, kind uint16, seq uint32, size int) []byte {
	order := binary.NativeEndian
	b = order.AppendUint32(b, uint32(HeaderSize+size))
	b = order.AppendUint16(b, kind)
	b = order.AppendUint16(b, FlagRequest|FlagDump)
	b = order.AppendUint32(b, seq)
	return order.AppendUint32(b, 0)
}

// errnoOf converts the negated errno of a message into an error; nil if there
// is none.
func errnoOf(negated uint32) error {
	if code := int32(negated); code < 0 {
		return syscall.Errno(-int64(code))
	}
	return nil
}
