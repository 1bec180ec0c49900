package nettools

import "netstat/options"

// Usage returns the help text: what -h prints, and what follows a mistake. It
// names every option, classic or new. The text is in Chinese if
// [options.Chinese] reports true for lang, else in English.
func Usage(lang string) string {
	if options.Chinese(lang) {
		return usageChinese + "\nnet-tools 之外的选项\n" + options.Usage(true, false)
	}
	return usageEnglish + "\nBeyond net-tools\n" + options.Usage(false, false)
}

// usageVersion returns the text of -V. Scripts read its first line, the feature
// words and the lists of families and hardware, which are as in net-tools.
func usageVersion(env *Environment) string {
	version := "(unversioned)"
	if env.Version != nil {
		version = env.Version()
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

Reports other than sockets:
  -r, --route              the kernel's routing table
  -i, --interfaces[=NAME]  network interfaces, or the one named NAME
  -g, --groups             multicast groups that this host has joined
  -s, --statistics         counters of each protocol
  -M, --masquerade         connections whose addresses are translated

SOCKETS:
  -t, --tcp   -u, --udp    -U, --udplite   -S, --sctp   -w, --raw
  -x, --unix  -2, --l2cap  -f, --rfcomm    or all of a FAMILY
  -l, --listening          only listening sockets
  -a, --all                listening and connected (default: only connected);
                           with -i: also interfaces that are down

FAMILY: -4, -6, -A LIST, --protocol=LIST (names with commas between), or one of
  --inet --ip --tcpip --inet6 --unix --ipx --ax25 --netrom --rose --x25
  --ddp --appletalk --bluetooth (in a LIST also ip6, econet, ash)

How to show them:
  -n, --numeric            numbers instead of names of hosts, ports and users
      --numeric-hosts      the same for hosts only
      --numeric-ports      the same for ports only
      --numeric-users      the same for users only
  -N, --symbolic           with -r: hosts as numbers
  -e, --extend             more columns; -ee for still more
  -o, --timers             the timer of each socket
  -p, --programs           process and program that hold each socket
  -Z, --context            SELinux context of that process; implies -p
  -W, --wide               never cut an address
  -v, --verbose            say which families this host lacks
  -F, --fib                routes as the kernel uses them (default)
  -C, --cache              routes in the kernel's cache
  -c, --continuous         once a second until interrupted
  DELAY                    repeat every DELAY seconds, such as 5 or 0.5
  -V, --version            version and features
  -h, --help[=TOPIC]       this text, or that on a topic (see below)
`

const usageChinese = `用法: netstat [地址族]... [套接字]... [-acelnopvNWZ] [间隔]   套接字
      netstat -r [地址族]... [-cenvCFNW] [间隔]                路由
      netstat -i [接口] [-acenpvW] [间隔]                      网络接口
      netstat -g [-46cn] [间隔]                                多播组
      netstat -M [-cen] [间隔]                                 地址转换
      netstat -s [-46ctuwSU] [间隔]                            计数器
      netstat -V | -h

套接字以外的报告:
  -r, --route              内核路由表
  -i, --interfaces[=名称]  全部网络接口，或只看指定的一个
  -g, --groups             本机加入的多播组
  -s, --statistics         各协议的计数器
  -M, --masquerade         经过地址转换的连接

套接字:
  -t, --tcp   -u, --udp    -U, --udplite   -S, --sctp   -w, --raw
  -x, --unix  -2, --l2cap  -f, --rfcomm    或某地址族的全部套接字
  -l, --listening          只看正在侦听的套接字
  -a, --all                正在侦听的和已连接的（默认只显示已连接的）；
                           与 -i 同用: 也显示未启用的接口

地址族: -4、-6、-A 列表、--protocol=列表（名称以逗号分隔），或以下之一
  --inet --ip --tcpip --inet6 --unix --ipx --ax25 --netrom --rose --x25
  --ddp --appletalk --bluetooth；列表中还可写 ip6、econet、ash

显示方式:
  -n, --numeric            主机、端口、用户都显示为数字，不查名称
      --numeric-hosts      只有主机显示为数字
      --numeric-ports      只有端口显示为数字
      --numeric-users      只有用户显示为数字
  -N, --symbolic           与 -r 同用: 主机显示为数字
  -e, --extend             多显示几列；-ee 更多
  -o, --timers             每个套接字正在运行的定时器
  -p, --programs           持有套接字的进程号和进程名
  -Z, --context            该进程的 SELinux 上下文；同时启用 -p
  -W, --wide               不截短地址
  -v, --verbose            指出本机不支持哪些地址族
  -F, --fib                内核实际使用的路由（默认）
  -C, --cache              内核缓存的路由
  -c, --continuous         每秒显示一次，直到被中断
  间隔                     每隔若干秒重复一次，例如 5 或 0.5
  -V, --version            版本和功能
  -h, --help[=主题]        本说明，或某一主题的说明（见下）
`
