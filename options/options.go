// Package options holds the long options that the classic netstats do not have.
// They are the same in every dialect: the dialect's parser passes options that
// are not classic to [Options.Set]. The package defines names and values, not
// their effects.
package options

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"netstat/diagnose"
	"netstat/fact"
	"netstat/help"
	"netstat/internal/message"
	"netstat/render"
)

// Options holds the values of the given options. The zero value means that none
// is given.
type Options struct {
	// Help is the topic to explain instead of a report, or "".
	Help help.Topic
	// Licenses requests the licence texts instead of a report.
	Licenses bool
	// Dialect is the classic netstat to imitate: "linux", "windows", or "" for that of
	// the running system.
	Dialect string
	// Snapshot is the file to save a snapshot to, and Replay the snapshot to read. "-"
	// means standard output and input. "" means none.
	Snapshot, Replay string
	// Record is the directory to record rounds into, "" for none. Keep says which rounds
	// stay there.
	Record string
	Keep   Keep
	// At is the time of the round to show of a directory that Replay names. From and To are
	// those of the two rounds to compare.
	At, From, To Moment
	// Redact requests a snapshot with pseudonyms for what is personal.
	Redact bool
	// Format is the output format. The zero value is the dialect's own
	// text.
	Format render.Format
	// Columns, Sort and GroupBy are lists of names separated by commas, or
	// "" if not given.
	Columns, Sort, GroupBy string
	// Limit is the largest number of rows to show, 0 for no limit.
	Limit uint64
	// Count requests only the number of rows.
	Count bool

	// Filters lists expressions that must all match. States, Ports, PIDs,
	// Processes and Users are the values of the short forms.
	Filters                               []string
	States, Ports, PIDs, Processes, Users []string
	// Tables lists the socket tables to show in addition to those named by
	// classic options.
	Tables []string
	// Netns holds lists of network namespaces to read; "all" means every one.
	Netns []string

	// Table names the routing tables to show: a number or a name, "all" for every table,
	// "" for those of the classic report.
	Table string

	// TCPInfo, Memory, AllOwners and Peers request more facts about each socket.
	TCPInfo, Memory, AllOwners, Peers bool

	// Delta requests changes per second, Diff what was opened, closed and changed, since the
	// previous round or between the two snapshots in DiffFiles.
	Delta, Diff bool
	// DeltaAll requests counters that did not move too.
	DeltaAll  bool
	DiffFiles []string

	// Follow requests events as they happen: those with the names in Events, or all if that
	// is empty.
	Follow bool
	Events []string

	// Diagnose requests findings, by Rules or, if that is nil, by all rules. With
	// MeasureSet, Measure is the time between the two moments that rules compare. FailOn
	// is the least severity that the exit status tells, "" for none. Two snapshots to
	// diagnose are in DiffFiles.
	Diagnose   bool
	Rules      []string
	Measure    time.Duration
	MeasureSet bool
	FailOn     string

	// Summary requests the numbers of sockets and their memory.
	Summary bool

	// Conntrack requests the tracked connections.
	Conntrack bool

	// Neighbors requests the neighbour table.
	Neighbors bool
	// PolicyRules requests the rules of policy routing.
	PolicyRules bool
	// Get lists the packets whose routes are to be looked up, each an address and options.
	Get []string

	// Close requests that the selected sockets be closed, Signal that the processes that
	// hold them get the signal of this name; "" means none. CloseYes and SignalYes do it
	// without a question. CloseOwn closes the user's own ssh sessions too.
	Close, CloseYes, CloseOwn bool
	Signal                    string
	SignalYes                 bool

	// Watch requests a table that is updated in place, WatchPlain lines about changed rows
	// instead. WatchPeriod is the time between rounds, 0 if not given.
	Watch, WatchPlain bool
	WatchPeriod       time.Duration

	// Color is "auto", "always", "never", or "" for auto.
	Color string

	// ResolveTimeout limits the wait for names in each report, 0 for no
	// waiting. It is valid only if ResolveTimeoutSet.
	ResolveTimeout    time.Duration
	ResolveTimeoutSet bool
}

// SeveralNetns reports whether rows of more than one network namespace are requested, so
// that each row must name its own.
func (o *Options) SeveralNetns() bool {
	return len(o.Netns) > 1 || len(o.Netns) == 1 && o.Netns[0] == "all"
}

