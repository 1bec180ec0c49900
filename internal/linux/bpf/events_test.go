package bpf

import (
	"errors"
	"testing"
)

// eventBTF has the fields of parseEventLayout. portSize is the size of a port.
func eventBTF(portSize uint32) []byte {
	b := newBTFBuilder()
	u8 := b.add("unsigned char", btfInt, 0, 1, 8)
	u16 := b.add("unsigned short", btfInt, 0, portSize, 16)
	short := b.add("unsigned short", btfInt, 0, 2, 16)
	u32 := b.add("unsigned int", btfInt, 0, 4, 32)
	u64 := b.add("unsigned long", btfInt, 0, 8, 64)
	state := b.add("", btfVolatile, 0, u8)
	in6 := b.add("in6_addr", btfStruct, 0, 16)
	netns := b.add("possible_net_t", btfTypedef, 0, b.n+2)
	b.add("", btfStruct, 0, 8)
	uid := b.add("kuid_t", btfTypedef, 0, b.n+2)
	b.add("", btfStruct, 0, 4)
	pointer := b.add("", btfPtr, 0, u8)
	comm := b.add("", btfArray, 0, 0, u8, u32, 16)
	ends := b.addStruct("", btfStruct, btfMember{"skc_daddr", u32, 0}, btfMember{"skc_rcv_saddr", u32, 32})
	ports := b.addStruct("", btfStruct, btfMember{"skc_dport", short, 0}, btfMember{"skc_num", short, 16})
	b.addStruct("sock_common", btfStruct, btfMember{"", ends, 0}, btfMember{"", ports, 96}, btfMember{"skc_family", short, 128},
		btfMember{"skc_state", state, 144}, btfMember{"skc_bound_dev_if", u32, 160}, btfMember{"skc_net", netns, 384},
		btfMember{"skc_v6_daddr", in6, 448}, btfMember{"skc_v6_rcv_saddr", in6, 576})
	common := b.addStruct("ns_common", btfStruct, btfMember{"stashed", pointer, 0}, btfMember{"inum", u32, 128})
	b.addStruct("net", btfStruct, btfMember{"ns", common, 1024})
	b.addStruct("inet_sock", btfStruct, btfMember{"inet_sport", u16, 6000})
	b.addStruct("sock", btfStruct, btfMember{"sk_socket", pointer, 4800}, btfMember{"sk_uid", uid, 4864})
	b.addStruct("socket", btfStruct, btfMember{"file", pointer, 128})
	b.addStruct("file", btfStruct, btfMember{"f_inode", pointer, 256})
	b.addStruct("inode", btfStruct, btfMember{"i_ino", u64, 512})
	b.addStruct("task_struct", btfStruct, btfMember{"flags", u32, 352}, btfMember{"tgid", u32, 12032}, btfMember{"comm", comm, 15872})
	b.add("btf_trace_inet_sock_set_state", btfTypedef, 0, pointer)
	b.add("btf_trace_tcp_retransmit_skb", btfTypedef, 0, pointer)
	b.add("btf_trace_tcp_retransmit_synack", btfFunc, 1, 1) // not what is looked for
	return b.bytes()
}

func TestParseEventLayout(t *testing.T) {
	got, err := parseEventLayout(eventBTF(2))
	want := eventLayout{
		setState: got.setState, retransmit: got.setState + 1,
		family: 16, state: 18, remote4: 0, local4: 4, remote6: 56, local6: 72, remotePort: 12, number: 14, boundTo: 20, net: 48,
		namespace: 128, inum: 16, localPort: 750, uid: 608, socket: 600, file: 16, inode: 32, ino: 64,
		flags: 44, tgid: 1504, comm: 1984,
	}
	if err != nil || got != want || got.setState == 0 {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if _, err := parseEventLayout(eventBTF(4)); err == nil || errors.Is(err, errBTF) {
		t.Errorf("ports of another size: %v", err)
	}
	if _, err := parseEventLayout(testBTF(8)); err == nil || errors.Is(err, errBTF) {
		t.Errorf("a kernel without the fields: %v", err)
	}
}

// TestEventProgram checks that every jump is forward and ends in the program, that a full
// ring is counted, and that only the program for one namespace compares it.
func TestEventProgram(t *testing.T) {
	for i, kind := range []uint8{EventState, EventRetransmit, EventSynAck, EventState} {
		for _, netns := range []uint32{0, 0xeffffff9} {
			p := eventProgram(eventLayout{}, kind, i == 3, netns, 5, 6)
			compares, counts := 0, 0
			for i, in := range p {
				switch in.code {
				case jump, jeq, jeqImm, jneImm, jneImm32, jsetImm:
					if in.offset < 0 || i+1+int(in.offset) > len(p)-2 {
						t.Errorf("kind %d: instruction %d jumps by %d", kind, i, in.offset)
					}
					if in.code == jneImm32 {
						compares++
						if uint32(in.imm) != netns {
							t.Errorf("compares with %x", in.imm)
						}
					}
				case atomicAdd:
					counts++
				}
			}
			if p[len(p)-1].code != exit || counts != 1 || compares != min(int(netns), 1) {
				t.Errorf("kind %d: %d compare, %d count", kind, compares, counts)
			}
		}
	}
}
