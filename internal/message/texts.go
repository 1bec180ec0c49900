package message

// Sentences, named after what they say. The order is that of texts.
const (
	// What --close and --signal ask, and why they do nothing.
	Close Text = iota
	Send
	WillKeepSession
	NothingDone
	NothingAsked
	LeftListening
	LeftUDP
	LeftOthers
	TooMany
	NoSocket
	NoProcess

	// What happened to a socket or process.
	Closed
	Gone
	Denied
	NotSupported
	Disconnected
	KeptSession
	KeptFirst
	KeptSelf
	Sent

	// The key K of --watch.
	CloseKeyGroup
	CloseKeySession
	CloseKey
	CloseKeyListening
	CloseKeyUDP
	CloseKeyBusy

	// Options and hosts that exclude each other.
	ExcludeEachOther
	Excludes
	ActExcludes
	WatchExcludes
	SnapshotGone
	SnapshotFixed
	OnlySocketReports
	NeedsFilter
	WorksOnce
	WatchFormat
	WatchTerminal
	NoTerminal

	// Events.
	EventsInterval
	EventsOnlySockets
	EventsProtocols
	EventsNotProtocol
	EventsTimers
	EventsColumn
	EventsFilter
	NoNamespace
	KernelEvents
	About
	Comparing
	ComparingAdvice
	LostEvents
	LostUnknown
	LostIn
	WaitingForChanges

	// Values of options.
	BadValue
	CloseValues
	SignalValues
	WatchValues
	NameValues
)

