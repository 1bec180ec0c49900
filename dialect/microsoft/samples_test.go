package microsoft

import (
	"slices"
	"strings"
	"testing"

	"netstat"
)

// TestSamples checks lines and blocks captured from Windows and published, byte
// for byte, each with the rows that produce it. If the publication lost the
// blanks or a tab at the end of a line, cut is set and the line is compared
// without them.
func TestSamples(t *testing.T) {
	v4, v6, u4, u6 := netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table
	for _, c := range []struct {
		args, lang string
		host       string // this machine's name
		row        netstat.Socket
		want       string
		cut        bool
	}{
		{"-ano", "", "", sock(v4, "0.0.0.0:135", "0.0.0.0:0", netstat.Listen, pid(1192)), "  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       1192\n", false},
		{"-anot", "", "", sock(u6, "[::1]:62261", "[::]:0", netstat.Closed, pid(1036)), "  UDP    [::1]:62261            *:*                                    1036", true},
		{"-anot", "", "", sock(u6, "[fe80::5196:ca37:70a7:5de9]:1900", "[::]:0", netstat.Closed, pid(3668), scope(2)), "  UDP    [fe80::5196:ca37:70a7:5de9%2]:1900  *:*                                    3668", true},
		{"-a", "", "DESKTOP-IGG1O7P", sock(v6, "[fe80::c9ee:eb4d:5f0b:a64f]:1521", "[::1]:50297", netstat.TimeWait, scope(4)), "  TCP    [fe80::c9ee:eb4d:5f0b:a64f%4]:1521  DESKTOP-IGG1O7P:50297  TIME_WAIT", true},
		{"-an", "", "", sock(u6, "[fe80::60e3:cb71:9810:3edd]:546", "", netstat.Closed, scope(11)), "  UDP    [fe80::60e3:cb71:9810:3edd%11]:546  *:*", true},
		{"-qno", "", "", sock(v4, "0.0.0.0:49179", "0.0.0.0:0", netstat.Bound, pid(2588)), "  TCP    0.0.0.0:49179          0.0.0.0:0              BOUND           2588", true},
		{"-an", "", "", sock(u4, "0.0.0.0:50060", "34.120.22.49:443", netstat.Closed), "  UDP    0.0.0.0:50060          34.120.22.49:443", true},
		{"-an", "", "", sock(u4, "127.0.0.1:57990", "127.0.0.1:57990", netstat.Closed), "  UDP    127.0.0.1:57990        127.0.0.1:57990", true},
		{"-a", "", "g0", sock(v4, "0.0.0.0:80", "0.0.0.0:0", netstat.Listen), "  TCP    0.0.0.0:80             g0:0                   LISTENING\n", false},
		{"-a", "", "g0", sock(v4, "10.10.11.187:53", "0.0.0.0:0", netstat.Listen), "  TCP    10.10.11.187:53        g0:0                   LISTENING\n", false},
		{"-oat", "", "g0", sock(v4, "0.0.0.0:445", "0.0.0.0:0", netstat.Listen, pid(4), inHost(0, "", "")), "  TCP    0.0.0.0:445            g0:0                   LISTENING       4\tInHost      \n", false},
		{"-a", "", "g0", sock(v6, "[::]:80", "[::]:0", netstat.Listen), "  TCP    [::]:80                g0:0                   LISTENING\n", false},
		// A plain TCP row does not end in blanks.
		{"-an", "", "", sock(v4, "0.0.0.0:49668", "0.0.0.0:0", netstat.Listen), "  TCP    0.0.0.0:49668          0.0.0.0:0              LISTENING\n", false},
		{"-an", "", "", sock(v6, "[::]:135", "[::]:0", netstat.Listen), "  TCP    [::]:135               [::]:0                 LISTENING\n", false},
		{"-anbo", "", "", sock(v4, "0.0.0.0:135", "0.0.0.0:0", netstat.Listen, pid(924), detail(netstat.WindowsDetail{Module: "RpcSs"})), "  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       924\n  RpcSs\n [svchost.exe]\n", false},
		{"-anbo", "", "", sock(v4, "0.0.0.0:445", "0.0.0.0:0", netstat.Listen, pid(4), detail(netstat.WindowsDetail{})), "  TCP    0.0.0.0:445            0.0.0.0:0              LISTENING       4\n Can not obtain ownership information\n", false},
		{"-anbo", "", "", sock(v4, "10.20.30.130:22", "10.20.30.1:39956", netstat.Established, pid(2016), detail(netstat.WindowsDetail{Module: "sshd.exe"})), "  TCP    10.20.30.130:22        10.20.30.1:39956       ESTABLISHED     2016\n [sshd.exe]\n", false},
		// The number of blanks at the end of UDP rows is documented.
		{"-an", "", "", sock(u4, "0.0.0.0:123", "0.0.0.0:0", netstat.Closed), "  UDP    0.0.0.0:123            *:*" + strings.Repeat(" ", 20) + "\n", false},
		{"-ant", "", "", sock(u4, "0.0.0.0:123", "0.0.0.0:0", netstat.Closed), "  UDP    0.0.0.0:123            *:*" + strings.Repeat(" ", 48) + "\n", false},
		{"-ant", "", "", sock(v4, "0.0.0.0:1", "0.0.0.0:0", netstat.Listen, inHost(0, "", "")), "  TCP    0.0.0.0:1              0.0.0.0:0              LISTENING       InHost      \n", false},
		// Headers.
		{"-an", "", "", netstat.Socket{}, "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State\n  TCP", false},
		{"-ano", "", "", netstat.Socket{}, "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State           PID\n  TCP", false},
		{"-ant", "", "", netstat.Socket{}, "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State           Offload State\n\n  TCP", false},
		{"-anot", "", "", netstat.Socket{}, "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State           PID      Offload State\n\n  TCP", false},
		{"-an", "zh", "", netstat.Socket{}, "\n活动连接\n\n  协议  本地地址          外部地址        状态\n  TCP", false},
		{"-ano", "zh", "", netstat.Socket{}, "\n活动连接\n\n  协议  本地地址          外部地址        状态           PID\n  TCP", false},
		{"-ant", "zh-Hans-CN", "", netstat.Socket{}, "\n活动连接\n\n  协议  本地地址          外部地址        状态           卸载状态\n\n  TCP", false},
		{"-anb", "ZH_CN", "", sock(v4, "0.0.0.0:445", "0.0.0.0:0", netstat.Listen, pid(4), detail(netstat.WindowsDetail{})), "LISTENING\n 无法获取所有权信息\n", false},
	} {
		if c.row.Table == (netstat.Table{}) {
			c.row = sock(v4, "0.0.0.0:1", "0.0.0.0:0", netstat.Listen)
		}
		h := windowsHost()
		h.Rows = map[netstat.Table][]netstat.Socket{c.row.Table: {c.row}}
		stdout, _, status := answerEnv(t, h, func(e *Env) { e.Lang, e.HostName = c.lang, c.host }, c.args)
		if c.cut {
			var lines []string
			for line := range strings.SplitSeq(stdout, "\n") {
				lines = append(lines, strings.TrimRight(line, " \t"))
			}
			stdout, c.want = strings.Join(lines, "\n"), c.want+"\n"
		}
		if status != ExitOK || !strings.Contains(stdout, c.want) {
			t.Errorf("%s %s: status %d\n%s\nlacks\n%s", c.args, c.lang, status, strings.ReplaceAll(stdout, " ", "·"), strings.ReplaceAll(c.want, " ", "·"))
		}
	}
}

