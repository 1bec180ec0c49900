package nettools

import (
	"strings"

	"netstat/options"
)

// Usage returns the help text: what -h prints, and what follows a mistake. It
// names every option, classic or new. The text is in Chinese if
// [options.Chinese] reports true for lang, else in English.
func Usage(lang string) string { return usage(argClassic[:], lang) }

func usage(classic []argOption, lang string) string {
	if options.Chinese(lang) {
		return usageOptions(usageChinese, classic, true) + "\nnet-tools 之外的选项\n" + options.Usage(true, false)
	}
	return usageOptions(usageEnglish, classic, false) + "\nBeyond net-tools\n" + options.Usage(false, false)
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

// usageOptions returns a text in which each line that is a tab and the name of an option is
// replaced by the lines about it.
func usageOptions(text string, classic []argOption, chinese bool) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		name, named := strings.CutPrefix(line, "\t")
		if !named {
			b.WriteString(line)
			continue
		}
		o, _ := argFindLong(classic, strings.TrimSuffix(name, "\n"))
		left := "      --" + o.long
		if o.short != 0 {
			left = "  -" + string(rune(o.short)) + ", --" + o.long
		}
		about := o.about
		if chinese {
			about = o.aboutZH
		}
		if o.argument != "" {
			left += "[=" + options.Argument(o.argument, chinese) + "]"
		}
		options.UsageLines(&b, left, about)
	}
	return b.String()
}

// usageEnglish and usageChinese are the help texts. usageOptions fills in the lines about
// options.
const usageEnglish = `Usage: netstat [FAMILY]... [SOCKETS]... [-acelnopvNWZ] [DELAY]   sockets
       netstat -r [FAMILY]... [-cenvCFNW] [DELAY]                routes
       netstat -i [IFACE] [-acenpvW] [DELAY]                     interfaces
       netstat -g [-46cn] [DELAY]                                multicast
       netstat -M [-cen] [DELAY]                                 translations
       netstat -s [-46ctuwSU] [DELAY]                            counters
       netstat -V | -h

Reports other than sockets:
	route
	interfaces
	groups
	statistics
	masquerade

SOCKETS:
  -t, --tcp   -u, --udp    -U, --udplite   -S, --sctp   -w, --raw
  -x, --unix  -2, --l2cap  -f, --rfcomm    or all of a FAMILY
	listening
	all

FAMILY: -4, -6, -A LIST, --protocol=LIST (names with commas between), or one of
  --inet --ip --tcpip --inet6 --unix --ipx --ax25 --netrom --rose --x25
  --ddp --appletalk --bluetooth (in a LIST also ip6, econet, ash)

How to show them:
	numeric
	numeric-hosts
	numeric-ports
	numeric-users
	symbolic
	extend
	timers
	programs
	context
	wide
	verbose
	fib
	cache
	continuous
  DELAY                    repeat every DELAY seconds, such as 5 or 0.5
	version
	help
`

const usageChinese = `用法: netstat [地址族]... [套接字]... [-acelnopvNWZ] [间隔]   套接字
      netstat -r [地址族]... [-cenvCFNW] [间隔]                路由
      netstat -i [接口] [-acenpvW] [间隔]                      网络接口
      netstat -g [-46cn] [间隔]                                多播组
      netstat -M [-cen] [间隔]                                 地址转换
      netstat -s [-46ctuwSU] [间隔]                            计数器
      netstat -V | -h

套接字以外的报告:
	route
	interfaces
	groups
	statistics
	masquerade

套接字:
  -t, --tcp   -u, --udp    -U, --udplite   -S, --sctp   -w, --raw
  -x, --unix  -2, --l2cap  -f, --rfcomm    或某地址族的全部套接字
	listening
	all

地址族: -4、-6、-A 列表、--protocol=列表（名称以逗号分隔），或以下之一
  --inet --ip --tcpip --inet6 --unix --ipx --ax25 --netrom --rose --x25
  --ddp --appletalk --bluetooth；列表中还可写 ip6、econet、ash

显示方式:
	numeric
	numeric-hosts
	numeric-ports
	numeric-users
	symbolic
	extend
	timers
	programs
	context
	wide
	verbose
	fib
	cache
	continuous
  间隔                     每隔若干秒重复一次，例如 5 或 0.5
	version
	help
`
