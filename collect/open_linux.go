package collect

import (
	"netstat"
	"netstat/internal/linux"
)

// Open returns the running host. It opens nothing yet; the error is for
// options that this system does not know.
func Open(o Options) (netstat.Source, error) {
	return linux.Open(linux.Options{Source: o.Source, Owners: o.Owners, ProcRoot: o.ProcRoot})
}
