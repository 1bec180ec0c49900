package view

import (
	"context"
	"iter"
	"testing"

	"netstat"
	"netstat/fact"
)

// measuredHost has measures, and counters without an error.
type measuredHost struct {
	counterHost
	measures []netstat.Measure
}

func (h *measuredHost) Measures(context.Context) iter.Seq2[netstat.Measure, error] {
	return func(yield func(netstat.Measure, error) bool) {
		for _, m := range h.measures {
			if !yield(m, nil) {
				return
			}
		}
	}
}

func summaryHost() *measuredHost {
	h := &measuredHost{counterHost: counterHost{counters: []netstat.Counter{{Group: "Tcp", Name: "CurrEstab", Value: 5}}}}
	add := func(g netstat.MeasureGroup, name string, value uint64) {
		h.measures = append(h.measures, netstat.Measure{Group: g, Name: name, Value: value})
	}
	for name, value := range map[string]uint64{
		"sockets.used": 60, "TCP.inuse": 9, "TCP6.inuse": 4, "TCP.orphan": 2, "TCP.tw": 3, "TCP.alloc": 14, "TCP.mem": 7,
		"UDP.inuse": 2, "UDP6.inuse": 1, "UDP.mem": 1<<64 - 1, "RAW.inuse": 0, "RAW6.inuse": 1, "FRAG.inuse": 1, "FRAG.memory": 900, "FRAG6.memory": 100,
	} {
		add(netstat.MeasureSockets, name, value)
	}
	add(netstat.MeasureSysctl, "net.ipv4.tcp_mem.min", 10)
	add(netstat.MeasureSysctl, "net.ipv4.tcp_mem.pressure", 20)
	add(netstat.MeasureSysctl, "net.ipv4.tcp_mem.max", 30)
	add(netstat.MeasureSysctl, "net.ipv4.tcp_max_orphans", 0)
	add(netstat.MeasureHost, "page_size", 4096)
	for _, p := range []struct {
		name  string
		value uint64
	}{{"PINGv6", 2}, {"AF_VSOCK", 1}, {"TCPv6", 9}, {"UDP-Lite", 3}, {"PING", 5}, {"UNIX-STREAM", 8}} {
		add(netstat.MeasureProtocols, p.name+".sockets", p.value)
	}
	return h
}

// TestSummaryOfMeasures checks each row, absent numbers, and limits that are 0.
func TestSummaryOfMeasures(t *testing.T) {
	columns, err := fact.Find(fact.Summaries, "protocol,name,value,ipv4,ipv6,low,pressure,max,unit")
	if err != nil {
		t.Fatal(err)
	}
	got := selectText(t, Records(t.Context(), summaryHost(), &Request{Tables: Tables{View: fact.Summaries}}), columns)
	const want = `all sockets 60 - - - - - -
tcp sockets 13 9 4 - - - -
tcp established 5 - - - - - -
tcp time-wait 3 - - - - - -
tcp orphans 2 - - - - 0 -
tcp allocated 14 - - - - - -
tcp closed 4 - - - - - -
tcp memory 28672 - - 40960 81920 122880 bytes
udp sockets 3 2 1 - - - -
raw sockets 1 0 1 - - - -
inet sockets 17 11 6 - - - -
frag queues 1 1 - - - - -
frag memory 1000 900 100 - - - bytes
ping sockets 7 5 2 - - - -
vsock sockets 1 - - - - - -
unix-stream sockets 8 - - - - - -
`
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// TestMeasuredCounters checks that statistics have the measures that count events, only
// if they are asked for.
func TestMeasuredCounters(t *testing.T) {
	h := summaryHost()
	h.measures = []netstat.Measure{
		{Group: netstat.MeasureSockets, Name: "TCP.inuse"}, {Group: netstat.MeasureSoftnet, Name: "dropped.cpu1", Value: 3},
		{Group: netstat.MeasureARP, Name: "entries"}, {Group: netstat.MeasureARP, Name: "table_fulls"}, {Group: netstat.MeasureNDISC, Name: "table_fulls"},
		{Group: netstat.MeasureConntrack, Name: "drop"}, {Group: netstat.MeasureSysctl, Name: "x"}, {Group: netstat.MeasureConntrack, Name: "count"},
	}
	columns, err := fact.Find(fact.Statistics, "family,group,name,value")
	if err != nil {
		t.Fatal(err)
	}
	req := &Request{Tables: Tables{View: fact.Statistics, Counters: []netstat.Family{netstat.Inet}}}
	const classic = "inet Tcp CurrEstab 5\n"
	if got := selectText(t, Records(t.Context(), h, req), columns); got != classic {
		t.Errorf("%q", got)
	}
	req.Measured = true
	const want = classic + "- softnet dropped.cpu1 3\ninet arp_cache table_fulls 0\ninet6 ndisc_cache table_fulls 0\n- nf_conntrack drop 0\n"
	if got := selectText(t, Records(t.Context(), h, req), columns); got != want {
		t.Errorf("%q", got)
	}
}