// Any reports whether the options request something that no classic text can show.
// Filters, Sort and Limit do not count, since some classic texts support them.
func (o *Options) Any() bool {
	return o.Format != (render.Format{}) || o.Columns != "" || o.GroupBy != "" || o.Count ||
		o.TCPInfo || o.Memory || o.AllOwners || o.Peers || len(o.Tables) > 0 || o.SeveralNetns() || o.Diff || len(o.DiffFiles) > 0 || o.Watch || o.Follow || o.Diagnose || o.Summary || o.Conntrack || o.Neighbors || o.PolicyRules || len(o.Get) > 0 || o.Table != ""
}

// Filtered reports whether a filter or a short form of one is given.
func (o *Options) Filtered() bool {
	return len(o.Filters) > 0 || o.Short()
}

// Short reports whether a short form of a filter is given.
func (o *Options) Short() bool {
	return len(o.States)+len(o.Ports)+len(o.PIDs)+len(o.Processes)+len(o.Users) > 0
}

// Group is the purpose of an option, in the order of help texts.
type Group uint8

const (
	Choose Group = iota
	Show
	LookInside
	Compare
	Diagnose
	Reports
	OtherHosts
	Act
)

// groups holds the headings of help texts.
var groups = [...]struct{ title, titleZH string }{
	Choose:     {"Choose", "筛选"},
	Show:       {"Show", "显示"},
	LookInside: {"Look inside", "深入查看"},
	Compare:    {"Compare", "比较"},
	Diagnose:   {"Diagnose", "诊断"},
	Reports:    {"More reports", "更多报告"},
	OtherHosts: {"Other hosts and namespaces", "其他主机与命名空间"},
	Act:        {"Act", "操作"},
}

// Option is one long option.
type Option struct {
	Name     string // without the dashes
	Argument string // name of its value in help texts; "" if it has none
	// Optional reports whether the value may be omitted. A value must then
	// follow "=".
	Optional bool
	Group    Group
	// help describes the option in English and in Chinese. A line may end at each blank
	// and ends at each newline. [formatList] stands for the formats, [topicList] for the
	// topics of help.
	help, helpZH string
	// topic is the topic that the value "help" shows. It is empty for an option that
	// takes "help" as any other value.
	topic help.Topic
	set   func(o *Options, value string) error
}

