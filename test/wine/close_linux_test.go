package wine

import (
	"io"
	"net"
	"strings"
	"testing"
)

// TestClose checks what --close says of sockets that Windows would close or not. Wine's
// function that closes connections reports success and does nothing, which the program
// notices.
func TestClose(t *testing.T) {
	var held []io.Closer
	defer func() {
		for _, c := range held {
			_ = c.Close()
		}
	}()
	if err := shared.In(func() error {
		l, err := net.Listen("tcp4", "127.0.0.1:7788")
		if err != nil {
			return err
		}
		held = append(held, l)
		c, err := net.Dial("tcp4", "127.0.0.1:7788")
		if err != nil {
			return err
		}
		held = append(held, c)
		u, err := net.ListenPacket("udp4", "127.0.0.1:7788")
		if err == nil {
			held = append(held, u)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   string
		status int
		want   []string
	}{
		{"-n -p tcp --filter=dport=:7788 --close", 1, []string{"127.0.0.1:7788 ESTABLISHED", "nothing was done: --close=yes"}},
		{"-n -p tcp --filter=dport=:7788 --close=yes", 1, []string{"127.0.0.1:7788 ESTABLISHED -: close tcp: the system reports success, but the connection is still there"}},
		{"-an -p tcp --state=listening --port=7788 --close=yes", 1, []string{"LISTEN", ": not supported"}},
		{"-an -p udp --port=7788 --close=yes", 1, []string{"udp 127.0.0.1:7788", ": not supported"}},
		{"-n --port=7789 --close=yes", 1, []string{"no socket to close"}},
	} {
		out, errs, code := commandRun(t, nil, strings.Fields(c.args)...)
		for _, want := range c.want {
			if !strings.Contains(out+errs, want) {
				t.Errorf("%s: %q is missing in %q %q", c.args, want, out, errs)
			}
		}
		if code != c.status || strings.Contains(errs, "details") {
			t.Errorf("%s: status %d: %q %q", c.args, code, out, errs)
		}
	}
}
