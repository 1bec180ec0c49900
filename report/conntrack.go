package report

import (
	"netstat/fact"
	"netstat/options"
	"netstat/view"
)

// conntrackOf returns the selection of --conntrack. classic is what the other options
// select: -4 and -6 choose a family.
func conntrackOf(o *options.Options, classic *view.Selection) (*view.Selection, error) {
	sel, families, err := ofFamilies(o, classic, fact.Conntrack, "--conntrack")
	if err != nil {
		return nil, err
	}
	if len(families) == 1 {
		sel.Conntrack.Family = families[0]
	}
	return sel, nil
}
