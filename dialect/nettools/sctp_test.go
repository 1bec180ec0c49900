package nettools

import (
	"net/netip"
	"strings"
	"testing"

	"netstat"
)

// TestSCTPStates checks that a row shows the state of an association, and for
// an endpoint the state of its socket.
func TestSCTPStates(t *testing.T) {
	h := &host{Rows: map[netstat.Table][]netstat.Socket{}}
	add := func(d *netstat.SCTPDetail, state netstat.State) {
		end := netstat.Addr{IP: netip.MustParseAddr("10.1.1.1"), Port: 5003}
		h.Rows[netstat.SCTP4Table] = append(h.Rows[netstat.SCTP4Table], netstat.Socket{
			Table: netstat.SCTP4Table, State: state, Local: end, Remote: end, Detail: d,
		})
	}
	add(&netstat.SCTPDetail{SocketState: 10}, netstat.Listen)
	add(&netstat.SCTPDetail{SocketState: 99}, netstat.StateUnknown)
	for _, state := range []string{
		"CLOSED", "COOKIE-WAIT", "COOKIE-ECHOED", "ESTABLISHED", "SHUTDOWN-PENDING",
		"SHUTDOWN-SENT", "SHUTDOWN-RECEIVED", "SHUTDOWN-ACK-SENT", "",
	} {
		add(&netstat.SCTPDetail{Association: true, AssocState: state, SocketState: 10}, netstat.Listen)
	}
	out, errs, status := answer(t, h, &names{}, "-anS")
	var got []string
	for _, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n")[2:] {
		got = append(got, line[68:])
	}
	want := "LISTEN     |UNKNOWN(99)|CLOSED     |COOKIE_WAIT|COOKIE_ECHOED|ESTABLISHED|SHUTDOWN_PENDING|" +
		"SHUTDOWN_SENT|SHUTDOWN_RECEIVED|SHUTDOWN_ACK_SENT|UNKNOWN    "
	if strings.Join(got, "|") != want || errs != "" || status != 0 {
		t.Errorf("status %d, stderr %q\ngot  %s\nwant %s", status, errs, strings.Join(got, "|"), want)
	}
}
