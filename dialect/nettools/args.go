package nettools

import (
	"errors"
	"strings"
	"time"

	"netstat/internal/ascii"
	"netstat/internal/message"
	"netstat/options"
)

// Action is the kind of report that a command line asks for. The zero value is
// the list of sockets. The multicast groups (-g) are not an Action because they
// can be combined with sockets, see [Command.Groups].
type Action uint8

const (
	ActionSockets    Action = iota
	ActionRoutes            // -r
	ActionInterfaces        // -i
	ActionMasquerade        // -M
	ActionStatistics        // -s
)

// Command is a parsed command line. The zero value is that of a bare "netstat".
// It holds what was asked for, not what follows from it.
type Command struct {
	Action Action

	// Families lists the requested address families, in the order given, with
	// repetitions: inet, inet6, unix, ipx, ax25, netrom, x25, rose, ddp (AppleTalk), ec
	// (Econet), ash, bluetooth. It is empty if none was named.
	Families []string

	// The requested protocols. All are false if none was named.
	TCP, UDP, UDPLite, Raw, SCTP, L2CAP, RFCOMM bool

	Groups    bool // -g
	All       bool // -a
	Listening bool // -l

	// NumericHosts, NumericPorts and NumericUsers suppress the lookup of
	// these names. -n sets all three.
	NumericHosts, NumericPorts, NumericUsers bool
	// Symbolic is -N. net-tools 2.10 uses it only in the routing table, where it means
	// numeric hosts.
	Symbolic bool

	Extend   int  // number of times -e was given
	Timers   bool // -o
	Programs bool // -p, or implied by Context
	Wide     bool // -W
	Verbose  bool // -v
	Context  bool // -Z

	FIB   bool // -F
	Cache bool // -C

	// Interface is the only interface to show, or "" for all.
	Interface string
	// Ignored lists the operands without a meaning. net-tools ignores all operands.
	Ignored []string

	// Continuous is -c.
	Continuous bool
	// Interval is the time from one report to the next: the delay operand,
	// or one second if only Continuous is set. 0 means one report.
	Interval time.Duration

	// Question is set if the command line has short forms of filters and no classic
	// option but -n and its parts. Short forms also set All unless Listening is set.
	Question bool

	// Options holds the options that net-tools does not have. The parser looks them up
	// only if no classic option begins with the given word, so that no classic
	// abbreviation changes its meaning.
	options.Options
}

// Environment holds what the meaning of a command line depends on besides its
// words.
type Environment struct {
	// SELinux reports whether SELinux is enabled on this machine. Parse
	// calls it only for -Z. nil means that it is not enabled.
	SELinux func() bool
	// Lang is the language of the help texts, see [Usage].
	Lang string
	// Posix ends the options at the first operand, as getopt_long(3) does
	// if POSIXLY_CORRECT is set.
	Posix bool
	// Version returns this program's own version. Parse calls it only for -V.
	Version func() string
}

// Exit holds the output and exit status of a command line that ends the program
// at once. Code is 0 for -h and -V, 1 for a family or feature that is not
// supported, 3 for a mistake.
type Exit struct {
	Code           int
	Stdout, Stderr string
}

type argKind uint8

const (
	argNone     argKind = iota
	argRequired         // the rest of the word, what follows "=", or the next word
	argOptional         // only what follows "="
)

// argOption is one option. A family option adds its family; for any other, set
// is called with the option's argument.
type argOption struct {
	long  string // without the dashes; "" if it has no long form
	short byte   // 0 if it has no short form
	kind  argKind
	// argument is the name of the value in help texts; "" if it has none.
	argument string
	// about describes the option in English and in Chinese, for help texts and manual
	// pages. It may have several lines.
	about, aboutZH string
	family         string
	// numeric is set if the option only shows numbers instead of names.
	numeric bool
	set     func(l *argLine, value string)
}

