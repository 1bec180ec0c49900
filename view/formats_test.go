package view

import (
	"testing"

	"netstat/fact"
)

// TestTitlesFindColumns checks that the heading of a column finds it.
func TestTitlesFindColumns(t *testing.T) {
	for v := fact.Sockets; v <= fact.Lookups; v++ {
		for _, c := range fact.Of(v) {
			if found, err := fact.Find(v, c.Title); err != nil || len(found) != 1 || found[0].Name != c.Name {
				t.Errorf("%v: column %s is not found by its heading %s: %v", v, c.Name, c.Title, err)
			}
		}
	}
}
