package view

import (
	"encoding/json"
	"io"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"netstat/test/live"
)

// ratesReport is what a report of --delta says in JSON.
type ratesReport struct {
	Time    time.Time
	Elapsed float64
	Sockets []struct {
		Proto, State string
		Local        uint16   `json:"local_port"`
		Remote       uint16   `json:"remote_port"`
		Sent         *float64 `json:"sent_per_second"`
		Received     *float64 `json:"received_per_second"`
		SegsOut      *float64 `json:"segs_out_per_second"`
		Retrans      *float64 `json:"retrans_per_second"`
	}
}

// ratesStream starts the program with an interval. The function returns the next report.
func ratesStream(t *testing.T, args ...string) func() ratesReport {
	t.Helper()
	cmd := exec.Command(live.ProgramPath(), append(args, "--json", "0.2")...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	d := json.NewDecoder(out)
	return func() (r ratesReport) {
		t.Helper()
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		if r.Elapsed <= 0 {
			t.Fatalf("a report without the time over which it measured: %+v", r)
		}
		return r
	}
}

// ratesConnection returns both ends of a connection over loopback.
func ratesConnection(t *testing.T, l net.Listener) (client, server net.Conn) {
	t.Helper()
	client, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.Close()
		_ = server.Close()
	})
	return client, server
}

// ratesMove sends bytes and waits until they have arrived.
func ratesMove(t *testing.T, from, to net.Conn, n int64) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := from.Write(make([]byte, n))
		done <- err
	}()
	if _, err := io.CopyN(io.Discard, to, n); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func ratesPort(a net.Addr) uint16 { return uint16(a.(*net.TCPAddr).Port) }

// TestDeltaTraffic compares the rates of --delta with the bytes that programs have sent
// and received: the sum of all rates, each times the time that its report says, is the
// number of bytes, whenever the rounds were. The groups of a second program have the same
// sums. A new socket has no rate in its first report, a listener and UDP never, and a
// closed socket none any more.
func TestDeltaTraffic(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	client, server := ratesConnection(t, l)
	const there, back = 30_000_000, 7_000_000
	ratesMove(t, client, server, 1_000_000) // before: it does not count

	sockets := ratesStream(t, "-tuan", "--delta")
	groups := ratesStream(t, "-tuan", "--delta", "--group-by", "remote_port")
	clientPort, serverPort := ratesPort(client.LocalAddr()), ratesPort(l.Addr())
	forth, reverse := [2]uint16{clientPort, serverPort}, [2]uint16{serverPort, clientPort}
	sent, received, segs := map[[2]uint16]float64{}, map[[2]uint16]float64{}, map[[2]uint16]float64{}
	grouped := map[uint16][2]float64{}
	take := func(r ratesReport) {
		t.Helper()
		for _, s := range r.Sockets {
			if s.State != "ESTABLISHED" {
				if s.Sent != nil || s.Received != nil || s.SegsOut != nil {
					t.Errorf("a socket of %s in state %s has rates", s.Proto, s.State)
				}
				continue
			}
			if s.Sent == nil || s.Received == nil {
				continue
			}
			ends := [2]uint16{s.Local, s.Remote}
			sent[ends] += *s.Sent * r.Elapsed
			received[ends] += *s.Received * r.Elapsed
			segs[ends] += *s.SegsOut * r.Elapsed
			if *s.Retrans < 0 {
				t.Errorf("%v segments sent again", *s.Retrans)
			}
		}
	}
	takeGroups := func(r ratesReport) {
		for _, g := range r.Sockets {
			if g.Sent != nil {
				sums := grouped[g.Remote]
				sums[0] += *g.Sent * r.Elapsed
				sums[1] += *g.Received * r.Elapsed
				grouped[g.Remote] = sums
			}
		}
	}
	take(sockets()) // both programs have seen the sockets without traffic
	takeGroups(groups())
	if len(sent) != 2 || sent[forth] > 1 || sent[reverse] > 1 {
		t.Fatalf("before the traffic: %v", sent)
	}
	ratesMove(t, client, server, there)
	ratesMove(t, server, client, back)
	newClient, newServer := ratesConnection(t, l)
	ratesMove(t, newClient, newServer, 1000)
	end := time.Now()
	newPort, first := ratesPort(newClient.LocalAddr()), true
	for after := false; !after; {
		r := sockets()
		after = r.Time.After(end)
		take(r)
		for _, s := range r.Sockets {
			if s.Local == newPort && first {
				first = false
				if s.Sent != nil || s.Received != nil {
					t.Errorf("a new socket has the rates %v and %v", *s.Sent, *s.Received)
				}
			}
		}
	}
	for after := false; !after; {
		r := groups()
		after = r.Time.After(end)
		takeGroups(r)
	}
	if first {
		t.Error("the new socket is in no report")
	}
	near := func(what string, got, want float64) {
		t.Helper()
		if got < want*0.95 || got > want*1.05 {
			t.Errorf("%s: %.0f bytes, want %.0f", what, got, want)
		}
	}
	near("sent by the client", sent[forth], there)
	near("received by the server", received[reverse], there)
	near("sent by the server", sent[reverse], back)
	near("received by the client", received[forth], back)
	if segs[forth] < 1 {
		t.Errorf("%v segments", segs)
	}
	near("the group of the server's port, sent", grouped[serverPort][0], there)
	near("the group of the client's port, sent", grouped[clientPort][0], back)
	near("the group of the client's port, received", grouped[clientPort][1], there)

	// A closed socket has no rate.
	_ = client.Close()
	_ = server.Close()
	for end := time.Now(); ; {
		r := sockets()
		if !r.Time.After(end) {
			continue
		}
		for _, s := range r.Sockets {
			if (s.Local == clientPort || s.Remote == clientPort) && s.Sent != nil {
				t.Errorf("port %s: a closed socket in state %s has a rate", strconv.Itoa(int(clientPort)), s.State)
			}
		}
		break
	}
}
