package bpf

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"
)

// btfBuilder builds BTF for tests.
type btfBuilder struct {
	types, strings []byte
	n              uint32
}

func newBTFBuilder() *btfBuilder { return &btfBuilder{strings: []byte{0}} }

func (b *btfBuilder) name(s string) uint32 {
	if s == "" {
		return 0
	}
	at := len(b.strings)
	b.strings = append(append(b.strings, s...), 0)
	return uint32(at)
}

func (b *btfBuilder) words(words ...uint32) {
	for _, w := range words {
		b.types = binary.NativeEndian.AppendUint32(b.types, w)
	}
}

// add appends a type and returns its id.
func (b *btfBuilder) add(name string, kind, vlen, size uint32, more ...uint32) uint32 {
	b.words(b.name(name), kind<<24|vlen, size)
	b.words(more...)
	b.n++
	return b.n
}

type btfMember struct {
	name string
	typ  uint32
	bits uint32
}

func (b *btfBuilder) addStruct(name string, kind uint32, members ...btfMember) uint32 {
	var words []uint32
	for _, m := range members {
		words = append(words, b.name(m.name), m.typ, m.bits)
	}
	return b.add(name, kind, uint32(len(members)), 64, words...)
}

func (b *btfBuilder) bytes() []byte {
	h := make([]byte, 24)
	order := binary.NativeEndian
	order.PutUint16(h, 0xeb9f)
	h[2] = 1
	order.PutUint32(h[4:], 24)
	order.PutUint32(h[12:], uint32(len(b.types)))
	order.PutUint32(h[16:], uint32(len(b.types)))
	order.PutUint32(h[20:], uint32(len(b.strings)))
	return slices.Concat(h, b.types, b.strings)
}

// testBTF has all required fields, some nested as deeply as in a kernel,
// between types of every kind. longSize is the size of unsigned long.
func testBTF(longSize uint32) []byte { return testNamedBTF(longSize, "d_shortname") }

// testNamedBTF does the same with another name for the short name of a dentry.
func testNamedBTF(longSize uint32, shortName string) []byte {
	b := newBTFBuilder()
	integer := b.add("int", btfInt, 0, 4, 32)
	long := b.add("unsigned long", btfInt, 0, longSize, 64)
	for range 3 * btfStride {
		b.add("", 3, 0, 0, integer, integer, 5)
		b.add("e", 6, 1, 4, 0, 0)
		b.add("v", 14, 0, integer, 0)
		b.add("", btfFuncProto, 2, integer, 0, integer, 0, integer)
		b.add("s", 15, 1, 4, 1, 0, 4)
		b.add("f", 7, 0, 0)
		b.add("d", 16, 0, 8)
		b.add("tag", 17, 0, integer, 0)
		b.add("e64", 19, 1, 8, 0, 0, 0)
	}
	pid := b.add("pid_t", btfTypedef, 0, b.n+2)
	b.add("__kernel_pid_t", btfTypedef, 0, integer)
	constLong := b.add("", btfConst, 0, b.n+2)
	b.add("", btfVolatile, 0, long)
	inner := b.addStruct("", btfUnion, btfMember{"", b.n + 2, 0})
	b.addStruct("", btfStruct, btfMember{"x", integer, 0}, btfMember{"s_magic", constLong, 64})
	b.addStruct("task_struct", btfStruct, btfMember{"flags", integer, 0}, btfMember{"pid", pid, 320}, btfMember{"tgid", pid, 352})
	// Members refer to later types.
	b.addStruct("file", btfStruct, btfMember{"f_lock", integer, 0}, btfMember{"f_inode", b.n + 3, 128}, btfMember{"", b.n + 7, 192})
	b.addStruct("inode", btfStruct, btfMember{"i_sb", b.n + 4, 320}, btfMember{"i_ino", long, 512})
	b.add("", btfPtr, 0, b.n)
	b.addStruct("super_block", btfStruct, btfMember{"", inner, 640})
	b.add("", btfPtr, 0, b.n)
	proto := b.add("", btfFuncProto, 0, integer)
	b.addStruct("", btfUnion, btfMember{"f_path", b.n + 3, 0})
	pointer := b.add("", btfPtr, 0, b.n)
	b.addStruct("path", btfStruct, btfMember{"mnt", pointer, 0}, btfMember{"dentry", pointer, 64})
	b.addStruct("dentry", btfStruct, btfMember{"d_lock", integer, 0}, btfMember{shortName, pointer, 448})
	b.add("bpf_iter_task", btfFunc, 1, proto)
	b.add("bpf_iter_task_file", btfFunc, 1, proto)
	return b.bytes()
}

