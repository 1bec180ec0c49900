package linux

import (
	"encoding/binary"
	"net/netip"
	"syscall"
	"testing"

	"netstat"
	"netstat/internal/linux/netlink"
)

// TestDestroyRequest compares requests with the layout of struct inet_diag_req_v2.
func TestDestroyRequest(t *testing.T) {
	addr := func(text string, scope uint32) netstat.Addr {
		ap := netip.MustParseAddrPort(text)
		return netstat.Addr{IP: ap.Addr(), Port: ap.Port(), Scope: scope}
	}
	for _, row := range []netstat.Socket{
		{Table: netstat.TCP4Table, Local: addr("127.0.0.1:80", 0), Remote: addr("10.0.0.2:4000", 0), Cookie: 0x1122334455667788},
		{Table: netstat.TCP6Table, Local: addr("[fe80::1]:80", 7), Remote: addr("[::ffff:10.0.0.2]:4000", 0), Cookie: 5},
		{Table: netstat.UDP4Table, Local: addr("0.0.0.0:53", 0), Remote: netstat.Addr{}, Cookie: 1},
	} {
		b := appendSocketRequest(nil, sockDestroy, netlink.FlagRequest|netlink.FlagAck, 9, 6, &row, row.Remote.Port)
		order := binary.NativeEndian
		if len(b) != 72 || order.Uint32(b) != 72 || order.Uint16(b[4:]) != 21 || order.Uint16(b[6:]) != 5 || order.Uint32(b[8:]) != 9 {
			t.Errorf("header %x", b[:16])
		}
		got := netstat.Socket{Table: row.Table}
		// The identity of a socket is laid out as in the answer, struct inet_diag_msg.
		reply := append([]byte{b[16], 0, 0, 0}, b[24:]...)
		decodeDiag(append(reply, make([]byte, 72)...), &got)
		if got.Local != row.Local || got.Remote.Port != row.Remote.Port || got.Cookie != row.Cookie ||
			row.Remote.IP.IsValid() && got.Remote.IP != row.Remote.IP {
			t.Errorf("%+v became %+v", row, got)
		}
	}
}

func FuzzAcknowledged(f *testing.F) {
	message := func(kind uint16, seq, code uint32) []byte {
		order := binary.NativeEndian
		b := order.AppendUint32(nil, 20)
		b = order.AppendUint16(b, kind)
		b = order.AppendUint16(b, 0)
		b = order.AppendUint32(b, seq)
		b = order.AppendUint32(b, 0)
		return order.AppendUint32(b, code)
	}
	f.Add(message(2, 1, 0))
	f.Add(message(2, 1, ^uint32(syscall.EPERM)+1))
	f.Add(message(3, 1, 0))
	if done, err := acknowledged(message(2, 1, ^uint32(syscall.EPERM)+1), 1); !done || err != syscall.EPERM {
		f.Errorf("%v, %v", done, err)
	}
	if done, _ := acknowledged(message(2, 2, 0), 1); done {
		f.Error("the answer to another request")
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 16 {
			_, _ = acknowledged(b, 1)
		}
	})
}
