package netlink

import (
	"bytes"
	"context"
	"encoding/binary"
	"syscall"
	"testing"
)

// conn is a socket that receives the given datagrams.
type conn struct{ datagrams [][]byte }

func (c *conn) Send([]byte) error { return nil }
func (c *conn) Close()            {}
func (c *conn) Receive(b []byte) (n int, truncated bool, err error) {
	if len(c.datagrams) == 0 {
		return 0, false, syscall.EAGAIN
	}
	d := c.datagrams[0]
	c.datagrams = c.datagrams[1:]
	return copy(b, d), len(d) > len(b), nil
}

const testSeq = 7

// message builds a message with sequence number testSeq.
func message(kind, flags uint16, payload []byte) []byte {
	order := binary.NativeEndian
	b := order.AppendUint32(nil, uint32(HeaderSize+len(payload)))
	b = order.AppendUint16(b, kind)
	b = order.AppendUint16(b, flags)
	b = order.AppendUint32(b, testSeq)
	b = append(order.AppendUint32(b, 0), payload...)
	return append(b, make([]byte, -len(b)&3)...)
}

func done(code int32) []byte {
	return message(TypeDone, 2, binary.NativeEndian.AppendUint32(nil, uint32(code)))
}

func failure(code syscall.Errno) []byte {
	return message(TypeError, 0, binary.NativeEndian.AppendUint32(nil, uint32(-int32(code))))
}

// read returns the payloads of a dump, and marks all as delivered rows.
func read(r *Reader) (payloads []string) {
	for r.Next() {
		payloads = append(payloads, string(r.Payload))
		r.Rows = true
	}
	return payloads
}

func TestReader(t *testing.T) {
	row := message(20, 2, []byte("row!"))
	torn := message(20, 2|FlagInterrupted, []byte("row!"))
	other := message(20, 2, []byte("else"))
	binary.NativeEndian.PutUint32(other[8:], testSeq+1)
	long := bytes.Repeat(row, 100)
	for _, c := range []struct {
		name      string
		datagrams [][]byte
		tolerant  bool
		rows      int
		want      Outcome
	}{
		{"whole", [][]byte{bytes.Join([][]byte{row, row}, nil), row, done(0)}, false, 3, Outcome{}},
		{"end in the same datagram", [][]byte{append(bytes.Clone(row), done(0)...)}, false, 1, Outcome{}},
		{"nothing", [][]byte{done(0)}, false, 0, Outcome{}},
		{"of another request", [][]byte{other, row, done(0)}, false, 1, Outcome{}},
		{"of no effect", [][]byte{message(TypeNoop, 0, nil), failure(0), row, done(0)}, false, 1, Outcome{}},
		{"refused", [][]byte{failure(syscall.EPERM)}, false, 0, Outcome{Err: syscall.EPERM}},
		{"refused at the end", [][]byte{done(-int32(syscall.ENOENT))}, false, 0, Outcome{Err: syscall.ENOENT}},
		{"overrun", [][]byte{message(TypeOverrun, 0, nil)}, false, 0, Outcome{Err: ErrOverrun}},
		{"no end", [][]byte{row}, false, 1, Outcome{Err: syscall.EAGAIN}},
		{"torn at the beginning", [][]byte{torn, done(0)}, false, 0, Outcome{Err: ErrInterrupted}},
		{"torn but taken", [][]byte{torn, done(0)}, true, 1, Outcome{Interrupted: true}},
		{"torn later", [][]byte{row, torn, done(0)}, false, 2, Outcome{Interrupted: true}},
		{"garbled", [][]byte{row[:8]}, false, 0, Outcome{Err: ErrGarbled}},
		{"garbled later", [][]byte{row, row[:8], done(0)}, false, 1, Outcome{Lost: ErrGarbled}},
		{"truncated", [][]byte{long}, false, 0, Outcome{Err: ErrTruncated}},
	} {
		r := Reader{Ctx: context.Background(), Seq: testSeq, Conn: &conn{c.datagrams}, Buf: make([]byte, 256), Tolerant: c.tolerant}
		got := read(&r)
		c.want.Rows = c.rows > 0
		if len(got) != c.rows || r.Outcome != c.want {
			t.Errorf("%s: %d rows, %+v, want %d, %+v", c.name, len(got), r.Outcome, c.rows, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := Reader{Ctx: ctx, Seq: testSeq, Conn: &conn{[][]byte{row}}, Buf: make([]byte, 256)}
	if r.Next() || r.Err != context.Canceled {
		t.Errorf("cancelled: %v", r.Err)
	}
}

// TestAhead checks that receiving ahead returns the same messages.
func TestAhead(t *testing.T) {
	row := message(20, 2, []byte("row!"))
	for n := range 12 {
		datagrams := make([][]byte, n)
		for i := range datagrams {
			datagrams[i] = row
		}
		a := &Ahead{Conn: &conn{append(datagrams, done(0))}, Buf: make([]byte, 64)}
		r := Reader{Ctx: context.Background(), Seq: testSeq, Ahead: a}
		if got := read(&r); len(got) != n || r.Err != nil {
			t.Errorf("%d rows of %d, %v", len(got), n, r.Err)
		}
		a.Stop()
	}
	// After an early stop no goroutine reads.
	a := &Ahead{Conn: &conn{[][]byte{row, row, row, row, row, row, done(0)}}, Buf: make([]byte, 64)}
	r := Reader{Ctx: context.Background(), Seq: testSeq, Ahead: a}
	for n := range 2 {
		if !r.Next() {
			t.Errorf("no row %d: %v", n, r.Err)
		}
	}
	a.Stop()
}

func TestAppendDumpHeader(t *testing.T) {
	b := append(AppendDumpHeader(nil, 18, testSeq, 4), 1, 2, 3, 4)
	m, rest, ok := NextMessage(b)
	if !ok || len(rest) != 0 || !bytes.Equal(m[HeaderSize:], []byte{1, 2, 3, 4}) ||
		binary.NativeEndian.Uint16(m[4:]) != 18 || binary.NativeEndian.Uint16(m[6:]) != FlagRequest|FlagDump || binary.NativeEndian.Uint32(m[8:]) != testSeq {
		t.Errorf("%x, %v", b, ok)
	}
}

// FuzzReader checks that for any bytes, messages and attributes are within the
// received datagram, the reader advances, and the dump ends.
func FuzzReader(f *testing.F) {
	attribute := append(binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, 8), 3), "text"...)
	f.Add(append(message(20, 2, attribute), done(0)...), false)
	f.Add(append(message(20, 2|FlagInterrupted, attribute), failure(syscall.EBUSY)...), true)
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, false)
	f.Fuzz(func(t *testing.T, b []byte, tolerant bool) {
		r := Reader{Ctx: context.Background(), Seq: testSeq, Conn: &conn{[][]byte{b}}, Buf: make([]byte, 4096), Tolerant: tolerant}
		messages := 0
		for r.Next() {
			r.Rows = true
			messages++
			for a := r.Payload; ; {
				_, value, rest, ok := Attribute(a)
				if !ok {
					break
				}
				if len(value)+AttributeSize > len(a) || len(rest) >= len(a) {
					t.Fatalf("%d bytes of value and %d left of %d", len(value), len(rest), len(a))
				}
				a = rest
			}
		}
		if messages > len(b)/HeaderSize {
			t.Fatalf("%d messages in %d bytes", messages, len(b))
		}
	})
}
