package microsoft

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"netstat"
)

var update = flag.Bool("update", false, "rewrite the golden files with the program's output")

func slicesConcat(lists ...[]netstat.Counter) (all []netstat.Counter) {
	for part, list := range lists {
		for _, c := range list {
			c.Part = uint32(part + 1)
			all = append(all, c)
		}
	}
	return all
}

// counting returns counters of a group with the names in list. Each has a
// different value, counting from first, unless list gives one.
func counting(group string, first uint64, list string) (all []netstat.Counter) {
	for i, word := range strings.Fields(list) {
		name, text, given := strings.Cut(word, "=")
		value := first + uint64(i)
		if given {
			value, _ = strconv.ParseUint(text, 10, 64)
		}
		all = append(all, netstat.Counter{Group: group, Name: name, Value: value})
	}
	return all
}

// sampleRoutes returns a host with only the routes of the specification's
// sample.
func sampleRoutes() *host {
	h := windowsHost()
	h.Links = h.Links[:3]
	h.Links[2].Addrs = h.Links[2].Addrs[:1]
	r4, r6 := h.RouteRows[netstat.Inet], h.RouteRows[netstat.Inet6]
	h.RouteRows[netstat.Inet] = []netstat.Route{r4[2], r4[3]}
	h.RouteRows[netstat.Inet6] = r6[:3]
	return h
}

// linuxHost returns a host with the values that Linux reports, where they are
// more or fewer than those of Windows.
func linuxHost() *host {
	h := windowsHost()
	for table, list := range h.Rows {
		for i := range list {
			s := &list[i]
			s.Absent, s.Detail = 0, nil
			if s.PID != 0 {
				s.Inode = uint64(s.PID)<<8 | uint64(i)
				if s.PID != 3005 {
					h.Owned.Add(s.Inode, s.PID)
				}
			}
			s.PID = 0
			if table.Protocol == netstat.UDP && s.Remote.Port != 0 {
				s.State = netstat.Established
			}
		}
	}
	h.Processes = map[uint32]netstat.Process{
		4:    {Executable: "/usr/sbin/smbd", Argv0: "smbd"},
		924:  {Argv0: "/sbin/rpcbind"},
		1036: {Argv0: "nginx: worker process"},
		2016: {Executable: "/usr/sbin/ss\\hd", Argv0: "sshd"},
		3000: {Executable: "/opt/chrome", Argv0: "x"},
	}
	const absent = netstat.CountsNonUnicast | netstat.CountsUnknownProtocols
	for i := range h.Links {
		l := &h.Links[i]
		l.Description = ""
		l.Name = []string{"lo", "sit0", "eth0", "wlan0", "br0", "tap0"}[i]
		l.Receive.Absent, l.Transmit.Absent = absent, absent
	}
	h.Links[0].HardwareAddr = make([]byte, 6)
	h.Counts[netstat.Inet] = slicesConcat(
		counting("Ip", 1, "Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates OutTransmits"),
		counting("Icmp", 100, "InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs InRedirects InEchos InEchoReps InTimestamps InTimestampReps InAddrMasks InAddrMaskReps OutMsgs OutErrors OutDestUnreachs OutTimeExcds OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps"),
		counting("IcmpMsg", 200, "InType3 OutType10"),
		counting("Tcp", 300, "RtoAlgorithm RtoMin RtoMax MaxConn=18446744073709551615 ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors"),
		counting("Udp", 400, "InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors"),
	)
	h.Counts[netstat.Inet6] = slicesConcat(
		counting("Ip6", 500, "InReceives InHdrErrors InTooBigErrors InNoRoutes InAddrErrors InUnknownProtos InTruncatedPkts InDiscards InDelivers OutForwDatagrams OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates"),
		counting("Icmp6", 600, "InMsgs InErrors OutMsgs OutErrors InDestUnreachs InPktTooBigs InTimeExcds InParmProblems InEchos InEchoReplies InGroupMembQueries InGroupMembResponses InGroupMembReductions InRouterSolicits InRouterAdvertisements InNeighborSolicits InNeighborAdvertisements InRedirects InMLDv2Reports OutDestUnreachs InType138"),
		counting("Udp6", 800, "InDatagrams NoPorts InErrors OutDatagrams"),
		counting("Tcp", 300, "ActiveOpens PassiveOpens"),
	)
	h.Stored = nil
	for f, list := range h.RouteRows {
		for i := range list {
			list[i].Metric %= 100000
			if f == netstat.Inet6 {
				list[i].Interface, list[i].Index = []string{"wlan0", "wlan0", "lo", "gone"}[i], 0
			}
		}
	}
	h.RouteRows[netstat.Inet] = append(h.RouteRows[netstat.Inet],
		netstat.Route{Family: netstat.Inet, Destination: netip.MustParsePrefix("10.9.0.0/16"), Flags: netstat.RouteUp | netstat.RouteReject},
		// A blackhole route.
		netstat.Route{Family: netstat.Inet, Destination: netip.MustParsePrefix("10.7.0.0/16"), Flags: netstat.RouteUp},
		netstat.Route{Family: netstat.Inet, Destination: netip.MustParsePrefix("10.8.0.0/16"), Flags: netstat.RouteUp | netstat.RouteGateway, Interface: "wlan0"},
	)
	h.RouteRows[netstat.Inet6] = append(h.RouteRows[netstat.Inet6],
		netstat.Route{Family: netstat.Inet6, Destination: netip.MustParsePrefix("::/0"), Flags: netstat.RouteReject, Metric: 4294967295, Interface: "lo"},
		netstat.Route{Family: netstat.Inet6, Destination: netip.MustParsePrefix("2001:db8::/32"), Flags: netstat.RouteReject, Metric: 1024, Interface: "lo"},
	)
	return h
}

