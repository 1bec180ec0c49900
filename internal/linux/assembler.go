package linux

import "encoding/binary"

// bpfInsn is one BPF instruction (struct bpf_insn of include/uapi/linux/bpf.h).
type bpfInsn struct {
	code   uint8
	regs   uint8 // destination and source, see bpfRegs
	offset int16
	imm    int32
}

// Operation codes, each a sum of class, size or source, and mode.
const (
	bpfLoad8      = 0x71 // dst = *(u8 *)(src + offset)
	bpfLoad16     = 0x69 // dst = *(u16 *)(src + offset)
	bpfLoad32     = 0x61 // dst = *(u32 *)(src + offset)
	bpfLoad64     = 0x79 // dst = *(u64 *)(src + offset)
	bpfStore8     = 0x73 // *(u8 *)(dst + offset) = src
	bpfStore32    = 0x63 // *(u32 *)(dst + offset) = src
	bpfStore64    = 0x7b // *(u64 *)(dst + offset) = src
	bpfStoreImm8  = 0x72 // *(u8 *)(dst + offset) = imm
	bpfStoreImm32 = 0x62 // *(u32 *)(dst + offset) = imm
	bpfMov        = 0xbf // dst = src
	bpfMovImm     = 0xb7 // dst = imm
	bpfAddImm     = 0x07 // dst += imm
	bpfOr         = 0x4f // dst |= src
	bpfOrImm      = 0x47 // dst |= imm
	bpfShlImm     = 0x67 // dst <<= imm
	bpfSub32      = 0x1c // dst = (u32)(dst - src)
	bpfJump       = 0x05 // jump
	bpfJeqImm     = 0x15 // if dst == imm, jump
	bpfJneImm     = 0x55 // if dst != imm, jump
	bpfJne        = 0x5d // if dst != src, jump
	bpfCall       = 0x85 // r0 = helper imm (r1 … r5)
	bpfExit       = 0x95 // return r0

	bpfSeqWrite = 127 // BPF_FUNC_seq_write

	// bpfMaxAccess bounds what is added to the offset of a field.
	bpfMaxAccess = 16
)

// Registers. Those from r6 to r9 survive a call; frame is the end of the stack.
const (
	bpfR0    = 0
	bpfR1    = 1
	bpfR2    = 2
	bpfR3    = 3
	bpfR6    = 6
	bpfR7    = 7
	bpfR8    = 8
	bpfR9    = 9
	bpfFrame = 10
)

// bpfAssembler puts a program together.
type bpfAssembler struct {
	code   []bpfInsn
	labels [9]int                 // where they are, set by label
	jumps  []struct{ at, to int } // to is a label
}

// op appends an instruction. Offsets into the stack are negative.
func (a *bpfAssembler) op(code, dst, src uint8, offset int, imm int32) {
	a.code = append(a.code, bpfInsn{code, bpfRegs(dst, src), int16(offset), imm})
}

// jump appends a jump to a label, which may come later.
func (a *bpfAssembler) jump(code, dst, src uint8, imm int32, to int) {
	a.jumps = append(a.jumps, struct{ at, to int }{len(a.code), to})
	a.op(code, dst, src, 0, imm)
}

// label says that a label is here.
func (a *bpfAssembler) label(l int) { a.labels[l] = len(a.code) }

// seqWrite appends a call that writes bytes of the stack, from an offset on,
// to whoever reads the iterator; context has the program's argument, size the
// number of bytes. All iterators have in their first word the struct
// bpf_iter_meta, and that in its own first word the struct seq_file.
func (a *bpfAssembler) seqWrite(context uint8, from int, size uint8) {
	a.op(bpfLoad64, bpfR1, context, 0, 0)
	a.op(bpfLoad64, bpfR1, bpfR1, 0, 0)
	a.op(bpfMov, bpfR2, bpfFrame, 0, 0)
	a.op(bpfAddImm, bpfR2, 0, 0, int32(from))
	a.op(bpfMov, bpfR3, size, 0, 0)
	a.op(bpfCall, 0, 0, 0, bpfSeqWrite)
}

// program appends the return from the program and resolves the jumps.
func (a *bpfAssembler) program() []bpfInsn {
	a.op(bpfMovImm, bpfR0, 0, 0, 0)
	a.op(bpfExit, 0, 0, 0, 0)
	for _, j := range a.jumps {
		a.code[j.at].offset = int16(a.labels[j.to] - j.at - 1)
	}
	return a.code
}

// bpfRegs packs two registers, which are bit-fields in C.
func bpfRegs(dst, src uint8) uint8 {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return src<<4 | dst
	}
	return dst<<4 | src
}
