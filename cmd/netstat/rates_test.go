package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
)

// ratesSocket returns a TCP connection with counters, or a UDP socket for port 53.
func ratesSocket(port uint16, cookie, sent, again, received uint64) netstat.Socket {
	s := roundsSocket(netstat.Established, "10.0.0.1:80", "10.0.0.2:1", cookie, 0)
	s.Remote.Port = port
	if port == 53 {
		s.Table = netstat.UDP4Table
		return s
	}
	s.TCP = &netstat.TCPInfo{BytesSent: sent, BytesRetrans: again, BytesReceived: received, SegsOut: sent / 100, SegsIn: received / 100, TotalRetrans: uint32(again / 100)}
	for _, f := range []netstat.TCPField{netstat.TCPBytesSent, netstat.TCPBytesRetrans, netstat.TCPBytesReceived, netstat.TCPSegsOut, netstat.TCPSegsIn, netstat.TCPTotalRetrans} {
		s.TCP.Known.Add(f)
	}
	return s
}

// ratesRounds are rounds 2.5 seconds apart: of two connections to one address, of which
// one sends again what it has sent; of one whose counters go back and that closes; of a
// new one; and of a UDP socket.
func ratesRounds() [][]netstat.Socket {
	other := func(s netstat.Socket) netstat.Socket {
		s.Remote.IP = netip.MustParseAddr("10.0.0.9")
		return s
	}
	return [][]netstat.Socket{
		{ratesSocket(1001, 1, 1000, 0, 0), ratesSocket(1002, 2, 0, 0, 500), other(ratesSocket(1003, 3, 9000, 0, 9000))},
		{ratesSocket(1001, 1, 6000, 2500, 0), ratesSocket(1002, 2, 1000, 0, 3000), other(ratesSocket(1003, 3, 10, 0, 10))},
		{ratesSocket(1001, 1, 6000, 2500, 0), ratesSocket(1002, 2, 11000, 0, 3000), other(ratesSocket(1003, 3, 260, 0, 10)), ratesSocket(1004, 4, 7000, 0, 0)},
		{ratesSocket(1002, 2, 11000, 0, 3000), ratesSocket(1004, 4, 7250, 0, 0)},
	}
}

// TestDeltaSockets checks that --delta shows the rates of sockets from the second round
// on, in every way that a report can be asked for.
func TestDeltaSockets(t *testing.T) {
	columns := "--columns=remote_port,sent_per_second,received_per_second,segs_out_per_second,retrans_per_second"
	for _, c := range []struct {
		args string
		want []string // of each round but the first, without the header
	}{
		{"-tan --delta 1 --format=csv " + columns, []string{
			"1001,1000,0,20,10 1002,400,1000,4,0 1003,,,,",
			"1001,0,0,0,0 1002,4000,0,40,0 1003,100,0,0.8,0 1004,,,,",
			"1002,0,0,0,0 1004,100,0,0.8,0",
		}},
		// The socket that no one has seen before the filter matches is measured all the same.
		{"-tan --delta 1 --format=csv --filter sent_per_second>0.5k --columns=remote_port,sent", []string{"1001,1000", "1002,4000", ""}},
		{"-tan --delta 1 --format=csv --filter sent=400B/s --columns=remote_port", []string{"1002", "", ""}},
		{"-tan --delta 1 --format=csv --filter segs_out_per_second<1 --columns=remote_port", []string{"", "1001 1003", "1002 1004"}},
		{"-tan --delta 1 --format=csv --filter sent_per_second>received_per_second --columns=remote_port", []string{"1001", "1002 1003", "1004"}},
		// What is absent matches no comparison, and is last in both orders.
		{"-tan --delta 1 --format=csv --filter not(sent>=0) --columns=remote_port", []string{"1003", "1004", ""}},
		{"-tan --delta 1 --format=csv --sort=-sent --columns=remote_port", []string{"1001 1002 1003", "1002 1003 1001 1004", "1004 1002"}},
		{"-tan --delta 1 --format=csv --sort=sent --columns=remote_port", []string{"1002 1001 1003", "1001 1003 1002 1004", "1002 1004"}},
		// A limit does not end the measurement of other sockets.
		{"-tan --delta 1 --format=csv --limit=1 --columns=remote_port,sent", []string{"1001,1000", "1001,0", "1002,0"}},
		{"-tan --delta 1 --format=csv --sort=-sent --limit=1 --columns=remote_port,sent", []string{"1001,1000", "1002,4000", "1004,100"}},
		// The sums of a group are those of its sockets that have rates.
		{"-tan --delta 1 --format=csv --group-by=remote_address --columns=remote_address,count,sent,rcvd", []string{
			"10.0.0.2,2,1400,1000 10.0.0.9,1,,", "10.0.0.2,3,4000,0 10.0.0.9,1,100,0", "10.0.0.2,2,100,0"}},
		{"-tan --delta 1 --format=csv --group-by=state --sort=-sent", []string{
			"ESTABLISHED,3,0,0,1400,1000,10", "ESTABLISHED,4,0,0,4100,0,0", "ESTABLISHED,2,0,0,100,0,0"}},
		{"-tan --delta 1 --format=tsv --columns=remote_port,sent", []string{"1001 1000 1002 400 1003", "1001 0 1002 4000 1003 100 1004", "1002 0 1004 100"}},
		{"-tan --delta 1 --count", []string{"3", "4", "2"}},
		{"-tan --delta 1 --count --filter sent>0", []string{"2", "2", "1"}},
		{"-tan --delta 1 --format=template={{.remote_port}}={{.sent_per_second}}", []string{"1001=1000 1002=400 1003=", "1001=0 1002=4000 1003=100 1004=", "1002=0 1004=100"}},
		{"--dialect=windows -an -p tcp --delta 1 --format=csv --columns=remote_port,sent", []string{"1001,1000 1002,400 1003,", "1001,0 1002,4000 1003,100 1004,", "1002,0 1004,100"}},
	} {
		out, errs, _ := roundsOf(t, ratesRounds(), false, strings.Fields(c.args)...)
		var got []string
		head := ""
		for i, line := range strings.Split(strings.ReplaceAll(out, "\r\n", "\n"), "\n") {
			if i == 0 && strings.Contains(c.args, "sv ") {
				head = line // csv and tsv have it in each round
			}
			if line != head || head == "" {
				got = append(got, strings.Fields(line)...)
			}
		}
		if want := strings.Fields(strings.Join(c.want, " ")); !slices.Equal(got, want) || errs != "" {
			t.Errorf("%s:\n%q\n%swant %q", c.args, got, errs, want)
		}
	}
}

