package main

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"netstat"
)

// roundsOf runs a command line on a host that has other sockets in each round. Each round
// is two and a half seconds after the previous one.
func roundsOf(t *testing.T, rounds [][]netstat.Socket, tty bool, args ...string) (out, errs string, at []time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 29, 10, 15, 2, 0, time.UTC)
	h := &orderHost{sockets: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: rounds[0]}}
	at = []time.Time{now}
	_, out, errs = orderRun(h, process{
		tty: tty,
		now: func() time.Time { return now },
		sleep: func(time.Duration) {
			if len(at) == len(rounds) {
				panic(errOrderOver)
			}
			now = now.Add(2500 * time.Millisecond)
			h.sockets[netstat.TCP4Table] = rounds[len(at)]
			at = append(at, now)
		},
	}, args...)
	return out, errs, at
}

func roundsSocket(state netstat.State, local, remote string, inode uint64, queue uint64) netstat.Socket {
	end := func(s string) netstat.Addr {
		a := netip.MustParseAddrPort(s)
		return netstat.Addr{IP: a.Addr(), Port: a.Port()}
	}
	return netstat.Socket{
		Table: netstat.TCP4Table, State: state, Local: end(local), Remote: end(remote), Inode: inode, Cookie: inode, RecvQ: queue,
	}
}

// The rounds of --diff: a listener; a connection opens; no change; its queue grows; it
// closes.
func diffRounds() [][]netstat.Socket {
	listener := roundsSocket(netstat.Listen, "10.0.0.1:80", "0.0.0.0:0", 1, 0)
	open := roundsSocket(netstat.Established, "10.0.0.1:80", "10.0.0.234:54321", 2, 0)
	full := roundsSocket(netstat.Established, "10.0.0.1:80", "10.0.0.234:54321", 2, 100)
	return [][]netstat.Socket{{listener}, {listener, open}, {listener, open}, {listener, full}, {listener}}
}

func TestDiffRounds(t *testing.T) {
	for _, c := range []struct {
		args string
		// want has a line for each round: T2 and Z2 stand for its time of day and its
		// time.
		want string
	}{
		{"-tan --diff 1", `TIME      CHANGE   PROTO  RECV-Q  SEND-Q  LOCAL            REMOTE           STATE
T1  opened   tcp         0       0  10.0.0.1:80      10.0.0.234:54321  ESTABLISHED
T3  changed  tcp       100       0  10.0.0.1:80      10.0.0.234:54321  ESTABLISHED
T4  closed   tcp       100       0  10.0.0.1:80      10.0.0.234:54321  ESTABLISHED
`},
		{"--dialect=windows -an -p tcp --diff 1", `TIME      CHANGE   PROTO  RECV-Q  SEND-Q  LOCAL            REMOTE           STATE
T1  opened   tcp         0       0  10.0.0.1:80      10.0.0.234:54321  ESTABLISHED
T3  changed  tcp       100       0  10.0.0.1:80      10.0.0.234:54321  ESTABLISHED
T4  closed   tcp       100       0  10.0.0.1:80      10.0.0.234:54321  ESTABLISHED
`},
		{"-tan --diff --format=csv 1", "time,change,proto,recvq,sendq,local,remote,state\r\n" +
			"Z1,opened,tcp,0,0,10.0.0.1:80,10.0.0.234:54321,ESTABLISHED\r\n" +
			"Z3,changed,tcp,100,0,10.0.0.1:80,10.0.0.234:54321,ESTABLISHED\r\n" +
			"Z4,closed,tcp,100,0,10.0.0.1:80,10.0.0.234:54321,ESTABLISHED\r\n"},
		{"-tan --diff --format=tsv --columns=change,recvq,time 1", "change\trecvq\ttime\nopened\t0\tZ1\nchanged\t100\tZ3\nclosed\t100\tZ4\n"},
		{"-tan --diff --format=template={{.time}}\\t{{.change}} 1", "Z1\topened\nZ3\tchanged\nZ4\tclosed\n"},
		{"-tan --diff --columns=recvq,change 1", "RECV-Q  CHANGE\n     0  opened\n   100  changed\n   100  closed\n"},
		{"-tan --diff --sort=-time --columns=time,recvq 1", "TIME      RECV-Q\nT1       0\nT3     100\nT4     100\n"},
		{"-tan --diff --group-by=change 1", "TIME      CHANGE   COUNT  RECV-Q  SEND-Q\nT1  opened       1       0       0\nT3  changed      1     100       0\nT4  closed       1     100       0\n"},
		{"-tan --diff --group-by=time,change --columns=time,count --format=csv 1", "time,count\r\nZ1,1\r\nZ3,1\r\nZ4,1\r\n"},
		{"-tan --diff --count 1", "1\n1\n1\n"},
		// Reports that compare nothing are each complete.
		{"-tan --columns=time,recvq --filter=dport=54321 1", "TIME  RECV-Q\nTIME      RECV-Q\nT1       0\n" +
			"TIME      RECV-Q\nT2       0\nTIME      RECV-Q\nT3     100\nTIME  RECV-Q\n"},
	} {
		out, errs, at := roundsOf(t, diffRounds(), false, strings.Fields(c.args)...)
		want := c.want
		for i, name := range []string{"0", "1", "2", "3", "4"} {
			want = strings.ReplaceAll(want, "T"+name, at[i].Local().Format(time.TimeOnly))
			want = strings.ReplaceAll(want, "Z"+name, at[i].Format(time.RFC3339Nano))
		}
		if out != want || errs != "" {
			t.Errorf("%s:\n%s%s\nwant:\n%s", c.args, out, errs, want)
		}
	}
}

