package bpf

import (
	"encoding/binary"
)

// kernelLayout is what the program that lists the kernel's own sockets must
// know about the running kernel. See ownerLayout.
type kernelLayout struct {
	iterFunc uint32 // id of bpf_iter_udp or bpf_iter_tcp
	socket   uint32 // sock.sk_socket: struct socket *
	file     uint32 // socket.file: struct file *
	cookie   uint32 // sock_common.skc_cookie: 64 bits
}

func parseKernelLayout(b []byte, iterator string) (kernelLayout, error) {
	var l kernelLayout
	var err error
	l.iterFunc, err = findBTF(b, iterator, []btfField{
		{&l.socket, "sock", "sk_socket", btfPtr, 0},
		{&l.file, "socket", "file", btfPtr, 0},
		{&l.cookie, "sock_common", "skc_cookie", btfStruct, 8},
	})
	return l, err
}

// kernelRecordSize is the size of a record, which is a cookie.
const kernelRecordSize = 8

// kernelProgram returns the program that writes the cookie of every socket with
// an inode and without an open file. sock_create_kern (net/socket.c) makes such
// sockets, and no process can reach them. A socket in a message, or one that
// io_uring or the kernel took over from a process, has a file. The kernel does
// not let a program read the inode itself.
func kernelProgram(l kernelLayout, tcp bool) []insn {
	const (
		context, sock, size = r6, r7, r8
		sockAt              = 8
		out                 = 0
	)
	var a assembler
	a.op(mov, context, r1, 0, 0)
	a.op(load64, sock, context, sockAt, 0)
	a.jump(jeqImm, sock, 0, 0, out)
	if tcp {
		// Requests and TIME-WAIT sockets are not full sockets.
		a.op(mov, r1, sock, 0, 0)
		a.op(call, 0, 0, 0, helperSkcToTCPSock)
		a.op(mov, sock, r0, 0, 0)
		a.jump(jeqImm, sock, 0, 0, out)
	}
	a.op(load64, r1, sock, int(l.socket), 0)
	a.jump(jeqImm, r1, 0, 0, out)
	a.op(load64, r1, r1, int(l.file), 0)
	a.jump(jneImm, r1, 0, 0, out)
	a.op(load64, r1, sock, int(l.cookie), 0)
	a.op(store64, frame, r1, -kernelRecordSize, 0)
	a.op(movImm, size, 0, 0, kernelRecordSize)
	a.seqWrite(context, -kernelRecordSize, size)
	a.label(out)
	return a.program()
}

// KernelRecords calls add for every complete record in b and returns the rest.
func KernelRecords(b []byte, add func(cookie uint64)) []byte {
	for len(b) >= kernelRecordSize {
		add(binary.NativeEndian.Uint64(b))
		b = b[kernelRecordSize:]
	}
	return b
}
