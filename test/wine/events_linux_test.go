package wine

import (
	"net"
	"strings"
	"testing"
	"time"
)

// TestEvents checks that netstat.exe finds a listener that comes and goes, by comparing.
func TestEvents(t *testing.T) {
	ended := make(chan struct{})
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		for {
			var l net.Listener
			if err := shared.In(func() (err error) { l, err = net.Listen("tcp", "127.0.0.1:7777"); return err }); err != nil {
				t.Error(err)
				return
			}
			for open := true; ; open = false {
				select {
				case <-ended:
					l.Close()
					return
				case <-time.After(3 * time.Second):
				}
				if !open {
					break
				}
				l.Close()
			}
		}
	}()
	out, errs, code := commandRun(t, nil, "-a", "--events", "--port=7777", "--limit=2", "--format=tsv", "--columns=event,source,local,new_state")
	close(ended)
	<-opened
	const say = "netstat: comparing sockets every second: those open for less are missed\r\n"
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if code != 0 || errs != say || len(lines) != 3 || lines[0] != "event\tsource\tlocal\tnew_state" {
		t.Fatalf("%q, %q, %d", out, errs, code)
	}
	for _, line := range lines[1:] {
		if line != "opened\tpoll\t127.0.0.1:7777\tLISTEN" && line != "closed\tpoll\t127.0.0.1:7777\tCLOSED" {
			t.Errorf("%q", line)
		}
	}
	if lines[1] == lines[2] {
		t.Errorf("twice %q", lines[1])
	}
}