// argClassic lists the options of net-tools 2.10. The order counts: getopt_long
// lists the candidates of an ambiguous abbreviation in table order, and takes
// the first of several options that it cannot tell apart (the family options).
// --unix appears twice because net-tools has it both as a family option and as
// the long form of -x.
var argClassic = [...]argOption{
	{long: "ax25", about: "sockets or routes of AX.25, amateur radio", aboutZH: "AX.25（业余无线电）的套接字或路由", family: "ax25"},
	{long: "x25", about: "sockets or routes of X.25", aboutZH: "X.25 的套接字或路由", family: "x25"},
	{long: "ip", about: "the same as --inet", aboutZH: "同 --inet", family: "inet"},
	{long: "ipx", about: "sockets or routes of Novell IPX", aboutZH: "Novell IPX 的套接字或路由", family: "ipx"},
	{long: "appletalk", about: "the same as --ddp", aboutZH: "同 --ddp", family: "ddp"},
	{long: "netrom", about: "sockets or routes of NET/ROM, amateur radio", aboutZH: "NET/ROM（业余无线电）的套接字或路由", family: "netrom"},
	{long: "inet", about: "IPv4: its tcp, udp, udplite, sctp and raw sockets", aboutZH: "IPv4: 其 tcp、udp、udplite、sctp 和 raw 套接字", family: "inet"},
	{long: "inet6", about: "IPv6: its tcp, udp, udplite, sctp and raw sockets", aboutZH: "IPv6: 其 tcp、udp、udplite、sctp 和 raw 套接字", family: "inet6"},
	{long: "ddp", about: "sockets or routes of AppleTalk", aboutZH: "AppleTalk 的套接字或路由", family: "ddp"},
	{long: "rose", about: "sockets or routes of ROSE, amateur radio", aboutZH: "ROSE（业余无线电）的套接字或路由", family: "rose"},
	{long: "unix", about: "unix sockets", aboutZH: "unix 套接字", family: "unix"},
	{long: "bluetooth", about: "Bluetooth sockets: L2CAP and RFCOMM", aboutZH: "蓝牙套接字: L2CAP 和 RFCOMM", family: "bluetooth"},
	{long: "tcpip", about: "the same as --inet", aboutZH: "同 --inet", family: "inet"},
	{long: "version", short: 'V', about: "version and features", aboutZH: "版本和功能", set: func(l *argLine, _ string) { l.stop(0, usageVersion(&l.env), "") }},
	{long: "interfaces", short: 'i', argument: "NAME", about: "network interfaces, or the one named NAME", aboutZH: "全部网络接口，或只看指定的一个", kind: argOptional, set: (*argLine).interfaces},
	{long: "help", short: 'h', argument: "TOPIC", about: "the options, or the text on a topic (see below)", aboutZH: "选项说明，或某一主题的说明（见下）", kind: argOptional, set: (*argLine).help},
	{long: "route", short: 'r', about: "the kernel's routing table", aboutZH: "内核路由表", set: func(l *argLine, _ string) { l.act(ActionRoutes) }},
	{long: "masquerade", short: 'M', about: "connections whose addresses are translated", aboutZH: "经过地址转换的连接", set: func(l *argLine, _ string) { l.act(ActionMasquerade) }},
	{long: "protocol", short: 'A', argument: "LIST", about: "sockets or routes of these families, with commas between them", aboutZH: "这些地址族的套接字或路由，以逗号分隔", kind: argRequired, set: (*argLine).families},
	{long: "tcp", short: 't', about: "TCP sockets", aboutZH: "TCP 套接字", set: func(l *argLine, _ string) { l.cmd.TCP = true }},
	{long: "sctp", short: 'S', about: "SCTP associations and endpoints", aboutZH: "SCTP 偶联和端点", set: func(l *argLine, _ string) { l.cmd.SCTP = true }},
	{long: "udp", short: 'u', about: "UDP sockets", aboutZH: "UDP 套接字", set: func(l *argLine, _ string) { l.cmd.UDP = true }},
	{long: "udplite", short: 'U', about: "UDP-Lite sockets", aboutZH: "UDP-Lite 套接字", set: func(l *argLine, _ string) { l.cmd.UDPLite = true }},
	{long: "raw", short: 'w', about: "raw sockets", aboutZH: "原始套接字", set: func(l *argLine, _ string) { l.cmd.Raw = true }},
	{long: "unix", short: 'x', about: "unix sockets", aboutZH: "unix 套接字", family: "unix"},
	{long: "l2cap", short: '2', about: "Bluetooth L2CAP sockets", aboutZH: "蓝牙 L2CAP 套接字", set: func(l *argLine, _ string) { l.cmd.L2CAP = true }},
	{long: "rfcomm", short: 'f', about: "Bluetooth RFCOMM sockets", aboutZH: "蓝牙 RFCOMM 套接字", set: func(l *argLine, _ string) { l.cmd.RFCOMM = true }},
	{long: "listening", short: 'l', about: "only listening sockets", aboutZH: "只看正在侦听的套接字", set: func(l *argLine, _ string) { l.cmd.Listening = true }},
	{long: "all", short: 'a', about: "listening and connected (default: only connected);\nwith -i: also interfaces that are down", aboutZH: "正在侦听的和已连接的（默认只显示已连接的）；\n与 -i 同用: 也显示未启用的接口", set: func(l *argLine, _ string) { l.cmd.All = true }},
	{long: "timers", short: 'o', about: "the timer of each socket", aboutZH: "每个套接字正在运行的定时器", set: func(l *argLine, _ string) { l.cmd.Timers = true }},
	{long: "continuous", short: 'c', about: "once a second until interrupted", aboutZH: "每秒显示一次，直到被中断", set: func(l *argLine, _ string) { l.cmd.Continuous = true }},
	{long: "extend", short: 'e', about: "more columns; -ee for still more", aboutZH: "多显示几列；-ee 更多", set: func(l *argLine, _ string) { l.cmd.Extend++ }},
	{long: "programs", short: 'p', about: "process and program that hold each socket", aboutZH: "持有套接字的进程号和进程名", set: func(l *argLine, _ string) { l.cmd.Programs = true }},
	{long: "verbose", short: 'v', about: "say which families this host lacks", aboutZH: "指出本机不支持哪些地址族", set: func(l *argLine, _ string) { l.cmd.Verbose = true }},
	{long: "statistics", short: 's', about: "counters of each protocol", aboutZH: "各协议的计数器", set: func(l *argLine, _ string) { l.act(ActionStatistics) }},
	{long: "wide", short: 'W', about: "never cut an address", aboutZH: "不截短地址", set: func(l *argLine, _ string) { l.cmd.Wide = true }},
	{long: "numeric", short: 'n', about: "numbers instead of names of hosts, ports and users", aboutZH: "主机、端口、用户都显示为数字，不查名称", numeric: true, set: (*argLine).numeric},
	{long: "numeric-hosts", about: "the same for hosts only", aboutZH: "只有主机显示为数字", numeric: true, set: func(l *argLine, _ string) { l.cmd.NumericHosts = true }},
	{long: "numeric-ports", about: "the same for ports only", aboutZH: "只有端口显示为数字", numeric: true, set: func(l *argLine, _ string) { l.cmd.NumericPorts = true }},
	{long: "numeric-users", about: "the same for users only", aboutZH: "只有用户显示为数字", numeric: true, set: func(l *argLine, _ string) { l.cmd.NumericUsers = true }},
	{long: "symbolic", short: 'N', about: "with -r: hosts as numbers", aboutZH: "与 -r 同用: 主机显示为数字", set: func(l *argLine, _ string) { l.cmd.Symbolic = true }},
	{long: "cache", short: 'C', about: "routes in the kernel's cache", aboutZH: "内核缓存的路由", set: func(l *argLine, _ string) { l.cmd.Cache = true }},
	{long: "fib", short: 'F', about: "routes as the kernel uses them (default)", aboutZH: "内核实际使用的路由（默认）", set: func(l *argLine, _ string) { l.cmd.FIB = true }},
	{long: "groups", short: 'g', about: "multicast groups that this host has joined", aboutZH: "本机加入的多播组", set: func(l *argLine, _ string) { l.cmd.Groups = true }},
	{long: "context", short: 'Z', about: "SELinux context of that process; implies -p", aboutZH: "该进程的 SELinux 上下文；同时启用 -p", set: (*argLine).context},

	{short: '4', about: "the same as --inet", aboutZH: "同 --inet", family: "inet"},
	{short: '6', about: "the same as --inet6", aboutZH: "同 --inet6", family: "inet6"},
	{short: 'd', about: "accepted without effect", aboutZH: "接受此选项，但没有作用", set: func(*argLine, string) {}},
	{short: '?', about: "the help text, as a mistake: on standard error, with status 3", aboutZH: "按错误处理: 在标准错误显示帮助，退出状态为 3", set: func(l *argLine, _ string) { l.mistake("") }},
}