// TestSampleBlocks checks the captured blocks of -e, -r and the beginning of
// -s.
func TestSampleBlocks(t *testing.T) {
	const routes = `===========================================================================
Interface List
 14...00 50 cc 79 63 40 ......Intel(R) 82574L Gigabit Network Connection
  1...........................Software Loopback Interface 1
 21...00 00 00 00 00 00 00 e0 Microsoft ISATAP Adapter #2
===========================================================================

IPv4 Route Table
===========================================================================
Active Routes:
Network Destination        Netmask          Gateway       Interface  Metric
          0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.12     20
        127.0.0.0        255.0.0.0         On-link         127.0.0.1    331
===========================================================================
Persistent Routes:
  Network Address          Netmask  Gateway Address  Metric
          0.0.0.0          0.0.0.0       10.10.10.2  Default 
          0.0.0.0          0.0.0.0  192.168.187.254       1
===========================================================================

IPv6 Route Table
===========================================================================
Active Routes:
 If Metric Network Destination      Gateway
  1    331 ::1/128                  On-link
 13    276 fd99:4c5b:5525:d80b::/64 On-link
 13    276 fd99:4c5b:5525:d80b::1/128
                                    On-link
===========================================================================
Persistent Routes:
  None
`
	const interfaces = `Interface Statistics

                           Received            Sent

Bytes                    1279913096        89768387
Unicast packets              961149          234136
Non-unicast packets            2660          325731
Discards                          0               0
Errors                            0               0
Unknown protocols                 0

`
	chinese := "接口统计\n\n" + strings.Repeat(" ", 27) + "接收的" + strings.Repeat(" ", 12) + "发送的\n\n"
	for _, row := range []struct {
		label    string
		blanks   int
		received string
		sent     string
	}{
		{"字节", 15, "     1279913096", "        89768387"},
		{"单播数据包", 5, "         961149", "          234136"},
		{"非单播数据包", 1, "           2660", "          325731"},
		{"丢弃", 12, "              0", "               0"},
		{"错误", 14, "              0", "               0"},
		{"未知协议", 3, "              0", ""},
	} {
		chinese += row.label + strings.Repeat(" ", row.blanks) + row.received + row.sent + "\n"
	}
	for _, c := range []struct {
		args, lang string
		host       *host
		want       string
		begins     bool
	}{
		{"-rn", "", sampleRoutes(), routes, false},
		{"-e", "", windowsHost(), interfaces, false},
		{"-e", "zh", windowsHost(), chinese + "\n", false},
		{"-s", "", windowsHost(), "\nIPv4 Statistics\n\n  Packets Received                   = 9147172\n", true},
	} {
		stdout, stderr, status := answerEnv(t, c.host, func(e *Env) { e.Lang = c.lang }, c.args)
		if status != ExitOK || stderr != "" || stdout != c.want && (!c.begins || !strings.HasPrefix(stdout, c.want)) {
			t.Errorf("%s %s: %d, %q\ngot\n%s\nwant\n%s", c.args, c.lang, status, stderr, stdout, c.want)
		}
	}
}

