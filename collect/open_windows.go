package collect

import (
	"netstat"
	"netstat/internal/win32"
)

// Open returns the running host as a Source. It opens nothing yet. It returns
// an error if this system does not know an option.
func Open(o Options) (netstat.Source, error) {
	return win32.Open(win32.Options{Source: o.Source, Owners: o.Owners, ProcRoot: o.ProcRoot})
}
