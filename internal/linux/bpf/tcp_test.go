package bpf

import (
	"errors"
	"testing"
)

// tcpBTF has the fields of parseTCPLayout.
func tcpBTF(portPair uint32) []byte {
	b := newBTFBuilder()
	u8 := b.add("unsigned char", btfInt, 0, 1, 8)
	u16 := b.add("unsigned short", btfInt, 0, 2, 16)
	u32 := b.add("unsigned int", btfInt, 0, 4, 32)
	u64 := b.add("unsigned long long", btfInt, 0, 8, 64)
	state := b.add("", btfVolatile, 0, u8)
	in6 := b.add("in6_addr", btfStruct, 0, 16)
	ends := b.addStruct("", btfUnion, btfMember{"skc_addrpair", u64, 0})
	ports := b.addStruct("", btfUnion, btfMember{"skc_portpair", map[uint32]uint32{2: u16, 4: u32}[portPair], 0})
	b.addStruct("sock_common", btfStruct, btfMember{"", ends, 0}, btfMember{"", ports, 96}, btfMember{"skc_family", u16, 128},
		btfMember{"skc_state", state, 144}, btfMember{"skc_bound_dev_if", u32, 160},
		btfMember{"skc_v6_daddr", in6, 448}, btfMember{"skc_v6_rcv_saddr", in6, 576})
	b.addStruct("sock", btfStruct, btfMember{"sk_ack_backlog", u32, 800}, btfMember{"sk_max_ack_backlog", u32, 832})
	b.addStruct("inet_timewait_sock", btfStruct, btfMember{"tw_substate", state, 1088})
	b.addStruct("tcp_sock", btfStruct, btfMember{"rcv_nxt", u32, 8000}, btfMember{"copied_seq", u32, 8032},
		btfMember{"write_seq", u32, 8064}, btfMember{"snd_una", u32, 8096})
	b.add("bpf_iter_tcp", btfFunc, 1, 1)
	return b.bytes()
}

func TestParseTCPLayout(t *testing.T) {
	got, err := parseTCPLayout(tcpBTF(4))
	want := tcpLayout{
		iterFunc: got.iterFunc, family: 16, state: 18, portPair: 12, boundTo: 20, remote6: 56, local6: 72,
		backlog: 100, maxBacklog: 104, substate: 136, received: 1000, read: 1004, written: 1008, acknowledged: 1012,
	}
	if err != nil || got != want || got.iterFunc == 0 {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if _, err := parseTCPLayout(tcpBTF(2)); err == nil || errors.Is(err, errBTF) {
		t.Errorf("ports of another size: %v", err)
	}
	if _, err := parseTCPLayout(testBTF(8)); err == nil || errors.Is(err, errBTF) {
		t.Errorf("a kernel without this iterator: %v", err)
	}
}

// TestTCPProgram checks that every jump is forward and ends in the program,
// which the verifier requires too.
func TestTCPProgram(t *testing.T) {
	for _, family := range []uint8{0, familyInet, familyInet6} {
		p := tcpProgram(tcpLayout{}, family)
		if p[len(p)-1].code != exit {
			t.Error("the program does not end")
		}
		for i, in := range p {
			switch in.code {
			case jump, jeqImm, jneImm:
				if in.offset < 0 || i+1+int(in.offset) > len(p)-2 {
					t.Errorf("instruction %d jumps by %d", i, in.offset)
				}
			}
		}
	}
}