// All lists the options in the order of help texts: by group, the more common first. No
// name except "help" may be the beginning of a classic long option of net-tools, since
// that would change the meaning of the abbreviation.
var All = [...]Option{
	{"filter", "EXPR", false, Choose, "sockets that match, as in ss: 'dport = :443'", "只看符合条件的套接字，语法同 ss: 'dport = :443'", help.Filter, func(o *Options, v string) error { return list(&o.Filters, v) }},
	{"state", "LIST", false, Choose, "sockets in these states: listening, time-wait, …", "只看处于这些状态的套接字: listening、time-wait 等", help.States, func(o *Options, v string) error { return list(&o.States, v) }},
	{"port", "LIST", false, Choose, "sockets with these ports, at either end", "只看任一端用到这些端口的套接字", "", func(o *Options, v string) error { return list(&o.Ports, v) }},
	{"process", "LIST", false, Choose, "sockets of programs with these names (* and ?)", "只看名称相符的程序的套接字，可用 * 和 ?", "", func(o *Options, v string) error { return list(&o.Processes, v) }},
	{"pid", "LIST", false, Choose, "sockets of these processes, by number", "只看这些进程的套接字，以进程号指定", "", func(o *Options, v string) error { return list(&o.PIDs, v) }},
	{"user", "LIST", false, Choose, "sockets of these users", "只看这些用户的套接字", "", func(o *Options, v string) error { return list(&o.Users, v) }},
	{"family", "LIST", false, Choose, "sockets of these families: tcp6, unix, vsock, …", "只看这些地址族的套接字: tcp6、unix、vsock 等", help.Families, func(o *Options, v string) error { return list(&o.Tables, v) }},
	{"limit", "N", false, Choose, "the first N rows", "只显示前 N 行", "", (*Options).limit},

	{"columns", "LIST", false, Show, "these columns; +NAME and -NAME add to and take from the default; --columns=help lists them", "只显示这些列；+名称 和 -名称 在默认列上增减；--columns=help 列出可用的列", help.Columns, func(o *Options, v string) error { return text(&o.Columns, v) }},
	{"sort", "LIST", false, Show, "order by these columns; -NAME is descending", "按这些列排序；-名称 为降序", help.Columns, func(o *Options, v string) error { return text(&o.Sort, v) }},
	{"group-by", "LIST", false, Show, "counts and sums for each value of these columns", "按这些列分组，显示行数与合计", help.Columns, func(o *Options, v string) error { return text(&o.GroupBy, v) }},
	{"count", "", false, Show, "only the number of rows", "只显示行数", "", func(o *Options, _ string) error { return flag(&o.Count) }},
	{"format", "FORM", false, Show, formatList, formatList, help.Formats, (*Options).format},
	{"json", "", false, Show, "the same as --format=json", "同 --format=json", "", func(o *Options, _ string) error { return o.format("json") }},
	{"color", "WHEN", false, Show, "auto, always or never; for tables and --diagnose", "auto、always 或 never；用于表格与 --diagnose", "", (*Options).color},
	{"resolve-timeout", "D", false, Show, "wait for host names D at most, such as 2 or 500ms", "查主机名最多等待的时间，例如 2（秒）或 500ms", "", (*Options).resolveTimeout},
	{"dialect", "NAME", false, Show, "behave as the netstat of linux or windows", "行为与 linux 或 windows 的 netstat 一致", "", (*Options).dialect},
	{"help", "TOPIC", true, Show, topicList, topicList, help.Topics, (*Options).help},
	{"licenses", "", false, Show, "the licences of this program and of what it contains", "本程序及其所含代码的许可证", "", func(o *Options, _ string) error { return flag(&o.Licenses) }},

	{"tcp-info", "", false, LookInside, "the inside of TCP connections: rtt, cwnd and more", "TCP 连接的内部数据: rtt、cwnd 等", "", func(o *Options, _ string) error { return flag(&o.TCPInfo) }},
	{"memory", "", false, LookInside, "the memory that each socket uses", "每个套接字占用的内存", "", func(o *Options, _ string) error { return flag(&o.Memory) }},
	{"all-owners", "", false, LookInside, "every process that holds a socket, not only one", "列出持有套接字的每个进程", "", func(o *Options, _ string) error { return flag(&o.AllOwners) }},
	{"peers", "", false, LookInside, "the process at the other end, if on this host", "对端的进程（若在本机）", "", func(o *Options, _ string) error { return flag(&o.Peers) }},

	{"table", "NAME", false, LookInside, "with -r: this routing table: main, local, a name or number, or all (Linux)", "与 -r 同用: 此路由表: main、local、名称、编号或 all（Linux）", "", func(o *Options, v string) error { return text(&o.Table, v) }},

	{"diff", "FILE", true, Compare, "with an interval: what was opened, closed and changed;\n--diff OLD NEW: between two snapshots", "与间隔同用: 新增、消失和有变化的内容；\n--diff 旧文件 新文件: 比较两份快照", "", (*Options).diff},
	{"delta", "FILE", true, Compare, "with an interval: traffic of sockets, interfaces and counters per second; counters that did not move only with =all;\n--delta OLD NEW: between two snapshots", "与间隔同用: 套接字的流量、接口和计数器每秒的变化；=all: 未变化的计数器也显示；\n--delta 旧文件 新文件: 两份快照之间", "", (*Options).delta},

	{"watch", "SECONDS", true, Compare, "the table, updated in place, with keys to filter, sort, group and look inside (? explains them); =plain: lines about changed rows", "就地更新的表格，可用按键过滤、排序、分组和查看详情（? 列出按键）；=plain: 以文本行列出有变化的行", "", (*Options).watch},
	{"events", "LIST", true, Compare, "a line for each event of a socket as it happens: opened, closed, state (it changes), retransmit", "套接字的事件逐行实时显示: opened、closed、state（状态变化）、retransmit", "", (*Options).events},

	{"diagnose", "RULE", true, Diagnose, "what is wrong on this host, with evidence: all rules, or these; a number is the seconds to measure for; --diagnose=help lists the rules;\n--diagnose OLD NEW: between two snapshots", "本机有何问题，附证据: 检查全部规则或所列规则；数字为测量的秒数；--diagnose=help 列出规则；\n--diagnose 旧文件 新文件: 比较两份快照", help.Diagnose, (*Options).diagnose},
	{"fail-on", "SEVERITY", false, Diagnose, "exit status 1 for a warning, 2 for a critical finding; critical: only 2", "有 warning 时退出状态为 1，有 critical 时为 2；critical: 仅后者", "", (*Options).failOn},

	{"summary", "", false, Reports, "sockets and their memory in numbers, by protocol, with the limits", "各协议的套接字数与内存，附限值", "", func(o *Options, _ string) error { return flag(&o.Summary) }},
	{"rules", "", false, Reports, "rules of policy routing (Linux); -4 and -6 choose", "策略路由规则（Linux）；用 -4、-6 选择", "", func(o *Options, _ string) error { return flag(&o.PolicyRules) }},
	{"get", "ADDRESS", false, Reports, "route that packets to ADDRESS take, and why: rule, table, source, neighbour;\n\"ADDRESS from A iif D oif D mark N tos N uid N ipproto P sport N dport N\"; Windows knows only from and oif", "到该地址的数据包所走的路由及缘由: 规则、路由表、源地址、邻居；\n\"地址 from 源 iif 接口 oif 接口 mark N tos N uid N ipproto 协议 sport N dport N\"；Windows 只支持 from 和 oif", "", func(o *Options, v string) error { return list(&o.Get, v) }},
	{"neighbors", "", false, Reports, "neighbours on each link: address, MAC, state, age; -4 and -6 choose", "各链路上的邻居: 地址、MAC、状态、时间；用 -4、-6 选择", "", func(o *Options, _ string) error { return flag(&o.Neighbors) }},
	{"conntrack", "", false, Reports, "connections that this host tracks, with their translation, state, timeout, mark, zone and counters (Linux); -4 and -6 choose", "本机跟踪的连接及其地址转换、状态、超时、标记、区域和计数（Linux）；用 -4、-6 选择", "", func(o *Options, _ string) error { return flag(&o.Conntrack) }},

	{"snapshot", "FILE", false, OtherHosts, "save a snapshot of this host, - for standard output; compressed if FILE ends in .zst", "将本机的快照存为文件，- 表示标准输出；文件名以 .zst 结尾则压缩", "", func(o *Options, v string) error { return file(&o.Snapshot, v) }},
	{"redact", "", false, OtherHosts, "with --snapshot or --record: pseudonyms for addresses, names, paths and arguments", "与 --snapshot 或 --record 同用: 以化名替换地址、名称、路径和参数", "", func(o *Options, _ string) error { return flag(&o.Redact) }},
	{"replay", "FILE", false, OtherHosts, "answer from a snapshot, - for standard input, or from the newest round of a directory", "根据快照显示，- 表示标准输入；若为目录，则取其中最新的一轮", "", func(o *Options, v string) error { return file(&o.Replay, v) }},
	{"record", "DIR", false, OtherHosts, "save a snapshot in a directory each 10 seconds, or at an interval; --limit=N ends after N", "每 10 秒或按间隔将快照存入目录；--limit=N 表示 N 轮后结束", "", (*Options).record},
	{"keep", "SIZE", false, OtherHosts, "with --record: remove the oldest rounds beyond a size (500M, 2GiB) or an age (24h, 7d)", "与 --record 同用: 删除超出此大小（500M、2GiB）或时间（24h、7d）的旧快照", "", (*Options).keep},
	{"at", "TIME", false, OtherHosts, "with --replay DIR: the last round at or before '2026-11-29 18:00', 18:00 or -10m", "与 --replay 目录 同用: 不晚于此时刻的最后一轮，如 '2026-11-29 18:00'、18:00 或 -10m", "", func(o *Options, v string) error { return moment(&o.At, v) }},
	{"from", "TIME", false, OtherHosts, "with --diff DIR or --diagnose DIR: the older round", "与 --diff 目录 或 --diagnose 目录 同用: 较旧的一轮", "", func(o *Options, v string) error { return moment(&o.From, v) }},
	{"to", "TIME", false, OtherHosts, "the newer round, the newest one if not given", "较新的一轮，默认为最新的一轮", "", func(o *Options, v string) error { return moment(&o.To, v) }},
	{"netns", "LIST", false, OtherHosts, "network namespaces: names, paths, processes, host (that of process 1), or all (Linux)", "网络命名空间: 名称、路径、进程号、host 或 all（Linux）", help.Namespaces, func(o *Options, v string) error { return list(&o.Netns, v) }},

	{"close", "yes", true, Act, "close the selected sockets after a question; =yes: without one", "关闭所选的套接字；先询问，=yes 则不问", "", (*Options).close},
	{"signal", "NAME", false, Act, "signal the processes that hold the selected sockets after a question: TERM, KILL, …, on Windows KILL; NAME,yes: without one", "询问后向持有所选套接字的进程发信号: TERM、KILL 等（Windows 仅 KILL）；名称后加 ,yes 则不问", "", (*Options).signal},
}

