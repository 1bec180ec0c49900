package diagnose

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"netstat"
	"netstat/test/live"
	"netstat/test/need"
)

// track makes this namespace track connections. Entries of datagrams without an answer
// last for an hour.
const track = `
nft add table inet test
nft add chain inet test output '{ type filter hook output priority 0; }'
nft add rule inet test output ct state new accept
nft add chain inet test input '{ type filter hook input priority 0; }'
nft add rule inet test input udp dport 9 drop
echo 3600 > /proc/sys/net/netfilter/nf_conntrack_udp_timeout
`

// sendDatagrams sends a datagram to each of the addresses of 127.0.0.0/8 with these
// numbers.
func sendDatagrams(t *testing.T, from, to uint64) {
	t.Helper()
	live.Run(t, "python3", "-c", `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(int(sys.argv[1]), int(sys.argv[2])):
    s.sendto(b'', ('127.%d.%d.%d' % (1 + (i >> 16), i >> 8 & 255, i & 255), 9))
`, strconv.FormatUint(from, 10), strconv.FormatUint(to, 10))
}

// earlyDrops returns how many entries this namespace dropped early.
func earlyDrops(t *testing.T) uint64 {
	t.Helper()
	sum, at := uint64(0), -1
	for line := range strings.Lines(live.Run(t, "cat", "/proc/net/stat/nf_conntrack")) {
		fields := strings.Fields(line)
		if at < 0 {
			at = slices.Index(fields, "early_drop")
			continue
		}
		n, err := strconv.ParseUint(fields[at], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

func readNumber(t *testing.T, file string) uint64 {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The kernel lets only the first network namespace set nf_conntrack_max, so this fills a
// table of the host's size.
func TestConntrackFull(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	limit := readNumber(t, "/proc/sys/net/netfilter/nf_conntrack_max")
	if limit == 0 || limit > 300_000 {
		need.Partly(t, "a table of at most 300,000 tracked connections ("+strconv.FormatUint(limit, 10)+")")
		return
	}
	shell(t, track)
	much, nearly := (limit*80+99)/100, (limit*95+99)/100
	sendDatagrams(t, 0, much-1)
	t.Run("below", func(t *testing.T) { wantSilence(t, lookOnce(t, "conntrack")) })
	sendDatagrams(t, much-1, much)
	t.Run("much", func(t *testing.T) {
		f := wantOne(t, lookOnce(t, "conntrack"), netstat.Warning, strconv.FormatUint(much, 10)+" of "+strconv.FormatUint(limit, 10))
		if f.Evidence[0].Value.Number != much || f.Evidence[0].Limit.Number != limit {
			t.Errorf("evidence %+v", f.Evidence)
		}
	})
	// From here on the kernel may remove entries at any time.
	t.Run("nearly", func(t *testing.T) {
		for {
			sendDatagrams(t, much, limit)
			r := lookOnce(t, "conntrack")
			if len(r.Findings) == 1 && r.Findings[0].Evidence[0].Value.Number >= nearly {
				wantOne(t, r, netstat.Critical, "almost full")
				return
			}
		}
	})
	t.Run("full", func(t *testing.T) {
		before := earlyDrops(t)
		r := lookTwice(t, func() {
			for from := limit; earlyDrops(t) == before; from += 10_000 {
				sendDatagrams(t, from, from+10_000)
			}
		}, "conntrack")
		f := wantOne(t, r, netstat.Critical, "is full")
		if f.Evidence[0].Fact != "nf_conntrack.early_drop" || f.Evidence[0].Value.Number != earlyDrops(t)-before {
			t.Errorf("evidence %+v", f.Evidence)
		}
	})
}

// connectFrom begins a connection from a port to port 80 of 127.0.0.2, with one SYN: a
// socket would repeat it after a second.
func connectFrom(t *testing.T, port string) {
	t.Helper()
	live.Run(t, "python3", "-c", `
import socket, struct, sys
source, to = socket.inet_aton('127.0.0.1'), socket.inet_aton('127.0.0.2')
tcp = struct.pack('!HHIIBBHHH', int(sys.argv[1]), 80, 1000, 0, 5 << 4, 2, 64000, 0, 0)
ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 40, 0, 0, 64, 6, 0, source, to)
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
try:
    s.sendto(ip + tcp, ('127.0.0.2', 0))
except PermissionError: # dropped
    pass
`, port)
}

// takePort4000 tracks a connection whose answers have the addresses and ports of those to
// a connection from port 4000: that one cannot be inserted.
const takePort4000 = `
nft add rule inet test input tcp dport 80 drop
conntrack -I -p tcp -s 192.0.2.1 -d 127.0.0.2 --sport 5 --dport 80 --state ESTABLISHED -t 3600 \
	--reply-src 127.0.0.2 --reply-dst 127.0.0.1 --reply-port-src 80 --reply-port-dst 4000
`

func TestConntrackInsertFailed(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	shell(t, track+takePort4000)
	t.Run("free", func(t *testing.T) {
		wantSilence(t, lookTwice(t, func() { connectFrom(t, "4001") }, "conntrack"))
	})
	t.Run("taken", func(t *testing.T) {
		f := wantOne(t, lookTwice(t, func() { connectFrom(t, "4000") }, "conntrack"), netstat.Warning, "could not insert connections", ": 1")
		if f.Evidence[0].Fact != "nf_conntrack.insert_failed" || f.Evidence[0].Value.Number != 1 {
			t.Errorf("evidence %+v", f.Evidence)
		}
	})
}
