package bpf

import (
	"encoding/binary"
	"errors"
)

// unixLayout is what the program that lists unix sockets must know about the
// running kernel. See ownerLayout.
type unixLayout struct {
	iterFunc uint32 // id of bpf_iter_unix

	references, state uint32 // struct sock_common
	kind, socket      uint32 // struct sock: sk_type, struct socket *
	address           uint32 // unix_sock.addr: struct unix_address *
	length, name      uint32 // struct unix_address: of name, a struct sockaddr_un

	// inode is the offset of the inode's number: in struct sock or, on
	// kernels that lack it there, from struct socket (struct socket_alloc).
	inode         uint32
	inodeInSocket bool
}

// parseUnixLayout refuses a kernel before Linux 5.17, whose iterator holds no
// references of its own.
func parseUnixLayout(b []byte) (unixLayout, error) {
	if l, err := findUnixLayout(b, false); err == nil {
		return l, nil
	}
	return findUnixLayout(b, true)
}

func findUnixLayout(b []byte, inodeInSocket bool) (unixLayout, error) {
	l := unixLayout{inodeInSocket: inodeInSocket}
	var batch, socket, inode, number uint32
	fields := []btfField{
		{&batch, "bpf_unix_iter_state", "batch", btfPtr, 0},
		{&l.references, "sock_common", "skc_refcnt", btfStruct, 4},
		{&l.state, "sock_common", "skc_state", btfInt, 1},
		{&l.kind, "sock", "sk_type", btfInt, 2},
		{&l.socket, "sock", "sk_socket", btfPtr, 0},
		{&l.address, "unix_sock", "addr", btfPtr, 0},
		{&l.length, "unix_address", "len", btfInt, 4},
		{&l.name, "unix_address", "name", 0, 0},
	}
	if inodeInSocket {
		fields = append(fields,
			btfField{&socket, "socket_alloc", "socket", btfStruct, 0},
			btfField{&inode, "socket_alloc", "vfs_inode", btfStruct, 0},
			btfField{&number, "inode", "i_ino", btfInt, 8})
	} else {
		fields = append(fields, btfField{&number, "sock", "sk_ino", btfInt, 8})
	}
	var err error
	l.iterFunc, err = findBTF(b, "bpf_iter_unix", fields)
	l.inode = inode + number - socket
	if err == nil && l.inode > 0x7fff {
		err = errBTF
	}
	return l, err
}

// Records that the program writes for each socket, of UnixSize bytes, in the
// kernel's byte order.
const (
	UnixInode      = 0  // 32 bits, 0 for a socket without struct socket
	UnixReferences = 4  // 32 bits, one of them the iterator's own
	UnixCookie     = 8  // 64 bits
	UnixUID        = 16 // 32 bits
	UnixKind       = 20 // type of socket: 8 bits, never 0
	UnixState      = 21 // number of the state: 8 bits
	UnixOpen       = 22 // whether there is a struct socket: 8 bits
	UnixLength     = 23 // bytes of the name, 0 if there is none: 8 bits
	UnixName       = 24 // sun_path (unix(7)), of a path with the final NUL

	// UnixNameMax is the size of sun_path with a final NUL behind it.
	UnixNameMax = 109
	UnixSize    = (UnixName + UnixNameMax + 7) &^ 7
)

// unixMarkSize is the size of what the reader of the iterator gets: the number
// of records, once all are written.
const unixMarkSize = 8

// ErrUnixShort means that a pass over unix sockets ended early or had more
// sockets than room.
var ErrUnixShort = errors.New("the BPF iterator did not list all unix sockets")

// unixSeqAt is the offset of the number of an item in struct bpf_iter_meta.
const unixSeqAt = 16