func (o *Options) close(value string) error {
	o.Close = true
	for word := range strings.SplitSeq(value, ",") {
		switch strings.ToLower(strings.TrimSpace(word)) {
		case "":
		case "yes":
			o.CloseYes = true
		case "self":
			o.CloseOwn = true
		default:
			return message.CloseValues.Err()
		}
	}
	return nil
}

func (o *Options) signal(value string) error {
	name, rest, more := strings.Cut(value, ",")
	if more {
		if !strings.EqualFold(strings.TrimSpace(rest), "yes") {
			return message.SignalValues.Err()
		}
		o.SignalYes = true
	}
	if o.Signal = strings.TrimSpace(name); o.Signal == "" {
		return message.SignalValues.Err()
	}
	return nil
}

// shortestWatch is the shortest time between rounds of --watch.
const shortestWatch = 100 * time.Millisecond

func (o *Options) watch(value string) error {
	o.Watch = true
	for word := range strings.SplitSeq(value, ",") {
		word = strings.TrimSpace(word)
		d, ok, _ := Seconds(word)
		switch {
		case strings.EqualFold(word, "plain"):
			o.WatchPlain = true
		case word == "":
		case !ok || d < shortestWatch:
			return message.WatchValues.Err()
		default:
			o.WatchPeriod = d
		}
	}
	return nil
}

