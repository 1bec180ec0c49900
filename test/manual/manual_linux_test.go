// Package manual runs the command lines of the manual that the project began with: its
// examples, as written, and every option that it explains.
package manual

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netstat/test/live"
	"netstat/test/need"
)

// example is a command line of the manual and texts that its output has. port stands for
// the number of a port in the manual; here it is 18080.
type example struct {
	line string
	want []string
	// without lists texts that the output does not have.
	without []string
}

const (
	internet = "Active Internet connections "
	unix     = "Active UNIX domain sockets "
	listener = "127.0.0.1:18080         0.0.0.0:*               LISTEN"
	udp      = "127.0.0.1:18081"
)

// linux holds the examples and options for Linux.
var linux = []example{
	// 以数字的形式查看 tcp udp 监听中的网络端口号和进程id
	{"netstat -tunpl", []string{internet + "(only servers)", listener, udp, "PID/Program name"}, []string{unix}},
	// 查看路由信息
	{"netstat -r", []string{"Kernel IP routing table", "Destination", "192.0.2.0"}, nil},
	// 显示使用指定端口的应用程序的进程 id
	{"netstat -nap | grep 18080", []string{listener}, []string{internet}},
	// 显示包括 TCP 和 UDP 的所有连接
	{"netstat -a", []string{internet + "(servers and established)", "18080", "18081", unix + "(servers and established)"}, nil},
	{"netstat –all", []string{internet + "(servers and established)", "18080", "18081", unix + "(servers and established)"}, nil},
	// 显示 TCP 连接
	{"netstat –tcp", []string{internet + "(w/o servers)", "18080", "ESTABLISHED"}, []string{"LISTEN", "udp", unix}},
	{"netstat –t", []string{internet + "(w/o servers)", "18080", "ESTABLISHED"}, []string{"LISTEN", "udp", unix}},
	// 显示 UDP 连接
	{"netstat –udp", []string{internet + "(w/o servers)", "udp", "ESTABLISHED"}, []string{"LISTEN", "tcp", unix}},
	{"netstat –u", []string{internet + "(w/o servers)", "udp", "ESTABLISHED"}, []string{"LISTEN", "tcp", unix}},
	// 显示该主机订阅的所有多播网络
	{"netstat -g", []string{"IPv6/IPv4 Group Memberships", "lo              1"}, nil},

	// 命令第一个参数
	{"netstat", []string{internet + "(w/o servers)", "ESTABLISHED", unix}, []string{"LISTEN "}},
	{"netstat --route", []string{"192.0.2.0"}, nil},
	{"netstat --groups", []string{"Group Memberships"}, nil},
	{"netstat --interface=lo", []string{"Kernel Interface table", "lo "}, []string{"manual"}},
	{"netstat -i", []string{"Kernel Interface table", "lo ", "manual0 "}, nil},
	{"netstat -i lo", []string{"lo "}, []string{"manual0"}},
	{"netstat --masquerade", nil, []string{"unrecognized"}},
	{"netstat -M", nil, []string{"invalid option"}},
	{"netstat --statistics", []string{"Ip:", "Tcp:", "Udp:"}, nil},
	{"netstat -s", []string{"Ip:", "Tcp:", "Udp:"}, nil},
	{"netstat -s --tcp", []string{"Tcp:"}, []string{"\nUdp:"}},
	{"netstat -s -u", []string{"Udp:"}, []string{"\nTcp:"}},
	{"netstat -s -w", []string{"Icmp:"}, []string{"\nTcp:"}},

	// 命令选项
	{"netstat --verbose", []string{"no support for"}, nil},
	{"netstat -v", []string{"no support for"}, nil},
	{"netstat --numeric -tl", []string{listener}, nil},
	{"netstat -n -tl", []string{listener}, nil},
	{"netstat --numeric-hosts -tl", []string{"127.0.0.1:18080"}, nil},
	{"netstat --numeric-ports -tl", []string{":18080"}, nil},
	{"netstat --numeric-users -tle", []string{"User       Inode", "65534"}, nil},
	{"netstat --protocol=inet,unix -l", []string{internet, unix}, nil},
	{"netstat --protocol=inet", []string{internet}, []string{unix}},
	{"netstat -A unix", []string{unix}, []string{internet}},
	{"netstat --inet", []string{internet}, []string{unix}},
	{"netstat --ip", []string{internet}, []string{unix}},
	{"netstat --unix", []string{unix}, []string{internet}},
	{"netstat -x", []string{unix}, []string{internet}},
	{"netstat --raw", []string{internet}, []string{unix}},
	{"netstat --symbolic -r", []string{"192.0.2.0"}, nil},
	{"netstat -N -r", []string{"192.0.2.0"}, nil},
	{"netstat -nt -c | head -n 9", []string{internet, "ESTABLISHED"}, nil},
	{"netstat -nt --continuous | head -n 9", []string{internet, "ESTABLISHED"}, nil},
	{"netstat -nt 0.1 | head -n 20", []string{internet, "ESTABLISHED"}, nil},
	{"netstat -nte", []string{"User       Inode"}, nil},
	{"netstat -nt --extend", []string{"User       Inode"}, nil},
	{"netstat -r --extend --extend", []string{"MSS   Window irtt"}, nil},
	{"netstat -nto", []string{"Timer", "keepalive ("}, nil},
	{"netstat -nt --timers", []string{"Timer", "keepalive ("}, nil},
	{"netstat -ntlp", []string{"PID/Program name"}, nil},
	{"netstat -ntl --program", []string{"PID/Program name"}, nil},
	{"netstat -nt --listening", []string{listener}, []string{"ESTABLISHED"}},
	{"netstat -nt --all", []string{listener, "ESTABLISHED"}, nil},
	{"netstat --interfaces --all", []string{"manual1 "}, nil},
	{"netstat -r -F", []string{"192.0.2.0"}, nil},
	{"netstat -r -C", []string{"Kernel IP routing cache"}, nil},
	{"netstat --version", []string{"net-tools 2.10"}, nil},
	{"netstat -V", []string{"net-tools 2.10"}, nil},
	{"netstat --help", []string{"--route"}, nil},
	{"netstat -h", []string{"--route"}, nil},
}

