package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// What the BPF program needs to know of the running kernel: the function to
// attach to and where the fields on the way from an open file to its inode
// and process are, in bytes. All of it differs by version and configuration,
// and stands in the kernel's own type information (BTF).
type bpfLayout struct {
	iterFunc  uint32 // id of bpf_iter_task_file
	taskPID   uint32 // task_struct.pid: int
	taskTGID  uint32 // task_struct.tgid: int
	fileInode uint32 // file.f_inode: struct inode *
	inodeSB   uint32 // inode.i_sb: struct super_block *
	inodeIno  uint32 // inode.i_ino: 64 bits
	sbMagic   uint32 // super_block.s_magic: 64 bits
}

// Kinds of BTF types (include/uapi/linux/btf.h).
const (
	btfInt       = 1
	btfPtr       = 2
	btfStruct    = 4
	btfUnion     = 5
	btfTypedef   = 8
	btfVolatile  = 9
	btfConst     = 10
	btfRestrict  = 11
	btfFunc      = 12
	btfTypeTag   = 18
	btfFuncProto = 13
)

// btfSizes tells how long a type of each kind is: so many bytes, and so many
// more for each of its members. Kinds without size are unknown; all have 12
// bytes at least, for name, info, and a size or another type.
var btfSizes = [32]struct{ fixed, member uint32 }{
	btfInt:       {16, 0},
	btfPtr:       {12, 0},
	3:            {24, 0}, // array
	btfStruct:    {12, 12},
	btfUnion:     {12, 12},
	6:            {12, 8}, // enum
	7:            {12, 0}, // forward declaration
	btfTypedef:   {12, 0},
	btfVolatile:  {12, 0},
	btfConst:     {12, 0},
	btfRestrict:  {12, 0},
	btfFunc:      {12, 0},
	btfFuncProto: {12, 8},
	14:           {16, 0},  // variable
	15:           {12, 12}, // section
	16:           {12, 0},  // float
	17:           {16, 0},  // declaration tag
	btfTypeTag:   {12, 0},
	19:           {12, 12}, // 64-bit enum
}

var errBTF = errors.New("malformed BTF")

// btfStride is how many types lie between two entries of the index: types
// have no fixed size, so one is found by walking from the entry before it.
const btfStride = 64

// btf is the type information of a kernel, as /sys/kernel/btf/vmlinux has it.
// Only what was passed by scan can be looked up.
type btf struct {
	types   []byte
	strings []byte
	index   []uint32 // offsets of types 1, 1+btfStride, …
}

// btfType is one type. rest are the bytes from behind its fixed part.
type btfType struct {
	name, info, size uint32 // size is the id of a type for kinds that refer to one
	rest             []byte
}

func (t *btfType) kind() uint32 { return t.info >> 24 & 0x1f }

// bitfields says that member offsets also hold the width of bit-fields.
func (t *btfType) bitfields() bool { return t.info>>31 != 0 }

// parseBTF checks the header (struct btf_header) and finds the sections.
func parseBTF(b []byte) (*btf, error) {
	order := binary.NativeEndian
	if len(b) < 24 || order.Uint16(b) != 0xeb9f || b[2] != 1 {
		return nil, errBTF
	}
	size := uint64(order.Uint32(b[4:]))
	section := func(at int) []byte {
		start := size + uint64(order.Uint32(b[at:]))
		end := start + uint64(order.Uint32(b[at+4:]))
		if end > uint64(len(b)) {
			return nil
		}
		return b[start:end]
	}
	t := &btf{types: section(8), strings: section(16)}
	if size < 24 || t.types == nil || t.strings == nil {
		return nil, errBTF
	}
	return t, nil
}

// typeAt decodes the type at an offset and returns the offset of the next.
func (t *btf) typeAt(at uint32) (typ btfType, next uint32, ok bool) {
	if uint64(at)+12 > uint64(len(t.types)) {
		return typ, 0, false
	}
	b := t.types[at:]
	order := binary.NativeEndian
	typ = btfType{name: order.Uint32(b), info: order.Uint32(b[4:]), size: order.Uint32(b[8:])}
	size := btfSizes[typ.kind()]
	n := size.fixed + size.member*(typ.info&0xffff)
	if n == 0 || uint64(n) > uint64(len(b)) {
		return typ, 0, false
	}
	typ.rest = b[12:n]
	return typ, at + n, true
}

// isName reports whether the string at an offset is s.
func (t *btf) isName(at uint32, s string) bool {
	end := uint64(at) + uint64(len(s))
	return end < uint64(len(t.strings)) && t.strings[end] == 0 && string(t.strings[at:end]) == s
}