// texts is the table of sentences. A word that a program may look for stays as it is in
// Chinese, as the states of sockets do; its meaning follows in brackets.
var texts = [...]struct{ english, chinese string }{
	Close:           {"Close %s?", "关闭 %s？"},
	Send:            {"Send %s to %s?", "向 %[2]s发送 %[1]s？"},
	WillKeepSession: {": own ssh session, will be kept", ": 当前 ssh 会话，将保留"},
	NothingDone:     {"nothing was done", "未做任何操作"},
	NothingAsked:    {"nothing was done: %s does it without a question", "未做任何操作: 用 %s 可不经询问直接执行"},
	LeftListening:   {"%s left alone: name their state to close them", "跳过 %s: 指明其状态才会关闭"},
	LeftUDP:         {"%s left alone: name the protocol to close them", "跳过 %s: 指明协议才会关闭"},
	LeftOthers:      {"%s left alone: the system closes only TCP and UDP", "跳过 %s: 系统只能关闭 TCP 和 UDP 套接字"},
	TooMany:         {"%s match: --limit says how many of them to close", "符合条件的有 %s: 请用 --limit 指定关闭几个"},
	NoSocket:        {"no socket to close", "没有可关闭的套接字"},
	NoProcess:       {"no process to signal: no process is known to hold a selected socket", "没有可发信号的进程: 未发现持有所选套接字的进程"},

	Closed:       {"closed", "closed（已关闭）"},
	Gone:         {"gone", "gone（已不存在）"},
	Denied:       {"denied", "denied（权限不足）"},
	NotSupported: {"not supported", "not supported（不支持）"},
	Disconnected: {"not closed: its process gets an error and keeps the port", "not closed（未关闭）: 其进程收到错误，仍占用端口"},
	KeptSession:  {"kept: own ssh session (%s,self closes it)", "kept（保留）: 当前 ssh 会话（用 %s,self 可关闭）"},
	KeptFirst:    {"kept: process 1 is the system's", "kept（保留）: 1 号进程属于系统"},
	KeptSelf:     {"kept: this program runs in it", "kept（保留）: 本程序在其中运行"},
	Sent:         {"sent %s", "sent %s（已发送）"},

	CloseKeyGroup:     {"K closes one socket: it is not supported on a group", "K 一次关闭一个套接字: 不支持分组"},
	CloseKeySession:   {"K keeps the own ssh session: --close=yes,self closes it", "K 保留当前 ssh 会话: 用 --close=yes,self 可关闭"},
	CloseKey:          {"Close? y/n: ", "关闭？y/n: "},
	CloseKeyListening: {"Close this LISTENING socket? y/n: ", "关闭这个监听套接字？y/n: "},
	CloseKeyUDP:       {"Disconnect this UDP socket? Its process keeps the port. y/n: ", "断开这个 UDP 套接字？其进程仍占用端口。y/n: "},
	CloseKeyBusy:      {"closing …", "关闭中 …"},

	ExcludeEachOther:  {"%s and %s exclude each other", "%s 与 %s 不能同时使用"},
	Excludes:          {"%s excludes %s", "%s 不能与 %s 同时使用"},
	ActExcludes:       {"%s prints a line for each, and excludes --format, --columns, --group-by, --count and --snapshot", "%s 逐行显示结果，不能与 --format、--columns、--group-by、--count、--snapshot 同时使用"},
	WatchExcludes:     {"--watch excludes --snapshot, --diff, --delta, --count, --diagnose, --close and --signal", "--watch 不能与 --snapshot、--diff、--delta、--count、--diagnose、--close、--signal 同时使用"},
	SnapshotGone:      {"%s needs a live host: a snapshot's sockets are gone", "%s 需要实时主机: 快照中的套接字已不存在"},
	SnapshotFixed:     {"a snapshot does not change: %s needs a live host", "快照不会变化: %s 需要实时主机"},
	OnlySocketReports: {"%s applies only to socket reports", "%s 只适用于套接字报告"},
	NeedsFilter:       {"%s needs --filter or a short form of it, such as --port 8080", "%s 需要 --filter 或其简写，例如 --port 8080"},
	WorksOnce:         {"%s works once: remove the interval", "%s 只执行一次: 请去掉间隔秒数"},
	WatchFormat:       {"--watch shows a table: remove --format, or use --watch=plain", "--watch 显示表格: 请去掉 --format，或改用 --watch=plain"},
	WatchTerminal:     {"--watch needs a terminal (--watch=plain needs none): %s", "--watch 需要终端（--watch=plain 则不需要）: %s"},
	NoTerminal:        {"not a terminal", "不是终端"},

	EventsInterval:    {"--events follows until interrupted: remove the interval", "--events 持续到中断为止: 请去掉间隔秒数"},
	EventsOnlySockets: {"--events applies only to sockets", "--events 只适用于套接字"},
	EventsProtocols:   {"--events knows only tcp and udp", "--events 只支持 tcp 和 udp"},
	EventsNotProtocol: {"--events knows only tcp and udp, not %s", "--events 只支持 tcp 和 udp，不支持 %s"},
	EventsTimers:      {"--events has no timers: remove -o", "--events 没有定时器: 请去掉 -o"},
	EventsColumn:      {"--columns: events do not have '%s'", "--columns: 事件没有 '%s'"},
	EventsFilter:      {"--filter: events have no facts that must be read from the socket, such as rtt or timers", "--filter: 事件不含须从套接字读取的信息，例如 rtt 或定时器"},
	NoNamespace:       {"no network namespace can be read", "没有可读取的网络命名空间"},
	KernelEvents:      {"only a program in the kernel reports these events", "这类事件只能由内核中的程序报告"},
	About:             {"%s: %s", "%s: %s"},
	Comparing:         {"comparing sockets every second: those open for less are missed", "每秒比较一次套接字: 会漏掉打开不到一秒的套接字"},
	ComparingAdvice:   {"comparing sockets every second: those open for less are missed (run as root)", "每秒比较一次套接字: 会漏掉打开不到一秒的套接字（请以 root 身份运行）"},
	LostEvents:        {"lost %s events (%s)", "lost（丢失）%s 个事件（%s）"},
	LostUnknown:       {"lost events, their number is unknown (%s)", "lost（丢失）事件，数量未知（%s）"},
	LostIn:            {" in %s", "，命名空间 %s"},
	WaitingForChanges: {"waiting for sockets to open, close or change; Ctrl-C ends", "等待套接字打开、关闭或变化；按 Ctrl-C 结束"},

	BadValue:     {"bad value '%s' for --%s: %s", "--%[2]s 的值 '%[1]s' 无效: %[3]s"},
	CloseValues:  {"must be yes, or yes,self", "只能是 yes 或 yes,self"},
	SignalValues: {"must be the name of a signal, or a name followed by ,yes", "必须是信号名称，其后可加 ,yes"},
	WatchValues:  {"must be plain, or a number of seconds from 0.1 on", "必须是 plain，或不小于 0.1 的秒数"},
	NameValues:   {"must be a list of names, separated by commas", "必须是以逗号分隔的名称列表"},
}