func TestParseOwnerLayout(t *testing.T) {
	got, err := parseOwnerLayout(testBTF(8))
	want := ownerLayout{iterFunc: got.iterFunc, taskPID: 40, taskTGID: 44, fileInode: 16, inodeSB: 40, inodeIno: 64, sbMagic: 88}
	if err != nil || got != want || got.iterFunc == 0 {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	want.fileDentry, want.dentryName = 24+8, 56
	for _, name := range []string{"d_shortname", "d_iname"} {
		if got, err := parseRingLayout(testNamedBTF(8, name)); err != nil || got != want {
			t.Errorf("with rings, %s: got %+v, %v\nwant %+v", name, got, err, want)
		}
	}
	if got, err := parseOwnerLayout(testNamedBTF(8, "d_other")); err != nil || got.fileDentry != 0 {
		t.Errorf("sockets alone: %+v, %v", got, err)
	}
	if _, err := parseRingLayout(testNamedBTF(8, "d_other")); err == nil || errors.Is(err, errBTF) {
		t.Errorf("a kernel with other dentries: %v", err)
	}
	if _, err := parseOwnerLayout(testBTF(4)); err == nil || errors.Is(err, errBTF) {
		t.Errorf("a 32-bit kernel: %v", err)
	}
	if _, err := parseOwnerLayout(newBTFBuilder().bytes()); err == nil || errors.Is(err, errBTF) {
		t.Errorf("a kernel without iterators: %v", err)
	}
}

func TestParseOwnerLayoutDamaged(t *testing.T) {
	good := testBTF(8)
	for n := range 24 {
		if _, err := parseOwnerLayout(good[:n]); !errors.Is(err, errBTF) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := parseOwnerLayout(good[:len(good)-1]); !errors.Is(err, errBTF) {
		t.Errorf("cut: %v", err)
	}
	swapped := slices.Clone(good)
	swapped[0], swapped[1] = swapped[1], swapped[0]
	if _, err := parseOwnerLayout(swapped); !errors.Is(err, errBTF) {
		t.Errorf("other byte order: %v", err)
	}
	b := newBTFBuilder()
	b.add("", 31, 0, 0)
	if _, err := parseOwnerLayout(b.bytes()); !errors.Is(err, errBTF) {
		t.Errorf("unknown kind: %v", err)
	}

	// A typedef of itself, and a struct in itself.
	b = newBTFBuilder()
	b.add("loop", btfTypedef, 0, 1)
	b.addStruct("task_struct", btfStruct, btfMember{"", 2, 0}, btfMember{"pid", 1, 0})
	for _, name := range []string{"file", "inode", "super_block"} {
		b.addStruct(name, btfStruct)
	}
	b.add("bpf_iter_task_file", btfFunc, 1, 1)
	if _, err := parseOwnerLayout(b.bytes()); err == nil {
		t.Error("circles: no error")
	}
}

func FuzzBTF(f *testing.F) {
	f.Add(testBTF(8))
	small := newBTFBuilder()
	integer := small.add("int", btfInt, 0, 4, 32)
	for _, name := range []string{"task_struct", "file", "inode", "super_block"} {
		small.addStruct(name, btfStruct, btfMember{"pid", integer, 0}, btfMember{"", small.n + 1, 8}, btfMember{"f_inode", integer, 7})
	}
	small.add("bpf_iter_task_file", btfFunc, 1, 1)
	f.Add(small.bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, parse := range []func([]byte) (ownerLayout, error){parseOwnerLayout, parseRingLayout} {
			l, err := parse(b)
			if err != nil {
				continue
			}
			if l.iterFunc == 0 {
				t.Fatal("no function and no error")
			}
			for _, offset := range []uint32{
				l.taskPID, l.taskTGID, l.fileInode, l.inodeSB, l.inodeIno, l.sbMagic, l.fileDentry, l.dentryName + 4,
			} {
				if offset > 0x7fff {
					t.Fatalf("offset %d does not fit an instruction", offset)
				}
			}
		}
	})
}