// absent holds the options for families that few kernels have. They are shown, or net-tools'
// message says that they are not.
var absent = []string{"--ax25", "--ipx", "--netrom", "--ddp", "-A ax25", "-A ipx", "-A netrom", "-A ddp"}

// windows holds the examples and options for Windows.
var windows = []example{
	// 以数字的形式查看所有监听中的网络端口号和进程id
	{"netstat -nao", []string{"Active Connections", "127.0.0.1:18080        0.0.0.0:0              LISTENING", udp, "PID"}, nil},
	// 显示使用指定端口号的应用程序的进程 id
	{"netstat -nao | findstr 18080", []string{"127.0.0.1:18080        0.0.0.0:0              LISTENING"}, []string{"Active"}},
	// 显示tcp连接的应用程序的端口号和进程 id
	{"netstat -nop tcp", []string{"127.0.0.1:18080", "ESTABLISHED"}, []string{"LISTENING", "UDP"}},
	// 查看路由信息
	{"netstat -r", []string{"Interface List", "IPv4 Route Table", "192.0.2.0"}, nil},

	{"netstat -a", []string{"LISTENING"}, nil},
	{"netstat -e", []string{"Interface Statistics", "Bytes"}, nil},
	{"netstat -e -s", []string{"Interface Statistics", "TCP Statistics for IPv4"}, nil},
	{"netstat -f", []string{"ESTABLISHED"}, nil},
	{"netstat -n", []string{"ESTABLISHED"}, []string{"LISTENING"}},
	{"netstat -an -p TCP", []string{"LISTENING"}, []string{"UDP"}},
	{"netstat -an -p UDP", []string{udp}, []string{"TCP"}},
	{"netstat -an -p TCPv6", []string{"Active Connections"}, []string{"127.0.0.1"}},
	{"netstat -an -p UDPv6", []string{"Active Connections"}, []string{"127.0.0.1"}},
	{"netstat -s -p IP", []string{"IPv4 Statistics"}, []string{"TCP Statistics"}},
	{"netstat -s -p IPv6", []string{"IPv6 Statistics"}, nil},
	{"netstat -s -p ICMP", []string{"ICMPv4 Statistics"}, nil},
	{"netstat -s -p ICMPv6", []string{"ICMPv6 Statistics"}, nil},
	{"netstat -nq", []string{"LISTENING"}, nil},
	{"netstat -s", []string{"IPv4 Statistics", "UDP Statistics for IPv6"}, nil},
	{"netstat -nt", []string{"Offload State"}, nil},
	{"netstat -x", []string{"Active NetworkDirect Connections, Listeners, SharedEndpoints"}, nil},
	{"netstat -ny", []string{"Template"}, nil},
	{"netstat -n 1 | head -n 12", []string{"ESTABLISHED"}, nil},
}

