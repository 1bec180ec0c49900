package win32

import (
	"errors"
	"io/fs"
	"net/netip"
	"testing"

	"netstat"
)

// TestCloseSocket shows when SetTcpEntry is called, with what, and what its codes mean.
func TestCloseSocket(t *testing.T) {
	end := func(text string) netstat.Addr {
		ap := netip.MustParseAddrPort(text)
		return netstat.Addr{IP: ap.Addr(), Port: ap.Port()}
	}
	connection := netstat.Socket{
		Table: netstat.TCP4Table, State: netstat.Established, PID: 812,
		Local: end("10.0.0.5:49731"), Remote: end("192.0.2.7:443"),
	}
	other := connection
	other.PID = 813
	six := connection
	six.Table, six.Local, six.Remote = netstat.TCP6Table, end("[::1]:5"), end("[::1]:6")
	listener := connection
	listener.State, listener.Remote = netstat.Listen, end("0.0.0.0:0")
	for _, c := range []struct {
		name   string
		socket netstat.Socket
		code   uint32
		stays  bool
		calls  int
		want   error
	}{
		{"closed", connection, codeSuccess, false, 1, nil},
		{"success without effect, as under Wine", connection, codeSuccess, true, 1, errStillThere{}},
		{"denied", connection, codeAccessDenied, true, 1, fs.ErrPermission},
		{"no administrator", connection, codeMidNotFound, true, 1, fs.ErrPermission},
		{"gone meanwhile", connection, codeInvalidParameter, true, 1, fs.ErrNotExist},
		{"no such call", connection, codeProcNotFound, true, 1, errors.ErrUnsupported},
		{"another process", other, codeSuccess, true, 0, fs.ErrNotExist},
		{"IPv6", six, codeSuccess, true, 0, errors.ErrUnsupported},
		{"listener", listener, codeSuccess, true, 0, errors.ErrUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := map[netstat.Table][]win32Row{
				netstat.TCP4Table: {{local: "10.0.0.5:49731", remote: "192.0.2.7:443", state: 5, pid: 812}},
			}
			a := win32Rows(table)
			var rows []string
			a.setTCPEntry = func(row []byte) uint32 {
				rows = append(rows, string(row))
				if !c.stays {
					clear(table)
				}
				return c.code
			}
			s, err := newSource(Options{}, a)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.CloseSocket(&c.socket); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if len(rows) != c.calls {
				t.Fatalf("%d calls, want %d", len(rows), c.calls)
			}
			const row = "\x0c\x00\x00\x00" + "\x0a\x00\x00\x05" + "\xc2\x43\x00\x00" + "\xc0\x00\x02\x07" + "\x01\xbb\x00\x00"
			if c.calls > 0 && rows[0] != row {
				t.Errorf("row %x, want %x", rows[0], row)
			}
		})
	}
}
