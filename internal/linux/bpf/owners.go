package bpf

import (
	"encoding/binary"
	"math"
)

// ownerLayout is what the program that finds owners must know about the running
// kernel: the function to attach to, and the offsets in bytes of the fields on
// the way from an open file to its inode and process. They differ by version
// and configuration; the kernel's type information (BTF) has them.
type ownerLayout struct {
	iterFunc  uint32 // id of ownerIterator
	taskPID   uint32 // task_struct.pid: int
	taskTGID  uint32 // task_struct.tgid: int
	fileInode uint32 // file.f_inode: struct inode *
	inodeSB   uint32 // inode.i_sb: struct super_block *
	inodeIno  uint32 // inode.i_ino: 64 bits
	sbMagic   uint32 // super_block.s_magic: 64 bits

	// only for io_uring rings:
	fileDentry uint32 // file.f_path.dentry: struct dentry *
	dentryName uint32 // dentry.d_shortname, d_iname before Linux 6.14: the bytes of a short name
}

func parseOwnerLayout(b []byte) (l ownerLayout, err error) {
	l.iterFunc, err = findBTF(b, ownerIterator, l.fields())
	return l, err
}

// parseRingLayout returns the layout with the fields for rings.
func parseRingLayout(b []byte) (l ownerLayout, err error) {
	var path, dentry uint32
	l.iterFunc, err = findBTF(b, ownerIterator, append(l.fields(),
		btfField{&path, "file", "f_path", btfStruct, 0},
		btfField{&dentry, "path", "dentry", btfPtr, 0},
		btfField{&l.dentryName, "dentry", "d_shortname|d_iname", 0, 0}))
	if l.fileDentry = path + dentry; err == nil && l.fileDentry > math.MaxInt16 {
		err = errBTF
	}
	return l, err
}

const ownerIterator = "bpf_iter_task_file"

func (l *ownerLayout) fields() []btfField {
	return []btfField{
		{&l.taskPID, "task_struct", "pid", btfInt, 4},
		{&l.taskTGID, "task_struct", "tgid", btfInt, 4},
		{&l.fileInode, "file", "f_inode", btfPtr, 0},
		{&l.inodeSB, "inode", "i_sb", btfPtr, 0},
		// On 32-bit kernels these two, and pointers, have half the
		// size.
		{&l.inodeIno, "inode", "i_ino", btfInt, 8},
		{&l.sbMagic, "super_block", "s_magic", btfInt, 8},
	}
}

// sockfsMagic is the number of the sockets' file system (SOCKFS_MAGIC in
// include/uapi/linux/magic.h).
const sockfsMagic = 0x534f434b

// anonMagic is the number of the file system of rings and other anonymous
// inodes (ANON_INODE_FS_MAGIC there).
const anonMagic = 0x09041934

// ownerRecordSize is the size of the record of a socket: the inode number in 8
// bytes, then the process in 4.
const ownerRecordSize = 12

// OwnerRingMark is set in the number of a record for a ring. The bits below it
// are the descriptor in 31 bits and the thread in the lower half. Inode numbers
// of sockets fit in 32 bits (get_next_ino in fs/inode.c).
const OwnerRingMark = 1 << 63

// ownerProgram returns the program that writes a record for every socket held
// by a process. The kernel calls it for every open file of every thread with
// its own file table, in the order of thread numbers (kernel/bpf/task_iter.c),
// and once without a file at the end. Without threads it leaves out all but
// main threads, because /proc/PID/fd does not show files that only another
// thread has open. With threads it marks the records of these. With rings it
// also writes a record for every io_uring ring.
func ownerProgram(l ownerLayout, threads, rings bool) []insn {
	const (
		context, file, size, tgid = r6, r7, r8, r9
		taskAt, fdAt, fileAt      = 8, 16, 24
		out, notSocket, write     = 0, 1, 2
		mainThread                = 3
	)
	other := out
	if rings {
		other = notSocket
	}
	var a assembler
	a.op(mov, context, r1, 0, 0)
	a.op(load64, file, context, fileAt, 0)
	a.jump(jeqImm, file, 0, 0, out)
	a.op(load64, r2, context, taskAt, 0)
	a.jump(jeqImm, r2, 0, 0, out)
	a.op(load32, tgid, r2, int(l.taskTGID), 0)
	a.op(load32, r1, r2, int(l.taskPID), 0)
	if threads {
		a.jump(jeq, tgid, r1, 0, mainThread)
		a.op(orImm, tgid, 0, 0, math.MinInt32) // OwnerThreadMark
		a.label(mainThread)
	} else {
		a.jump(jne, tgid, r1, 0, out)
	}
	a.op(load64, r2, file, int(l.fileInode), 0)
	a.jump(jeqImm, r2, 0, 0, out)
	a.op(load64, r1, r2, int(l.inodeSB), 0)
	a.jump(jeqImm, r1, 0, 0, out)
	a.op(load64, r1, r1, int(l.sbMagic), 0)
	a.jump(jneImm, r1, 0, sockfsMagic, other)
	a.op(load64, r1, r2, int(l.inodeIno), 0)
	if rings {
		a.jump(jump, 0, 0, 0, write)
		a.label(notSocket)
		a.jump(jneImm, r1, 0, anonMagic, out)
		a.op(load64, r1, file, int(l.fileDentry), 0)
		a.jump(jeqImm, r1, 0, 0, out)
		for i, part := range []string{"[io_", "urin"} { // followed by "g]"
			a.op(load32, r2, r1, int(l.dentryName)+4*i, 0)
			a.jump(jneImm, r2, 0, int32(binary.NativeEndian.Uint32([]byte(part))), out)
		}
		a.op(load32, r1, context, fdAt, 0)
		a.op(orImm, r1, 0, 0, math.MinInt32) // also sets the upper half, which the shift drops
		a.op(shlImm, r1, 0, 0, 32)
		a.op(load64, r2, context, taskAt, 0)
		a.jump(jeqImm, r2, 0, 0, out)
		a.op(load32, r2, r2, int(l.taskPID), 0)
		a.op(or, r1, r2, 0, 0)
		a.label(write)
	}
	a.op(store64, frame, r1, -16, 0)
	a.op(store32, frame, tgid, -8, 0)
	a.op(movImm, size, 0, 0, ownerRecordSize)
	a.seqWrite(context, -16, size)
	a.label(out)
	return a.program()
}

// OwnerThreadMark is set in the process of a record for a file that only a
// thread other than the main one has open. Process numbers are smaller
// (PID_MAX_LIMIT in include/linux/threads.h).
const OwnerThreadMark = 1 << 31

// OwnerRecords calls add for every complete record in b, of a socket or (see
// [OwnerRingMark]) a ring, and returns the rest. The process may have
// [OwnerThreadMark].
func OwnerRecords(b []byte, add func(inode uint64, pid uint32)) []byte {
	for len(b) >= ownerRecordSize {
		add(binary.NativeEndian.Uint64(b), binary.NativeEndian.Uint32(b[8:]))
		b = b[ownerRecordSize:]
	}
	return b
}
