package watch

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"netstat/collect"
	"netstat/dialect/nettools"
	"netstat/fact"
	watch "netstat/live"
	"netstat/report"
	"netstat/test/live"
	"netstat/view"
)

// TestRates compares the rates that are shown with the bytes that a program has sent,
// over a time that the test sets.
func TestRates(t *testing.T) {
	if !live.InNamespaces(t) {
		return
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	// move sends bytes both ways and waits until they have arrived.
	move := func(there, back int64) {
		t.Helper()
		for _, way := range []struct {
			from, to net.Conn
			n        int64
		}{{client, server, there}, {server, client, back}} {
			done := make(chan error, 1)
			go func() {
				_, err := io.CopyN(way.from, zeros{}, way.n)
				done <- err
			}()
			if _, err := io.CopyN(io.Discard, way.to, way.n); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
	}

	src, err := collect.Open(collect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for _, args := range [][]string{
		{"-tn"},
		{"-tn", "--sort=-sent_per_second"},
		{"-tn", "--group-by=local_port"},
		{"-tn", "--group-by=process"},
	} {
		cmd, exit := nettools.Parse(append([]string{"netstat", "--watch"}, args...), nettools.Environment{})
		if exit != nil {
			t.Fatal(exit.Stderr)
		}
		reader, err := watch.NewReader(context.Background(), &report.Choice{Options: &cmd.Options, Select: cmd.Selection},
			report.Host{Places: []view.Place{{Source: src}}}, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(1_800_000_000, 0)
		window := watch.Window{Count: 20, Keep: 1000}
		move(1000, 1000)
		if first := reader.Read(context.Background(), at, window); len(rates(first, "sent_per_second")) > 0 {
			t.Errorf("%q: rates in the first round: %v", args, rates(first, "sent_per_second"))
		}
		const there, back, seconds = 8_000_000, 500_000, 4
		move(there, back)
		second := reader.Read(context.Background(), at.Add(seconds*time.Second), window)
		if len(second.Problems) > 0 {
			t.Errorf("%q: %v", args, second.Problems)
		}
		want := []uint64{there / seconds, back / seconds}
		if args[len(args)-1] == "--group-by=process" {
			want = []uint64{(there + back) / seconds} // both ends are ours
		}
		for _, name := range []string{"sent_per_second", "received_per_second"} {
			got := rates(second, name)
			for _, w := range want {
				found := false
				for _, g := range got {
					found = found || g >= w-w/20 && g <= w+w/20
				}
				if !found || len(got) != len(want) {
					t.Errorf("%q: %s %d, want %d", args, name, got, want)
				}
			}
		}
	}
}

// rates returns the rates in a column that are known.
func rates(r *watch.Round, column string) (list []uint64) {
	c := fact.Named(r.Columns, column)
	for i := range r.Rows {
		if v := c.Value(&r.Rows[i].Record); v.Kind != fact.ValueAbsent {
			list = append(list, v.Number)
		}
	}
	return list
}

// zeros is an endless file of zeros.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
