package help

import (
	"slices"
	"strings"

	"netstat"
	"netstat/filter"
)

// stateAbout describes each state in English and in Chinese.
var stateAbout = [...]struct{ about, aboutZH string }{
	netstat.StateUnknown:  {"a state without a name here", "此处没有名称的状态"},
	netstat.Established:   {"connected, data can flow", "已连接，可收发数据"},
	netstat.SynSent:       {"this end asked for a connection, no answer yet", "本端已请求连接，尚无应答"},
	netstat.SynReceived:   {"the other end asked, the connection is being made", "对端已请求，连接正在建立"},
	netstat.FinWait1:      {"this end has closed, not acknowledged yet", "本端已关闭，尚未得到确认"},
	netstat.FinWait2:      {"this end has closed, the other end has not", "本端已关闭，对端尚未关闭"},
	netstat.TimeWait:      {"both ends have closed; late packets are awaited", "两端均已关闭，等待迟到的数据包"},
	netstat.Closed:        {"not connected; also a datagram socket without a peer", "未连接；也指没有对端的数据报套接字"},
	netstat.CloseWait:     {"the other end has closed, the program here has not", "对端已关闭，本机程序尚未关闭"},
	netstat.LastAck:       {"both have closed, the last acknowledgement is missing", "两端均已关闭，等待最后的确认"},
	netstat.Listen:        {"waits for others to connect", "等待连接请求"},
	netstat.Closing:       {"both have closed at the same time", "两端同时关闭"},
	netstat.NewSynRecv:    {"a request that has no socket of its own yet", "尚无独立套接字的连接请求"},
	netstat.Bound:         {"bound to a port, neither listening nor connected", "已绑定端口，既不侦听也未连接"},
	netstat.DeleteTCB:     {"being deleted (Windows)", "正在删除（Windows）"},
	netstat.Free:          {"not in use (unix)", "未使用（unix）"},
	netstat.Unconnected:   {"not connected (unix, AX.25 and its like)", "未连接（unix、AX.25 等）"},
	netstat.Connecting:    {"being connected", "正在连接"},
	netstat.Connected:     {"connected (unix, AX.25 and its like)", "已连接（unix、AX.25 等）"},
	netstat.Disconnecting: {"being disconnected", "正在断开"},
	netstat.Recovering:    {"deals with an error or a reset (AX.25 and its like)", "正在处理错误或重置（AX.25 等）"},
	netstat.Accepting:     {"a call waits for the program's answer", "呼叫等待程序应答"},
	netstat.Configuring:   {"the ends agree on a channel (Bluetooth)", "两端正在协商信道（蓝牙）"},
	netstat.Open:          {"made, neither bound nor connected (Bluetooth)", "已创建，未绑定也未连接（蓝牙）"},
	netstat.PartOpen:      {"the server has answered, no data yet (DCCP)", "服务器已应答，尚无数据（DCCP）"},
}

// stateGroups describes ss's groups of states.
var stateGroups = [...]struct{ name, about, aboutZH string }{
	{"all", "every state", "所有状态"},
	{"connected", "all but listening and closed", "除侦听和关闭之外的所有状态"},
	{"synchronized", "connected but syn-sent", "connected 中除 syn-sent 之外的状态"},
	{"bucket", "what the kernel keeps small: syn-recv, time-wait", "内核以小型结构保存的状态: syn-recv、time-wait"},
	{"big", "all but bucket", "除 bucket 之外的所有状态"},
}

// stateName is a name that filters accept, with other names for the same states.
type stateName struct {
	names []string
	set   netstat.StateSet
}

// state returns the state that one of the names stands for.
func (n *stateName) state() (netstat.State, bool) {
	for s := range netstat.State(len(stateAbout)) {
		if n.set.Has(s) && slices.Contains(n.names, strings.ToLower(s.String())) {
			return s, true
		}
	}
	return 0, false
}

// stateNames returns the names that filters accept, in lower case, with those of the same
// states together.
func stateNames() (list []*stateName) {
	for name, set := range filter.States() {
		name = strings.ToLower(name)
		same := slices.IndexFunc(list, func(n *stateName) bool { return n.set == set })
		if same < 0 {
			list = append(list, &stateName{names: []string{name}, set: set})
		} else if !slices.Contains(list[same].names, name) {
			list[same].names = append(list[same].names, name)
		}
	}
	return list
}

func (w *writer) states() {
	list := stateNames()
	const column = 17 // after the longest name
	w.title("States", "状态")
	for _, n := range list {
		if s, ok := n.state(); ok {
			w.item(n.names[0], column, w.say(stateAbout[s].about, stateAbout[s].aboutZH))
		}
	}
	w.title("Groups of states", "状态组")
	for _, g := range stateGroups {
		w.item(g.name, column, w.say(g.about, g.aboutZH))
	}
	w.title("Other names", "别名")
	for _, n := range list {
		if _, ok := n.state(); ok && len(n.names) > 1 {
			w.item(n.names[0], column, strings.Join(n.names[1:], ", "))
		}
	}
	w.line("\nCapitals, -, _ and blanks do not matter: TIME_WAIT, FIN_WAIT2, SynSent.",
		"\n不区分大小写，-、_ 和空格可有可无: TIME_WAIT、FIN_WAIT2、SynSent。")
	w.title("Examples", "示例")
	for _, e := range [...]string{"--state listening", "--state time-wait,close-wait", "--filter 'state connected exclude time-wait'"} {
		w.example("netstat " + e)
	}
}
