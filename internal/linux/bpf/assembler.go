// Package bpf makes the kernel run programs that iterate over its sockets and
// open files (BPF iterators, Linux 5.8), or that record what happens to TCP
// sockets (BPF tracing, Linux 5.12). It finds the fields that they read in
// the kernel's type information, assembles the programs, loads them, and
// describes the records that they write. It does not interpret the records, nor
// decide when to use a program.
package bpf

import "encoding/binary"

// insn is one BPF instruction (struct bpf_insn of include/uapi/linux/bpf.h).
type insn struct {
	code   uint8
	regs   uint8 // destination and source, see regs
	offset int16
	imm    int32
}

// Operation codes, each a sum of class, size or source, and mode.
const (
	load8      = 0x71 // dst = *(u8 *)(src + offset)
	load16     = 0x69 // dst = *(u16 *)(src + offset)
	load32     = 0x61 // dst = *(u32 *)(src + offset)
	load64     = 0x79 // dst = *(u64 *)(src + offset)
	store8     = 0x73 // *(u8 *)(dst + offset) = src
	store16    = 0x6b // *(u16 *)(dst + offset) = src
	store32    = 0x63 // *(u32 *)(dst + offset) = src
	store64    = 0x7b // *(u64 *)(dst + offset) = src
	storeImm8  = 0x72 // *(u8 *)(dst + offset) = imm
	storeImm32 = 0x62 // *(u32 *)(dst + offset) = imm
	storeImm64 = 0x7a // *(u64 *)(dst + offset) = imm
	atomicAdd  = 0xdb // *(u64 *)(dst + offset) += src, atomically
	mov        = 0xbf // dst = src
	movImm     = 0xb7 // dst = imm
	add        = 0x0f // dst += src
	addImm     = 0x07 // dst += imm
	andImm     = 0x57 // dst &= imm
	or         = 0x4f // dst |= src
	orImm      = 0x47 // dst |= imm
	shlImm     = 0x67 // dst <<= imm
	sub32      = 0x1c // dst = (u32)(dst - src)
	jump       = 0x05 // jump
	jeqImm     = 0x15 // if dst == imm, jump
	jeq        = 0x1d // if dst == src, jump
	jneImm     = 0x55 // if dst != imm, jump
	jneImm32   = 0x56 // the same for the lower 32 bits
	jsetImm    = 0x45 // if dst & imm != 0, jump
	jne        = 0x5d // if dst != src, jump
	jgtImm     = 0x25 // if dst > imm, jump
	loadImm64  = 0x18 // dst = 64 bits of this instruction and the next
	call       = 0x85 // r0 = helper imm (r1 … r5)
	exit       = 0x95 // return r0

	pseudoMapFD    = 1 // source of loadImm64: imm is the descriptor of a map
	pseudoMapValue = 2 // or of an array, whose first value is meant

	helperSeqWrite = 127 // BPF_FUNC_seq_write

	// maxAccess is the maximum of what is added to the offset of a field,
	// in bytes.
	maxAccess = 16
)

// Registers. r6 to r9 survive a call; frame is the end of the stack.
const (
	r0    = 0
	r1    = 1
	r2    = 2
	r3    = 3
	r4    = 4
	r5    = 5
	r6    = 6
	r7    = 7
	r8    = 8
	r9    = 9
	frame = 10
)

// assembler builds a program.
type assembler struct {
	code   []insn
	labels [9]int                 // positions, set by label
	jumps  []struct{ at, to int } // to is a label
}

// op appends an instruction. Offsets into the stack are negative.
func (a *assembler) op(code, dst, src uint8, offset int, imm int32) {
	a.code = append(a.code, insn{code, regs(dst, src), int16(offset), imm})
}

// jump appends a jump to a label, which may follow later.
func (a *assembler) jump(code, dst, src uint8, imm int32, to int) {
	a.jumps = append(a.jumps, struct{ at, to int }{len(a.code), to})
	a.op(code, dst, src, 0, imm)
}

// label sets a label to the current position.
func (a *assembler) label(l int) { a.labels[l] = len(a.code) }

// seqWrite appends a call that writes size bytes of the stack, from offset
// from, to the reader of the iterator. context is the register of the program's
// argument, size that of the number of bytes. The first word of every
// iterator's context is the struct bpf_iter_meta, whose first word is the
// struct seq_file.
func (a *assembler) seqWrite(context uint8, from int, size uint8) {
	a.op(load64, r1, context, 0, 0)
	a.op(load64, r1, r1, 0, 0)
	a.op(mov, r2, frame, 0, 0)
	a.op(addImm, r2, 0, 0, int32(from))
	a.op(mov, r3, size, 0, 0)
	a.op(call, 0, 0, 0, helperSeqWrite)
}

// mapFD appends the load of a map, given by its descriptor, into a register.
func (a *assembler) mapFD(dst uint8, fd int) { a.loadMap(dst, pseudoMapFD, fd) }

// mapValue appends the load of the address of the first value of an array.
func (a *assembler) mapValue(dst uint8, fd int) { a.loadMap(dst, pseudoMapValue, fd) }

func (a *assembler) loadMap(dst, source uint8, fd int) {
	a.op(loadImm64, dst, source, 0, int32(fd))
	a.op(0, 0, 0, 0, 0)
}

// program appends the return from the program and resolves the jumps.
func (a *assembler) program() []insn {
	a.op(movImm, r0, 0, 0, 0)
	a.op(exit, 0, 0, 0, 0)
	for _, j := range a.jumps {
		a.code[j.at].offset = int16(a.labels[j.to] - j.at - 1)
	}
	return a.code
}

// regs packs two registers, which are bit-fields in C.
func regs(dst, src uint8) uint8 {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return src<<4 | dst
	}
	return dst<<4 | src
}