// argFamilies lists the words that -A and --protocol accept.
var argFamilies = [...]struct{ word, family string }{
	{"inet", "inet"}, {"inet6", "inet6"}, {"unix", "unix"}, {"ip", "inet"},
	{"ip6", "inet6"}, {"tcpip", "inet"}, {"ipx", "ipx"}, {"ax25", "ax25"},
	{"netrom", "netrom"}, {"rose", "rose"}, {"x25", "x25"}, {"ddp", "ddp"},
	{"appletalk", "ddp"}, {"econet", "ec"}, {"ash", "ash"},
	{"bluetooth", "bluetooth"},
}

// argLine is the state of the parser.
type argLine struct {
	cmd      Command
	env      Environment
	classic  []argOption // argClassic, which its own functions cannot name
	program  string      // as typed; messages begin with it
	rest     []string    // words not parsed yet
	operands []string
	actions  int  // number of Actions requested
	chosen   bool // a classic option that is not numeric was given
	exit     *Exit
}

// Parse reads a command line as net-tools 2.10 does with glibc's
// getopt_long(3): options and operands in any order, bundles, attached
// arguments, abbreviated long options. Each option takes effect when it is met,
// so the first mistake, -h or -V decides. args[0] is the program's name as
// typed. Exactly one of the results is not nil.
//
// It differs from net-tools 2.10 only in this:
//
//   - usage, help and version are our own texts, and -h writes only to standard
//     output (net-tools writes the last three lines to standard error);
//   - the last operand, if it is a decimal number, is the delay in seconds from
//     one report to the next; a delay that is not positive, or is too large, is
//     a mistake (net-tools ignores operands; its manual promises the delay);
//   - with -i, the first operand that is not a number is the interface to show,
//     and --interfaces=NAME names one (again as in the manual; net-tools
//     ignores the operand and rejects the argument). Other operands are
//     ignored;
//   - --tcpip means --inet (net-tools reports an internal error and continues
//     without it);
//   - a list of families may have any length (net-tools cuts a list at 255
//     bytes, which may leave an unknown family, and drops a list that would
//     make all of them together longer);
//   - -2, -f and bluetooth are accepted (net-tools 2.10 as built by Debian
//     answers, after parsing the options, that they were compiled out);
//   - a dash stands for hyphens, as in "–all", see [options.Hyphens] (net-tools ignores the
//     word as an operand);
//   - messages are always in English;
//   - the options of package options exist; an error in one, or in a word that is most like
//     one, is one line without the usage;
//   - --help takes a topic (net-tools refuses the argument).
func Parse(args []string, env Environment) (*Command, *Exit) {
	l := argLine{env: env, classic: argClassic[:]}
	if len(args) > 0 {
		l.program, l.rest = args[0], args[1:]
	}
	for len(l.rest) > 0 && l.exit == nil {
		word := options.Hyphens(l.next(), Classic)
		switch {
		case word == "--":
			l.operands, l.rest = append(l.operands, l.rest...), nil
		case len(word) < 2 || word[0] != '-':
			l.operands = append(l.operands, word)
			if env.Posix {
				l.operands, l.rest = append(l.operands, l.rest...), nil
			}
		case word[1] == '-':
			l.longOption(word[2:])
		default:
			l.shortOptions(word[1:])
		}
	}
	if l.exit == nil && l.actions > 1 {
		l.mistake("")
	}
	if l.exit == nil {
		l.applyOperands()
	}
	if l.exit != nil {
		return nil, l.exit
	}
	if l.cmd.Short() || l.cmd.Watch {
		l.cmd.Question = !l.chosen
		l.cmd.All = l.cmd.All || !l.cmd.Listening
	}
	return &l.cmd, nil
}

