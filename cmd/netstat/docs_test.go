package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocsExamples checks that what the documents show of the example host is
// what the program prints. An example is a line "$ netstat …" without a pipe
// and the lines below it. Examples with other snapshots or network namespaces
// are of other hosts and not checked.
func TestDocsExamples(t *testing.T) {
	host := filepath.Join("testdata", "hosts", "linux-server.json")
	for page, atLeast := range map[string]int{
		"docs/columns.md": 3, "docs/filters.md": 1, "docs/formats.md": 2, "docs/json.md": 2, "docs/owners.md": 3,
	} {
		text, err := os.ReadFile(filepath.Join("..", "..", page))
		if err != nil {
			t.Fatal(err)
		}
		examples := 0
		for _, block := range strings.Split("\n"+string(text), "\n    $ ")[1:] {
			line, rest, _ := strings.Cut(block, "\n")
			args, ok := strings.CutPrefix(line, "netstat ")
			if !ok || strings.Contains(line, " | ") || strings.Contains(line, ".json") || strings.Contains(line, "--netns") {
				continue
			}
			want := ""
			for l := range strings.Lines(rest) {
				l, indented := strings.CutPrefix(l, "    ")
				if !indented {
					break
				}
				want += l
			}
			examples++
			_, out, errs := formatsRun(t, host, "linux", docsWords(args)...)
			if out != want || errs != "" {
				t.Errorf("%s: netstat %s: prints\n%s%sand not\n%s", page, args, errs, out, want)
			}
		}
		if examples < atLeast {
			t.Errorf("%s: %d examples", page, examples)
		}
	}
}

// docsWords splits a command line as a shell does. Single quotes are the only
// quoting in the documents.
func docsWords(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		switch {
		case i%2 == 1 && strings.HasSuffix(line[:strings.Index(line, part)-1], " "):
			words = append(words, part)
		case i%2 == 1:
			words[len(words)-1] += part
		default:
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}
