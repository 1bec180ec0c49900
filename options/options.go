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

	"netstat/fact"
	"netstat/help"
	"netstat/render"
)

// Options holds the values of the given options. The zero value means that none
// is given.
type Options struct {
	// Help is what to explain in the place of a report, empty for nothing.
	Help help.Topic
	// Dialect is the classic netstat to be: "linux", "windows", or empty for
	// that of the running system.
	Dialect string
	// Snapshot is the file to record the host to, and Replay the snapshot
	// to read from. "-" is standard output and input. "" means none.
	Snapshot, Replay string
	// Format is the output format. The zero value is the dialect's own
	// text.
	Format render.Format
	// Columns, Sort and GroupBy are lists of names separated by commas, or
	// "" if not given.
	Columns, Sort, GroupBy string
	// Limit is the largest number of rows to show, 0 for no limit.
	Limit uint64
	// Count asks only for the number of rows.
	Count bool

	// Filters lists expressions that must all match. States, Ports, PIDs,
	// Processes and Users are the values of the short forms.
	Filters                               []string
	States, Ports, PIDs, Processes, Users []string
	// Tables lists the socket tables to show in addition to those named by
	// classic options.
	Tables []string
	// Netns are lists of network namespaces to look at, "all" for every one.
	Netns []string

	// TCPInfo, Memory, AllOwners and Peers ask for more facts about each
	// socket.
	TCPInfo, Memory, AllOwners, Peers bool

	// Delta asks for changes per second. Diff asks for sockets opened,
	// closed and changed since the previous round, or between the two
	// snapshots in DiffFiles.
	Delta, Diff bool
	DiffFiles   []string

	// Color is "auto", "always", "never", or "" for auto.
	Color string

	// ResolveTimeout limits the wait for names in each report, 0 for no
	// waiting. It is valid only if ResolveTimeoutSet.
	ResolveTimeout    time.Duration
	ResolveTimeoutSet bool
}

// SeveralNetns reports whether rows of more than one network namespace are
// asked for, so that each row must name its own.
func (o *Options) SeveralNetns() bool {
	return len(o.Netns) > 1 || len(o.Netns) == 1 && o.Netns[0] == "all"
}

// Any reports whether the options ask for something that no classic text can
// show. Filters, Sort and Limit do not count, since some classic texts support
// them.
func (o *Options) Any() bool {
	return o.Format != (render.Format{}) || o.Columns != "" || o.GroupBy != "" || o.Count ||
		o.TCPInfo || o.Memory || o.AllOwners || o.Peers || len(o.Tables) > 0 || o.SeveralNetns() || o.Diff
}

// Filtered reports whether a filter or a short form of one is given.
func (o *Options) Filtered() bool {
	return len(o.Filters) > 0 || o.Short()
}

// Short reports whether a short form of a filter is given.
func (o *Options) Short() bool {
	return len(o.States)+len(o.Ports)+len(o.PIDs)+len(o.Processes)+len(o.Users) > 0
}

// Group says what options are for, in the order of help texts.
type Group uint8

const (
	Choose Group = iota
	Show
	LookInside
	Compare
	OtherHosts
)

// groups are the headings of help texts.
var groups = [...]struct{ title, titleZH string }{
	Choose:     {"Choose", "选择"},
	Show:       {"Show", "显示"},
	LookInside: {"Look inside", "深入查看"},
	Compare:    {"Compare", "比较"},
	OtherHosts: {"Other hosts and namespaces", "其他主机与命名空间"},
}

// Option is one long option.
type Option struct {
	Name     string // without the dashes
	Argument string // name of its value in help texts; "" if it has none
	// Optional reports whether the value may be omitted. A value must then
	// follow "=".
	Optional bool
	Group    Group
	// help is what it does, in English and in Chinese: a line may end at each blank, and
	// ends at each newline. [formatList] stands for the formats, [topicList] for the topics of help.
	help, helpZH string
	// topic is what the value "help" shows; empty for an option that takes it as any
	// other value.
	topic help.Topic
	set   func(o *Options, value string) error
}

