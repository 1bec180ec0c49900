package view

import (
	"net/netip"
	"testing"

	"netstat"
	"netstat/fact"
)

// TestKeptRoutesAreCopies checks that a kept route does not change with the memory that a
// source reuses.
func TestKeptRoutesAreCopies(t *testing.T) {
	detail := &netstat.RouteDetail{Table: 5, NextHops: []netstat.NextHop{{Gateway: netip.MustParseAddr("10.0.0.1")}}}
	kept := cloneRecord(&fact.Record{Route: &netstat.Route{Detail: detail}})
	detail.Table, detail.NextHops[0] = 6, netstat.NextHop{}
	if d := kept.Route.Detail; d.Table != 5 || !d.NextHops[0].Gateway.IsValid() {
		t.Errorf("%+v", d)
	}
}
