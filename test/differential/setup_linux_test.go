package differential

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// etc is the whole of /etc for both programs.
var etc = map[string]string{
	"hosts": `127.0.0.1	localhost
127.0.0.7	seven seven.alias
::1	localhost ip6-localhost ip6-loopback
192.0.2.10	ten.example.org ten
192.0.2.11	a-rather-long-host-name.example.org
2001:db8::10	six.example.org
192.0.2.20	büro"1"
2001:db8::20	absolute.example.org.
::ffff:192.0.2.21	mapped
`,
	"resolv.conf":   "nameserver 192.0.2.53\noptions timeout:2 attempts:2\n",
	"host.conf":     "multi on\n",
	"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nnetworks: files\nprotocols: files\nservices: files\n",
	"networks":      "loopback 127.0.0.0\nlink-local 169.254.0.0\n",
	"passwd": `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
# not:x:1003:1003::/:/bin/sh

alice:x:1000:1000::/home/alice:/bin/sh
a-login-name-of-26-letters:x:1001:1001::/:/bin/sh
second-name-of-alice:x:1000:1000::/:/bin/sh
malformed:x
  blanks:x:1002:1002::/:/bin/sh
nobody:x:65534:65534:nobody:/:/usr/sbin/nologin
`,
	"group": "root:x:0:\nnogroup:x:65534:\n",
	"services": `# Several entries of one port: the last one counts.
ssh		22/tcp			# Secure shell
domain		53/tcp
domain		53/udp
bootps		67/udp
http		80/tcp		www
ntp		123/udp
ipp		631/tcp
mdns		5353/udp
first-name	8080/tcp
http-alt	8080/tcp	webcache
http-alt	8080/udp
only-udp	5432/udp
a-service-name-of-32-characters-	6000/tcp
a-service-name-of-32-characters-	6000/udp
  indented	6001/tcp
not-a-port	abc/tcp
no-protocol	6002
some-sctp	6003/sctp
sixty-three-characters-and-more-are-cut-by-net-tools-or-so-it-is-said	6004/tcp
`,
	"protocols": "ip	0	IP\nicmp	1	ICMP\ntcp	6	TCP\nudp	17	UDP\ngre	47	GRE\nipv6-icmp	58	IPv6-ICMP\nospf	89	OSPFIGP\nudplite	136	UDPLite\n",
}

// ptrRecords are the records of the name server.
var ptrRecords = map[string]string{
	"192.0.2.12":   "twelve.dns.example.org",
	"192.0.2.13":   "a-long-name-that-does-not-fit.dns.example.org",
	"198.51.100.1": "far.example.net",
	"2001:db8::12": "six-twelve.dns.example.org",
	"2001:db8::13": "a-long-name-that-does-not-fit.v6.example.org",
	"192.0.2.14":   "under_score.example.org",
	"192.0.2.15":   "escape\x1b[31m.example.org",
}

// sysctls keep closing connections from expiring during the test. Those that a kernel
// lacks are skipped: they are refinements.
var sysctls = map[string]string{
	"ipv4/tcp_fin_timeout":         "3000",
	"ipv4/tcp_orphan_retries":      "100",
	"ipv4/tcp_syn_retries":         "100",
	"ipv4/tcp_synack_retries":      "100",
	"ipv4/tcp_retries2":            "100",
	"ipv4/tcp_syn_linear_timeouts": "0",
	"ipv4/tcp_timestamps":          "0",
	"ipv4/tcp_sack":                "0",
	"ipv4/tcp_window_scaling":      "0",
	"ipv4/tcp_syncookies":          "0",
	"ipv4/ping_group_range":        "0 0",
	"ipv4/ip_local_port_range":     "50000 60999",
	"ipv6/conf/all/accept_ra":      "0",
}

const stage = "/run/stage"