// typeByID finds a type that scan has passed.
func (t *btf) typeByID(id uint32) (btfType, bool) {
	slot := uint64(id-1) / btfStride
	if id == 0 || slot >= uint64(len(t.index)) {
		return btfType{}, false
	}
	at := t.index[slot]
	for skip := (id - 1) % btfStride; ; skip-- {
		typ, next, ok := t.typeAt(at)
		if !ok || skip == 0 {
			return typ, ok
		}
		at = next
	}
}

// resolve follows names and qualifiers to the type behind them. The number of
// steps is bounded since garbage may go in circles.
func (t *btf) resolve(id uint32) (btfType, bool) {
	for range 32 {
		typ, ok := t.typeByID(id)
		if !ok {
			return typ, false
		}
		switch typ.kind() {
		case btfTypedef, btfVolatile, btfConst, btfRestrict, btfTypeTag:
			id = typ.size
		default:
			return typ, true
		}
	}
	return btfType{}, false
}

// member finds a field of a struct or union, also in those without a name
// inside it, and returns its offset in bytes and its type.
func (t *btf) member(typ btfType, name string, depth int) (offset uint32, field btfType, ok bool) {
	order := binary.NativeEndian
	for m := typ.rest; len(m) >= 12; m = m[12:] {
		id, bits := order.Uint32(m[4:]), order.Uint32(m[8:])
		if typ.bitfields() {
			if bits>>24 != 0 {
				continue
			}
			bits &= 0xffffff
		}
		if order.Uint32(m) == 0 {
			if depth == 0 {
				continue
			}
			inner, ok := t.resolve(id)
			if !ok || inner.kind() != btfStruct && inner.kind() != btfUnion {
				continue
			}
			if offset, field, ok := t.member(inner, name, depth-1); ok {
				return bits/8 + offset, field, true
			}
			continue
		}
		if t.isName(order.Uint32(m), name) {
			field, ok := t.resolve(id)
			return bits / 8, field, ok && bits%8 == 0
		}
	}
	return 0, btfType{}, false
}

// parseBPFLayout finds in BTF what the program needs. An error that wraps
// errBTF means damaged data; others mean a kernel this is not made for.
func parseBPFLayout(b []byte) (bpfLayout, error) {
	var l bpfLayout
	t, err := parseBTF(b)
	if err != nil {
		return l, err
	}
	const iterFunc = "bpf_iter_task_file"
	names := [...]string{"task_struct", "file", "inode", "super_block"}
	var structs [len(names)]btfType
	missing := len(names)
	// A kernel has more than 100,000 types, so this loop looks at no more of
	// each than it must. It goes on to the end, since members refer to later
	// types as well.
	order := binary.NativeEndian
	rest := t.types
	for id := uint32(1); len(rest) > 0; id++ {
		if id%btfStride == 1 {
			t.index = append(t.index, uint32(len(t.types)-len(rest)))
		}
		if len(rest) < 12 {
			return l, errBTF
		}
		info := order.Uint32(rest[4:])
		kind := info >> 24 & 0x1f
		size := &btfSizes[kind]
		n := int(size.fixed + size.member*(info&0xffff))
		if n == 0 || n > len(rest) {
			return l, errBTF
		}
		switch kind {
		case btfFunc:
			if t.isName(order.Uint32(rest), iterFunc) {
				l.iterFunc = id
			}
		case btfStruct:
			for i, name := range names {
				if t.isName(order.Uint32(rest), name) && structs[i].rest == nil {
					structs[i] = btfType{info: info, rest: rest[12:n]}
					missing--
				}
			}
		}
		rest = rest[n:]
	}
	if missing != 0 || l.iterFunc == 0 {
		return l, errors.New("BTF lacks a type or " + iterFunc)
	}

	for _, f := range []struct {
		at   *uint32
		of   int
		name string
		kind uint32
		size uint32
	}{
		{&l.taskPID, 0, "pid", btfInt, 4},
		{&l.taskTGID, 0, "tgid", btfInt, 4},
		{&l.fileInode, 1, "f_inode", btfPtr, 0},
		{&l.inodeSB, 2, "i_sb", btfPtr, 0},
		// On 32-bit kernels these two, and pointers, are half as wide.
		{&l.inodeIno, 2, "i_ino", btfInt, 8},
		{&l.sbMagic, 3, "s_magic", btfInt, 8},
	} {
		offset, field, ok := t.member(structs[f.of], f.name, 4)
		if !ok || field.kind() != f.kind || f.kind == btfInt && field.size != f.size || offset > 0x7fff {
			return l, fmt.Errorf("BTF has no usable %s.%s", names[f.of], f.name)
		}
		*f.at = offset
	}
	return l, nil
}

