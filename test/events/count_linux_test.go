package events

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/need"
)

// What happens to the two ends of a connection that the server closes first.
const (
	clientEvents = "opened CLOSED>SYN-SENT, state SYN-SENT>ESTABLISHED, state ESTABLISHED>CLOSE-WAIT, state CLOSE-WAIT>LAST-ACK, closed LAST-ACK>CLOSED"
	serverEvents = "opened SYN-RECEIVED>ESTABLISHED, state ESTABLISHED>FIN-WAIT-1, state FIN-WAIT-1>FIN-WAIT-2, closed FIN-WAIT-2>CLOSED"
)

// TestEveryEvent opens and closes connections, at most 10,000 in a second, and compares the
// events with that: each end of each connection has exactly its own, in order.
func TestEveryEvent(t *testing.T) { everyEvent(t, false) }

// TestLostEvents does the same while the program is stopped for so long that the kernel has no
// room for all events: those that are lost are counted.
func TestLostEvents(t *testing.T) { everyEvent(t, true) }

func everyEvent(t *testing.T, stopped bool) {
	t.Helper()
	if why := need.NoBPF(); why != "" {
		need.Skip(t, why)
	}
	if !live.InNamespacesWithProgram(t) {
		return
	}
	const count, perSecond = 20000, 10000
	l, at, port := listen(t, "127.0.0.1")
	before := make([][2]int, 5)
	for i := range before {
		before[i][0], before[i][1] = connect(t, l, at)
	}
	f := follow(t, 0, "event,old_state,new_state,source,cookie,local_port,pid,lost_events", "-t", "--events", "--port="+port)
	events, lost := make(map[string][]string), 0
	done := make(chan struct{})
	add := func(e event) {
		if e["event"] == "lost" {
			n, err := strconv.Atoi(e["lost_events"])
			if lost += n; err != nil {
				t.Errorf("%v", e)
			}
			return
		}
		if e["event"] == "retransmit" {
			return // the machine stood still for too long
		}
		end := "client"
		if e["local_port"] == port {
			end = "server"
		}
		key := end + " " + e["cookie"]
		events[key] = append(events[key], e["event"]+" "+e["old_state"]+">"+e["new_state"])
		if e["source"] != "bpf" {
			t.Errorf("%v", e)
		}
		if end == "client" && e["pid"] != strconv.Itoa(os.Getpid()) && (e["event"] != "state" || e["new_state"] != "CLOSE-WAIT") {
			t.Errorf("process of the client: %v", e)
		}
	}
	go func() {
		defer close(done)
		for {
			e, ok := f.next()
			if !ok {
				return
			}
			add(e)
		}
	}()
	if stopped {
		f.stop(t)
	}
	began := time.Now()
	for i := range count {
		client, server := connect(t, l, at)
		closeBoth(t, client, server)
		time.Sleep(time.Duration(i)*time.Second/perSecond - time.Since(began))
	}
	t.Logf("%.0f connections a second", count/time.Since(began).Seconds())
	for unfinished(t) > 2*len(before) {
		time.Sleep(time.Millisecond)
	}
	if stopped {
		check(t, f.cmd.Process.Signal(syscall.SIGCONT))
	}
	check(t, f.cmd.Process.Signal(syscall.SIGINT))
	<-done
	if err := f.cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, &f.errors)
	}
	total, wrong := 0, 0
	for key, list := range events {
		total += len(list)
		want := clientEvents
		if strings.HasPrefix(key, "server") {
			want = serverEvents
		}
		if got := strings.Join(list, ", "); got != want && lost == 0 {
			if wrong++; wrong < 5 {
				t.Errorf("%s: %s", key, got)
			}
		}
	}
	if expected := 9 * count; total+lost != expected || lost == 0 && len(events) != 2*count {
		t.Errorf("%d events of %d sockets and %d lost, want %d of %d", total, len(events), lost, expected, 2*count)
	}
	if lost > 0 {
		t.Logf("%d lost", lost)
	}
	if stopped && lost == 0 {
		t.Error("nothing was lost")
	}
	for _, pair := range before {
		closeBoth(t, pair[0], pair[1])
	}
	check(t, unix.Close(l))
}

// unfinished returns the number of TCP sockets that neither listen nor are in TIME-WAIT.
func unfinished(t *testing.T) (n int) {
	t.Helper()
	b, err := os.ReadFile("/proc/net/tcp")
	check(t, err)
	for line := range strings.Lines(string(b)) {
		if fields := strings.Fields(line); fields[0] != "sl" && fields[3] != "06" && fields[3] != "0A" {
			n++
		}
	}
	return n
}
