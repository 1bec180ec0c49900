//go:build 386 || amd64 || arm || arm64 || loong64 || riscv64

package linux

import (
	"os"
	"slices"
	"testing"
	"time"

	"netstat"
	"netstat/internal/linux/bpf"
	"netstat/internal/linux/netlink"
)

// TestCapturedEvents decodes what a little-endian Linux 6.18 recorded of a connection over
// IPv4 and one over IPv6, a refused one, one to itself, and two whose packets were dropped.
func TestCapturedEvents(t *testing.T) {
	b, err := os.ReadFile("testdata/events/bpf-linux-6.18-le")
	if err != nil {
		t.Fatal(err)
	}
	tracker := eventTracker{pids: true}
	for ; len(b) > 0; b = b[bpf.EventSize:] {
		tracker.add(b[:bpf.EventSize], 0)
	}
	var got []string
	for i := range tracker.ready {
		got = append(got, eventLine(&tracker.ready[i]))
	}
	want := []string{
		"opened tcp CLOSED>LISTEN 127.0.0.1:80 0.0.0.0:0 linux.test",
		"opened tcp CLOSED>SYN-SENT 127.0.0.1:44558 127.0.0.1:80 linux.test",
		"state tcp SYN-SENT>ESTABLISHED 127.0.0.1:44558 127.0.0.1:80 linux.test",
		"opened tcp SYN-RECEIVED>ESTABLISHED 127.0.0.1:80 127.0.0.1:44558 ",
		"state tcp ESTABLISHED>FIN-WAIT-1 127.0.0.1:44558 127.0.0.1:80 linux.test",
		"state tcp ESTABLISHED>CLOSE-WAIT 127.0.0.1:80 127.0.0.1:44558 ",
		"state tcp CLOSE-WAIT>LAST-ACK 127.0.0.1:80 127.0.0.1:44558 linux.test",
		"state tcp FIN-WAIT-1>FIN-WAIT-2 127.0.0.1:44558 127.0.0.1:80 linux.test",
		"closed tcp FIN-WAIT-2>CLOSED 127.0.0.1:44558 127.0.0.1:80 linux.test",
		"closed tcp LAST-ACK>CLOSED 127.0.0.1:80 127.0.0.1:44558 linux.test",
		"closed tcp LISTEN>CLOSED 127.0.0.1:80 0.0.0.0:0 linux.test",
		"opened tcp6 CLOSED>LISTEN ::1:80 :::0 linux.test",
		"opened tcp6 CLOSED>SYN-SENT ::1:50962 ::1:80 linux.test",
		"state tcp6 SYN-SENT>ESTABLISHED ::1:50962 ::1:80 linux.test",
		"opened tcp6 SYN-RECEIVED>ESTABLISHED ::1:80 ::1:50962 ",
		"state tcp6 ESTABLISHED>FIN-WAIT-1 ::1:50962 ::1:80 linux.test",
		"state tcp6 ESTABLISHED>CLOSE-WAIT ::1:80 ::1:50962 ",
		"state tcp6 CLOSE-WAIT>LAST-ACK ::1:80 ::1:50962 linux.test",
		"state tcp6 FIN-WAIT-1>FIN-WAIT-2 ::1:50962 ::1:80 linux.test",
		"closed tcp6 FIN-WAIT-2>CLOSED ::1:50962 ::1:80 linux.test",
		"closed tcp6 LAST-ACK>CLOSED ::1:80 ::1:50962 linux.test",
		"closed tcp6 LISTEN>CLOSED ::1:80 :::0 linux.test",
		"opened tcp CLOSED>SYN-SENT 127.0.0.1:56596 127.0.0.1:81 linux.test",
		"closed tcp SYN-SENT>CLOSED 127.0.0.1:56596 127.0.0.1:81 linux.test",
		"opened tcp CLOSED>SYN-SENT 127.0.0.1:99 127.0.0.1:99 linux.test",
		"state tcp SYN-SENT>SYN-RECEIVED 127.0.0.1:99 127.0.0.1:99 linux.test",
		"state tcp SYN-RECEIVED>ESTABLISHED 127.0.0.1:99 127.0.0.1:99 linux.test",
		"state tcp ESTABLISHED>FIN-WAIT-1 127.0.0.1:99 127.0.0.1:99 linux.test",
		"state tcp FIN-WAIT-1>CLOSING 127.0.0.1:99 127.0.0.1:99 linux.test",
		"closed tcp CLOSING>CLOSED 127.0.0.1:99 127.0.0.1:99 linux.test",
		"opened tcp CLOSED>LISTEN 127.0.0.1:82 0.0.0.0:0 linux.test",
		"opened tcp CLOSED>SYN-SENT 127.0.0.1:52608 127.0.0.1:83 linux.test",
		"retransmit tcp SYN-SENT>SYN-SENT 127.0.0.1:52608 127.0.0.1:83 linux.test",
		"opened tcp CLOSED>SYN-SENT 127.0.0.1:47156 127.0.0.1:82 linux.test",
		"retransmit tcp SYN-SENT>SYN-SENT 127.0.0.1:47156 127.0.0.1:82 linux.test",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q", got)
	}
}

// TestCapturedDestroy decodes what the kernel announced about the same sockets.
func TestCapturedDestroy(t *testing.T) {
	var got []string
	var d destroyDecoder
	for b := destroyMessages(t); len(b) > 0; {
		message, rest, ok := netlink.NextMessage(b)
		if !ok {
			t.Fatal("malformed")
		}
		if e, ok := d.decode(message, time.Time{}); ok {
			got = append(got, eventLine(&e))
			if e.Socket.Cookie == 0 || e.Socket.Has(netstat.FactInode) || e.Socket.Has(netstat.FactUID) {
				t.Errorf("%+v", e.Socket)
			}
		}
		b = rest
	}
	if !slices.Equal(got, capturedClosed) {
		t.Errorf("got\n%q", got)
	}
}
