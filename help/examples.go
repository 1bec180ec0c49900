package help

import "strings"

// Example is a common question and the command line of each dialect that answers it. A
// command line is empty if the dialect has none.
type Example struct {
	question, questionZH string
	Linux, Windows       string
}

// examples holds all examples; those of help texts come first.
var examples = [...]Example{
	{"Who listens on which TCP port?", "哪些程序在侦听哪些 TCP 端口？", "netstat -tlnp", "netstat -ano --state listening"},
	{"Who uses port 8080?", "谁在使用 8080 端口？", "netstat --port 8080", "netstat --port 8080"},
	{"How many connections in each state?", "各状态有多少连接？", "netstat -tan --group-by state", "netstat -an -p tcp --group-by state"},
	{"Which round trips are the slowest?", "哪些连接的往返时间最长？", "netstat -tn --tcp-info --sort=-rtt", "netstat -n --tcp-info --sort=-rtt"},
	{"What is wrong on this host?", "本机的网络有何问题？", "netstat --diagnose", "netstat --diagnose"},
	{"How do scripts read connections?", "脚本如何读取连接列表？", "netstat -tan --json | jq .sockets", "netstat -an --json | jq .sockets"},
	{"What did a snapshot hold?", "如何查看快照的内容？", "netstat --replay host.json -tlnp", "netstat --replay host.json -ano"},

	{"Which process has the most connections?", "哪个进程的连接最多？", "netstat -tn --group-by process --limit 5", "netstat -n --group-by process --limit 5"},
	{"Which peers are connected most often?", "哪些对端的连接最多？", "netstat -tn --group-by remote_address --limit 5", "netstat -n --group-by remote_address --limit 5"},
	{"Where does data wait to be read?", "哪些套接字有数据等待读取？", "netstat -tn --sort=-recvq --limit 5", "netstat -n --sort=-recvq --limit 5"},
	{"Which connections lose packets?", "哪些连接丢包？", "netstat -tn --filter 'retrans > 0' --columns=local,remote,retrans", `netstat -n --filter "retrans > 0" --columns=local,remote,retrans`},
	{"What is reachable from outside?", "哪些端口可从外部访问？", "netstat -tuln --filter 'exposure != loopback' --columns=proto,local,process", `netstat -an --filter "exposure != loopback" --columns=proto,local,process`},
	{"What does one user have open?", "某用户打开了哪些套接字？", "netstat -tuan --user root", "netstat -an --user SYSTEM"},
	{"What does one program have open?", "某程序打开了哪些套接字？", "netstat -tuan --process nginx", "netstat -an --process nginx.exe"},
	{"What belongs to a systemd unit?", "某 systemd 单元有哪些套接字？", "netstat -tuan --filter 'unit = ssh.service'", ""},
	{"Who is at the other end on this host?", "本机上的对端是哪个进程？", "netstat -tnp --peers", "netstat -no --peers"},
	{"What does a socket cost in memory?", "套接字占用多少内存？", "netstat -tn --memory", ""},
	{"Which sockets came and went in 10 seconds?", "10 秒内打开和关闭了哪些套接字？", "netstat -tan --diff 10", "netstat -an --diff 10"},
	{"Which programs send the most?", "哪些程序发送得最多？", "netstat -tan --delta 2 --group-by process --sort=-sent_per_second", ""},
	{"How fast do the counters grow?", "计数器增长多快？", "netstat -s --delta 5", "netstat -s --delta 5"},
	{"How do I record this host?", "如何保存本机的快照？", "netstat --snapshot=host.json", "netstat --snapshot=host.json"},
	{"What changed between two snapshots?", "两份快照之间有哪些变化？", "netstat --diff old.json new.json -tan", "netstat --diff old.json new.json -an"},
	{"What went wrong between two snapshots?", "两份快照之间出了什么问题？", "netstat --diagnose old.json new.json", "netstat --diagnose old.json new.json"},
	{"What listens in another namespace?", "另一命名空间里有哪些程序在侦听？", "netstat --netns=red -tlnp", ""},
	{"How do I fill a spreadsheet?", "如何导入电子表格？", "netstat -tan --format=csv --columns=proto,local,remote,state,process", "netstat -an --format=csv --columns=proto,local,remote,state,process"},
}

// inUsage is the number of examples in help texts.
const inUsage = 7

// Question returns the question in Chinese or in English.
func (e *Example) Question(chinese bool) string {
	if chinese {
		return e.questionZH
	}
	return e.question
}

// List returns all examples.
func List() []Example { return examples[:] }

func (e *Example) command(windows bool) string {
	if windows {
		return e.Windows
	}
	return e.Linux
}

// UsageExamples appends the end of a help text: a few examples and where to read more.
func UsageExamples(b *strings.Builder, chinese, windows bool) {
	w := writer{Request: &Request{Chinese: chinese, Windows: windows}}
	w.title("Examples", "示例")
	for i := range examples[:inUsage] {
		e := &examples[i]
		w.item(w.say(e.question, e.questionZH), 40, e.command(windows))
	}
	w.line("\nMore: netstat --help=TOPIC, such as --help=examples or --help=filter",
		"\n更多: netstat --help=主题，例如 --help=examples 或 --help=filter")
	b.WriteString(w.b.String())
}

// example writes an indented line.
func (w *writer) example(text string) {
	w.b.WriteString("  " + text + "\n")
	s := w.section()
	s.Lines = append(s.Lines, text)
}

func (w *writer) examples() {
	for i := range examples {
		e := &examples[i]
		if command := e.command(w.Windows); command != "" {
			w.line(e.question, e.questionZH)
			w.example(command)
		}
	}
}