// setUp turns the calling process's new namespaces into a host: private mounts, its own
// /etc, and copies of the programs in a directory that any user may enter.
func setUp(ours, self string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	// The loader's cache is needed if libraries are outside its built-in path.
	cache, _ := os.ReadFile("/etc/ld.so.cache")
	program, err := os.ReadFile(ours)
	if err != nil {
		return err
	}
	helper, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	// An empty /run also hides the sockets of name service daemons.
	for _, dir := range []string{"/etc", "/run"} {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0755"); err != nil {
			return fmt.Errorf("mount an empty %s: %w", dir, err)
		}
	}
	if cache != nil {
		if err := os.WriteFile("/etc/ld.so.cache", cache, 0o644); err != nil {
			return err
		}
	}
	for name, text := range etc {
		if err := os.WriteFile(filepath.Join("/etc", name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := os.Mkdir(stage, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(stage+"/netstat", program, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(stage+"/helper", helper, 0o755); err != nil {
		return err
	}
	if err := unix.Sethostname([]byte("differential")); err != nil {
		return err
	}
	for key, value := range sysctls {
		if err := sysctl(key, value); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return bringUp("lo")
}

func sysctl(key, value string) error {
	f, err := os.OpenFile("/proc/sys/net/"+key, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.WriteString(f, value); err != nil {
		return fmt.Errorf("set %s to %s: %w", key, value, err)
	}
	return nil
}

func bringUp(ifname string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq(ifname)
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req); err != nil {
		return fmt.Errorf("bring %s up: %w", ifname, err)
	}
	return nil
}

// address adds an address with its prefix length to an interface.
func address(ifname, prefix string) error {
	p := netip.MustParsePrefix(prefix)
	req, err := unix.NewIfreq(ifname)
	if err != nil {
		return err
	}
	if p.Addr().Is4() {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if err := req.SetInet4Addr(p.Addr().AsSlice()); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, unix.SIOCSIFADDR, req); err != nil {
			return fmt.Errorf("address %s: %w", prefix, err)
		}
		mask := ^uint32(0) << (32 - p.Bits())
		if err := req.SetInet4Addr([]byte{byte(mask >> 24), byte(mask >> 16), byte(mask >> 8), byte(mask)}); err != nil {
			return err
		}
		return unix.IoctlIfreq(fd, unix.SIOCSIFNETMASK, req)
	}

	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("IPv6 is needed: %w", err)
	}
	defer unix.Close(fd)
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, req); err != nil {
		return err
	}
	// struct in6_ifreq of linux/ipv6.h.
	in6 := struct {
		addr    [16]byte
		bits    uint32
		ifindex int32
	}{p.Addr().As16(), uint32(p.Bits()), int32(req.Uint32())}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCSIFADDR, uintptr(unsafe.Pointer(&in6))); errno != 0 {
		return fmt.Errorf("address %s (IPv6 is needed): %w", prefix, errno)
	}
	return nil
}

// network creates the interface to the peer, with addresses on this side that leave
// many others to the peer.
func network() (*peer, error) {
	ptr := map[string]string{}
	for ip, name := range ptrRecords {
		ptr[reverseName(netip.MustParseAddr(ip))] = name
	}
	p, err := newPeer("tun0", ptr)
	if err != nil {
		return nil, err
	}
	// A second link makes link-local addresses ambiguous without a scope.
	if _, err := newPeer("tun1", nil); err != nil {
		return nil, err
	}
	for _, ifname := range []string{"tun0", "tun1"} {
		// 1: the kernel creates no link-local address, which would be random.
		for key, value := range map[string]string{"addr_gen_mode": "1", "accept_dad": "0", "router_solicitations": "0"} {
			if err := sysctl("ipv6/conf/"+ifname+"/"+key, value); err != nil {
				return nil, err
			}
		}
		if err := bringUp(ifname); err != nil {
			return nil, err
		}
	}
	for _, a := range []string{
		"tun0 192.0.2.1/24",
		"tun1 198.51.100.200/24",
		"tun0 2001:db8::1/48",
		"tun0 2001:db8:1111:2222:3333:4444:5555:6666/64",
		"tun0 fe80::1/64",
		"tun1 fe80::1/64",
		"tun0 fe80::1234:5678:9abc:def0/64",
		"lo ::abcd/128",
	} {
		ifname, prefix, _ := strings.Cut(a, " ")
		if err := address(ifname, prefix); err != nil {
			return nil, err
		}
	}
	return p, awaitAddresses()
}

// awaitAddresses waits until no IPv6 address is tentative: the kernel notices a new
// link late.
func awaitAddresses() error {
	deadline := time.Now().Add(patience)
	for {
		text, err := os.ReadFile("/proc/net/if_inet6")
		if err != nil {
			return fmt.Errorf("IPv6 is needed: %w", err)
		}
		tentative := false
		for line := range strings.Lines(string(text)) {
			flags, err := strconv.ParseUint(strings.Fields(line)[4], 16, 32)
			if err != nil {
				return err
			}
			tentative = tentative || flags&unix.IFA_F_TENTATIVE != 0
		}
		if !tentative {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("IPv6 addresses stay tentative:\n%s", text)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
