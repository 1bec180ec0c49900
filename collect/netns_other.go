//go:build !linux

package collect

import (
	"context"
	"errors"
	"runtime"

	"netstat"
)

// Namespaces returns an error that wraps errors.ErrUnsupported: only Linux has
// network namespaces.
func Namespaces(context.Context, netstat.NamespaceQuery) ([]netstat.Namespace, error) {
	return nil, noNamespaces()
}

// FindNamespace returns the same error.
func FindNamespace(string) (netstat.Namespace, error) {
	return netstat.Namespace{}, noNamespaces()
}

func noNamespaces() error {
	return &netstat.OpError{Op: "find network namespaces on " + runtime.GOOS, Err: errors.ErrUnsupported}
}
