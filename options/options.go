// Package options holds the long options that the classic netstats do not have.
// They are the same in every dialect: the dialect's parser passes options that
// are not classic to [Options.Set]. The package defines names and values, not
// their effects.
package options

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"netstat/render"
)

// Options holds the values of the given options. The zero value means that none
// is given.
type Options struct {
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
	return len(o.Filters)+len(o.States)+len(o.Ports)+len(o.PIDs)+len(o.Processes)+len(o.Users) > 0
}

// Option is one long option.
type Option struct {
	Name     string // without the dashes
	Argument string // name of its value in help texts; "" if it has none
	// Optional reports whether the value may be omitted. A value must then
	// follow "=".
	Optional bool
	// help is what it does, in English and in Chinese, for lines of at most
	// helpWidth columns. [formatList] stands for the formats.
	help, helpZH string
	set          func(o *Options, value string) error
}

// All are the options there are, in the order of help texts. None may begin
// a classic long option of net-tools: what the word means would change.
var All = [...]Option{
	{"all-owners", "", false, "every process that holds a socket, not only one", "列出持有套接字的每个进程", flag(func(o *Options) *bool { return &o.AllOwners })},
	{"color", "WHEN", false, "auto, always or never; for --format=table", "auto、always 或 never；用于 --format=table", (*Options).color},
	{"columns", "LIST", false, "these columns, as a table unless --format says;\n                           --columns=help lists them", "只要这些列；未指定 --format 时为表格；\n                           --columns=help 列出可用的列", text(func(o *Options) *string { return &o.Columns })},
	{"count", "", false, "only the number of rows", "只显示数目", flag(func(o *Options) *bool { return &o.Count })},
	{"delta", "", false, "with an interval: counters as changes per second", "与间隔同用：计数器显示每秒的变化", flag(func(o *Options) *bool { return &o.Delta })},
	{"dialect", "NAME", false, "behave as the netstat of linux or windows", "按 linux 或 windows 的 netstat 行事", (*Options).dialect},
	{"diff", "FILE", true, "with an interval: sockets opened, closed, changed;\n                           --diff OLD NEW: between two snapshots", "与间隔同用：新增、消失和变化的行；\n                           --diff 旧 新：比较两份记录", (*Options).diff},
	{"family", "LIST", false, "these socket families: tcp, mptcp, vsock, …", "只看这些套接字：tcp、mptcp、vsock、packet 等", list(func(o *Options) *[]string { return &o.Tables })},
	{"filter", "EXPR", false, "only sockets that match, in ss's language and more", "只看符合的套接字，语法同 ss 并有扩充", list(func(o *Options) *[]string { return &o.Filters })},
	{"format", "FORM", false, formatList, formatList, (*Options).format},
	{"group-by", "LIST", false, "counts and sums for each value of these columns", "按这些列的值分组计数、求和", text(func(o *Options) *string { return &o.GroupBy })},
	{"json", "", false, "the same as --format=json", "即 --format=json", func(o *Options, _ string) error { return o.format("json") }},
	{"limit", "N", false, "the first N rows", "只要前 N 行", (*Options).limit},
	{"memory", "", false, "the memory that each socket uses", "每个套接字占用的内存", flag(func(o *Options) *bool { return &o.Memory })},
	{"netns", "LIST", false, "network namespaces: names, paths, processes, host\n                           (that of process 1), or all", "网络命名空间：名称、路径、进程号、\n                           host（1 号进程所在）或 all", list(func(o *Options) *[]string { return &o.Netns })},
	{"peers", "", false, "the process at the other end, if on this host", "对端也在本机时，其进程", flag(func(o *Options) *bool { return &o.Peers })},
	{"pid", "LIST", false, "only sockets of these processes", "只看这些进程号的套接字", list(func(o *Options) *[]string { return &o.PIDs })},
	{"port", "LIST", false, "only sockets with these ports, at either end", "只看用到这些端口（任一端）的套接字", list(func(o *Options) *[]string { return &o.Ports })},
	{"process", "NAME", false, "only sockets of programs with this name (* and ?)", "只看此程序的套接字，可用 * 和 ?", list(func(o *Options) *[]string { return &o.Processes })},
	{"replay", "FILE", false, "answer from a snapshot, - for standard input", "从记录的主机作答，- 为标准输入", file(func(o *Options) *string { return &o.Replay })},
	{"resolve-timeout", "D", false, "wait for host names D at most, such as 2 or 500ms", "查主机名最多等待 D，例如 2（秒）或 500ms", (*Options).resolveTimeout},
	{"snapshot", "FILE", false, "save a snapshot, - for standard output", "把本机记录到文件，- 为标准输出", file(func(o *Options) *string { return &o.Snapshot })},
	{"sort", "LIST", false, "order by these columns; -name is descending", "按这些列排序；-名称 为降序", text(func(o *Options) *string { return &o.Sort })},
	{"state", "LIST", false, "only sockets in these states, or groups of states", "只看处于这些状态（或状态组）的套接字", list(func(o *Options) *[]string { return &o.States })},
	{"tcp-info", "", false, "the inside of TCP connections: rtt, cwnd and more", "TCP 连接的内部：rtt、cwnd 等", flag(func(o *Options) *bool { return &o.TCPInfo })},
	{"user", "LIST", false, "only sockets of these users", "只看这些用户的套接字", list(func(o *Options) *[]string { return &o.Users })},
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

func (o *Options) color(value string) error {
	switch value {
	case "auto", "always", "never":
		o.Color = value
		return nil
	}
	return errors.New("must be auto, always or never")
}

func (o *Options) diff(value string) error {
	o.Diff = true
	if value != "" {
		o.DiffFiles = append(o.DiffFiles, value)
	}
	if len(o.DiffFiles) > 2 {
		return errors.New("two recordings can be compared, no more")
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

// formatList is a help that lists the formats there are.
const formatList = "FORMATS"

const (
	helpColumn = 27 // where help begins
	helpWidth  = 52 // how wide its lines may be
)

// Usage returns the lines of a help text on all options, in Chinese or in
// English.
func Usage(chinese bool) string {
	var b strings.Builder
	for i := range All {
		o := &All[i]
		text := "      --" + o.Name
		switch {
		case o.Optional:
			text += "[=" + o.Argument + "]"
		case o.Argument != "":
			text += "=" + o.Argument
		}
		b.WriteString(text)
		if pad := helpColumn - len(text); pad >= 2 {
			b.WriteString(strings.Repeat(" ", pad))
		} else {
			b.WriteString("\n" + strings.Repeat(" ", helpColumn))
		}
		help := o.help
		if chinese {
			help = o.helpZH
		}
		if help == formatList {
			help = wrap(render.FormatWords(chinese))
		}
		b.WriteString(help + "\n")
	}
	return b.String()
}

// wrap joins words to lines of help. The words have the blanks between them at
// their ends.
func wrap(words []string) string {
	var b strings.Builder
	line := ""
	for _, word := range words {
		if line != "" && columns(strings.TrimRight(line+word, " ")) > helpWidth {
			b.WriteString(strings.TrimRight(line, " ") + "\n" + strings.Repeat(" ", helpColumn))
			line = ""
		}
		line += word
	}
	return b.String() + line
}

// columns returns the width of text on a terminal: two columns for each
// character outside ASCII, all of which are Chinese in help texts.
func columns(text string) int {
	n := utf8.RuneCountInString(text)
	for _, r := range text {
		if r >= utf8.RuneSelf {
			n++
		}
	}
	return n
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
	if err := option.set(o, value); err != nil {
		return errors.New("bad value '" + value + "' for --" + option.Name + ": " + err.Error())
	}
	return nil
}

func (o *Options) dialect(value string) error {
	switch strings.ToLower(value) {
	case "linux", "windows":
		o.Dialect = strings.ToLower(value)
		return nil
	}
	return errors.New("must be linux or windows")
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
