package microsoft

import (
	"net/netip"
	"strings"
	"testing"

	"netstat"
)

// TestIPv6Text checks that IPv6 addresses that embed an IPv4 address are
// written as Windows' ntdll writes them, in rows and in routes.
func TestIPv6Text(t *testing.T) {
	h := windowsHost()
	h.Rows = map[netstat.Table][]netstat.Socket{netstat.TCP6Table: {
		sock(netstat.TCP6Table, "[fe80::5efe:c000:201]:80", "[2001:db8::200:5efe:c000:202]:81", netstat.Established, scope(3)),
		sock(netstat.TCP6Table, "[::127.0.0.1]:82", "[::ffff:0:277b]:83", netstat.Established),
		sock(netstat.TCP6Table, "[::ffff:192.168.1.5]:84", "[::ffff:0:c000:201]:85", netstat.Established),
	}}
	h.RouteRows = map[netstat.Family][]netstat.Route{netstat.Inet6: {
		{Destination: netip.MustParsePrefix("fe80::5efe:c000:201/128"), Index: 3, Metric: 281},
		{Destination: netip.MustParsePrefix("::ffff:0:0/96"), Gateway: netip.MustParseAddr("fe80::200:5efe:c000:202"), Index: 3, Metric: 281},
	}}
	for args, want := range map[string][]string{
		"-an": {
			"  TCP    [fe80::5efe:192.0.2.1%3]:80  [2001:db8::200:5efe:192.0.2.2]:81  ESTABLISHED\n",
			"  TCP    [::127.0.0.1]:82       [::ffff:0:277b]:83     ESTABLISHED\n",
			"  TCP    [::ffff:192.168.1.5]:84  [::ffff:0:192.0.2.1]:85  ESTABLISHED\n",
		},
		"-r": {
			"  3    281 fe80::5efe:192.0.2.1/128 On-link\n",
			"  3    281 ::ffff:0:0/96            fe80::200:5efe:192.0.2.2\n",
		},
	} {
		stdout, _, _ := answerEnv(t, h, func(*Env) {}, args)
		for _, line := range want {
			if !strings.Contains(stdout, line) {
				t.Errorf("%s lacks %q:\n%s", args, line, stdout)
			}
		}
	}
}
