package report

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"netstat"
)

// TestDeniedNamespaces checks that namespaces that cannot be entered or listed are
// reported in one sentence.
func TestDeniedNamespaces(t *testing.T) {
	enter := func(name string) error {
		return &netstat.OpError{Op: "open network namespace " + name, Err: fmt.Errorf("no: %w", fs.ErrPermission)}
	}
	missing := func(n int) error {
		return &netstat.OpError{Op: "find network namespaces", Err: &netstat.DeniedNamespaces{Count: n, What: "9 processes"}}
	}
	for _, c := range []struct {
		errs []error
		want string
	}{
		{nil, ""},
		{[]error{enter("red")}, "open network namespace red: no: permission denied (run as root)"},
		{[]error{enter("red"), enter("blue")}, "cannot enter 2 network namespaces (run as root)"},
		{[]error{missing(1)}, "cannot enter 1 network namespace (run as root)"},
		{[]error{missing(12)}, "cannot enter 12 network namespaces (run as root)"},
		{[]error{missing(12), missing(1)}, "cannot enter at least 12 network namespaces (run as root)"},
		{[]error{missing(2), enter("red")}, "cannot enter at least 2 network namespaces (run as root)"},
		{[]error{missing(0)}, "cannot enter the network namespaces of other users' processes (run as root)"},
		{[]error{missing(0), enter("red")}, "cannot enter at least 1 network namespace (run as root)"},
	} {
		var d deniedNetns
		if d.add(errors.New("gone")) {
			t.Error("took another error")
		}
		for _, err := range c.errs {
			if !d.add(err) {
				t.Errorf("%v was not taken", err)
			}
		}
		got := ""
		if err := d.err(asRoot); err != nil {
			got = err.Error()
			if !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%v is not one of permission", err)
			}
		}
		if err := d.err("run with CAP_SYS_PTRACE"); err != nil && !strings.HasSuffix(err.Error(), ": permission denied") {
			t.Errorf("as root: %v", err)
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.errs, got, c.want)
		}
	}
}
