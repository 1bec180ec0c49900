package collect

import (
	"netstat"
	"netstat/internal/linux"
)

// Open returns the running host. It opens nothing yet but the network namespace,
// if one is given; the error is for options that this system does not know, and
// for a namespace that has gone or may not be entered.
func Open(o Options) (netstat.Source, error) {
	return linux.Open(linux.Options{Source: o.Source, Owners: o.Owners, ProcRoot: o.ProcRoot, Netns: o.Netns})
}
