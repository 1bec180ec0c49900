package win32

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"netstat"
)

// win32Neighbor encodes a MIB_IPNET_ROW2, with every byte outside known fields filled.
func win32Neighbor(address string, index, state uint32, flags byte, phys ...byte) []byte {
	b := make([]byte, neighborSize)
	for i := range b {
		b[i] = 0xee
	}
	copy(b, win32Sockaddr(address))
	win32Put(b, neighborIndex, index)
	copy(b[neighborPhys:], phys)
	win32Put(b, neighborPhysLength, uint32(len(phys)))
	win32Put(b, neighborState, state)
	b[neighborFlags] = flags
	return b
}

// win32Sockaddr encodes a SOCKADDR_INET.
func win32Sockaddr(address string) []byte {
	b := make([]byte, sockaddrSize6)
	ip := netip.MustParseAddr(address)
	if ip.Is4() {
		b[0] = familyInet4
		copy(b[sockaddrIn4:], ip.AsSlice())
	} else {
		b[0] = familyInet6
		copy(b[sockaddrIn6:], ip.AsSlice())
	}
	return b
}

func neighborTexts(rows []netstat.Neighbor) (all []string) {
	for _, n := range rows {
		all = append(all, fmt.Sprintf("%v %x %v %d %q %t", n.Address, n.HardwareAddr, n.State, n.Index, n.Interface, n.Router))
	}
	return all
}

func TestNeighbors(t *testing.T) {
	ctx := context.Background()
	a := win32Missing()
	var rows [][]byte
	for state := range uint32(8) {
		rows = append(rows, win32Neighbor("10.0.0."+string(rune('0'+state)), 9, state, 1, 2, 0, 0, 0, 0, byte(state)))
	}
	four := win32Counted(neighborTable, rows...)
	six := win32Counted(neighborTable,
		win32Neighbor("fe80::1", 9, 5, neighborIsRouter, 2, 0, 0, 0, 0, 1), win32Neighbor("fe80::2", 9, 0, 2), win32Neighbor("10.0.0.1", 9, 5, 0))
	a.neighbors = func(family uint32) ([]byte, uint32) {
		if family == familyInet4 {
			return four, codeSuccess
		}
		return six, codeSuccess
	}
	s := win32Source(t, a, Options{})
	got, errs := win32Gather(t, s.Neighbors(ctx, netstat.NeighborQuery{Family: netstat.Inet}))
	want := []string{
		`10.0.0.0 020000000000 failed 9 "" false`, `10.0.0.1 020000000001 incomplete 9 "" false`,
		`10.0.0.2 020000000002 probe 9 "" false`, `10.0.0.3 020000000003 delay 9 "" false`,
		`10.0.0.4 020000000004 stale 9 "" false`, `10.0.0.5 020000000005 reachable 9 "" false`,
		`10.0.0.6 020000000006 permanent 9 "" false`, `10.0.0.7 020000000007 unknown 9 "" false`,
	}
	// This Windows cannot list its adapters, so that the links have no names.
	if texts := neighborTexts(got); !slices.Equal(texts, want) || len(errs) != 1 || !errors.Is(errs[0], errors.ErrUnsupported) {
		t.Errorf("%q\nerrors %v", texts, errs)
	}
	got, errs = win32Gather(t, s.Neighbors(ctx, netstat.NeighborQuery{Family: netstat.Inet6}))
	want = []string{`fe80::1 020000000001 reachable 9 "" true`, `fe80::2  failed 9 "" false`}
	if texts := neighborTexts(got); !slices.Equal(texts, want) || len(errs) != 1 {
		t.Errorf("%q\nerrors %v", texts, errs)
	}

	four = four[:len(four)-1]
	got, errs = win32Gather(t, s.Neighbors(ctx, netstat.NeighborQuery{Family: netstat.Inet}))
	if len(got) != 7 || len(errs) != 1 || !errors.Is(errs[0], netstat.ErrIncomplete) {
		t.Errorf("short: %d rows, %v", len(got), errs)
	}
	for range s.Neighbors(ctx, netstat.NeighborQuery{Family: netstat.Inet}) {
		break
	}
	for code, n := range map[uint32]int{codeNotFound: 0, codeNotSupported: 0, codeAccessDenied: 1} {
		a.neighbors = func(uint32) ([]byte, uint32) { return nil, code }
		got, errs = win32Gather(t, win32Source(t, a, Options{}).Neighbors(ctx, netstat.NeighborQuery{Family: netstat.Inet6}))
		if len(got) != 0 || len(errs) != n {
			t.Errorf("code %d: %v, %v", code, got, errs)
		}
	}
	// Wine 8.0 has no neighbours of IPv6.
	a.neighbors = func(uint32) ([]byte, uint32) { return nil, codeInvalidFunction }
	if _, errs = win32Gather(t, win32Source(t, a, Options{}).Neighbors(ctx, netstat.NeighborQuery{Family: netstat.Inet6})); len(errs) != 1 || !errors.Is(errs[0], errors.ErrUnsupported) {
		t.Errorf("no function: %v", errs)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	for err, seq := range map[error]func() ([]netstat.Neighbor, []error){
		errors.ErrUnsupported: func() ([]netstat.Neighbor, []error) {
			return win32Gather(t, s.Neighbors(ctx, netstat.NeighborQuery{Family: netstat.Unix}))
		},
		context.Canceled: func() ([]netstat.Neighbor, []error) {
			return win32Gather(t, s.Neighbors(canceled, netstat.NeighborQuery{Family: netstat.Inet}))
		},
	} {
		if rows, errs := seq(); len(rows) != 0 || len(errs) != 1 || !errors.Is(errs[0], err) {
			t.Errorf("%v: %v, %v", err, rows, errs)
		}
	}
}

func FuzzNeighbors(f *testing.F) {
	f.Add(win32Neighbor("10.0.0.1", 9, 5, 1, 2, 0, 0, 0, 0, 1), false)
	f.Add(win32Neighbor("fe80::1", 9, 0, 1), true)
	f.Fuzz(func(t *testing.T, row []byte, v6 bool) {
		family := netstat.Inet
		if v6 {
			family = netstat.Inet6
		}
		row = append(row, make([]byte, neighborSize)...)
		n, ok := decodeNeighbor(row, family)
		if ok != n.Address.IsValid() || ok && n.Address.Is6() != v6 || len(n.HardwareAddr) > ifPhysSize || n.State > netstat.NeighborPermanent {
			t.Errorf("%x: %+v, %v", row, n, ok)
		}
	})
}