// wideHost returns a host whose ICMP counters exceed 32 bits and the width of
// their columns.
func wideHost() *host {
	return &host{Counts: map[netstat.Family][]netstat.Counter{netstat.Inet: counting("Icmp", 0,
		"InMsgs=4294967295 OutMsgs=4294967296 InErrors=9999999999 OutErrors=10000000000 "+
			"InDestUnreachs=12345678901 OutDestUnreachs=7 InTimeExcds=18446744073709551615 OutTimeExcds=18446744073709551615")}}
}

// TestGolden compares whole reports with golden files. In "verified" files the
// layout was captured from Windows or is documented, and the rows are made up.
// "inferred" files contain at least one thing that no capture shows, see
// docs/windows-formats.md.
func TestGolden(t *testing.T) {
	const (
		verified = "verified"
		inferred = "inferred"
		linux    = "linux" // Windows does not print these
	)
	for _, c := range []struct {
		name, tag string
		args      string
		change    func(*Env)
		host      func() *host
		status    int
	}{
		{name: "plain", tag: verified, args: ""},
		{name: "n", tag: verified, args: "-n"},
		{name: "f", tag: inferred, args: "-f"},
		{name: "an", tag: verified, args: "-an"},
		{name: "ano", tag: verified, args: "/A /nO"},
		{name: "ant", tag: verified, args: "-an -t"},
		{name: "anot", tag: verified, args: "-anot"},
		{name: "anb", tag: verified, args: "-anb"},
		{name: "anbo", tag: inferred, args: "-anbo"},
		{name: "qno", tag: verified, args: "-qno"},
		{name: "ani", tag: inferred, args: "-ani"},
		{name: "anoi", tag: inferred, args: "-anoi"},
		{name: "anoti", tag: inferred, args: "-anoti"},
		{name: "qy", tag: inferred, args: "-qny"},
		{name: "any-o", tag: inferred, args: "-any -o -b -t -i"},
		{name: "pudp", tag: verified, args: "-n -p udp"},
		{name: "pudp-a", tag: verified, args: "-anp udp"},
		{name: "ptcp", tag: verified, args: "-anp TCP"},
		{name: "ptcpv6", tag: verified, args: "-an -p TcpV6"},
		{name: "pudpv6", tag: verified, args: "/anp udpv6"},
		{name: "e", tag: verified, args: "-e"},
		{name: "et", tag: verified, args: "-e -t"},
		{name: "s", tag: verified, args: "-s"},
		{name: "es", tag: inferred, args: "-es"},
		{name: "sptcp", tag: inferred, args: "-s -n -p tcp udp"},
		{name: "spudp", tag: inferred, args: "-snap udp"},
		{name: "spicmpv6", tag: verified, args: "-s -p icmpv6"},
		{name: "r", tag: verified, args: "-rn"},
		{name: "r-none", tag: inferred, args: "-r", host: func() *host { return &host{} }},
		{name: "x", tag: inferred, args: "-xan"},
		{name: "c", tag: inferred, args: "-c"},
		{name: "cptcp", tag: inferred, args: "-c -p tcp"},

		{name: "zh-an", tag: verified, args: "-an", change: inChinese},
		{name: "zh-ano", tag: verified, args: "-ano", change: inChinese},
		{name: "zh-ant", tag: verified, args: "-ant", change: inChinese},
		{name: "zh-anb", tag: verified, args: "-anb", change: inChinese},
		{name: "zh-e", tag: verified, args: "-e", change: inChinese},
		{name: "zh-r", tag: verified, args: "-r", change: inChinese},
		{name: "zh-anoti", tag: inferred, args: "-anoti", change: inChinese},
		{name: "zh-qy", tag: inferred, args: "-qny", change: inChinese},
		{name: "zh-s", tag: inferred, args: "-s", change: inChinese},
		{name: "zh-x", tag: inferred, args: "-x", change: inChinese},
		{name: "zh-c", tag: inferred, args: "-c", change: inChinese},

		{name: "linux-a", tag: linux, args: "-a", host: linuxHost},
		{name: "linux-qno", tag: linux, args: "-qno", host: linuxHost},
		{name: "linux-anb", tag: linux, args: "-anb", host: linuxHost},
		{name: "linux-anoti", tag: linux, args: "-anoti", host: linuxHost},
		{name: "linux-y", tag: linux, args: "-any", host: linuxHost},
		{name: "linux-e", tag: linux, args: "-e", host: linuxHost},
		{name: "linux-s", tag: linux, args: "-s", host: linuxHost},
		{name: "linux-sp-wide", tag: linux, args: "-s -p icmp", host: wideHost},
		{name: "linux-r", tag: linux, args: "-r", host: linuxHost},
		{name: "linux-c", tag: linux, args: "-c", host: linuxHost},

		{name: "usage", tag: inferred, args: "/?", status: ExitFailure},
		{name: "zh-usage", tag: inferred, args: "/?", change: inChinese, status: ExitFailure},
		{name: "d", tag: inferred, args: "-d"},
		{name: "dno", tag: inferred, args: "-dno"},
		{name: "anotid", tag: inferred, args: "-anotid"},
		{name: "d-pudp", tag: inferred, args: "-d -p udp"},
		{name: "zh-d", tag: inferred, args: "-dno", change: inChinese},
		{name: "linux-d", tag: linux, args: "-anoid", host: linuxHost},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := windowsHost()
			if c.host != nil {
				h = c.host()
			}
			stdout, stderr, status := answerEnv(t, h, c.change, strings.Fields(c.args)...)
			if status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			got := "netstat " + c.args + " (" + c.tag + ")\n" + stdout
			if stderr != "" {
				got += "--- stderr\n" + stderr
			}
			path := filepath.Join("testdata", "golden", c.name+".txt")
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func inChinese(e *Env) { e.Lang = "zh_cn" }