// TestSampleICMP checks the numbers of the ICMP tables, captured from a German
// Windows 8.1: all rows end in blanks.
func TestSampleICMP(t *testing.T) {
	v4 := []string{
		"368         481       ", "0           0         ", "368         479       ", "0           0         ",
		"0           0         ", "0           0         ", "0           0         ", "0           0         ",
		"0           2         ", "0           0         ", "0           0         ", "0           0         ",
		"0           0         ", "0           0         ", "0           0         ",
	}
	v6 := []string{
		"8246        2150      ", "0           0         ", "11          128       ", "0           0         ",
		"0           0         ", "0           0         ", "0           0         ", "0           0         ",
		"719         0         ", "1105        0         ", "0           0         ", "0           52        ",
		"781         0         ", "1518        678       ", "4112        1292      ", "0           0         ",
		"0           0         ",
	}
	h := &host{Counts: map[netstat.Family][]netstat.Counter{
		netstat.Inet: counting("Icmp", 0, "InMsgs=368 OutMsgs=481 InErrors=0 OutErrors=0 InDestUnreachs=368 OutDestUnreachs=479 OutEchos=2"),
		netstat.Inet6: counting("Icmp6", 0, "InMsgs=8246 OutMsgs=2150 InErrors=0 OutErrors=0 InDestUnreachs=11 OutDestUnreachs=128 "+
			"InGroupMembQueries=719 InGroupMembResponses=1105 OutRouterSolicits=52 InRouterAdvertisements=781 "+
			"InNeighborSolicits=1518 OutNeighborSolicits=678 InNeighborAdvertisements=4112 OutNeighborAdvertisements=1292"),
	}}
	for protocol, want := range map[string][]string{"icmp": v4, "icmpv6": v6} {
		stdout, stderr, status := answer(t, h, "-s", "-p", protocol)
		_, rows, _ := strings.Cut(stdout, english.icmpColumns+"\n")
		var got []string
		for row := range strings.Lines(rows) {
			got = append(got, strings.TrimSuffix(row[28:], "\n"))
		}
		if status != ExitOK || stderr != "" || !slices.Equal(got, want) {
			t.Errorf("%s: status %d, %q\n%q\nwant\n%q", protocol, status, stderr, got, want)
		}
	}
}