func (l *argLine) next() string {
	word := l.rest[0]
	l.rest = l.rest[1:]
	return word
}

// shortOptions parses a bundle, given without its dash.
func (l *argLine) shortOptions(bundle string) {
	for i := 0; i < len(bundle) && l.exit == nil; i++ {
		o := argFindShort(bundle[i])
		switch {
		case o == nil:
			l.mistake("invalid option -- '" + bundle[i:i+1] + "'")
		case o.kind != argRequired:
			l.apply(o, "")
		case i+1 < len(bundle):
			l.apply(o, bundle[i+1:])
			return
		case len(l.rest) > 0:
			l.apply(o, l.next())
		default:
			l.mistake("option requires an argument -- '" + bundle[i:i+1] + "'")
		}
	}
}

func argFindShort(c byte) *argOption {
	for i := range argClassic {
		if o := &argClassic[i]; o.short == c && c != 0 {
			return o
		}
	}
	return nil
}

// longOption parses a long option, given without its dashes.
func (l *argLine) longOption(text string) {
	name, value, hasValue := strings.Cut(text, "=")
	o, rivals := argFindLong(argClassic[:], name)
	switch {
	case o == nil:
		l.newOption(text)
	case rivals != "":
		l.mistake("option '--" + text + "' is ambiguous; possibilities: '--" + o.long + "'" + rivals)
	case o.kind == argNone && hasValue:
		l.mistake("option '--" + o.long + "' doesn't allow an argument")
	case o.kind == argOptional && hasValue && value == "":
		l.mistakeLine("option '--" + o.long + "=' needs a name after '='")
	case o.kind != argRequired || hasValue:
		l.apply(o, value)
	case len(l.rest) > 0:
		l.apply(o, l.next())
	default:
		l.mistake("option '--" + o.long + "' requires an argument")
	}
}

