package help

import "netstat"

func (w *writer) namespaces() {
	column := 8
	if w.Chinese {
		column = 10
	}
	w.title("Names for --netns=LIST, with commas between them", "--netns=列表 的取值，以逗号分隔")
	w.item(w.say("NAME", "名称"), column, w.say("the name that ip netns gave it: --netns=red", "ip netns 所用的名称: --netns=red"))
	w.item(w.say("PATH", "路径"), column, w.say("a file that it is bound to: --netns=/proc/42/ns/net", "命名空间所绑定的文件: --netns=/proc/42/ns/net"))
	w.item(w.say("PID", "进程号"), column, w.say("a process that is in it: --netns=42", "处于该命名空间的进程: --netns=42"))
	w.item(netstat.HostNamespace, column, w.say("that of process 1", "1 号进程所在的命名空间"))
	w.item(netstat.OwnNamespace, column, w.say("that of netstat itself", "netstat 自身所在的命名空间"))
	w.item(netstat.AllNamespaces, column, w.say("every namespace of this host", "本机的所有命名空间"))
	if len(w.Namespaces) == 0 {
		return
	}
	w.title("On this host", "本机现有的命名空间")
	for _, n := range w.Namespaces {
		w.example(n)
	}
}
