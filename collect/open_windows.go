package collect

import (
	"netstat"
	"netstat/internal/win32"
)

// Open returns the running host. It opens nothing yet; the error is for
// options that this system does not know.
func Open(o Options) (netstat.Source, error) {
	return win32.Open(win32.Options{Source: o.Source, Owners: o.Owners, ProcRoot: o.ProcRoot})
}