// Classic reports whether net-tools has a long option with this name or one
// that begins with it. name has no dashes.
func Classic(name string) bool {
	o, _ := argFindLong(argClassic[:], name)
	return o != nil
}

// newOption parses a long option that net-tools does not have.
func (l *argLine) newOption(text string) {
	next := func() (string, bool) {
		if len(l.rest) == 0 {
			return "", false
		}
		return l.next(), true
	}
	err := l.cmd.Read(text, next, argLongNames)
	var m *options.Mistake
	chinese := options.Chinese(l.env.Lang)
	switch {
	case err == nil:
	case !errors.As(err, &m):
		l.mistakeLine(ascii.OneLine(message.In(err, chinese)))
	case m.Foreign():
		l.mistake("unrecognized option '--" + text + "'")
	case chinese:
		l.mistakeLine(ascii.OneLine(message.In(err, true)) + argTryZH)
	default:
		l.mistakeLine(ascii.OneLine(err) + argTry)
	}
}

// argTry ends a message about a mistake that the help explains.
const (
	argTry   = " (try 'netstat -h')"
	argTryZH = "（参见 netstat -h）"
)

// argLongNames returns net-tools' own long options.
func argLongNames() []string {
	names := make([]string, 0, len(argClassic))
	for i := range argClassic {
		if long := argClassic[i].long; long != "" {
			names = append(names, long)
		}
	}
	return names
}