// All are the options there are, in the order of help texts: by group, the more common
// first. None but "help" may begin a classic long option of net-tools: what the word
// means would change.
var All = [...]Option{
	{"filter", "EXPR", false, Choose, "sockets that match, as in ss: 'dport = :443'", "只看符合条件的套接字，语法同 ss", help.Filter, list(func(o *Options) *[]string { return &o.Filters })},
	{"state", "LIST", false, Choose, "sockets in these states: listening, time-wait, …", "只看处于这些状态的套接字: listening、time-wait 等", help.States, list(func(o *Options) *[]string { return &o.States })},
	{"port", "LIST", false, Choose, "sockets with these ports, at either end", "只看用到这些端口（任一端）的套接字", "", list(func(o *Options) *[]string { return &o.Ports })},
	{"process", "NAME", false, Choose, "sockets of programs with this name (* and ?)", "只看此程序的套接字，可用 * 和 ?", "", list(func(o *Options) *[]string { return &o.Processes })},
	{"pid", "LIST", false, Choose, "sockets of these processes, by number", "只看这些进程号的套接字", "", list(func(o *Options) *[]string { return &o.PIDs })},
	{"user", "LIST", false, Choose, "sockets of these users", "只看这些用户的套接字", "", list(func(o *Options) *[]string { return &o.Users })},
	{"family", "LIST", false, Choose, "sockets of these families: tcp6, unix, vsock, …", "只看这些地址族的套接字: tcp6、unix、vsock 等", help.Families, list(func(o *Options) *[]string { return &o.Tables })},
	{"limit", "N", false, Choose, "the first N rows", "只要前 N 行", "", (*Options).limit},

	{"columns", "LIST", false, Show, "these columns; +NAME and -NAME add to and take from the default; --columns=help lists them", "只要这些列；+名称 和 -名称 在默认列上增减； --columns=help 列出可用的列", help.Columns, text(func(o *Options) *string { return &o.Columns })},
	{"sort", "LIST", false, Show, "order by these columns; -NAME is descending", "按这些列排序；-名称 为降序", help.Columns, text(func(o *Options) *string { return &o.Sort })},
	{"group-by", "LIST", false, Show, "counts and sums for each value of these columns", "按这些列的值分组计数、求和", help.Columns, text(func(o *Options) *string { return &o.GroupBy })},
	{"count", "", false, Show, "only the number of rows", "只显示行数", "", flag(func(o *Options) *bool { return &o.Count })},
	{"format", "FORM", false, Show, formatList, formatList, help.Formats, (*Options).format},
	{"json", "", false, Show, "the same as --format=json", "即 --format=json", "", func(o *Options, _ string) error { return o.format("json") }},
	{"color", "WHEN", false, Show, "auto, always or never; for --format=table", "auto、always 或 never；用于 --format=table", "", (*Options).color},
	{"resolve-timeout", "D", false, Show, "wait for host names D at most, such as 2 or 500ms", "查主机名最多等待 D，例如 2（秒）或 500ms", "", (*Options).resolveTimeout},
	{"dialect", "NAME", false, Show, "behave as the netstat of linux or windows", "按 linux 或 windows 的 netstat 行事", "", (*Options).dialect},
	{"help", "TOPIC", true, Show, topicList, topicList, help.Topics, (*Options).help},

	{"tcp-info", "", false, LookInside, "the inside of TCP connections: rtt, cwnd and more", "TCP 连接的内部: rtt、cwnd 等", "", flag(func(o *Options) *bool { return &o.TCPInfo })},
	{"memory", "", false, LookInside, "the memory that each socket uses", "每个套接字占用的内存", "", flag(func(o *Options) *bool { return &o.Memory })},
	{"all-owners", "", false, LookInside, "every process that holds a socket, not only one", "列出持有套接字的每个进程", "", flag(func(o *Options) *bool { return &o.AllOwners })},
	{"peers", "", false, LookInside, "the process at the other end, if on this host", "对端也在本机时，其进程", "", flag(func(o *Options) *bool { return &o.Peers })},

	{"diff", "FILE", true, Compare, "with an interval: sockets opened, closed, changed;\n--diff OLD NEW: between two snapshots", "与间隔同用: 打开、关闭和变化的套接字；\n--diff 旧 新: 比较两份快照", "", (*Options).diff},
	{"delta", "", false, Compare, "with an interval: counters as changes per second", "与间隔同用: 计数器显示每秒的变化", "", flag(func(o *Options) *bool { return &o.Delta })},

	{"snapshot", "FILE", false, OtherHosts, "save a snapshot of this host, - for standard output", "把本机的快照存入文件，- 为标准输出", "", file(func(o *Options) *string { return &o.Snapshot })},
	{"replay", "FILE", false, OtherHosts, "answer from a snapshot, - for standard input", "以快照作答，- 为标准输入", "", file(func(o *Options) *string { return &o.Replay })},
	{"netns", "LIST", false, OtherHosts, "network namespaces: names, paths, processes, host (that of process 1), or all", "网络命名空间: 名称、路径、进程号、 host（1 号进程所在）或 all", help.Namespaces, list(func(o *Options) *[]string { return &o.Netns })},
}

func flag(field func(*Options) *bool) func(*Options, string) error {
	return func(o *Options, _ string) error {
		*field(o) = true
		return nil
	}
}

func text(field func(*Options) *string) func(*Options, string) error {
	return func(o *Options, value string) error {
		if value == "" {
			return errors.New("must be a list of names, separated by commas")
		}
		*field(o) = value
		return nil
	}
}

// list returns the setter of an option that may be repeated: each value is
// kept.
func list(field func(*Options) *[]string) func(*Options, string) error {
	return func(o *Options, value string) error {
		if strings.TrimSpace(value) == "" {
			return errors.New("must not be empty")
		}
		*field(o) = append(*field(o), value)
		return nil
	}
}

// oneOf returns value in lower case, or an error that lists what is known.
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
	if value != "" {
		o.DiffFiles = append(o.DiffFiles, value)
	}
	if len(o.DiffFiles) > 2 {
		return errors.New("compares at most two snapshots")
	}
	return nil
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

// Find returns the option that is called name, or the only one that begins so;
// found is nil for none. Of an ambiguous beginning, rivals are the others.
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

// Set stores the value of a given option. The error says in one line what is
// wrong with the value.
func (o *Options) Set(option *Option, value string) error {
	if option.topic != "" && asksForHelp(option.topic, value) {
		o.Help = option.topic
		return nil
	}
	err := option.set(o, value)
	if err == nil || errors.As(err, new(*fact.UnknownError)) {
		return err
	}
	return errors.New("bad value '" + value + "' for --" + option.Name + ": " + err.Error())
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

// ParseDialect returns the dialect that is called name, in any case. The error is one
// line.
func ParseDialect(name string) (string, error) { return oneOf("dialect", name, "linux", "windows") }

func (o *Options) dialect(value string) (err error) {
	o.Dialect, err = ParseDialect(value)
	return err
}

func (o *Options) help(value string) (err error) {
	o.Help, err = help.ParseTopic(value)
	return err
}

func file(field func(*Options) *string) func(*Options, string) error {
	return func(o *Options, value string) error {
		if value == "" {
			return errors.New("must be a file name, or - for a standard stream")
		}
		*field(o) = value
		return nil
	}
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