// bpfInsn is one BPF instruction (struct bpf_insn of include/uapi/linux/bpf.h).
type bpfInsn struct {
	code   uint8
	regs   uint8 // destination and source, see bpfRegs
	offset int16
	imm    int32
}

// Operation codes, each a sum of class, size or source, and mode.
const (
	bpfLoad32  = 0x61 // dst = *(u32 *)(src + offset)
	bpfLoad64  = 0x79 // dst = *(u64 *)(src + offset)
	bpfStore32 = 0x63 // *(u32 *)(dst + offset) = src
	bpfStore64 = 0x7b // *(u64 *)(dst + offset) = src
	bpfMov     = 0xbf // dst = src
	bpfMovImm  = 0xb7 // dst = imm
	bpfAddImm  = 0x07 // dst += imm
	bpfJeqImm  = 0x15 // if dst == imm, jump
	bpfJneImm  = 0x55 // if dst != imm, jump
	bpfJne     = 0x5d // if dst != src, jump
	bpfCall    = 0x85 // r0 = helper imm (r1 … r5)
	bpfExit    = 0x95 // return r0

	bpfSeqWrite = 127 // BPF_FUNC_seq_write

	// sockfsMagic is the file system of sockets (SOCKFS_MAGIC of
	// include/uapi/linux/magic.h).
	sockfsMagic = 0x534f434b
)

// bpfRecordSize is the size of what the program writes for a socket: its
// inode number in 8 bytes, then the process in 4.
const bpfRecordSize = 12

// bpfProgram writes a record for every socket held by a process. It is called
// for every open file of every thread with a file table of its own, in the
// order of thread numbers (kernel/bpf/task_iter.c). Threads that are no
// process are left out: /proc/PID/fd, which this stands for, does not show
// what a thread alone has open.
func bpfProgram(l bpfLayout) []bpfInsn {
	const (
		r0, r1, r2, r3                = 0, 1, 2, 3
		context, file, tgid, frame    = 6, 7, 9, 10
		metaAt, taskAt, fileAt, atSeq = 0, 8, 24, 0
	)
	var p []bpfInsn
	op := func(code uint8, dst, src uint8, offset uint32, imm int32) {
		p = append(p, bpfInsn{code, bpfRegs(dst, src), int16(offset), imm})
	}
	stack := func(n int16) uint32 { return uint32(uint16(n)) }

	op(bpfMov, context, r1, 0, 0)
	op(bpfLoad64, file, context, fileAt, 0)
	op(bpfJeqImm, file, 0, 0, 0)
	op(bpfLoad64, r2, context, taskAt, 0)
	op(bpfJeqImm, r2, 0, 0, 0)
	op(bpfLoad32, tgid, r2, l.taskTGID, 0)
	op(bpfLoad32, r1, r2, l.taskPID, 0)
	op(bpfJne, tgid, r1, 0, 0)
	op(bpfLoad64, file, file, l.fileInode, 0)
	op(bpfJeqImm, file, 0, 0, 0)
	op(bpfLoad64, r1, file, l.inodeSB, 0)
	op(bpfJeqImm, r1, 0, 0, 0)
	op(bpfLoad64, r1, r1, l.sbMagic, 0)
	op(bpfJneImm, r1, 0, 0, sockfsMagic)
	op(bpfLoad64, r1, file, l.inodeIno, 0)
	op(bpfStore64, frame, r1, stack(-16), 0)
	op(bpfStore32, frame, tgid, stack(-8), 0)
	op(bpfLoad64, r1, context, metaAt, 0)
	op(bpfLoad64, r1, r1, atSeq, 0)
	op(bpfMov, r2, frame, 0, 0)
	op(bpfAddImm, r2, 0, 0, -16)
	op(bpfMovImm, r3, 0, 0, bpfRecordSize)
	op(bpfCall, 0, 0, 0, bpfSeqWrite)

	// All jumps are to here.
	end := len(p)
	for i := range p {
		switch p[i].code {
		case bpfJeqImm, bpfJneImm, bpfJne:
			p[i].offset = int16(end - i - 1)
		}
	}
	op(bpfMovImm, r0, 0, 0, 0)
	op(bpfExit, 0, 0, 0, 0)
	return p
}

// bpfRegs packs two registers, which are bit-fields in C.
func bpfRegs(dst, src uint8) uint8 {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return src<<4 | dst
	}
	return dst<<4 | src
}

// bpfRecords passes on every whole record in b and returns the rest.
func bpfRecords(b []byte, add func(inode uint64, pid uint32)) []byte {
	for len(b) >= bpfRecordSize {
		add(binary.NativeEndian.Uint64(b), binary.NativeEndian.Uint32(b[8:]))
		b = b[bpfRecordSize:]
	}
	return b
}
