package events

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/need"
)

// TestSelection checks that filters, short forms and classic options choose events. Each
// program ends by itself with --limit, after the last event that it must show.
func TestSelection(t *testing.T) {
	if why := need.NoBPF(); why != "" {
		need.Skip(t, why)
	}
	if !live.InNamespacesWithProgram(t) {
		return
	}
	l, at, port := listen(t, "127.0.0.1")
	l6, at6, port6 := listen(t, "::1")
	pid := strconv.Itoa(os.Getpid())
	own := `--filter=sport != :` + port + ` and sport != :` + port6
	client := []string{"opened SYN-SENT", "state ESTABLISHED", "state CLOSE-WAIT", "state LAST-ACK", "closed CLOSED"}
	server := []string{"opened ESTABLISHED", "state FIN-WAIT-1", "state FIN-WAIT-2", "closed CLOSED"}
	both := append(append([]string{}, client...), client...)
	tests := []struct {
		args []string
		want []string
	}{
		{[]string{"--events", "--filter", "dport = :" + port}, client},
		{[]string{"--events", "--filter", "sport = :" + port}, server},
		{[]string{"--events", own}, both},
		{[]string{"--events", own, "-4"}, client},
		{[]string{"--events", own, "-t6"}, client},
		{[]string{"--events", own, "--family=tcp6"}, client},
		{[]string{"--events=opened", own}, []string{"opened SYN-SENT", "opened SYN-SENT"}},
		{[]string{"--events=closed,opened", own, "-4"}, []string{"opened SYN-SENT", "closed CLOSED"}},
		{[]string{"--events", own, "--state=established"}, []string{"state ESTABLISHED", "state ESTABLISHED"}},
		{[]string{"--events", own, "--pid=" + pid, "--port=" + port}, client},
		{[]string{"--events=opened", "--port=" + port + "," + port6, "--pid=" + pid}, []string{"opened SYN-SENT", "opened SYN-SENT"}},
		{[]string{"--events=opened", own, "--user=root"}, []string{"opened LISTEN", "opened SYN-SENT", "opened SYN-SENT"}},
		{[]string{"--events", "-l"}, []string{"opened LISTEN", "closed CLOSED"}},
		{[]string{"--events=opened", "-a", own}, []string{"opened LISTEN", "opened SYN-SENT", "opened SYN-SENT"}},
		{[]string{"--events=opened,closed", "--dialect=windows", "-a", "-p", "tcp", own}, []string{"opened LISTEN", "closed CLOSED", "opened SYN-SENT", "closed CLOSED"}},
		{[]string{"--events", "--dialect=windows", own, "-p", "tcp"}, client},
	}
	programs := make([]*follower, len(tests))
	for i, test := range tests {
		programs[i] = follow(t, 0, "event,new_state", append(test.args, "--limit="+strconv.Itoa(len(test.want)))...)
	}
	all := follow(t, 0, "event,new_state", "-a", "--events")
	// A listening socket is none of the connections, neither when it opens nor when it closes.
	again, _, _ := listen(t, "127.0.0.1")
	check(t, unix.Close(again))
	c, s := connect(t, l, at)
	closeBoth(t, c, s)
	c, s = connect(t, l6, at6)
	closeBoth(t, c, s)
	for unfinished(t) > 0 {
	}
	for i, test := range tests {
		var got []string
		for {
			e, ok := programs[i].next()
			if !ok {
				break
			}
			got = append(got, e["event"]+" "+e["new_state"])
		}
		if err := programs[i].cmd.Wait(); err != nil || strings.Join(got, ", ") != strings.Join(test.want, ", ") {
			t.Errorf("%q: %q, want %q, %v: %s", test.args, got, test.want, err, &programs[i].errors)
		}
	}
	if rest := all.end(syscall.SIGTERM); len(rest) != 2*(len(client)+len(server))+2 {
		t.Errorf("%d events without a choice", len(rest))
	}
}

var colour = regexp.MustCompile(`\x1b\[[0-9]*m`)