func flag(field *bool) error {
	*field = true
	return nil
}

func text(field *string, value string) error {
	if value == "" {
		return message.NameValues.Err()
	}
	*field = value
	return nil
}

// list sets an option that may be repeated: each value is kept.
func list(field *[]string, value string) error {
	if strings.TrimSpace(value) == "" {
		return errors.New("must not be empty")
	}
	*field = append(*field, value)
	return nil
}

// oneOf returns value in lower case, or an error that lists the accepted values.
func oneOf(what, value string, known ...string) (string, error) {
	if name := strings.ToLower(value); slices.Contains(known, name) {
		return name, nil
	}
	return "", &fact.UnknownError{What: what, Name: value, Known: known}
}

func (o *Options) color(value string) (err error) {
	o.Color, err = oneOf("--color value", value, "auto", "always", "never")
	return err
}

func (o *Options) diff(value string) error {
	o.Diff = true
	return o.compared(value)
}

// delta accepts "all", a snapshot or nothing.
func (o *Options) delta(value string) error {
	o.Delta = true
	if strings.EqualFold(value, "all") {
		o.DeltaAll = true
		return nil
	}
	return o.compared(value)
}

// compared adds a snapshot to compare, or none for "".
func (o *Options) compared(value string) error {
	if value != "" {
		o.DiffFiles = append(o.DiffFiles, value)
	}
	if len(o.DiffFiles) > 2 {
		return errors.New("compares at most two snapshots")
	}
	return nil
}

func (o *Options) events(value string) error {
	var names []string
	if value != "" {
		for name := range strings.SplitSeq(value, ",") {
			known := []string{"opened", "closed", "state", "retransmit"}
			name = strings.ToLower(strings.TrimSpace(name))
			if !slices.Contains(known, name) {
				return &fact.UnknownError{What: "event", Chinese: "事件", Name: name, Known: known}
			}
			names = append(names, name)
		}
	}
	o.Follow, o.Events = true, append(o.Events, names...)
	return nil
}