// elevated holds an option for Windows that needs root.
var elevated = example{"netstat -nab", []string{"18080", "[python3"}, nil}

// TestManual runs the command lines with a shell, as root and as nobody, on a host with a
// listening port, a connection and a connected UDP socket.
func TestManual(t *testing.T) {
	setpriv := need.Program(t, "setpriv", "util-linux")
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Run(t, "ip", "link", "add", "manual0", "type", "veth", "peer", "name", "manual1")
	live.Run(t, "ip", "address", "add", "192.0.2.1/24", "dev", "manual0")
	live.Run(t, "ip", "link", "set", "manual0", "up")
	live.Python(t, "", `
import tempfile
s = socket.create_server(("127.0.0.1", 18080))
c = socket.create_connection(("127.0.0.1", 18080))
c.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
a, _ = s.accept()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(("127.0.0.1", 18081))
v = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
v.connect(("127.0.0.1", 18081))
x = socket.socketpair()
os.seteuid(65534)
n = socket.create_server(("127.0.0.1", 18082))
os.seteuid(0)`)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"netstat": "#!/bin/sh\nexec " + live.ProgramPath() + " \"$@\"\n",
		"findstr": "#!/bin/sh\nexec grep -F -- \"$1\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// The folder of a test is for its user alone.
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	for _, user := range [...]struct {
		name  string
		shell []string
	}{
		{"root", []string{"sh", "-c"}},
		{"nobody", []string{setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c"}},
	} {
		run := func(e example) {
			a := live.Program(t, append(user.shell, e.line)...)
			if a.Status != 0 && !strings.Contains(e.line, "-M") && !strings.Contains(e.line, "masq") {
				t.Errorf("%s: %s: status %d, %s", user.name, e.line, a.Status, a.Err)
			}
			for _, want := range e.want {
				if !strings.Contains(a.Out+a.Err, want) {
					t.Errorf("%s: %s: no %q in\n%s%s", user.name, e.line, want, a.Out, a.Err)
				}
			}
			for _, without := range e.without {
				if strings.Contains(a.Out+a.Err, without) {
					t.Errorf("%s: %s: %q in\n%s%s", user.name, e.line, without, a.Out, a.Err)
				}
			}
		}
		for _, e := range linux {
			run(e)
		}
		for _, o := range absent {
			a := live.Program(t, append(user.shell, "netstat "+o)...)
			if a.Status != 0 && (a.Status != 1 || !strings.Contains(a.Err, "no support for `AF")) {
				t.Errorf("%s: netstat %s: status %d, %s", user.name, o, a.Status, a.Err)
			}
		}
		t.Setenv("NETSTAT_DIALECT", "windows")
		for _, e := range windows {
			run(e)
		}
		if user.name == "root" {
			run(elevated)
		}
		if err := os.Unsetenv("NETSTAT_DIALECT"); err != nil {
			t.Fatal(err)
		}
	}
}
