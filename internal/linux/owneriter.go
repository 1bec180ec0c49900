package linux

import "encoding/binary"

// ownerLayout is what the program that finds owners needs to know of the
// running kernel: the function to attach to and where the fields on the way
// from an open file to its inode and process are, in bytes. All of it differs
// by version and configuration, and stands in the kernel's own type
// information (BTF).
type ownerLayout struct {
	iterFunc  uint32 // id of bpf_iter_task_file
	taskPID   uint32 // task_struct.pid: int
	taskTGID  uint32 // task_struct.tgid: int
	fileInode uint32 // file.f_inode: struct inode *
	inodeSB   uint32 // inode.i_sb: struct super_block *
	inodeIno  uint32 // inode.i_ino: 64 bits
	sbMagic   uint32 // super_block.s_magic: 64 bits
}

func parseOwnerLayout(b []byte) (ownerLayout, error) {
	var l ownerLayout
	var err error
	l.iterFunc, err = findBTF(b, "bpf_iter_task_file", []btfField{
		{&l.taskPID, "task_struct", "pid", btfInt, 4},
		{&l.taskTGID, "task_struct", "tgid", btfInt, 4},
		{&l.fileInode, "file", "f_inode", btfPtr, 0},
		{&l.inodeSB, "inode", "i_sb", btfPtr, 0},
		// On 32-bit kernels these two, and pointers, are half as wide.
		{&l.inodeIno, "inode", "i_ino", btfInt, 8},
		{&l.sbMagic, "super_block", "s_magic", btfInt, 8},
	})
	return l, err
}

// sockfsMagic is the file system of sockets (SOCKFS_MAGIC of
// include/uapi/linux/magic.h).
const sockfsMagic = 0x534f434b

// ownerRecordSize is the size of what the program writes for a socket: its
// inode number in 8 bytes, then the process in 4.
const ownerRecordSize = 12

// ownerProgram writes a record for every socket held by a process. It is
// called for every open file of every thread with a file table of its own, in
// the order of thread numbers (kernel/bpf/task_iter.c), and once without one at
// the end. Threads that are no process are left out unless threads is set:
// /proc/PID/fd, which this stands for, does not show what a thread alone has
// open.
func ownerProgram(l ownerLayout, threads bool) []bpfInsn {
	const (
		context, file, size, tgid = bpfR6, bpfR7, bpfR8, bpfR9
		taskAt, fileAt            = 8, 24
		out                       = 0
	)
	var a bpfAssembler
	a.op(bpfMov, context, bpfR1, 0, 0)
	a.op(bpfLoad64, file, context, fileAt, 0)
	a.jump(bpfJeqImm, file, 0, 0, out)
	a.op(bpfLoad64, bpfR2, context, taskAt, 0)
	a.jump(bpfJeqImm, bpfR2, 0, 0, out)
	a.op(bpfLoad32, tgid, bpfR2, int(l.taskTGID), 0)
	if !threads {
		a.op(bpfLoad32, bpfR1, bpfR2, int(l.taskPID), 0)
		a.jump(bpfJne, tgid, bpfR1, 0, out)
	}
	a.op(bpfLoad64, file, file, int(l.fileInode), 0)
	a.jump(bpfJeqImm, file, 0, 0, out)
	a.op(bpfLoad64, bpfR1, file, int(l.inodeSB), 0)
	a.jump(bpfJeqImm, bpfR1, 0, 0, out)
	a.op(bpfLoad64, bpfR1, bpfR1, int(l.sbMagic), 0)
	a.jump(bpfJneImm, bpfR1, 0, sockfsMagic, out)
	a.op(bpfLoad64, bpfR1, file, int(l.inodeIno), 0)
	a.op(bpfStore64, bpfFrame, bpfR1, -16, 0)
	a.op(bpfStore32, bpfFrame, tgid, -8, 0)
	a.op(bpfMovImm, size, 0, 0, ownerRecordSize)
	a.seqWrite(context, -16, size)
	a.label(out)
	return a.program()
}

// ownerRecords passes on every whole record in b and returns the rest.
func ownerRecords(b []byte, add func(inode uint64, pid uint32)) []byte {
	for len(b) >= ownerRecordSize {
		add(binary.NativeEndian.Uint64(b), binary.NativeEndian.Uint32(b[8:]))
		b = b[ownerRecordSize:]
	}
	return b
}
