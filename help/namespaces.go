package help

import "netstat"

func (w *writer) namespaces() {
	w.title("Names for --netns=LIST, with commas between them", "--netns=列表 的取值，以逗号分隔")
	w.item("NAME", 8, w.say("the name that ip netns gave it: --netns=red", "ip netns 所起的名称: --netns=red"))
	w.item("PATH", 8, w.say("a file that it is bound to: --netns=/proc/42/ns/net", "它所绑定的文件: --netns=/proc/42/ns/net"))
	w.item("PID", 8, w.say("a process that is in it: --netns=42", "其中的进程: --netns=42"))
	w.item(netstat.HostNamespace, 8, w.say("that of process 1", "1 号进程所在的命名空间"))
	w.item(netstat.OwnNamespace, 8, w.say("that of netstat itself", "netstat 自身所在的命名空间"))
	w.item(netstat.AllNamespaces, 8, w.say("every namespace of this host", "本机的每个命名空间"))
	if len(w.Namespaces) == 0 {
		return
	}
	w.title("On this host", "本机现有")
	for _, n := range w.Namespaces {
		w.b.WriteString("  " + n + "\n")
	}
}
