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
	// A case of test/vm lists them among other words.
	differenceList = regexp.MustCompile(`\.add\("([^"]*)"`)
	differenceWord = regexp.MustCompile(`^[A-Z][0-9]+$`)
)

// TestDifferences compares docs/differences.md with the tests: each number is listed
// there once, and named by a test, and the tests name no other.
func TestDifferences(t *testing.T) {
	page, err := os.ReadFile("../../docs/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, row := range differenceRow.FindAllSubmatch(page, -1) {
		number := string(row[1])
		if _, twice := named[number]; twice {
			t.Errorf("docs/differences.md lists the number %s twice", number)
		}
		named[number] = false
	}
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		var mentions []string
		for _, mention := range differenceMention.FindAllSubmatch(text, -1) {
			mentions = append(mentions, string(mention[1]))
		}
		for _, list := range differenceList.FindAllSubmatch(text, -1) {
			for word := range strings.FieldsSeq(string(list[1])) {
				if differenceWord.MatchString(word) {
					mentions = append(mentions, word)
				}
			}
		}
		for _, number := range mentions {
			if _, ok := named[number]; !ok {
				t.Errorf("%s names divergence %s, which is not in docs/differences.md", path, number)
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
		if !ok {
			t.Errorf("no test names divergence %s of docs/differences.md", number)
		}
	}
}
