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

// FindNamespace returns the network namespace that ref denotes: a name given by
// ip-netns(8), a path if ref contains a slash, or else a process number. The
// error wraps fs.ErrNotExist if the namespace does not exist.
func FindNamespace(ref string) (netstat.Namespace, error) { return process.FindNamespace(ref) }
