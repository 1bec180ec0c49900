package diagnose

import (
	"testing"

	"netstat"
	"netstat/test/live"
)

// links makes two cables that are up, the near ends with addresses.
const links = cable + `
ip link add wa type veth peer name wb
for i in wa wb; do echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; ip link set $i up; done
ip address add 10.99.0.1/24 dev va; ip address add 10.98.0.1/24 dev wa
for i in va wa; do until ip link show $i | grep -q LOWER_UP.*state.UP; do sleep 0.01; done; done
`

// keepNeighbor makes the entry of 10.99.0.2, which does not answer. Where all namespaces
// together have many neighbours the kernel removes failed ones, unless they are extern_learn.
const keepNeighbor = "ip neigh add 10.99.0.2 dev va nud none extern_learn"

func TestRoutingGateway(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	shell(t, links+`
		ip netns add rulesc-gateway; ip link set wb netns rulesc-gateway
		ip -n rulesc-gateway address add 10.98.0.2/24 dev wb; ip -n rulesc-gateway link set wb up
		ip route add default via 10.98.0.2
		echo 1 > /proc/sys/net/ipv4/neigh/va/mcast_solicit; echo 100 > /proc/sys/net/ipv4/neigh/va/retrans_time_ms
		`+keepNeighbor)
	ask := func(gateway, state string) {
		live.Run(t, "python3", "-c", "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 9))")
		waitShell(t, "ip neigh show "+gateway+" | grep -q '"+state+"'")
	}
	ask("10.98.0.2", "REACHABLE\\|STALE\\|DELAY")
	t.Run("answers", func(t *testing.T) { wantSilence(t, lookOnce(t, "routing")) })
	shell(t, "ip route add default via 10.99.0.2 metric 5")
	t.Run("spare", func(t *testing.T) { wantSilence(t, lookOnce(t, "routing")) })
	shell(t, "ip route del default via 10.98.0.2")
	ask("10.99.0.2", "FAILED")
	t.Run("failed", func(t *testing.T) {
		f := wantOne(t, lookOnce(t, "routing"), netstat.Warning, "10.99.0.2", "does not answer")
		if f.Subject.Interface != "va" || f.Subject.Destination.String() != "0.0.0.0/0" {
			t.Errorf("subject %+v", f.Subject)
		}
	})
	shell(t, "ip route replace default metric 5 nexthop via 10.98.0.2 nexthop via 10.99.0.2")
	t.Run("next hop", func(t *testing.T) {
		wantOne(t, lookOnce(t, "routing"), netstat.Warning, "10.99.0.2", "does not answer")
	})
	shell(t, "ip route replace default via 10.99.0.2 metric 5; ip route add default via 10.98.0.2")
	t.Run("spare failed", func(t *testing.T) { wantOne(t, lookOnce(t, "routing"), netstat.Info, "10.99.0.2", "spare") })
}

func TestRoutingRivals(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	shell(t, links)
	for _, c := range []struct{ name, routes, finding string }{
		{"metrics", "ip route add default via 10.99.0.2; ip route add default via 10.98.0.2 metric 1", ""},
		{"next hops", "ip route add default nexthop via 10.99.0.2 nexthop via 10.98.0.2", ""},
		{"tables", "ip route add default via 10.99.0.2; ip route add default via 10.98.0.2 table 7", ""},
		{"unreachable", "ip route add default via 10.99.0.2; ip route append unreachable default", ""},
		{"rivals", "ip route add default via 10.99.0.2; ip route append default via 10.98.0.2", "metric 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			shell(t, c.routes)
			defer shell(t, "ip route flush exact 0.0.0.0/0; ip route flush table 7 2>/dev/null || :")
			r := lookOnce(t, "routing")
			if c.finding == "" {
				wantSilence(t, r)
				return
			}
			f := wantOne(t, r, netstat.Warning, c.finding)
			if f.Subject.Interface != "wa" || f.Evidence[0].Value.Text != "10.99.0.2" || f.Evidence[1].Value.Text != "10.98.0.2" {
				t.Errorf("%+v", f)
			}
		})
	}
}

// IPv6 has several routers of one metric by design.
func TestRoutingIPv6(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	shell(t, `ip link add va type veth peer name vb; ip link set va up; ip link set vb up
		until ip link show va | grep -q LOWER_UP.*state.UP; do sleep 0.01; done
		ip address add 2001:db8::1/64 dev va nodad
		ip -6 route add default via fe80::7 dev va; ip -6 route append default via fe80::8 dev va`)
	wantSilence(t, lookOnce(t, "routing"))
	shell(t, "for i in 7 8; do ip -6 neigh replace fe80::$i dev va nud failed extern_learn; done")
	waitShell(t, "[ $(ip -6 neigh show dev va nud failed | grep -c 'fe80::[78] ') = 2 ]")
	// In the kernel they are next hops of one route.
	r := lookOnce(t, "routing")
	if len(r.Findings) != 2 || r.Findings[0].Severity != netstat.Warning || r.Findings[0].Subject.Destination.String() != "::/0" {
		t.Errorf("%+v", r.Findings)
	}
}

func TestRoutingDownLinks(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	shell(t, links+"ip link set vb down; until ip link show va | grep -q state.*DOWN; do sleep 0.01; done")
	t.Run("own network", func(t *testing.T) { wantSilence(t, lookOnce(t, "routing")) })
	shell(t, "ip route add 192.0.2.0/24 via 10.99.0.2; ip route add 198.51.100.0/24 via 10.99.0.2")
	t.Run("networks", func(t *testing.T) {
		f := wantOne(t, lookOnce(t, "routing"), netstat.Warning, "2 routes lead to a link that is down")
		if f.Subject.Interface != "va" || f.Subject.Destination.String() != "192.0.2.0/24" || f.Evidence[0].Value.Number != 2 {
			t.Errorf("%+v", f)
		}
	})
	shell(t, "ip route del 192.0.2.0/24; ip route del 198.51.100.0/24; ip route add default via 10.98.0.2; ip route add default via 10.99.0.2 metric 5")
	t.Run("spare", func(t *testing.T) { wantOne(t, lookOnce(t, "routing"), netstat.Info, "link that is down") })
	shell(t, "ip link set vb up; until ip link show va | grep -q LOWER_UP.*state.UP; do sleep 0.01; done")
	t.Run("up again", func(t *testing.T) { wantSilence(t, lookOnce(t, "routing")) })
}
