package process

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"netstat"
)

// TestNamespacesAgain requires that a file which becomes a namespace during the
// search is found, that one which disappears is not reported, and that another is
// reported once. A link stands for the mount of ip-netns(8).
func TestNamespacesAgain(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"created", "removed", "plain"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var reports []string
	s := &namespaceSearch{found: make(map[uint64]*netstat.Namespace)}
	s.q.Report = func(err *netstat.OpError) { reports = append(reports, err.Error()) }
	s.names(dir)
	if len(reports) > 0 || len(s.found) > 0 {
		t.Errorf("at first: %q, %v", reports, s.found)
	}
	for _, name := range []string{"created", "removed"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/proc/self/ns/net", filepath.Join(dir, "created")); err != nil {
		t.Fatal(err)
	}
	s.again()
	if want := []string{`find network namespace "plain": not a namespace`}; !slices.Equal(reports, want) {
		t.Errorf("%q, want %q", reports, want)
	}
	if n := s.found[ownNamespace()]; len(s.found) != 1 || n == nil || !slices.Equal(n.Names, []string{"created"}) {
		t.Errorf("found %v", s.found)
	}
}
