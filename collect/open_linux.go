package collect

import (
	"netstat"
	"netstat/internal/linux"
)

// Open returns the running host as a Source. It opens only the network
// namespace, if one is given. It returns an error if this system does not know
// an option, or if the namespace does not exist or cannot be entered.
func Open(o Options) (netstat.Source, error) {
	return linux.Open(linux.Options{Source: o.Source, Owners: o.Owners, ProcRoot: o.ProcRoot, Netns: o.Netns})
}
