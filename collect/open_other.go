//go:build !linux && !windows

package collect

import (
	"errors"
	"runtime"

	"netstat"
)

// Open returns an error that wraps errors.ErrUnsupported: there is no back end
// for this system.
func Open(Options) (netstat.Source, error) {
	return nil, &netstat.OpError{Op: "open " + runtime.GOOS, Err: errors.ErrUnsupported}
}
