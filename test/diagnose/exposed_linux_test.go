package diagnose

import (
	"context"
	"testing"

	"netstat"
	"netstat/collect"
	"netstat/test/live"
)

// withoutFirewall is the severity where nothing filters packets. It takes a kernel with
// nfnetlink_hook (Linux 5.14) to know that; the unit test makes hosts up.
func withoutFirewall(t *testing.T) netstat.Severity {
	t.Helper()
	src, err := collect.Open(collect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	for m, err := range src.Measures(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Group == netstat.MeasureFirewall {
			return netstat.Warning
		}
	}
	t.Log("this kernel does not list the hooks of its firewall")
	return netstat.Info
}

func TestExposed(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for _, private := range []string{"('127.0.0.1', 6379)", "('::1', 6379), family=socket.AF_INET6", "('0.0.0.0', 8080)"} {
		t.Run("private "+private, func(t *testing.T) {
			_, end := live.Python(t, "", "l = socket.create_server("+private+")")
			defer end()
			wantSilence(t, lookOnce(t, "exposed"))
		})
	}
	live.Python(t, "", `
a = socket.create_server(('0.0.0.0', 6379))
b = socket.create_server(('::', 6379), family=socket.AF_INET6)
c = socket.create_connection(('127.0.0.1', 6379))`)
	want := func(t *testing.T, severity netstat.Severity) {
		t.Helper()
		f := wantOne(t, lookOnce(t, "exposed"), severity, "every address", "port 6379 (Redis, Valkey)")
		if f.Subject.Process != "python3" || f.Evidence[2].Value != netstat.NumberOf(2) {
			t.Errorf("subject %+v, evidence %+v", f.Subject, f.Evidence)
		}
		wantRows(t, f, 2)
	}
	t.Run("without a firewall", func(t *testing.T) { want(t, withoutFirewall(t)) })
	t.Run("with a firewall", func(t *testing.T) {
		live.Run(t, "nft", "add table inet f; add chain inet f in { type filter hook input priority 0; }")
		want(t, netstat.Info)
	})
}

func TestExposedUDP(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Run(t, "ip", "address", "add", "203.0.113.5/32", "dev", "lo")
	live.Python(t, "", `
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
a.bind(('203.0.113.5', 11211))
b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
b.bind(('127.0.0.1', 11211))`)
	f := wantOne(t, lookOnce(t, "exposed"), withoutFirewall(t), "a public address", "port 11211 (Memcached)")
	if f.Evidence[0].Value != netstat.TextOf("public") || f.Evidence[2].Value != netstat.NumberOf(1) {
		t.Errorf("evidence %+v", f.Evidence)
	}
	wantRows(t, f, 2) // with the one on loopback, whose exposure it shows
}
