package nettools

import "netstat/options"

// Usage returns the help text: what -h prints, and what follows a mistake. It
// names every option, classic or new. The text is in Chinese if
// [options.Chinese] reports true for lang, else in English.
func Usage(lang string) string {
	if options.Chinese(lang) {
		return usageChinese + "\n新功能:\n" + options.Usage(true)
	}
	return usageEnglish + "\nBeyond net-tools:\n" + options.Usage(false)
}

// usageVersion returns the text of -V. Scripts read its first line, the feature
// words and the lists of families and hardware, which are as in net-tools.
func usageVersion(version string) string {
	if version == "" {
		version = "(unversioned)"
	}
	return "net-tools 2.10\n" +
		"netstat " + version + ", an independent program with the command line of net-tools\n" +
		"+NEW_ADDRT +RTF_IRTT +RTF_REJECT +FW_MASQUERADE +I18N +SELINUX\n" +
		"AF: (inet) +UNIX +INET +INET6 +IPX +AX25 +NETROM +X25 +ATALK +ECONET +ROSE +BLUETOOTH\n" +
		"HW:  +ETHER +ARC +SLIP +PPP +TUNNEL -TR +AX25 +NETROM +X25 +FR +ROSE +ASH +SIT +FDDI +HIPPI +HDLC/LAPB +EUI64 \n"
}

const usageEnglish = `Usage: netstat [FAMILY]... [SOCKETS]... [-acelnopvNWZ] [DELAY]   sockets
       netstat -r [FAMILY]... [-cenvCFNW] [DELAY]                routes
       netstat -i [IFACE] [-acenpvW] [DELAY]                     interfaces
       netstat -g [-46cn] [DELAY]                                multicast
       netstat -M [-cen] [DELAY]                                 translations
       netstat -s [-46ctuwSU] [DELAY]                            counters
       netstat -V | -h

To see something else than sockets:
  -r, --route              the kernel's routing table
  -i, --interfaces[=NAME]  network interfaces, or the one called NAME
  -g, --groups             multicast groups that this machine has joined
  -s, --statistics         what each protocol has counted
  -M, --masquerade         connections whose addresses are translated

SOCKETS:
  -t, --tcp   -u, --udp    -U, --udplite   -S, --sctp   -w, --raw
  -x, --unix  -2, --l2cap  -f, --rfcomm    and those of every FAMILY
  -l, --listening          only those that wait for others to connect
  -a, --all                these too (else: only connected ones);
                           with -i: also interfaces that are down

FAMILY: -4, -6, -A LIST or --protocol=LIST (names with commas), or one of
  --inet --ip --tcpip --inet6 --unix --ipx --ax25 --netrom --rose --x25
  --ddp --appletalk --bluetooth (a LIST may have ip6, econet and ash as well)

Appearance:
  -n, --numeric            numbers for hosts, ports and users, not names
      --numeric-hosts      the same for hosts alone
      --numeric-ports      the same for ports alone
      --numeric-users      the same for users alone
  -N, --symbolic           with -r: hosts as numbers
  -e, --extend             more columns; -ee for still more
  -o, --timers             the timer that runs for each socket
  -p, --programs           process and program that hold each socket
  -Z, --context            SELinux context of that process; implies -p
  -W, --wide               never shorten an address
  -v, --verbose            tell which families this machine lacks
  -F, --fib                routes as the kernel uses them (default)
  -C, --cache              routes that the kernel has cached
  -c, --continuous         once a second until interrupted
  DELAY                    every DELAY seconds until interrupted, such as 0.5
  -V, --version            version and abilities of this program
  -h, --help               this text
`

const usageChinese = `用法: netstat [地址族]... [套接字]... [-acelnopvNWZ] [间隔]   套接字
      netstat -r [地址族]... [-cenvCFNW] [间隔]                路由
      netstat -i [接口] [-acenpvW] [间隔]                      网络接口
      netstat -g [-46cn] [间隔]                                多播组
      netstat -M [-cen] [间隔]                                 地址转换
      netstat -s [-46ctuwSU] [间隔]                            计数器
      netstat -V | -h

不看套接字，而看:
  -r, --route              内核路由表
  -i, --interfaces[=名称]  全部网络接口，或只看指定的一个
  -g, --groups             本机加入的多播组
  -s, --statistics         各协议的统计计数
  -M, --masquerade         经过地址转换的连接

套接字:
  -t, --tcp   -u, --udp    -U, --udplite   -S, --sctp   -w, --raw
  -x, --unix  -2, --l2cap  -f, --rfcomm    以及任一地址族的套接字
  -l, --listening          只看等待连接的套接字
  -a, --all                等待连接的也一并列出（默认只列已连接的）；
                           与 -i 同用: 未启用的接口也列出

地址族: -4、-6、-A 列表、--protocol=列表（名称以逗号分隔），或以下之一
  --inet --ip --tcpip --inet6 --unix --ipx --ax25 --netrom --rose --x25
  --ddp --appletalk --bluetooth；列表中还可写 ip6、econet、ash

显示方式:
  -n, --numeric            主机、端口、用户都用数字，不查名称
      --numeric-hosts      只有主机用数字
      --numeric-ports      只有端口用数字
      --numeric-users      只有用户用数字
  -N, --symbolic           与 -r 同用: 主机用数字
  -e, --extend             多显示几列；-ee 更多
  -o, --timers             每个套接字正在运行的定时器
  -p, --programs           持有套接字的进程号和程序名
  -Z, --context            该进程的 SELinux 上下文；同时启用 -p
  -W, --wide               不截短地址
  -v, --verbose            说明本机缺少哪些地址族
  -F, --fib                内核实际使用的路由（默认）
  -C, --cache              内核缓存的路由
  -c, --continuous         每秒显示一次，直到被中断
  间隔                     每隔若干秒显示一次，可用小数，例如 0.5
  -V, --version            本程序的版本和能力
  -h, --help               本说明
`
