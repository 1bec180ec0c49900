package library

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// blocks returns the Go code blocks of docs/library.md.
func blocks(t *testing.T) (list []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/library.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, rest := range strings.Split(string(page), "```go\n")[1:] {
		text, _, closed := strings.Cut(rest, "```\n")
		if !closed {
			t.Fatalf("docs/library.md: unterminated block: %q", text)
		}
		list = append(list, text)
	}
	return list
}

// TestDocsLibrary checks that every program in docs/library.md builds, and that every
// other block is part of an example, which go test runs.
func TestDocsLibrary(t *testing.T) {
	examples := ""
	for _, dir := range []string{".", "report"} {
		text, err := os.ReadFile(filepath.Join("..", "..", dir, "example_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		examples += trimmed(string(text))
	}
	programs, parts := 0, 0
	for _, text := range blocks(t) {
		if strings.HasPrefix(text, "package main\n") {
			build(t, text)
			programs++
			continue
		}
		parts++
		if !strings.Contains(examples, trimmed(text)) {
			t.Errorf("docs/library.md: not part of an example:\n%s", text)
		}
	}
	if programs < 1 || parts < 6 {
		t.Errorf("docs/library.md: %d programs and %d other blocks", programs, parts)
	}
}

// trimmed returns lines without indentation.
func trimmed(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("\n" + strings.TrimSpace(line))
	}
	return b.String() + "\n"
}

// build builds a program as if it were in a folder of this module.
func build(t *testing.T, text string) {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	file, overlay := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, "cmd", "page", "main.go"): file}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{file: []byte(text), overlay: list} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "build", "-overlay", overlay, "-o", filepath.Join(dir, "page"), "./cmd/page")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, text)
	}
}