// unixProgram returns the program that writes a record for every unix socket
// into an array, given by its descriptor. The kernel calls it for each socket
// in the order of its table, and once without a socket at the end
// (net/unix/af_unix.c).
//
// The records do not go through the reader: when the reader's buffer is full,
// the kernel ends its batch, which is a bucket of the table, and loses the rest
// of the bucket. The program writes nothing to the reader before the end, so
// that each bucket is read at once.
func unixProgram(l unixLayout, array int) []insn {
	const (
		context, sock, record, address = r6, r7, r8, r9
		sockAt, uidAt                  = 8, 16
		keyAt, markAt                  = -4, -8
		// sunPath is the offset of sun_path in struct sockaddr_un.
		sunPath = 2
	)
	const (
		closed = iota
		atEnd
		out
	)
	var a assembler
	a.op(mov, context, r1, 0, 0)
	a.op(load64, r1, context, 0, 0)
	a.op(load64, sock, context, sockAt, 0)
	a.jump(jeqImm, sock, 0, 0, atEnd)
	a.op(load64, r1, r1, unixSeqAt, 0)
	a.op(store32, frame, r1, keyAt, 0)
	a.mapFD(r1, array)
	a.op(mov, r2, frame, 0, 0)
	a.op(addImm, r2, 0, 0, keyAt)
	a.op(call, 0, 0, 0, helperMapLookup)
	a.jump(jeqImm, r0, 0, 0, out)
	a.op(mov, record, r0, 0, 0)

	// The loads stand together, so that the processor waits for all of them
	// at once.
	a.op(load32, r1, sock, int(l.references), 0)
	a.op(load16, r2, sock, int(l.kind), 0)
	a.op(load8, r3, sock, int(l.state), 0)
	a.op(load64, r4, sock, int(l.socket), 0)
	a.op(load64, address, sock, int(l.address), 0)
	if !l.inodeInSocket {
		a.op(load64, r5, sock, int(l.inode), 0)
		a.op(store32, record, r5, UnixInode, 0)
	}
	a.op(store32, record, r1, UnixReferences, 0)
	a.op(store8, record, r2, UnixKind, 0)
	a.op(store8, record, r3, UnixState, 0)
	a.op(load32, r1, context, uidAt, 0)
	a.op(store32, record, r1, UnixUID, 0)
	a.jump(jeqImm, r4, 0, 0, closed)
	a.op(storeImm8, record, 0, UnixOpen, 1)
	if l.inodeInSocket {
		a.op(mov, r1, frame, 0, 0)
		a.op(addImm, r1, 0, 0, markAt)
		a.op(movImm, r2, 0, 0, 8)
		a.op(mov, r3, r4, 0, 0)
		a.op(addImm, r3, 0, 0, int32(l.inode))
		a.op(call, 0, 0, 0, helperProbeReadKernel)
		a.jump(jneImm, r0, 0, 0, closed)
		a.op(load64, r1, frame, markAt, 0)
		a.op(store32, record, r1, UnixInode, 0)
	}
	a.label(closed)
	a.op(mov, r1, sock, 0, 0)
	a.op(call, 0, 0, 0, helperSocketCookie)
	a.op(store64, record, r0, UnixCookie, 0)
	a.jump(jeqImm, address, 0, 0, out)
	a.op(load32, r2, address, int(l.length), 0)
	a.op(addImm, r2, 0, 0, -sunPath)
	a.op(store8, record, r2, UnixLength, 0)
	a.jump(jgtImm, r2, 0, UnixNameMax, out)
	a.op(mov, r1, record, 0, 0)
	a.op(addImm, r1, 0, 0, UnixName)
	a.op(mov, r3, address, 0, 0)
	a.op(addImm, r3, 0, 0, int32(l.name)+sunPath)
	a.op(call, 0, 0, 0, helperProbeReadKernel)
	a.jump(jump, 0, 0, 0, out)

	a.label(atEnd)
	a.op(load64, r1, r1, unixSeqAt, 0)
	a.op(addImm, r1, 0, 0, 1)
	a.op(store64, frame, r1, markAt, 0)
	a.op(movImm, record, 0, 0, unixMarkSize)
	a.seqWrite(context, markAt, record)
	a.label(out)
	return a.program()
}

// unixCount returns the number of records that the mark at the end holds. It
// returns false for an incomplete pass and for one without room for all.
func unixCount(mark []byte, room int) (n int, ok bool) {
	if len(mark) != unixMarkSize {
		return 0, false
	}
	count := binary.NativeEndian.Uint64(mark)
	if count > uint64(room) {
		return 0, false
	}
	return int(count), true
}