// TestDeltaSocketsTable checks the table, and that a terminal learns what it waits for.
func TestDeltaSocketsTable(t *testing.T) {
	rounds := ratesRounds()[:2]
	for i := range rounds {
		rounds[i] = append(rounds[i], ratesSocket(53, 9, 0, 0, 0))
	}
	out, errs, _ := roundsOf(t, rounds, true, "-tan", "--delta", "2", "--color=never")
	const want = `PROTO  LOCAL        REMOTE         STATE           SENT     RCVD
tcp    10.0.0.1:80  10.0.0.2:1001  ESTABLISHED  1.0kB/s     0B/s
tcp    10.0.0.1:80  10.0.0.2:1002  ESTABLISHED   400B/s  1.0kB/s
tcp    10.0.0.1:80  10.0.0.9:1003  ESTABLISHED        -        -
udp    10.0.0.1:80  10.0.0.2:53    ESTABLISHED
`
	if out != want || errs != "netstat: measuring for 2s\n" {
		t.Errorf("%s%q", out, errs)
	}
}

// TestDeltaSocketsJSON checks the rates of whole rows and the time that they are over.
func TestDeltaSocketsJSON(t *testing.T) {
	out, errs, _ := roundsOf(t, ratesRounds()[:2], false, "-tuan", "--delta", "1", "--json")
	if errs != "" || strings.Count(out, `"content":"sockets"`) != 1 || strings.Count(out, `"elapsed":2.5,`) != 1 ||
		strings.Count(out, "_per_second") != 10 || !strings.Contains(out, `"sent_per_second":400,"received_per_second":1000,"segs_out_per_second":4,"segs_in_per_second":10,"retrans_per_second":0}`) {
		t.Errorf("%s%s", out, errs)
	}
}

// TestDeltaSnapshots checks --delta OLD NEW: the rates of two snapshots over the time
// between them, for each view that has counters.
func TestDeltaSnapshots(t *testing.T) {
	const host = `{"schema":"netstat","version":1,"content":"snapshot","time":"2026-11-29T10:00:TIMEZ","host":{"system":"linux"},"sockets":[
{"family":"inet","proto":"tcp","facts":["inode","tcp_info"],"rows":[{"family":"inet","proto":"tcp","state":"ESTABLISHED","local_address":"10.0.0.1","local_port":22,"remote_address":"10.0.0.2","remote_port":7,"recv_queue":0,"send_queue":0,"inode":7,"cookie":8,"tcp_info":{"bytes_sent":SENT,"bytes_retrans":0,"bytes_received":5}}]}],
"counters":[{"family":"inet","rows":[{"family":"inet","group":"Tcp","name":"InSegs","value":SENT,"part":1}]}]}`
	dir := t.TempDir()
	name := func(file, at, sent string) string {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte(strings.NewReplacer("TIME", at, "SENT", sent).Replace(host)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	old, now := name("old", "00", "1000"), name("new", "10", "3500")
	for _, c := range []struct{ args, want string }{
		{"-t4an --columns=remote_port,sent,rcvd --format=csv", "remote_port,sent_per_second,received_per_second\r\n7,250,0\r\n"},
		{"-t4an --group-by=state --columns=state,sent --format=csv", "state,sent_per_second\r\nESTABLISHED,250\r\n"},
		{"-t4an --filter sent>250 --count", "0\n"},
		{"-st --columns=name,value,per_second --format=csv --filter name=InSegs", "name,value,per_second\r\nInSegs,3500,250\r\n"},
		{"-st --filter per_second>249.9 --count", "1\n"},
		{"-st --filter per_second>0.25k --count", "0\n"},
	} {
		status, out, errs := orderRun(nil, process{now: time.Now}, append([]string{"--delta", old, now}, strings.Fields(c.args)...)...)
		if status != 0 || out != c.want || errs != "" {
			t.Errorf("%s: status %d\n%s%swant %s", c.args, status, out, errs, c.want)
		}
	}
	if _, out, _ := orderRun(nil, process{now: time.Now}, "--delta", old, now, "-t4an", "--json"); !strings.Contains(out, `"time":"2026-11-29T10:00:10Z"`) || !strings.Contains(out, `"elapsed":10,`) {
		t.Errorf("%s", out)
	}
}
