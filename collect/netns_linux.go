package collect

import (
	"context"

	"netstat"
	"netstat/internal/linux/process"
)

// Namespaces lists the network namespaces of this host that can be found, the
// one of this process first. It reports what it cannot inspect to q.Report.
func Namespaces(ctx context.Context, q netstat.NamespaceQuery) ([]netstat.Namespace, error) {
	return process.Namespaces(ctx, q)
}

// FindNamespace returns the network namespace that ref means: netstat.HostNamespace,
// netstat.OwnNamespace, a name of ip-netns(8), a path if ref contains a slash, a process
// ID, or a process ID and name (42/nginx). The error wraps fs.ErrNotExist if there is no
// such namespace.
func FindNamespace(ref string) (netstat.Namespace, error) { return process.FindNamespace(ref) }

// LeadsTo reports whether the file at n.Path is still that of the namespace.
func LeadsTo(n *netstat.Namespace) bool { return process.LeadsTo(n) }

// NamespaceNames returns the names of ip-netns(8), in alphabetical order.
func NamespaceNames() []string { return process.NamespaceNames() }

// SplitNamespaces splits a list of namespaces at its commas, for FindNamespace. It keeps
// a name or a path with commas whole if it exists.
func SplitNamespaces(list string) []string { return process.SplitNamespaces(list) }
