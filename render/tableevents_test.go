package render

import (
	"bytes"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
)

// TestLost requires a whole line for lost events, which have no socket, in the language of
// the user.
func TestLost(t *testing.T) {
	columns, err := fact.Find(fact.Sockets, "time,happened,local")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 29, 18, 0, 0, 5e6, time.UTC)
	for _, c := range []struct {
		lost    uint64
		netns   string
		chinese bool
		want    string
	}{
		{7, "", false, "18:00:00.005  lost 7 events (bpf)"},
		{0, "blue", false, "18:00:00.005  lost events, their number is unknown (bpf) in blue"},
		{7, "bl\x1bue", true, "18:00:00.005  lost（丢失）7 个事件（bpf），命名空间 bl.ue"},
		{0, "", true, "18:00:00.005  lost（丢失）事件，数量未知（bpf）"},
	} {
		var out bytes.Buffer
		r, err := New(Format{}, &out, Head{View: fact.Sockets}, columns, Options{Events: true, Chinese: c.chinese})
		if err != nil {
			t.Fatal(err)
		}
		event := netstat.Event{Type: netstat.EventLost, Origin: netstat.EventBPF, Time: at, Lost: c.lost}
		for _, err := range []error{r.Begin(at), r.Record(&fact.Record{Event: &event, Netns: c.netns}), r.End()} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, line, _ := bytes.Cut(out.Bytes(), []byte("\n")); string(line) != c.want+"\n" {
			t.Errorf("%q, want %q", line, c.want)
		}
	}
}
