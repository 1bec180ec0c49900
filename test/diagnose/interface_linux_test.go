package diagnose

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"netstat"
	"netstat/test/live"
)

// shell runs commands in this namespace, the first of which fails the test.
func shell(t *testing.T, commands string) {
	t.Helper()
	live.Run(t, "sh", "-ec", commands)
}

// waitShell waits until a command succeeds.
func waitShell(t *testing.T, command string) {
	t.Helper()
	live.Run(t, "timeout", "60", "sh", "-c", "until "+command+"; do sleep 0.01; done")
}

// cable makes the two ends of a virtual cable in this namespace, without IPv6, so that
// nothing else sends on it.
const cable = `
ip link add va type veth peer name vb
for i in va vb; do echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; ip link set $i up; done
`

// sendFrames sends frames of an unknown protocol, each of this many bytes.
func sendFrames(t *testing.T, link string, frames, size int) {
	t.Helper()
	live.Run(t, "python3", "-c", `
import errno, socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
for i in range(int(sys.argv[2])):
    try:
        s.send((b'\xff' * 12 + b'\x88\xb5').ljust(int(sys.argv[3]), b'x'))
    except OSError as e:
        if e.errno != errno.ENOBUFS: # the link dropped it
            raise
`, link, strconv.Itoa(frames), strconv.Itoa(size))
}

func TestInterfaceErrors(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	// The other end of the tunnel cannot be reached.
	shell(t, `ip link add vx type vxlan id 7 remote 203.0.113.1 dstport 4789
		echo 1 > /proc/sys/net/ipv6/conf/vx/disable_ipv6; ip link set vx up`)
	sendFrames(t, "vx", 2, 100)
	t.Run("errors before", func(t *testing.T) { wantSilence(t, lookTwice(t, func() {}, "interface")) })
	t.Run("errors", func(t *testing.T) {
		f := wantOne(t, lookTwice(t, func() { sendFrames(t, "vx", 3, 100) }, "interface"), netstat.Warning, "in error")
		if f.Subject.Interface != "vx" || len(f.Evidence) != 2 ||
			f.Evidence[0].Fact != "tx_errors" || f.Evidence[0].Value.Number != 3 ||
			f.Evidence[1].Fact != "tx_carrier" || f.Evidence[1].Value.Number != 3 {
			t.Errorf("%+v", f)
		}
	})
}

func TestInterfaceDrops(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	shell(t, cable+"ip link set vb mtu 1000")
	waitShell(t, "ip link show va | grep -q LOWER_UP.*state.UP")
	t.Run("few", func(t *testing.T) {
		wantSilence(t, lookTwice(t, func() { sendFrames(t, "va", 9, 1400) }, "interface"))
	})
	t.Run("many", func(t *testing.T) {
		// The other end takes no frames of this size. Both ends count them.
		r := lookTwice(t, func() { sendFrames(t, "va", 10, 1400) }, "interface")
		if len(r.Findings) != 2 {
			t.Fatalf("%d findings, want one for each end", len(r.Findings))
		}
		for _, f := range r.Findings {
			fact := map[string]string{"va": "tx_dropped", "vb": "rx_dropped"}[f.Subject.Interface]
			if f.Severity != netstat.Warning || f.Evidence[0].Fact != fact || f.Evidence[0].Value.Number != 10 {
				t.Errorf("%+v", f)
			}
		}
	})
	t.Run("of unknown protocols", func(t *testing.T) {
		// What nothing wants counts as dropped too: the doubt of this rule.
		before := 0
		dropped := func() string { return live.Run(t, "awk", "$1 == \"vb:\" { print $5 }", "/proc/net/dev") }
		_, _ = fmt.Sscan(dropped(), &before)
		f := wantOne(t, lookTwice(t, func() {
			sendFrames(t, "va", 10, 100)
			waitFor(t, "10 dropped packets", func() bool { return dropped() == fmt.Sprintln(before+10) })
		}, "interface"), netstat.Warning, "dropped packets: 10")
		if f.Subject.Interface != "vb" || f.Evidence[0].Fact != "rx_dropped" {
			t.Errorf("%+v", f)
		}
	})
}

func TestInterfaceState(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	shell(t, cable+"ip address add 10.99.0.1/24 dev va")
	waitShell(t, "ip link show va | grep -q LOWER_UP.*state.UP")
	t.Run("up", func(t *testing.T) { wantSilence(t, lookOnce(t, "interface")) })
	shell(t, "ip link set vb down")
	waitShell(t, "ip link show va | grep -q state.*DOWN")
	t.Run("no carrier", func(t *testing.T) {
		f := wantOne(t, lookOnce(t, "interface"), netstat.Info, "no carrier", "10.99.0.1/24")
		if f.Subject.Interface != "va" {
			t.Errorf("subject %+v", f.Subject)
		}
	})
	shell(t, "ip link set va down")
	t.Run("down", func(t *testing.T) {
		f := wantOne(t, lookOnce(t, "interface"), netstat.Info, "is down", "10.99.0.1/24")
		if f.Subject.Interface != "va" {
			t.Errorf("subject %+v", f.Subject)
		}
	})
}

func TestInterfaceMTU(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	shell(t, `ip link add va type veth peer name vb; ip link set va up; ip link set vb up
		ip address add 10.99.0.1/24 dev va; ip address add 2001:db8::1/64 dev va nodad`)
	waitShell(t, "ip link show va | grep -q LOWER_UP.*state.UP")
	t.Run("1280", func(t *testing.T) {
		wantSilence(t, lookTwice(t, func() { shell(t, "ip link set va mtu 1280") }, "interface"))
	})
	t.Run("1279", func(t *testing.T) {
		f := wantOne(t, lookTwice(t, func() { shell(t, "ip link set va mtu 1279") }, "interface"), netstat.Warning, "MTU of 1279")
		if f.Subject.Interface != "va" || f.Evidence[0].Value.Number != 1279 || f.Evidence[0].Limit.Number != 1280 {
			t.Errorf("%+v", f)
		}
		if out := live.Run(t, "ip", "-6", "address", "show", "dev", "va"); strings.Contains(out, "2001:db8::1") {
			t.Errorf("the kernel kept the address:\n%s", out)
		}
	})
	t.Run("too small long since", func(t *testing.T) { wantSilence(t, lookOnce(t, "interface")) })
	t.Run("IPv6 elsewhere", func(t *testing.T) {
		shell(t, "ip address add 2001:db8:1::1/64 dev vb nodad")
		wantOne(t, lookOnce(t, "interface"), netstat.Info, "MTU of 1279")
	})
}
