package bpf

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
	btfArray     = 3
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

// btfSizes is the size of a type of each kind, in bytes: a fixed part and an
// addition for each member. A kind without a size is unknown. Every type has at
// least 12 bytes: name, info, and a size or another type.
var btfSizes = [32]struct{ fixed, member uint32 }{
	btfInt:       {16, 0},
	btfPtr:       {12, 0},
	btfArray:     {24, 0},
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

// btfStride is the number of types between two entries of the index. Types
// differ in size, so a type is found by walking from the entry before it.
const btfStride = 64

// btf is a kernel's type information from /sys/kernel/btf/vmlinux. Lookups find
// only types that findBTF has indexed.
type btf struct {
	types   []byte
	strings []byte
	index   []uint32 // offsets of types 1, 1+btfStride, …
}

// btfType is one type. rest is the part after the 12 fixed bytes.
type btfType struct {
	name, info, size uint32 // size is a type id for kinds that refer to a type
	rest             []byte
}

func (t *btfType) kind() uint32 { return t.info >> 24 & 0x1f }

// bitfields reports whether member offsets also hold the width of bit-fields.
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

// typeByID returns a type that is indexed.
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

// resolve follows typedefs and qualifiers to the type behind them. The number
// of steps is limited, because malformed data may have cycles.
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

// member finds a field of a struct or union, including those in unnamed
// members, and returns its offset in bytes and its type.
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

// btfField is a field to find: at receives its offset in bytes, kind and size
// are its required type; 0 accepts any. If its name differs between kernel
// versions, the names are separated by a bar.
type btfField struct {
	at         *uint32
	of, name   string
	kind, size uint32
}

// findBTF returns the id of a function and sets the offsets of fields. An error
// that wraps errBTF means malformed data; any other means an unsupported
// kernel.
func findBTF(b []byte, function string, fields []btfField) (id uint32, err error) {
	ids := [1]btfTarget{{name: function, kind: btfFunc}}
	err = findAllBTF(b, ids[:], fields)
	if err == nil && ids[0].id == 0 {
		err = errors.New("BTF lacks " + function)
	}
	return ids[0].id, err
}

// btfTarget is something that a program can be attached to: a function, or the
// type of a tracepoint, which is a typedef. id is 0 if the kernel lacks it.
type btfTarget struct {
	name string
	kind uint32 // btfFunc or btfTypedef
	id   uint32
}

// findAllBTF is findBTF for several targets. A missing one is no error.
func findAllBTF(b []byte, targets []btfTarget, fields []btfField) error {
	t, err := parseBTF(b)
	if err != nil {
		return err
	}
	var names []string
	for _, f := range fields {
		if !slices.Contains(names, f.of) {
			names = append(names, f.of)
		}
	}
	structs := make([]btfType, len(names))
	missing := len(names)
	// A kernel has more than 100,000 types, so this loop decodes as little
	// of each as possible. It runs to the end, because members may refer to
	// later types.
	order := binary.NativeEndian
	rest := t.types
	for i := uint32(1); len(rest) > 0; i++ {
		if i%btfStride == 1 {
			t.index = append(t.index, uint32(len(t.types)-len(rest)))
		}
		if len(rest) < 12 {
			return errBTF
		}
		info := order.Uint32(rest[4:])
		kind := info >> 24 & 0x1f
		size := &btfSizes[kind]
		n := int(size.fixed + size.member*(info&0xffff))
		if n == 0 || n > len(rest) {
			return errBTF
		}
		switch kind {
		case btfFunc, btfTypedef:
			for k := range targets {
				if targets[k].kind == kind && t.isName(order.Uint32(rest), targets[k].name) {
					targets[k].id = i
				}
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
	if missing != 0 {
		return errors.New("BTF lacks a type")
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
		if !ok || f.kind != 0 && field.kind() != f.kind || f.size != 0 && field.size != f.size || offset > 0x7fff-maxAccess {
			return fmt.Errorf("BTF has no usable %s.%s", f.of, f.name)
		}
		*f.at = offset
	}
	return nil
}
