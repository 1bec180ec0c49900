package report

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"netstat"
	"netstat/fact"
)

// tableColumns names the default columns of routes with --table.
const tableColumns = "table,type,destination,gateway,interface,metric,protocol,scope,preferred_source"

// routeTables lets the request read the routing tables that --table names.
func (r *Report) routeTables(ctx context.Context) error {
	name := r.o.Table
	switch {
	case name == "":
		return nil
	case r.sel.View != fact.Routes:
		return errors.New("--table applies only to routes (-r)")
	case len(r.sel.RareRoutes) > 0:
		return errors.New("--table applies only to routes of IPv4 and IPv6")
	}
	number, err := r.tableNumber(ctx, name)
	if err != nil {
		return err
	}
	for i := range r.sel.Routes {
		q := &r.sel.Routes[i]
		if q.Cache || q.Persistent {
			return errors.New("--table does not apply to cached and persistent routes")
		}
		q.Table = number
	}
	return nil
}

// tableNumber returns the number of a routing table. Names are those of the tables that
// have routes, and of their VRF devices.
func (r *Report) tableNumber(ctx context.Context, name string) (uint32, error) {
	switch strings.ToLower(name) {
	case "all":
		return netstat.AllTables, nil
	case "main":
		return netstat.MainRouteTable, nil
	case "local":
		return netstat.LocalRouteTable, nil
	case "default":
		return netstat.DefaultRouteTable, nil
	}
	if n, err := strconv.ParseUint(name, 10, 32); err == nil && n != 0 && n != netstat.AllTables {
		return uint32(n), nil
	}
	known := map[string]bool{"all": true, "main": true, "local": true}
	for _, place := range r.places {
		for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6} {
			for route, err := range place.Source.Routes(ctx, netstat.RouteQuery{Family: f, Details: true, Table: netstat.AllTables}) {
				if err != nil || route.Detail == nil || route.Detail.TableName == "" && route.Detail.VRF == "" {
					continue
				}
				if route.Detail.TableName == name || hasVRF(route.Detail.VRF, name) {
					return route.Detail.Table, nil
				}
				known[route.Detail.TableName] = true
				for vrf := range strings.SplitSeq(route.Detail.VRF, ",") {
					known[vrf] = true
				}
			}
		}
		// A VRF device may have no routes.
		for i, err := range place.Source.Interfaces(ctx, netstat.InterfaceQuery{Name: name, Facts: netstat.InterfaceLink}) {
			if err != nil || i.Link == nil || i.Link.Kind != "vrf" || i.Name != name {
				continue
			}
			if table, ok := i.Link.Setting("table"); ok {
				return uint32(table.Number), nil
			}
		}
	}
	delete(known, "")
	return 0, &fact.UnknownError{What: "routing table", Name: name, Known: slices.Sorted(maps.Keys(known))}
}

// hasVRF reports whether names, with commas between, contain the name of a VRF device.
func hasVRF(names, name string) bool {
	return slices.Contains(strings.Split(names, ","), name)
}
