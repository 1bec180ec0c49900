package view

import (
	"encoding/json"
	"fmt"
	"testing"

	"netstat"
	"netstat/fact"
	"netstat/schema"
)

// Named values are the same in columns and in JSON, which has its own tables.
func TestNamesAreThoseOfJSON(t *testing.T) {
	// check compares a column with a field of an object; path leads to it.
	check := func(v fact.View, column string, r fact.Record, object []byte, path ...string) {
		t.Helper()
		list, err := fact.Find(v, column)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(object, &value); err != nil {
			t.Fatalf("%v: %s", err, object)
		}
		for _, key := range path {
			value = value.(map[string]any)[key]
		}
		var want []string
		switch value := value.(type) {
		case []any:
			for _, name := range value {
				want = append(want, name.(string))
			}
		case string:
			want = []string{value}
		}
		var got []string
		if c := &list[0]; c.All != nil {
			for _, v := range c.All(&r, nil) {
				got = append(got, v.Text)
			}
		} else if v := c.Value(&r); v.Kind != fact.ValueAbsent {
			got = []string{v.Text}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %v, in JSON %v: %s", column, got, want, object)
		}
	}
	socket := func(column string, s netstat.Socket, path ...string) {
		t.Helper()
		facts := ^netstat.Facts(0)
		check(fact.Sockets, column, fact.Record{Row: &fact.Row{Socket: s, Facts: facts}}, schema.AppendSocket(nil, &s, schema.AllFacts, nil), path...)
	}
	for k := range netstat.TimerOther + 1 {
		socket("timer", netstat.Socket{Table: netstat.TCP4Table, Timer: netstat.Timer{Kind: k}}, "timer")
	}
	for k := range netstat.TypeSeqpacket + 1 {
		socket("type", netstat.Socket{Table: netstat.UnixTable, Detail: &netstat.UnixDetail{Type: k}}, "detail", "type")
	}
	for k := range netstat.OffloadUploading + 1 {
		socket("offload", netstat.Socket{Table: netstat.TCP4Table, Detail: &netstat.WindowsDetail{Offload: k}}, "detail", "offload")
	}
	for k := range netstat.SecurityFIPS + 1 {
		socket("security", netstat.Socket{Table: netstat.L2CAPTable, Detail: &netstat.BluetoothDetail{Security: k}}, "detail", "security")
	}
	for k := range netstat.AX25ModeCircuit + 1 {
		r := &netstat.AX25Route{Mode: k}
		check(fact.Routes, "mode", fact.Record{RareRoute: r}, schema.AppendRareRoute(nil, r), "mode")
	}
	for f := netstat.RouteFlags(0); f <= netstat.RouteUnreachable; f = max(1, f*2) {
		for _, flags := range []netstat.RouteFlags{f, f | netstat.RouteUp} {
			r := &netstat.Route{Flags: flags}
			check(fact.Routes, "flags", fact.Record{Route: r}, schema.AppendRoute(nil, r), "flags")
		}
	}
	for f := netstat.InterfaceFlags(0); f <= netstat.InterfaceDynamic; f = max(1, f*2) {
		i := &netstat.Interface{Flags: f}
		check(fact.Interfaces, "flags", fact.Record{Interface: i}, schema.AppendInterface(nil, i), "flags")
	}
	for k := range netstat.HardwareIrDA + 1 {
		i := &netstat.Interface{Hardware: k}
		check(fact.Interfaces, "hardware", fact.Record{Interface: i}, schema.AppendInterface(nil, i), "hardware")
	}
	for f := netstat.NATStatus(0); f < netstat.NATOffloaded<<1; f++ {
		s := &netstat.NATSession{Family: netstat.Inet, Status: f}
		check(fact.NAT, "status", fact.Record{NATSession: s}, schema.AppendNATSession(nil, s), "status")
	}
}
