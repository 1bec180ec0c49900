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
// netstat.OwnNamespace, a name that ip-netns(8) gave, a path if there is a slash in it,
// the number of a process, or its number and name (42/nginx). The error wraps
// fs.ErrNotExist where there is none.
func FindNamespace(ref string) (netstat.Namespace, error) { return process.FindNamespace(ref) }

// NamespaceNames returns the names that ip-netns(8) gave, in alphabetical order.
func NamespaceNames() []string { return process.NamespaceNames() }

// SplitNamespaces returns the namespaces in a list with commas between them, each as
// FindNamespace takes it. A name or a path with commas in it is taken whole if it
// exists.
func SplitNamespaces(list string) []string { return process.SplitNamespaces(list) }