// TestForms checks the forms of events for people and programs.
func TestForms(t *testing.T) {
	if why := need.NoBPF(); why != "" {
		need.Skip(t, why)
	}
	if !live.InNamespacesWithProgram(t) {
		return
	}
	l, at, port := listen(t, "127.0.0.1")
	run := func(args ...string) string {
		// Connections come until the program has seen enough.
		cmd := exec.Command(live.ProgramPath(), append(args, "--events", "--port="+port, "--limit=20")...)
		out := must(cmd.StdoutPipe())(t)
		check(t, cmd.Start())
		ended := make(chan string)
		go func() {
			b, _ := io.ReadAll(out)
			ended <- string(b)
		}()
		for {
			select {
			case text := <-ended:
				check(t, cmd.Wait())
				return text
			default:
				c, s := connect(t, l, at)
				closeBoth(t, c, s)
			}
		}
	}
	for _, format := range []string{"--json", "--format=ndjson"} {
		text := run(format)
		for line := range strings.Lines(text) {
			var e map[string]any
			if err := json.Unmarshal([]byte(line), &e); err != nil || e["event"] == nil || e["time"] == nil || e["source"] != "bpf" ||
				e["old_state"] == nil || e["new_state"] == nil || e["local"] == nil || e["remote"] == nil || e["cookie"] == nil {
				t.Errorf("%s: %q, %v", format, line, err)
			}
		}
		if strings.Count(text, "\n") != 20 {
			t.Errorf("%s: %q", format, text)
		}
	}
	table := run()
	lines := strings.Split(table, "\n")
	if len(lines) != 22 || !strings.HasPrefix(lines[0], "TIME          HAPPENED     LOCAL            REMOTE           OWNERS") {
		t.Errorf("%q", table)
	}
	for _, line := range lines {
		if len(line) > 80 {
			t.Errorf("wider than 80 columns: %q", line)
		}
	}
	// Colours are added where no terminal is only if this is requested, and change nothing
	// else. JSON has none.
	coloured := run("--color=always")
	if !strings.HasPrefix(coloured, "\x1b[1mTIME ") || !strings.Contains(coloured, "\x1b[32mopened\x1b[0m ") || strings.Contains(table, "\x1b") {
		t.Errorf("coloured %q, plain %q", coloured, table)
	}
	for line := range strings.Lines(colour.ReplaceAllString(coloured, "")) {
		if len(strings.TrimRight(line, "\n")) > 80 || strings.Contains(line, "\x1b") {
			t.Errorf("%q", line)
		}
	}
	if text := run("--color=always", "--json"); strings.Contains(text, "\x1b") {
		t.Errorf("JSON has colours: %q", text)
	}
	if text := run("--format=template={{.event}} {{.new_state}}"); !strings.Contains(text, "opened ") || strings.Count(text, "\n") != 20 {
		t.Errorf("template: %q", text)
	}
	if text := run("--format=csv"); !strings.HasPrefix(text, "event,time,source,old_state,new_state,lost_events,proto,local,remote,pid,process,uid,inode,cookie\r\n") {
		t.Errorf("csv: %q", text)
	}
}

// TestEnd checks that the program ends well with either signal, and when nobody reads.
func TestEnd(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for _, uid := range []uint32{0, nobody} {
		for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
			if rest := follow(t, uid, "event", "--events").end(signal); len(rest) > 0 {
				t.Errorf("%v", rest)
			}
		}
	}
	l, at, _ := listen(t, "127.0.0.1")
	cmd := exec.Command(live.ProgramPath(), "--events", "-t", "--format=csv")
	r, w, err := os.Pipe()
	check(t, err)
	cmd.Stdout = w
	check(t, cmd.Start())
	check(t, w.Close())
	if _, err := bufio.NewReader(r).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	check(t, r.Close())
	ended := make(chan error)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if err == nil {
				t.Error("no error of a closed pipe")
			}
			return
		default:
			c, s := connect(t, l, at)
			closeBoth(t, c, s)
		}
	}
}

