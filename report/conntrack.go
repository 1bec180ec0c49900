package report

import (
	"errors"

	"netstat"
	"netstat/fact"
	"netstat/options"
	"netstat/view"
)

// conntrackOf returns the selection of --conntrack. classic is what the other options
// select: -4 and -6 choose a family.
func conntrackOf(o *options.Options, classic *view.Selection) (*view.Selection, error) {
	switch {
	case classic.View != fact.Sockets:
		return nil, errors.New("--conntrack is a report of its own: remove the option for " + classic.View.String())
	case len(classic.Chosen) > 0 || len(o.Tables) > 0 || o.Short():
		return nil, errors.New("--conntrack shows no sockets: remove the options that choose them")
	case classic.NoInet && classic.NoInet6:
		return nil, errors.New("--conntrack applies only to IPv4 and IPv6")
	}
	sel := &view.Selection{Tables: view.Tables{View: fact.Conntrack}, Named: true}
	switch {
	case classic.NoInet:
		sel.Conntrack.Family = netstat.Inet6
	case classic.NoInet6:
		sel.Conntrack.Family = netstat.Inet
	}
	return sel, nil
}
