package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/user"
	"strconv"
	"strings"
	"sync"

	"netstat"
	"netstat/fact"
	"netstat/filter"
	"netstat/options"
	"netstat/view"
)

// refine makes what the classic text of a command line is to show besides its
// dialect's choice. netns is the name of the namespace that src is of.
func (p *process) refine(d *dialect, src netstat.Source, netns string, cmd *command, names view.Names) (func(*view.Plan), error) {
	o := &cmd.options
	var expr *filter.Expr
	var err error
	if o.Filtered() {
		sel, err := cmd.selection()
		if err != nil {
			return nil, err
		}
		if expr, err = p.expression(p.filterEnv(src), o, sel); err != nil {
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
	denied := p.denied(d)
	return func(plan *view.Plan) {
		plan.Netns, plan.Denied = netns, denied
		plan.Report = func(err error) { p.fail(d, 0, err) }
		plan.Filter, plan.Sort, plan.Limit, plan.Names = expr, keys, limitOf(o), names
		if expr.HasState() {
			anyState(plan)
		}
	}, nil
}

// denied says that owners may be missing: once, however often the report is repeated.
func (p *process) denied(d *dialect) func() {
	return sync.OnceFunc(func() {
		p.fail(d, 0, errors.New("cannot inspect some processes; owners may be missing"))
	})
}

// refines reports whether the classic text can show all that the options ask for
// besides the dialect's choice. That on sockets can be filtered, put in order and
// cut; the others have an order and parts of their own.
func (c *command) refines() bool {
	o := &c.options
	filters := len(o.Filters)+len(o.States)+len(o.Ports)+len(o.PIDs)+len(o.Processes)+len(o.Users) > 0
	if !filters && o.Sort == "" && o.Limit == 0 {
		return true
	}
	sel, err := c.selection()
	if err != nil {
		return o.Sort == "" && o.Limit == 0
	}
	return sel.View == fact.Sockets
}

func limitOf(o *options.Options) int { return int(min(o.Limit, 1<<31-1)) }

// expression reads --filter and its short forms; nil for none of them. Mistakes
// point at their place.
func (p *process) expression(env filter.Env, o *options.Options, sel *view.Selection) (*filter.Expr, error) {
	if !o.Filtered() {
		return nil, nil
	}
	if sel.View != fact.Sockets {
		return nil, errors.New("filters choose sockets, which this report does not show")
	}
	env.Family = onlyFamily(sel.Plan)
	var all []*filter.Expr
	for _, text := range o.Filters {
		expr, err := filter.Parse(text, env)
		if err != nil {
			return nil, fmt.Errorf("--filter: %w", err)
		}
		all = append(all, expr)
	}
	short := filter.Short{States: o.States, Ports: o.Ports, PIDs: o.PIDs, Processes: o.Processes, Users: o.Users}
	expr, err := short.Expr(env)
	if err != nil {
		return nil, err
	}
	return filter.And(append(all, expr)...), nil
}

// onlyFamily is the family of all the sockets that are asked for, FamilyNone where
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

// anyState lets a filter on states decide in the place of the classic choice.
func anyState(plan *view.Plan) {
	for i := range plan.Queries {
		plan.Queries[i].Keep = nil
		plan.Queries[i].Need.States = 0
	}
}

// mistake says what is wrong with the values of new options; of an expression
// it shows the place too.
func (p *process) mistake(d *dialect, err error) int {
	var e *filter.Error
	if errors.As(err, &e) && e.Text == "help" && !errors.As(err, new(*filter.ShortError)) {
		return p.print(d, fact.Help(filter.Fields()))
	}
	status := p.fail(d, d.mistake, err)
	if errors.As(err, &e) {
		for line := range strings.Lines(e.Caret() + "\n") {
			_, _ = io.WriteString(p.stderr, "  "+line)
		}
	}
	return status
}

// filterEnv turns names into numbers: those of the running system, but for a
// recorded host none that are not in the recording.
func (p *process) filterEnv(src netstat.Source) filter.Env {
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
	if p.recorded != nil {
		p.recordedEnv(&env)
		return env
	}
	env.Host = func(name string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(context.Background(), "ip", name)
	}
	if p.system == "windows" {
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

// recordedEnv takes the names of a recorded host from the recording. Services that
// it does not name are this system's.
func (p *process) recordedEnv(env *filter.Env) {
	names, here := p.recorded.Names(), env.Service
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
		return nil, errors.New("it is not in the recording")
	}
	if p.recorded.Meta.System == "windows" {
		return // owners have names there
	}
	env.User = names.UserNumber
	env.Cgroup = func(string) (uint64, error) {
		return 0, errors.New("paths of control groups are not recorded: cgroup_id compares their numbers")
	}
}

// filters reads the filter for all places, and for each one apart if it names
// interfaces, whose numbers differ.
func (j *job) filters() (*filter.Expr, error) {
	env := j.p.filterEnv(nil)
	asked := false
	env.Interface = func(name string) (uint32, bool) {
		asked = true
		for i := range j.places {
			if index, ok := interfaceIndex(j.places[i].Source, name); ok {
				return index, true
			}
		}
		return 0, false
	}
	if len(j.places) > 0 {
		if groups, ok := j.places[0].Source.(netstat.Cgroups); ok {
			env.Cgroup = groups.CgroupID
		}
	}
	expr, err := j.p.expression(env, j.o, j.sel)
	if err != nil || !asked || len(j.places) < 2 {
		return expr, err
	}
	for i := range j.places {
		place := &j.places[i]
		env.Interface = func(name string) (uint32, bool) {
			if index, ok := interfaceIndex(place.Source, name); ok {
				return index, true
			}
			return noInterface, true
		}
		if place.Filter, err = j.p.expression(env, j.o, j.sel); err != nil {
			return nil, err
		}
	}
	return expr, nil
}

// interfaceIndex returns the number of an interface.
func interfaceIndex(src netstat.Source, name string) (uint32, bool) {
	for i, err := range src.Interfaces(context.Background(), netstat.InterfaceQuery{Name: name}) {
		if err == nil && i.Called(name) && i.Index != 0 {
			return i.Index, true
		}
	}
	return 0, false
}

// noInterface is a number that no interface has: they are positive in 32 bits
// with a sign.
const noInterface = 1<<32 - 1
