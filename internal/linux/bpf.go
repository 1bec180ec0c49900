package linux

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

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

// btfField is a field of a struct to be found: where its offset in bytes goes,
// and what it has to be. A kind or size of 0 stands for any; names that it has
// in several versions of the kernel are separated by a bar.
type btfField struct {
	at         *uint32
	of, name   string
	kind, size uint32
}

// findBTF returns the id of a function and sets the offsets of fields. An
// error that wraps errBTF means damaged data; others mean a kernel this is not
// made for.
func findBTF(b []byte, function string, fields []btfField) (id uint32, err error) {
	t, err := parseBTF(b)
	if err != nil {
		return 0, err
	}
	var names []string
	for _, f := range fields {
		if !slices.Contains(names, f.of) {
			names = append(names, f.of)
		}
	}
	structs := make([]btfType, len(names))
	missing := len(names)
	// A kernel has more than 100,000 types, so this loop looks at no more of
	// each than it must. It goes on to the end, since members refer to later
	// types as well.
	order := binary.NativeEndian
	rest := t.types
	for i := uint32(1); len(rest) > 0; i++ {
		if i%btfStride == 1 {
			t.index = append(t.index, uint32(len(t.types)-len(rest)))
		}
		if len(rest) < 12 {
			return 0, errBTF
		}
		info := order.Uint32(rest[4:])
		kind := info >> 24 & 0x1f
		size := &btfSizes[kind]
		n := int(size.fixed + size.member*(info&0xffff))
		if n == 0 || n > len(rest) {
			return 0, errBTF
		}
		switch kind {
		case btfFunc:
			if t.isName(order.Uint32(rest), function) {
				id = i
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
	if missing != 0 || id == 0 {
		return 0, errors.New("BTF lacks a type or " + function)
	}
	for _, f := range fields {
		var offset uint32
		var field btfType
		ok := false
		for name := range strings.SplitSeq(f.name, "|") {
			if offset, field, ok = t.member(structs[slices.Index(names, f.of)], name, 4); ok {
				break
			}
		}
		if !ok || f.kind != 0 && field.kind() != f.kind || f.size != 0 && field.size != f.size || offset > 0x7fff-bpfMaxAccess {
			return 0, fmt.Errorf("BTF has no usable %s.%s", f.of, f.name)
		}
		*f.at = offset
	}
	return id, nil
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
