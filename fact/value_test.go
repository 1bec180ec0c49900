package fact

import (
	"net/netip"
	"testing"
	"time"

	"netstat"
)

func TestValuesAsText(t *testing.T) {
	ip, ip6 := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fe80::1%3")
	for _, c := range []struct {
		v               Value
		machine, pretty string
	}{
		{Value{}, "", "-"},
		{textValue("a\x1bb"), "a\x1bb", "a\x1bb"},
		{numberValue(12345678), "12345678", "12345678"},
		{signedValue(-1), "-1", "-1"},
		{bytesValue(1 << 40), "1099511627776", "1099511627776"},
		{Value{Kind: ValueRate, Number: 999}, "999", "999B/s"},
		{Value{Kind: ValueRate, Number: 12345678}, "12345678", "12.3MB/s"},
		{Value{Kind: ValueRate, Number: 999950}, "999950", "1.0MB/s"},
		{Value{Kind: ValueRate, Number: 1<<64 - 1}, "18446744073709551615", "18.4EB/s"},
		{durationValue(0), "0", "0s"},
		{durationValue(1), "0.000000001", "1ns"},
		{durationValue(250 * time.Microsecond), "0.00025", "250us"},
		{durationValue(1500 * time.Microsecond), "0.0015", "1.5ms"},
		{durationValue(34200 * time.Millisecond), "34.2", "34.2s"},
		{durationValue(2*time.Hour + 3*time.Minute + 4*time.Second), "7384", "2h3m4s"},
		{durationValue(-1500 * time.Millisecond), "-1.5", "-1.5s"},
		{durationValue(-1 << 63), "-9223372036.854775808", "-2562047h47m16s"},
		{Value{Kind: ValueMilli, Number: 500}, "0.5", "0.5"},
		{flagValue(true), "true", "yes"},
		{flagValue(false), "false", "no"},
		{timeValue(time.Date(2026, 11, 23, 1, 2, 3, 5e8, time.UTC)), "2026-11-23T01:02:03.5Z", time.Date(2026, 11, 23, 1, 2, 3, 5e8, time.UTC).Local().Format(time.DateTime)},
		{addressValue(ip), "10.0.0.1", "10.0.0.1"},
		{addressValue(ip6), "fe80::1", "fe80::1"},
		{prefixValue(netip.PrefixFrom(ip, 8)), "10.0.0.1/8", "10.0.0.1/8"},
		{endpointValue(&netstat.Addr{IP: ip, Port: 80}), "10.0.0.1:80", "10.0.0.1:80"},
		{endpointValue(&netstat.Addr{IP: ip}), "10.0.0.1:0", "10.0.0.1:*"},
		{endpointValue(&netstat.Addr{IP: ip6, Port: 80}), "[fe80::1]:80", "[fe80::1]:80"},
		{endpointValue(&netstat.Addr{Name: "/run/x"}), "/run/x", "/run/x"},
		{endpointValue(&netstat.Addr{Name: "0001:01", Port: 5}), "0001:01:5", "0001:01:5"},
		{Value{Kind: ValueProcess, Number: 42, Text: "nginx"}, "42/nginx", "42/nginx"},
	} {
		if got := string(c.v.Append([]byte("x"))); got != "x"+c.machine {
			t.Errorf("%+v: %q, want %q", c.v, got[1:], c.machine)
		}
		if got := string(c.v.AppendPretty(nil)); got != c.pretty {
			t.Errorf("%+v: pretty %q, want %q", c.v, got, c.pretty)
		}
	}
}
