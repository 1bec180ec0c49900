package rule

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	differenceRow     = regexp.MustCompile(`(?m)^\| ([A-Z]?[0-9]+) \|`)
	differenceMention = regexp.MustCompile(`(?:[Dd]ivergences? |Divergence\{"|number: ")([A-Z]?[0-9]+)\b`)
)

// TestDifferences holds docs/differences.md and the tests together: a number
// stands there once, the tests name no other, and each one with a letter, which
// is that of its report, is named by a test.
func TestDifferences(t *testing.T) {
	page, err := os.ReadFile("../../docs/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, row := range differenceRow.FindAllSubmatch(page, -1) {
		number := string(row[1])
		if _, twice := named[number]; twice {
			t.Errorf("docs/differences.md has the number %s twice", number)
		}
		named[number] = false
	}
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, mention := range differenceMention.FindAllSubmatch(text, -1) {
			number := string(mention[1])
			if _, ok := named[number]; !ok {
				t.Errorf("%s names divergence %s, which docs/differences.md does not have", path, number)
				continue
			}
			named[number] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for number, ok := range named {
		if !ok && number[0] >= 'A' {
			t.Errorf("no test names divergence %s of docs/differences.md", number)
		}
	}
}