// JSON has every round, and all sockets in the first.
func TestDiffRoundsJSON(t *testing.T) {
	for _, format := range []string{"json", "ndjson"} {
		out, errs, at := roundsOf(t, diffRounds(), false, "-tan", "--diff", "--format="+format, "1")
		var changes, times []string
		d := json.NewDecoder(strings.NewReader(out))
		reports := 0
		for d.More() {
			var doc struct {
				Record, Time, Change string
				Sockets              []struct{ Time, Change string }
			}
			if err := d.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			switch doc.Record {
			case "", "report":
				reports++
			case "socket":
				changes, times = append(changes, doc.Change), append(times, doc.Time)
			}
			for _, s := range doc.Sockets {
				changes, times = append(changes, s.Change), append(times, s.Time)
			}
		}
		want := []string{}
		for _, i := range []int{0, 1, 3, 4} {
			want = append(want, at[i].Format(time.RFC3339Nano))
		}
		if got := strings.Join(changes, " "); reports != 5 || got != " opened changed closed" || strings.Join(times, " ") != strings.Join(want, " ") || errs != "" {
			t.Errorf("%s: %d reports, %q at %q, want %q, %s", format, reports, got, times, want, errs)
		}
	}
}

// At a terminal one message explains why the first round is empty.
func TestDiffRoundsTerminal(t *testing.T) {
	_, errs, _ := roundsOf(t, diffRounds(), true, "-tan", "--diff", "1")
	if want := "netstat: waiting for sockets to open, close or change; Ctrl-C ends\n"; errs != want {
		t.Errorf("%q, want %q", errs, want)
	}
}

// A first round with more sockets than a table buffers shows nothing either.
func TestDiffRoundsCrowded(t *testing.T) {
	crowd := make([]netstat.Socket, 5000)
	for i := range crowd {
		crowd[i] = roundsSocket(netstat.Established, "10.0.0.1:80", "10.0.0.2:1024", uint64(i+1), 0)
	}
	out, _, _ := roundsOf(t, [][]netstat.Socket{crowd, crowd[1:], crowd}, false, "-tan", "--diff", "1")
	if n := strings.Count(out, "\n"); n != 3 || strings.Count(out, "TIME ") != 1 || strings.Count(out, "closed") != 1 || strings.Count(out, "opened") != 1 {
		t.Errorf("%d lines: %.500s", n, out)
	}
}

// The whole round is written before the wait for the next, which Ctrl-C may end.
func TestDiffRoundsWritten(t *testing.T) {
	for _, format := range []string{"table", "csv", "tsv", "template={{.change}}", "json", "ndjson"} {
		rounds := diffRounds()
		h := &orderHost{sockets: map[netstat.Table][]netstat.Socket{netstat.TCP4Table: rounds[0]}}
		var shown strings.Builder
		round := 0
		orderRun(h, process{stdout: &shown, sleep: func(time.Duration) {
			for i, change := range []string{1: "opened", 3: "changed", 4: "closed"} {
				if change != "" && strings.Contains(shown.String(), change) != (i <= round) {
					t.Errorf("%s: %q after round %d", format, shown.String(), round)
				}
			}
			if round++; round == len(rounds) {
				panic(errOrderOver)
			}
			h.sockets[netstat.TCP4Table] = rounds[round]
		}}, "-tan", "--diff", "--format="+format, "1")
		if round != len(rounds) {
			t.Errorf("%s: %d rounds", format, round)
		}
	}
}
