package bpf

import "testing"

// TestKernelProgram checks that the program reads the fields of the layout and
// writes only the cookie.
func TestKernelProgram(t *testing.T) {
	l := kernelLayout{iterFunc: 1, socket: 600, file: 16, cookie: 88}
	for _, tcp := range []bool{false, true} {
		loads := map[int16]int{}
		calls := []int32{}
		for _, insn := range kernelProgram(l, tcp) {
			switch insn.code {
			case load64:
				loads[insn.offset]++
			case call:
				calls = append(calls, insn.imm)
			}
		}
		if loads[600] != 1 || loads[16] != 1 || loads[88] != 1 || loads[8] != 1 {
			t.Errorf("tcp %v: loads from %v", tcp, loads)
		}
		if last := calls[len(calls)-1]; last != helperSeqWrite || (calls[0] == helperSkcToTCPSock) != tcp {
			t.Errorf("tcp %v: calls %d", tcp, calls)
		}
	}
}

func TestKernelLayout(t *testing.T) {
	if _, err := parseKernelLayout([]byte("no BTF"), "bpf_iter_udp"); err == nil {
		t.Error("a layout of nothing")
	}
}
