package live

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Reachable waits until an IPv6 address of the calling thread's network namespace can
// be used. The kernel adds its route asynchronously, even without duplicate address
// detection (addrconf_dad_work in net/ipv6/addrconf.c). On a host where other
// namespaces are created and deleted this work is delayed, and until then the network
// is unreachable.
func Reachable(address string) error {
	f, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(f)
	to := &unix.SockaddrInet6{Port: 9, Addr: netip.MustParseAddr(address).As16()}
	for {
		switch err := unix.Connect(f, to); err {
		case nil:
			return nil
		case unix.ENETUNREACH, unix.EADDRNOTAVAIL:
			time.Sleep(2 * time.Millisecond)
		default:
			return fmt.Errorf("connect %s: %w", address, err)
		}
	}
}

// Settled waits until the kernel has noticed the carriers of new Ethernet links, and has
// made their link-local addresses and the routes of all IPv6 addresses. It does all that
// asynchronously; a list of routes is longer after it. It is for a test in InNamespaces.
func Settled(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		missing := unsettled(t)
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(missing)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// unsettled says what the kernel has yet to do.
func unsettled(t *testing.T) string {
	t.Helper()
	routes, err := os.ReadFile("/proc/net/ipv6_route")
	if err != nil {
		t.Fatal(err)
	}
	local := make(map[string]bool)
	for line := range strings.Lines(string(routes)) {
		// Destination, its length, five others, and flags: RTF_LOCAL is 0x80000000.
		if f := strings.Fields(line); f[1] == "80" && f[8] >= "80000000" {
			local[f[0]+" "+f[9]] = true
		}
	}
	var links []struct {
		Name  string   `json:"ifname"`
		Kind  string   `json:"link_type"`
		State string   `json:"operstate"`
		Flags []string `json:"flags"`
		Info  struct {
			Member string `json:"info_slave_kind"`
		} `json:"linkinfo"`
		Addresses []struct {
			Family    string     `json:"family"`
			Local     netip.Addr `json:"local"`
			Tentative bool       `json:"tentative"`
		} `json:"addr_info"`
	}
	if err := json.Unmarshal([]byte(Run(t, "ip", "-j", "-d", "address")), &links); err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		if l.Kind != "ether" || !slices.Contains(l.Flags, "LOWER_UP") {
			continue
		}
		if l.State == "DOWN" {
			return l.Name + " has a carrier that the kernel has not noticed"
		}
		// A member of a bond has none; nor has a VRF device, which is without ARP. Members of
		// bridges and of VRF devices have one.
		linkLocal := l.Info.Member == "bond" || slices.Contains(l.Flags, "NOARP")
		for _, a := range l.Addresses {
			if a.Family != "inet6" {
				continue
			}
			linkLocal = linkLocal || a.Local.IsLinkLocalUnicast()
			if a.Tentative || !local[fmt.Sprintf("%x %s", a.Local.As16(), l.Name)] {
				return fmt.Sprintf("%s of %s has no route", a.Local, l.Name)
			}
		}
		if !linkLocal {
			return l.Name + " has no link-local address"
		}
	}
	return ""
}
