//go:build !linux

package collect

import (
	"context"
	"errors"
	"runtime"
	"strings"

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

// LeadsTo returns false.
func LeadsTo(*netstat.Namespace) bool { return false }

// NamespaceNames returns nil.
func NamespaceNames() []string { return nil }

// SplitNamespaces splits a list at its commas.
func SplitNamespaces(list string) []string { return strings.Split(list, ",") }

func noNamespaces() error {
	return &netstat.OpError{Op: "find network namespaces on " + runtime.GOOS, Err: errors.ErrUnsupported}
}
