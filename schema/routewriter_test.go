package schema

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"

	"netstat"
)

// TestRouteWriter checks that a RouteWriter appends what AppendRoute does, for routes of
// which each differs from the one before in one field.
func TestRouteWriter(t *testing.T) {
	var w RouteWriter
	check := func(route *netstat.Route, field string) {
		t.Helper()
		if got, want := w.Append(nil, route), AppendRoute(nil, route); !bytes.Equal(got, want) {
			t.Errorf("%s:\n%s, want\n%s", field, got, want)
		}
	}
	base := func() (*netstat.Route, *netstat.RouteDetail) {
		d := &netstat.RouteDetail{Type: netstat.RouteUnicast, Table: 254, NextHops: []netstat.NextHop{{Gateway: netip.MustParseAddr("10.0.0.1"), Weight: 1}}}
		return &netstat.Route{Family: netstat.Inet, Destination: netip.MustParsePrefix("10.1.0.0/16"), Gateway: netip.MustParseAddr("10.0.0.1"), Detail: d}, d
	}
	r := rand.New(rand.NewPCG(1, 2))
	change := func(v reflect.Value, i int) bool {
		f := v.Field(i)
		switch f.Interface().(type) {
		case netip.Addr:
			f.Set(reflect.ValueOf(netip.MustParseAddr("10.9.9.9")))
		case netip.Prefix:
			f.Set(reflect.ValueOf(netip.MustParsePrefix("10.9.0.0/16")))
		case netstat.RouteMetrics:
			f.Set(reflect.ValueOf(netstat.RouteMetrics{Known: 1}))
		case []netstat.NextHop:
			f.Set(reflect.ValueOf([]netstat.NextHop{{Index: 9}}))
		case *netstat.CachedRoute:
			f.Set(reflect.ValueOf(&netstat.CachedRoute{TOS: 1}))
		case *netstat.WindowsRoute:
			f.Set(reflect.ValueOf(&netstat.WindowsRoute{RouteMetric: 1}))
		case *netstat.RouteDetail:
			return false
		default:
			switch {
			case f.Kind() == reflect.Bool:
				f.SetBool(true)
			case f.Kind() == reflect.String:
				f.SetString("x")
			case f.CanUint():
				f.SetUint(3)
			case f.CanInt():
				f.SetInt(1e9)
			default:
				t.Fatalf("field of type %v", f.Type())
			}
		}
		return true
	}
	kept := make(map[string]bool)
	for _, of := range []string{"route", "detail"} {
		for i := 0; ; i++ {
			route, detail := base()
			check(route, "base")
			v := reflect.ValueOf(route).Elem()
			if of == "detail" {
				v = reflect.ValueOf(detail).Elem()
			}
			if i == v.NumField() {
				break
			}
			if change(v, i) {
				check(route, v.Type().Field(i).Name)
				kept[v.Type().Field(i).Name] = true
				again, _ := base()
				again.Destination = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.Uint32())}), 24)
				check(again, "again")
			}
		}
	}
	if !kept["Trapped"] || !kept["Metric"] {
		t.Errorf("fields %v", kept)
	}
}

func TestRouteWriterAllocations(t *testing.T) {
	var w RouteWriter
	b := make([]byte, 0, 4096)
	route := &netstat.Route{Family: netstat.Inet, Destination: netip.MustParsePrefix("10.1.0.0/16"), Detail: &netstat.RouteDetail{Table: 254, NextHops: []netstat.NextHop{{Index: 3, Interface: "eth0"}}}}
	// Each place gets its memory once.
	for range 20 << routeSlots {
		route.Metric++
		w.Append(b, route)
	}
	if n := testing.AllocsPerRun(100, func() {
		route.Metric++
		w.Append(b, route)
		w.Append(b, route)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
