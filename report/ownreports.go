package report

import (
	"errors"

	"netstat"
	"netstat/fact"
	"netstat/options"
	"netstat/view"
)

// ownReport returns the selection of the report that a long option names, or classic if
// there is none.
func ownReport(o *options.Options, classic *view.Selection) (*view.Selection, error) {
	var chosen func(*options.Options, *view.Selection) (*view.Selection, error)
	name := ""
	for _, own := range [...]struct {
		name  string
		given bool
		of    func(*options.Options, *view.Selection) (*view.Selection, error)
	}{
		{"diagnose", o.Diagnose, findingsOf},
		{"summary", o.Summary, summaryOf},
		{"rules", o.PolicyRules, rulesOf},
		{"get", len(o.Get) > 0, lookupsOf},
		{"neighbors", o.Neighbors, neighborsOf},
		{"conntrack", o.Conntrack, conntrackOf},
	} {
		switch {
		case !own.given:
		case chosen != nil:
			return nil, errors.New("--" + name + " and --" + own.name + " are different reports: choose one")
		default:
			chosen, name = own.of, own.name
		}
	}
	if chosen == nil {
		return classic, nil
	}
	return chosen(o, classic)
}

// neighborsOf returns the selection of --neighbors.
func neighborsOf(o *options.Options, classic *view.Selection) (*view.Selection, error) {
	sel, families, err := ofFamilies(o, classic, fact.Neighbors, "--neighbors")
	for _, f := range families {
		sel.Neighbors = append(sel.Neighbors, netstat.NeighborQuery{Family: f, Proxies: true})
	}
	return sel, err
}

// rulesOf returns the selection of --rules.
func rulesOf(o *options.Options, classic *view.Selection) (*view.Selection, error) {
	sel, families, err := ofFamilies(o, classic, fact.Rules, "--rules")
	for _, f := range families {
		sel.Rules = append(sel.Rules, netstat.RuleQuery{Family: f})
	}
	return sel, err
}

// ofFamilies returns the selection of a report on IPv4 and IPv6, and the families that it
// is about. classic is what the other options select: -4 and -6 choose a family.
func ofFamilies(o *options.Options, classic *view.Selection, v fact.View, option string) (*view.Selection, []netstat.Family, error) {
	switch {
	case classic.View != fact.Sockets:
		return nil, nil, errors.New(option + " is a report of its own: remove the option for " + classic.View.String())
	case len(classic.Chosen) > 0 || len(o.Tables) > 0 || o.Short():
		return nil, nil, errors.New(option + " shows no sockets: remove the options that choose them")
	case classic.NoInet && classic.NoInet6:
		return nil, nil, errors.New(option + " applies only to IPv4 and IPv6")
	}
	sel := &view.Selection{Tables: view.Tables{View: v}, Named: true}
	// A system without IPv6 has the rows of IPv4.
	sel.Quiet = !classic.NoInet
	var families []netstat.Family
	for _, f := range [...]netstat.Family{netstat.Inet, netstat.Inet6} {
		if f == netstat.Inet && !classic.NoInet || f == netstat.Inet6 && !classic.NoInet6 {
			families = append(families, f)
		}
	}
	return sel, families, nil
}