// diagnose sets the rules of a list, and the number of seconds if one is among them.
func (o *Options) diagnose(value string) error {
	o.Diagnose = true
	if value == "" {
		return nil
	}
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		if d, ok, number := Seconds(name); number {
			if !ok || o.MeasureSet {
				return errors.New("must be names of rules and at most one number of seconds")
			}
			o.Measure, o.MeasureSet = d, true
			continue
		}
		rule := diagnose.Named(name)
		if rule == nil {
			return &fact.UnknownError{What: "rule", Name: name, Known: diagnose.Names(), Help: "--diagnose=help"}
		}
		if !slices.Contains(o.Rules, rule.Name) {
			o.Rules = append(o.Rules, rule.Name)
		}
	}
	return nil
}

func (o *Options) failOn(value string) (err error) {
	o.FailOn, err = oneOf("--fail-on value", value, "warning", "critical")
	return err
}

func (o *Options) format(value string) error {
	f, err := render.ParseFormat(value)
	if err == nil {
		o.Format = f
	}
	return err
}

func (o *Options) limit(value string) error {
	n, err := strconv.ParseUint(value, 10, 64)
	if err != nil || n == 0 {
		return errors.New("must be a positive number")
	}
	o.Limit = n
	return nil
}

// Find returns the option with this name, or the only one whose name begins with it;
// found is nil if there is none. If a beginning is ambiguous, rivals holds the other
// options.
func Find(name string) (found *Option, rivals []string) {
	for i := range All {
		switch o := &All[i]; {
		case !strings.HasPrefix(o.Name, name):
		case o.Name == name:
			return o, nil
		case found == nil:
			found = o
		default:
			rivals = append(rivals, o.Name)
		}
	}
	return found, rivals
}

// Set stores the value of a given option. The error is one line about the value.
func (o *Options) Set(option *Option, value string) error {
	if option.topic != "" && asksForHelp(option.topic, value) {
		o.Help = option.topic
		return nil
	}
	err := option.set(o, value)
	if err == nil || errors.As(err, new(*fact.UnknownError)) {
		return err
	}
	if message.Bilingual(err) {
		return message.BadValue.Wrap(err, value, option.Name)
	}
	return errors.New(message.BadValue.In(false, value, option.Name, err.Error()))
}

// asksForHelp reports whether a value, or one of a list, is the word "help". An
// expression is no list.
func asksForHelp(topic help.Topic, value string) bool {
	for name := range strings.SplitSeq(value, ",") {
		if strings.EqualFold(strings.TrimSpace(name), "help") {
			return topic != help.Filter || len(name) == len(value)
		}
	}
	return false
}

// ParseDialect returns the dialect with this name, in any case. The error is one line.
func ParseDialect(name string) (string, error) { return oneOf("dialect", name, "linux", "windows") }

func (o *Options) dialect(value string) (err error) {
	o.Dialect, err = ParseDialect(value)
	return err
}

func (o *Options) help(value string) (err error) {
	o.Help, err = help.ParseTopic(value)
	return err
}

func file(field *string, value string) error {
	if value == "" {
		return errors.New("must be a file name, or - for a standard stream")
	}
	*field = value
	return nil
}

func (o *Options) record(value string) error {
	if value == "" || value == "-" {
		return errors.New("must be a directory")
	}
	o.Record = value
	return nil
}

func (o *Options) resolveTimeout(value string) error {
	d, ok, number := Seconds(value)
	if !number {
		var err error
		d, err = time.ParseDuration(value)
		ok = err == nil && d >= 0
	}
	if !ok {
		return errors.New("must be a number of seconds, or a duration such as 500ms")
	}
	o.ResolveTimeout, o.ResolveTimeoutSet = d, true
	return nil
}

// Seconds parses a decimal number of seconds. number reports whether s is a
// number, ok whether it is a valid time: neither negative nor longer than a
// Duration can be.
func Seconds(s string) (d time.Duration, ok, number bool) {
	// ParseFloat also accepts "inf", "nan", hexadecimal and "_". These are
	// words here: an interface may have such a name.
	if strings.Trim(s, "0123456789.eE+-") != "" {
		return 0, false, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false, false
	}
	f = math.Round(f * float64(time.Second))
	if math.Signbit(f) && f != 0 || f >= math.MaxInt64 {
		return 0, false, true
	}
	return time.Duration(f), true, true
}
