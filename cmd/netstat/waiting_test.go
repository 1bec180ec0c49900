package main

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"netstat"
)

// A warning on standard error names a name server that does not answer within a second,
// once for all reports. The report itself is unchanged.
func TestWaitingForNames(t *testing.T) {
	const hosts = "netstat: waiting for host names from the name server (use -n to show numbers)\n"
	address := netip.MustParseAddr("192.0.2.1")
	s := netstat.Socket{
		Table: netstat.TCP4Table, State: netstat.Established,
		Local: netstat.Addr{IP: address, Port: 40000}, Remote: netstat.Addr{IP: address, Port: 40001},
	}
	for _, c := range []struct {
		delay time.Duration
		args  string
		errs  string
		row   string
		took  time.Duration
	}{
		{time.Minute, "-t", hosts, "192.0.2.1:40001", 5 * time.Second},
		{time.Minute, "-t --resolve-timeout=1.5", hosts, "192.0.2.1:40001", 1500 * time.Millisecond},
		{time.Minute, "-t --resolve-timeout=1", "", "192.0.2.1:40001", time.Second},
		{time.Minute, "-t --resolve-timeout=0", "", "192.0.2.1:40001", 0},
		{time.Minute, "-tn", "", "192.0.2.1:40001", 0},
		{3 * time.Second, "-t", hosts, "server.example:40001", 3 * time.Second},
		{900 * time.Millisecond, "-t", "", "server.example:40001", 900 * time.Millisecond},
		{time.Minute, "--dialect=windows", hosts, "192.0.2.1:40001", 5 * time.Second},
		{time.Minute, "--dialect=windows -n", "", "192.0.2.1:40001", 0},
		{3 * time.Second, "-t 1", hosts, "server.example:40001", 3 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			start, rounds := time.Now(), 0
			p := process{
				lookup: func(context.Context, netip.Addr) (string, error) {
					time.Sleep(c.delay)
					return "server.example", nil
				},
				sleep: func(time.Duration) {
					if rounds++; rounds == 3 {
						panic(errOrderOver)
					}
				},
			}
			h := &orderHost{sockets: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: {s}}}
			_, out, errs := orderRun(h, p, strings.Fields(c.args)...)
			if errs != c.errs || !strings.Contains(out, c.row) {
				t.Errorf("%s: %q, %q", c.args, errs, out)
			}
			if took := time.Since(start); took != c.took {
				t.Errorf("%s: took %v, want %v", c.args, took, c.took)
			}
			time.Sleep(time.Minute)
		})
	}
}
