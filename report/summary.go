package report

import (
	"errors"

	"netstat/fact"
	"netstat/options"
	"netstat/view"
)

// summaryOf returns the selection of --summary. classic is what the other options select.
func summaryOf(o *options.Options, classic *view.Selection) (*view.Selection, error) {
	switch {
	case classic.View != fact.Sockets:
		return nil, errors.New("--summary is a report of its own: remove the option for " + classic.View.String())
	case len(classic.Chosen) > 0 || len(o.Tables) > 0:
		return nil, errors.New("--summary counts every protocol: remove the protocols and families, or choose rows with --filter 'protocol = tcp'")
	}
	return &view.Selection{Tables: view.Tables{View: fact.Summaries}, Named: true}, nil
}
