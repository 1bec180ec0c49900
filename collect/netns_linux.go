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

// FindNamespace returns the network namespace that ref means: a name that
// ip-netns(8) gave, a path if there is a slash in it, else the number of a
// process. The error wraps fs.ErrNotExist where there is none.
func FindNamespace(ref string) (netstat.Namespace, error) { return process.FindNamespace(ref) }
