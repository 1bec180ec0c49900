package bpf

import (
	"encoding/binary"
	"slices"
	"testing"
)

func TestOwnerProgram(t *testing.T) {
	for _, rings := range []bool{false, true} {
		p := ownerProgram(ownerLayout{iterFunc: 1, taskPID: 1000, taskTGID: 1004, fileInode: 32, inodeSB: 40, inodeIno: 64, sbMagic: 96}, false, rings)
		if binary.Size(p) != 8*len(p) {
			t.Errorf("an instruction has %d bytes", binary.Size(p)/len(p))
		}
		if p[len(p)-1].code != exit {
			t.Error("the program does not end")
		}
		for i, in := range p {
			switch in.code {
			case jeqImm, jneImm, jne:
				to := i + 1 + int(in.offset)
				// A file that is not a socket may be a ring.
				if ring := rings && in.imm == sockfsMagic; to <= i || to >= len(p) || (to == len(p)-2) == ring {
					t.Errorf("rings %t: instruction %d jumps to %d of %d", rings, i, to, len(p))
				}
			}
		}
	}
}

func TestOwnerRecords(t *testing.T) {
	var b []byte
	for i := range uint32(3) {
		b = binary.NativeEndian.AppendUint64(b, uint64(i)<<40|7)
		b = binary.NativeEndian.AppendUint32(b, 100+i)
	}
	var got []uint32
	rest := OwnerRecords(append(b, 1, 2, 3), func(inode uint64, pid uint32) {
		if inode != uint64(len(got))<<40|7 {
			t.Errorf("inode %d", inode)
		}
		got = append(got, pid)
	})
	if !slices.Equal(got, []uint32{100, 101, 102}) || !slices.Equal(rest, []byte{1, 2, 3}) {
		t.Errorf("got %v, rest %v", got, rest)
	}
}

func FuzzOwnerRecords(f *testing.F) {
	f.Add([]byte{}, uint8(0))
	f.Add(make([]byte, 40), uint8(13))
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		type pair struct {
			inode uint64
			pid   uint32
		}
		var whole, parts []pair
		OwnerRecords(b, func(i uint64, p uint32) { whole = append(whole, pair{i, p}) })
		at := min(int(cut), len(b))
		add := func(i uint64, p uint32) { parts = append(parts, pair{i, p}) }
		rest := OwnerRecords(b[:at], add)
		OwnerRecords(slices.Concat(rest, b[at:]), add)
		if len(whole) != len(b)/ownerRecordSize || !slices.Equal(whole, parts) {
			t.Fatalf("whole %v, in parts %v", whole, parts)
		}
	})
}
