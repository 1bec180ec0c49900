package diagnose

import (
	"testing"

	"netstat"
	"netstat/test/live"
)

func TestV6Only(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	const (
		only4 = "a = socket.create_server(('0.0.0.0', 8080))\n"
		only6 = "b = socket.create_server(('::', 8080), family=socket.AF_INET6)\n"
		both  = "c = socket.create_server(('::', 8080), family=socket.AF_INET6, dualstack_ipv6=True)\n"
	)
	server := func(t *testing.T, program string, check func(t *testing.T)) {
		t.Helper()
		_, end := live.Python(t, "", program)
		defer end()
		check(t)
	}
	silent := func(t *testing.T) { t.Helper(); wantSilence(t, lookOnce(t, "v6-only")) }
	t.Run("without addresses", func(t *testing.T) {
		server(t, only4, silent)
		server(t, only6, silent)
	})
	live.Run(t, "ip", "address", "add", "192.0.2.1/32", "dev", "lo")
	live.Run(t, "ip", "address", "add", "2001:db8::1/128", "dev", "lo")
	t.Run("both versions", func(t *testing.T) {
		server(t, both, silent)
		server(t, only4+only6, silent)
	})
	t.Run("IPv6 only", func(t *testing.T) {
		server(t, only6, func(t *testing.T) {
			f := wantOne(t, lookOnce(t, "v6-only"), netstat.Info, "IPv4 clients cannot connect to port 8080")
			if f.Subject.Table != netstat.TCP6Table || f.Subject.Process != "python3" {
				t.Errorf("subject %+v", f.Subject)
			}
			wantRows(t, f, 1)
		})
	})
	t.Run("IPv4 only", func(t *testing.T) {
		server(t, only4, func(t *testing.T) {
			f := wantOne(t, lookOnce(t, "v6-only"), netstat.Info, "IPv6 clients cannot connect to port 8080")
			if f.Subject.Table != netstat.TCP4Table || f.Subject.Process != "python3" {
				t.Errorf("subject %+v", f.Subject)
			}
			wantRows(t, f, 1)
		})
	})
}
