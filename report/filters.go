package report

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/user"
	"runtime"
	"strconv"

	"netstat"
	"netstat/fact"
	"netstat/filter"
	"netstat/options"
	"netstat/snapshot"
	"netstat/view"
)

// Refine returns the function that adds the filter, order and limit of the choice to the
// Plan of a dialect's text. It returns nil if there are none. netns is the name of the
// network namespace of src, or "" if none was chosen. names maps user IDs to names. say
// is called with errors that end no table. denied, which may be nil, is view.Plan.Denied.
// The error is a mistake in the choice.
func (c *Choice) Refine(src netstat.Source, netns string, names view.Names, say func(error), denied func(none bool)) (func(*view.Plan), error) {
	o := c.Options
	var expr *filter.Expr
	var err error
	if o.Filtered() {
		sel, err := c.selection()
		if err != nil {
			return nil, err
		}
		if expr, err = expression(filterEnv(src), o, sel); err != nil {
			return nil, err
		}
	}
	if expr == nil && o.Limit == 0 && o.Sort == "" {
		return nil, nil
	}
	var keys []view.SortKey
	if o.Sort != "" {
		if keys, err = view.ParseSort(fact.Sockets, o.Sort); err != nil {
			return nil, err
		}
	}
	return func(plan *view.Plan) {
		plan.Netns, plan.Denied = netns, denied
		plan.Report = say
		if c.Now != nil {
			plan.At = c.Now()
		}
		plan.Filter, plan.Sort, plan.Limit, plan.Names = expr, keys, limitOf(o), names
		if expr.HasState() {
			anyState(plan)
		}
	}, nil
}

func limitOf(o *options.Options) int { return int(min(o.Limit, 1<<31-1)) }

// shortForm returns the name of a short form of --filter that was given.
func shortForm(o *options.Options) string {
	for _, option := range [...]struct {
		name   string
		values []string
	}{{"port", o.Ports}, {"pid", o.PIDs}, {"process", o.Processes}, {"user", o.Users}} {
		if len(option.values) > 0 {
			return option.name
		}
	}
	return "state"
}

// expression parses --filter and its short forms. It returns nil if none is
// given. Errors point at their place in the expression.
func expression(env filter.Env, o *options.Options, sel *view.Selection) (*filter.Expr, error) {
	if !o.Filtered() {
		return nil, nil
	}
	if sel.View == fact.Sockets {
		env.Family = onlyFamily(sel.Plan)
	} else if o.Short() {
		return nil, errors.New("--" + shortForm(o) + " applies only to socket reports")
	} else {
		env.Facts = fact.Of(sel.View)
	}
	env.Rates = o.Delta || o.Watch
	var all []*filter.Expr
	for _, text := range o.Filters {
		expr, err := filter.Parse(text, env)
		if err != nil {
			return nil, fmt.Errorf("--filter: %w", err)
		}
		all = append(all, expr)
	}
	short := filter.Short{States: o.States, Ports: o.Ports, PIDs: o.PIDs, Processes: o.Processes, Users: o.Users, LocalEnd: o.Signal != ""}
	expr, err := short.Expr(env)
	if err != nil {
		return nil, err
	}
	return filter.And(append(all, expr)...), nil
}

// onlyFamily returns the family of all the requested sockets, or FamilyNone if
// there are several.
func onlyFamily(plan *view.Plan) (only netstat.Family) {
	for i := range plan.Queries {
		f := plan.Queries[i].Table.Family
		if i > 0 && f != only {
			return netstat.FamilyNone
		}
		only = f
	}
	return only
}

// anyState lets a filter on states replace the classic selection by state.
func anyState(plan *view.Plan) {
	for i := range plan.Queries {
		plan.Queries[i].Keep = nil
		plan.Queries[i].Need.States = 0
	}
}

// filterEnv returns the lookups of names: those of the running system or, for a
// snapshot, only the names in the snapshot.
func filterEnv(src netstat.Source) filter.Env {
	env := filter.Env{
		Service: func(name string) (uint16, bool) {
			for _, network := range []string{"tcp", "udp"} {
				if port, err := net.LookupPort(network, name); err == nil {
					return uint16(port), true
				}
			}
			return 0, false
		},
		Interface: func(name string) (uint32, bool) { return interfaceIndex(src, name) },
	}
	if groups, ok := src.(netstat.Cgroups); ok {
		env.Cgroup = groups.CgroupID
	}
	if recorded, ok := src.(*snapshot.Source); ok {
		recordedEnv(&env, recorded)
		return env
	}
	env.Host = func(name string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(context.Background(), "ip", name)
	}
	if runtime.GOOS == "windows" {
		return env // users have no numbers there
	}
	env.User = func(name string) (uint32, bool) {
		u, err := user.Lookup(name)
		if err != nil {
			return 0, false
		}
		id, err := strconv.ParseUint(u.Uid, 10, 32)
		return uint32(id), err == nil
	}
	return env
}

// recordedEnv takes the lookups of names from a snapshot. Services that it does
// not name are this system's.
func recordedEnv(env *filter.Env, src *snapshot.Source) {
	names, here := src.Names(), env.Service
	env.Service = func(name string) (uint16, bool) {
		if port, ok := names.Port(name); ok {
			return port, true
		}
		return here(name)
	}
	env.Host = func(name string) ([]netip.Addr, error) {
		if list := names.Addresses(name); len(list) > 0 {
			return list, nil
		}
		return nil, errors.New("not in the snapshot")
	}
	if src.Meta.System == "windows" {
		return // the snapshot names the users of owners
	}
	env.User = names.UserNumber
	env.Cgroup = func(string) (uint64, error) {
		return 0, errors.New("a snapshot has no control group paths: use cgroup_id")
	}
}

// filters parses the filter for all places. If it names interfaces, it is
// parsed for each place separately, since interface indexes differ.
func (r *Report) filters() (*filter.Expr, error) {
	var first netstat.Source
	if len(r.places) > 0 {
		first = r.places[0].Source
	}
	env := filterEnv(first)
	asked := false
	env.Interface = func(name string) (uint32, bool) {
		asked = true
		for i := range r.places {
			if index, ok := interfaceIndex(r.places[i].Source, name); ok {
				return index, true
			}
		}
		return 0, false
	}
	expr, err := expression(env, r.o, r.sel)
	if err != nil || !asked || len(r.places) < 2 {
		return expr, err
	}
	for i := range r.places {
		place := &r.places[i]
		env.Interface = func(name string) (uint32, bool) {
			if index, ok := interfaceIndex(place.Source, name); ok {
				return index, true
			}
			return noInterface, true
		}
		if place.Filter, err = expression(env, r.o, r.sel); err != nil {
			return nil, err
		}
	}
	return expr, nil
}

// interfaceIndex returns the index of an interface.
func interfaceIndex(src netstat.Source, name string) (uint32, bool) {
	for i, err := range src.Interfaces(context.Background(), netstat.InterfaceQuery{Name: name}) {
		if err == nil && i.Called(name) && i.Index != 0 {
			return i.Index, true
		}
	}
	return 0, false
}

// noInterface is an index that no interface has: interface indexes are positive
// signed 32-bit numbers.
const noInterface = 1<<32 - 1