// argFindLong returns the option with this name or, if there is none, the first whose
// name begins with it. If a beginning is ambiguous, rivals lists the other options,
// written as in the message.
func argFindLong(options []argOption, name string) (found *argOption, rivals string) {
	for i := range options {
		o := &options[i]
		switch {
		case o.long == "" || !strings.HasPrefix(o.long, name):
		case o.long == name:
			return o, ""
		case found == nil:
			found = o
		case !found.sameToGetopt(o):
			rivals += " '--" + o.long + "'"
		}
	}
	return found, rivals
}

// sameToGetopt reports whether getopt_long cannot tell the two options apart;
// it then does not call them ambiguous. In net-tools all family options return
// the same value.
func (o *argOption) sameToGetopt(p *argOption) bool {
	return o.family != "" && o.short == 0 && p.family != "" && p.short == 0
}

func (l *argLine) apply(o *argOption, value string) {
	l.chosen = l.chosen || !o.numeric
	if o.family != "" {
		l.cmd.Families = append(l.cmd.Families, o.family)
		return
	}
	o.set(l, value)
}

// help ends the program with the help or, if a topic is named, leaves the topic to the
// caller.
func (l *argLine) help(topic string) {
	if topic == "" {
		l.stop(0, usage(l.classic, l.env.Lang), "")
		return
	}
	option, _ := options.Find("help")
	if err := l.cmd.Set(option, topic); err != nil {
		l.mistakeLine(ascii.OneLine(err))
	}
}

func (l *argLine) act(a Action) {
	l.cmd.Action = a
	l.actions++
}

func (l *argLine) interfaces(name string) {
	l.act(ActionInterfaces)
	l.cmd.Interface = name
}

func (l *argLine) numeric(string) {
	l.cmd.NumericHosts, l.cmd.NumericPorts, l.cmd.NumericUsers = true, true, true
}

func (l *argLine) context(string) {
	if l.env.SELinux == nil || !l.env.SELinux() {
		l.stop(ExitMissing, "", "SELinux is not enabled on this machine.\n")
		return
	}
	l.cmd.Context, l.cmd.Programs = true, true
}

func (l *argLine) families(list string) {
	for word := range strings.SplitSeq(list, ",") {
		family := argFamily(word)
		if family == "" {
			l.stop(ExitMissing, "", "Unknown address family `"+word+"'.\n")
			return
		}
		l.cmd.Families = append(l.cmd.Families, family)
	}
}

func argFamily(word string) string {
	for _, f := range argFamilies {
		if f.word == word {
			return f.family
		}
	}
	return ""
}

// applyOperands interprets the operands as the manual describes.
func (l *argLine) applyOperands() {
	if l.cmd.Continuous {
		l.cmd.Interval = time.Second
	}
	named := l.cmd.Action != ActionInterfaces || l.cmd.Interface != ""
	for i, word := range l.operands {
		d, ok, number := options.Seconds(word)
		switch {
		case number && i == len(l.operands)-1:
			if !ok || d == 0 {
				l.mistakeLine("bad delay '" + word + "': must be a positive number of seconds, such as 5 or 0.5")
				return
			}
			l.cmd.Interval = d
		case !named && !number && word != "":
			l.cmd.Interface, named = word, true
		default:
			l.cmd.Ignored = append(l.cmd.Ignored, word)
		}
	}
}

func (l *argLine) stop(code int, stdout, stderr string) {
	l.exit = &Exit{Code: code, Stdout: stdout, Stderr: stderr}
}

// mistake ends the program with the message, if any, and the usage.
func (l *argLine) mistake(message string) {
	if message != "" {
		message = l.program + ": " + message + "\n"
	}
	l.stop(ExitMistake, "", message+usage(l.classic, l.env.Lang))
}

// mistakeLine ends the program with the message alone, for mistakes that net-tools does
// not know or that the usage does not explain.
func (l *argLine) mistakeLine(message string) {
	l.stop(ExitMistake, "", "netstat: "+message+"\n")
}
