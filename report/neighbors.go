package report

import (
	"errors"

	"netstat"
	"netstat/fact"
	"netstat/options"
	"netstat/view"
)

// neighborsOf returns the selection of --neighbors. classic is what the other options
// select: -4 and -6 choose a family.
func neighborsOf(o *options.Options, classic *view.Selection) (*view.Selection, error) {
	switch {
	case classic.View != fact.Sockets:
		return nil, errors.New("--neighbors is a report of its own: remove the option for " + classic.View.String())
	case len(classic.Chosen) > 0 || len(o.Tables) > 0 || o.Short():
		return nil, errors.New("--neighbors shows no sockets: remove the options that choose them")
	case classic.NoInet && classic.NoInet6:
		return nil, errors.New("--neighbors applies only to IPv4 and IPv6")
	}
	sel := &view.Selection{Tables: view.Tables{View: fact.Neighbors}, Named: true}
	// A system without IPv6 has its IPv4 neighbours.
	sel.Quiet = !classic.NoInet
	for _, f := range [...]netstat.Family{netstat.Inet, netstat.Inet6} {
		if f == netstat.Inet && !classic.NoInet || f == netstat.Inet6 && !classic.NoInet6 {
			sel.Neighbors = append(sel.Neighbors, netstat.NeighborQuery{Family: f, Proxies: true})
		}
	}
	return sel, nil
}
