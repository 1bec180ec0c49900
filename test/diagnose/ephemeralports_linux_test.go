package diagnose

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"netstat"
	"netstat/test/live"
)

// ports makes COUNT connections to a listener at ADDRESS and closes the first GONE of
// them, so that their ports stay in TIME-WAIT.
const ports = `
l = socket.create_server((ADDRESS, 8080), family=socket.AF_INET6 if ':' in ADDRESS else socket.AF_INET, backlog=200)
clients = [socket.create_connection((ADDRESS, 8080)) for i in range(COUNT)]
servers = {s.getpeername()[:2]: s for s in (l.accept()[0] for i in range(COUNT))}
for c in clients[:GONE]:
    name = c.getsockname()[:2]
    c.close()
    servers[name].recv(1)
    servers[name].close()
if COUNT == 100:
    try:
        socket.create_connection((ADDRESS, 8080))
        sys.exit('the kernel still had a port')
    except OSError as e:
        assert e.errno == 99, e
`

func TestEphemeralPorts(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	// Each case has an address of its own: what the others leave in TIME-WAIT lasts a
	// minute, and does not count.
	for i, c := range []struct {
		name        string
		count, gone int
		reuse       string // tcp_tw_reuse
		reserved    string // ip_local_reserved_ports
		address     string // "": one of 10.9.9.0/24
		severity    netstat.Severity
		used        int // 0: no finding
		available   int
	}{
		{"nearly scarce", 69, 0, "0", "", "127.9.9.1", 0, 0, 0},
		{"scarce", 70, 0, "0", "", "127.9.9.2", netstat.Warning, 70, 100},
		{"nearly gone", 89, 0, "0", "", "127.9.9.3", netstat.Warning, 89, 100},
		{"gone", 95, 0, "0", "", "127.9.9.4", netstat.Critical, 95, 100},
		{"gone, of IPv6", 95, 0, "0", "", "::1", netstat.Critical, 95, 100},
		{"exhausted", 100, 0, "0", "", "", netstat.Critical, 100, 100},
		{"exhausted by time-wait", 100, 90, "2", "", "", netstat.Critical, 100, 100},
		{"time-wait used again on loopback", 95, 80, "2", "", "127.9.9.5", 0, 0, 0},
		{"time-wait used again", 95, 80, "1", "", "", 0, 0, 0},
		{"reserved", 81, 0, "0", "40000-40009", "", netstat.Critical, 81, 90},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := c.address
			if address == "" {
				address = fmt.Sprintf("10.9.9.%d", i+1)
				live.Run(t, "ip", "address", "add", address+"/32", "dev", "lo")
			}
			for name, value := range map[string]string{
				"ip_local_port_range": "40000 40099", "tcp_tw_reuse": c.reuse, "ip_local_reserved_ports": c.reserved,
			} {
				if err := os.WriteFile("/proc/sys/net/ipv4/"+name, []byte(value+"\n"), 0); err != nil {
					t.Fatal(err)
				}
			}
			_, end := live.Python(t, "", fmt.Sprintf("ADDRESS, COUNT, GONE = %q, %d, %d", address, c.count, c.gone)+ports)
			defer end()
			r := lookOnce(t, "ephemeral-ports")
			r.Findings = slices.DeleteFunc(r.Findings, func(f netstat.Finding) bool { return f.Subject.Remote.IP.String() != address })
			if c.used == 0 {
				wantSilence(t, r)
				return
			}
			f := wantOne(t, r, c.severity, fmt.Sprintf("%d of %d", c.used, c.available))
			if !f.Subject.Local.IP.IsValid() || f.Subject.Remote.Port != 8080 {
				t.Errorf("subject %+v", f.Subject)
			}
			wantRows(t, f, c.used)
		})
	}
}
