package closing

import (
	"testing"

	"netstat/test/live"
)

// TestChinese requires that what --close and --signal list, ask, refuse and report is in
// the language of the user, with the same words for what happened.
func TestChinese(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", served)
	t.Setenv("NETSTAT_LANG", "zh_CN.UTF-8")
	asked := func(answer string, args ...string) live.Answer {
		return live.Program(t, append([]string{"python3", "-c", asked, answer, live.ProgramPath()}, args...)...)
	}
	listeners := []string{"-tln", "--state", "listening", "--filter", "sport = :8080", "--close"}
	connection := []string{"-tn", "--filter", "sport = :8080 and state = established", "--limit", "1"}

	want(t, live.Netstat(t, "--port", "4711", "--close=yes"), 1, "netstat: 没有可关闭的套接字\n")
	want(t, live.Netstat(t, "--port", "4711", "--signal=TERM"), 1, "netstat: 没有可发信号的进程: 未发现持有所选套接字的进程\n")
	want(t, live.Netstat(t, "--port", "8080", "--close"), 1,
		"netstat: 跳过 2 个监听套接字: 指明其状态才会关闭\n", "netstat: 跳过 1 个 UDP 套接字: 指明协议才会关闭\n",
		"netstat: 未做任何操作: 用 --close=yes 可不经询问直接执行\n")
	want(t, asked("n", listeners...), 1, "关闭 2 个套接字？ [y/N] ", "netstat: 未做任何操作\r\n")
	want(t, live.Program(t, append([]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", live.ProgramPath(), "--close=yes"}, connection...)...), 1,
		": denied（权限不足）\n")
	want(t, live.Netstat(t, "-u", "--port", "8080", "--close=yes"), 1, ": not closed（未关闭）: 其进程收到错误，仍占用端口\n")
	want(t, live.Netstat(t, append(connection, "--close=yes")...), 0, ": closed（已关闭）\n")
	want(t, live.Netstat(t, "--port", "9090", "--signal=STOP"), 1, " python3 (4 个套接字) ", "netstat: 未做任何操作: 用 --signal=STOP,yes 可不经询问直接执行\n")
	want(t, asked("n", "--port", "9090", "--signal=CONT"), 1, "向 1 个进程发送 CONT？ [y/N] ")
	want(t, live.Netstat(t, "--port", "9090", "--signal=CONT,yes"), 0, ": sent CONT（已发送）\n")
}