// TestNamespaces follows two namespaces, and all, with one that is made later.
func TestNamespaces(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for _, name := range []string{"red", "blue"} {
		live.Run(t, "ip", "netns", "add", name)
		live.Run(t, "ip", "-n", name, "link", "set", "lo", "up")
	}
	use := func(name, port string) {
		live.Run(t, "ip", "netns", "exec", name, "python3", "-c", `
import socket, sys
l = socket.socket(); l.bind(('127.0.0.1', `+port+`)); l.listen()
c = socket.create_connection(l.getsockname()); d = l.accept()[0]; d.close(); c.recv(1); c.close()`)
	}
	// The ports are those of no other test, which may run meanwhile in a namespace of its own.
	columns := "event,netns,local_port,source"
	only := follow(t, 0, columns, "-t", "--events=closed", "--netns=red")
	two := follow(t, 0, columns, "-t", "--events=closed", "--netns=red,blue")
	var all *follower
	if need.NoBPF() == "" {
		all = follow(t, 0, columns, "-t", "--events=closed", "--netns=all", "--filter=sport = :8581 or sport = :8582 or sport = :8583")
	}
	t.Setenv("NETSTAT_SOURCE", "netlink")
	netlink := follow(t, 0, columns, "-t", "--events=closed", "--netns=red,blue")
	use("red", "8581")
	use("blue", "8582")
	from := func(f *follower, netns, port, source string) {
		t.Helper()
		e, _ := f.wait(func(e event) bool { return e["local_port"] == port })
		if e["netns"] != netns || source != "" && e["source"] != source {
			t.Errorf("%v", e)
		}
	}
	from(only, "red", "8581", "")
	for _, f := range []*follower{two, netlink} {
		for _, end := range []string{"red 8581", "blue 8582"} {
			netns, port, _ := strings.Cut(end, " ")
			from(f, netns, port, map[bool]string{true: "netlink"}[f == netlink])
		}
	}
	if all != nil {
		from(all, "red", "8581", "bpf")
		from(all, "blue", "8582", "bpf")
		live.Run(t, "ip", "netns", "add", "green")
		live.Run(t, "ip", "-n", "green", "link", "set", "lo", "up")
		use("green", "8583")
		from(all, "green", "8583", "bpf")
		all.end(syscall.SIGINT)
	}
	for _, e := range append(only.end(syscall.SIGINT), two.end(syscall.SIGINT)...) {
		if e["netns"] != "red" && e["netns"] != "blue" {
			t.Errorf("%v", e)
		}
	}
	netlink.end(syscall.SIGINT)
}

// TestReusedNamespace requires the name of a namespace that was made with the inode number of
// one that is gone.
func TestReusedNamespace(t *testing.T) {
	if why := need.NoBPF(); why != "" {
		need.Skip(t, why)
	}
	if !live.InNamespacesWithProgram(t) {
		return
	}
	add := func(name string) (inode uint64) {
		live.Run(t, "ip", "netns", "add", name)
		var stat unix.Stat_t
		check(t, unix.Stat("/run/netns/"+name, &stat))
		return stat.Ino
	}
	remove := func(name string) { live.Run(t, "ip", "netns", "delete", name) }
	f := follow(t, 0, "event,netns,local_port", "-t", "--events=closed", "--netns=all", "--filter=sport = :8584")
	closed := func(name string) {
		t.Helper()
		live.Run(t, "ip", "-n", name, "link", "set", "lo", "up")
		live.Run(t, "ip", "netns", "exec", name, "python3", "-c", `
import socket
l = socket.socket(); l.bind(('127.0.0.1', 8584)); l.listen()
c = socket.create_connection(l.getsockname()); d = l.accept()[0]; d.close(); c.recv(1); c.close()`)
		if e, before := f.wait(func(event) bool { return true }); e["netns"] != name || len(before) > 0 {
			t.Errorf("%v, want %s", e, name)
		}
	}
	// The kernel frees a number a little later, and gives out the least that is free: another
	// test may get it.
	live.Await(t, "a number is used again", func() bool {
		inode := add("first")
		closed("first")
		remove("first")
		for range 100 {
			if add("second") == inode {
				return true
			}
			remove("second")
		}
		return false
	})
	closed("second")
	f.end(syscall.SIGINT)
}

// TestChinese requires messages in the user's language, and the same events in every
// language.
func TestChinese(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	t.Setenv("NETSTAT_LANG", "zh_CN.UTF-8")
	l, at, port := listen(t, "127.0.0.1")
	f := follow(t, nobody, columns, "-t", "--events=opened,retransmit", "--port="+port)
	c, s := connect(t, l, at)
	if e, _ := f.wait(func(e event) bool { return e["event"] != "lost" }); e["event"] != "opened" || e["new_state"] != "ESTABLISHED" {
		t.Errorf("%v", e)
	}
	f.end(syscall.SIGINT)
	closeBoth(t, c, s)
	for _, want := range []string{
		"netstat: 每秒比较一次套接字: 会漏掉打开不到一秒的套接字（请以 root 身份运行）\n", "netstat: retransmit: 这类事件只能由内核中的程序报告\n",
	} {
		if !strings.Contains(f.errors.String(), want) {
			t.Errorf("%q is missing in %q", want, f.errors.String())
		}
	}
	a := live.Program(t, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", live.ProgramPath(), "-t", "--events=retransmit")
	if a.Err != "netstat: 这类事件只能由内核中的程序报告\n" || a.Status == 0 {
		t.Errorf("%+v", a)
	}
}
