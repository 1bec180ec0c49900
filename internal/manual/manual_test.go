package manual

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite man/, completions/ and docs/options*.md")

// root is the root of the repository.
const root = "../.."

func generated(t *testing.T) map[string]string {
	t.Helper()
	files, err := Files(func(name string) (string, error) {
		text, err := os.ReadFile(filepath.Join(root, "docs", name))
		return string(text), err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestGolden compares the committed files with the tables and the prose. -update rewrites
// them.
func TestGolden(t *testing.T) {
	for name, want := range generated(t) {
		path := filepath.Join(root, filepath.FromSlash(name))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s differs from the tables (%v): run go test ./internal/manual -run Golden -update", name, err)
		}
	}
}
