package help

import (
	"netstat/fact"
	"netstat/filter"
)

// operators describes the syntax of an expression, apart from fields.
var operators = [...]struct{ form, formZH, about, aboutZH string }{
	{"FIELD = VALUE", "字段 = 值", "also ==, eq, or nothing between", "等于；也可用 ==、eq，或省略运算符"},
	{"FIELD != VALUE", "字段 != 值", "the opposite; also ne, neq", "不等于；也可用 ne、neq"},
	{"FIELD < VALUE", "字段 < 值", "of numbers: also <=, >, >=, lt, le, gt, ge", "用于数字；另有 <=、>、>=、lt、le、gt、ge"},
	{"FIELD in A,B", "字段 in A,B", "any of a list; also FIELD = A,B", "等于列表之一；也可用 字段 = A,B"},
	{"FIELD > FIELD", "字段 > 字段", "one fact against another: recvq > max_backlog", "两个字段相比: recvq > max_backlog"},
	{"A and B", "A and B", "also &, && or a comma", "也可用 &、&& 或逗号"},
	{"A or B", "A or B", "also | or ||; binds less than and", "也可用 | 或 ||；优先级低于 and"},
	{"not A", "not A", "also !", "也可用 !"},
	{"( A )", "( A )", "parentheses group", "括号用于分组"},
	{"state NAME", "state 状态", "sockets in that state; --state=help lists the names", "处于该状态的套接字；--state=help 列出名称"},
	{"exclude NAME", "exclude 状态", "sockets in any other state", "处于其他状态的套接字"},
	{"FLAG", "字段", "a field of the type yes/no can stand alone", "类型为 yes/no 的字段可单独使用"},
}

// filterExamples holds expressions and their meanings.
var filterExamples = [...]struct{ expression, about, aboutZH string }{
	{"sport = :22 or dport = :22", "port 22 at either end", "任一端为 22 端口"},
	{"dst 10.0.0.0/8", "peers in a network", "对端在某网段中"},
	{"dst [2001:db8::]/32", "the same of IPv6", "同上（IPv6）"},
	{"sport >= :1024", "local ports from 1024 on", "本地端口不小于 1024"},
	{"state listening src 0.0.0.0", "listens on every IPv4 address", "在所有 IPv4 地址上侦听"},
	{"recvq > 0", "data that the program has not read", "程序尚未读取的数据"},
	{"process = nginx and user = www-data", "by program and user", "按程序和用户"},
	{"unit = ssh.service", "by systemd unit", "按 systemd 单元"},
	{"rtt > 100ms or retrans > 0", "slow or lossy connections", "慢或丢包的连接"},
	{"proto = unix and path = '/run/*'", "unix sockets below /run", "/run 下的 unix 套接字"},
}

// valueForms describes how to write values of each type of fact.
var valueForms = [...]struct{ kind, about, aboutZH string }{
	{"text", "a pattern with * and ?, in quotes if it has blanks: 'a b*'", "可含 * 和 ? 的模式，有空格时加引号: 'a b*'"},
	{"number", "42, or a range: 1000-2000", "42，或范围 1000-2000"},
	{"count", "also 2k, 3M", "也可写作 2k、3M"},
	{"bytes", "also 64Ki, 10M", "也可写作 64Ki、10M"},
	{"rate", "bytes per second, or bits: 10Mbit", "每秒字节数，或比特数: 10Mbit"},
	{"duration", "50ms, 1.5s, 2h", "50ms、1.5s、2h"},
	{"time", "2026-01-31, 2026-01-31T08:30:00Z", "2026-01-31、2026-01-31T08:30:00Z"},
	{"yes/no", "yes or no", "yes 或 no"},
	{"end", "ADDRESS[/BITS][:PORT], a host name, or a path: src /run/*", "地址[/位数][:端口]、主机名或路径: src /run/*"},
}

func (w *writer) filter() {
	w.title("Operators of --filter=EXPR", "--filter=表达式 的运算符")
	for _, o := range operators {
		w.item(w.say(o.form, o.formZH), 18, w.say(o.about, o.aboutZH))
	}
	w.title("Examples", "示例")
	for _, e := range filterExamples {
		w.item(e.expression, 42, w.say(e.about, e.aboutZH))
	}
	w.title("Values, by type", "各类型的值")
	for _, v := range valueForms {
		w.item(v.kind, 18, w.say(v.about, v.aboutZH))
	}
	w.b.WriteByte('\n')
	w.line("Short forms: --state, --port, --pid, --process, --user; all given ones apply.\n",
		"简写: --state、--port、--pid、--process、--user；同时给出时须全部满足。\n")
	w.line("Fields are the columns below. Besides, port and address are those of either end,",
		"字段即以下各列。此外，port 和 address 为任一端的端口和地址，")
	w.line("sport and dport the local and the remote port, src and dst the two ends.",
		"sport 和 dport 为本地和远端端口，src 和 dst 为两端。")
	fields := filter.Fields()
	var common []fact.Fact
	for _, f := range fact.Common(fact.Sockets) {
		if fact.Named(fields, f.Name) != nil {
			common = append(common, f)
		}
	}
	w.facts(fields, common, true)
}
