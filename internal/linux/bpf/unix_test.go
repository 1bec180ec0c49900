package bpf

import (
	"encoding/binary"
	"errors"
	"testing"
)

// unixBTF has the fields of parseUnixLayout; ino is the name of the inode's
// number in struct sock, which Linux has since 6.18.
func unixBTF(ino string, batch bool) []byte {
	b := newBTFBuilder()
	u8 := b.add("unsigned char", btfInt, 0, 1, 8)
	u16 := b.add("unsigned short", btfInt, 0, 2, 16)
	u32 := b.add("unsigned int", btfInt, 0, 4, 32)
	long := b.add("unsigned long", btfInt, 0, 8, 64)
	// Sizes of structs are those of addStruct, except this one.
	references := b.add("refcount_struct", btfStruct, 0, 4)
	other := b.addStruct("other", btfStruct)
	pointer := b.add("", btfPtr, 0, other)
	b.addStruct("sock_common", btfStruct, btfMember{"skc_state", u8, 144}, btfMember{"skc_refcnt", references, 1024})
	b.addStruct("sock", btfStruct, btfMember{"sk_socket", pointer, 2304}, btfMember{"sk_type", u16, 4272}, btfMember{ino, long, 4864})
	b.addStruct("unix_sock", btfStruct, btfMember{"addr", pointer, 6272})
	b.addStruct("unix_address", btfStruct, btfMember{"len", u32, 32}, btfMember{"name", other, 64})
	b.addStruct("socket_alloc", btfStruct, btfMember{"socket", other, 0}, btfMember{"vfs_inode", other, 1024})
	b.addStruct("inode", btfStruct, btfMember{"i_ino", long, 512})
	if batch {
		b.addStruct("bpf_unix_iter_state", btfStruct, btfMember{"batch", pointer, 256})
	}
	b.add("bpf_iter_unix", btfFunc, 1, 1)
	return b.bytes()
}

func TestParseUnixLayout(t *testing.T) {
	want := unixLayout{references: 128, state: 18, kind: 534, socket: 288, address: 784, length: 4, name: 8}
	for ino, inode := range map[string]uint32{"sk_ino": 608, "sk_mark": 128 + 64} {
		got, err := parseUnixLayout(unixBTF(ino, true))
		want.iterFunc, want.inode, want.inodeInSocket = got.iterFunc, inode, ino != "sk_ino"
		if err != nil || got != want || got.iterFunc == 0 {
			t.Errorf("%s: got %+v, %v\nwant %+v", ino, got, err, want)
		}
	}
	for what, b := range map[string][]byte{"before Linux 5.17": unixBTF("sk_ino", false), "without this iterator": testBTF(8)} {
		if _, err := parseUnixLayout(b); err == nil || errors.Is(err, errBTF) {
			t.Errorf("a kernel %s: %v", what, err)
		}
	}
}

// TestUnixProgram checks that every jump is forward and ends in the program,
// which the verifier requires too.
func TestUnixProgram(t *testing.T) {
	for _, inodeInSocket := range []bool{false, true} {
		p := unixProgram(unixLayout{inodeInSocket: inodeInSocket}, 5)
		if p[len(p)-1].code != exit {
			t.Error("the program does not end")
		}
		for i, in := range p {
			switch in.code {
			case jump, jeqImm, jneImm, jgtImm:
				if in.offset < 0 || i+1+int(in.offset) > len(p)-2 {
					t.Errorf("instruction %d jumps by %d", i, in.offset)
				}
			}
		}
	}
}

func TestUnixCount(t *testing.T) {
	mark := func(n uint64) []byte { return binary.NativeEndian.AppendUint64(nil, n) }
	for _, test := range []struct {
		mark []byte
		n    int
		ok   bool
	}{
		{mark(0), 0, true}, {mark(10), 10, true}, {mark(11), 0, false}, {mark(1 << 63), 0, false},
		{nil, 0, false}, {mark(1)[:7], 0, false}, {append(mark(1), 0), 0, false},
	} {
		if n, ok := unixCount(test.mark, 10); ok != test.ok || ok && n != test.n {
			t.Errorf("%x: %d, %v", test.mark, n, ok)
		}
	}
}
