package manual

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"netstat/test/need"
)

// manPages returns the paths of all pages.
func manPages(t *testing.T) []string {
	t.Helper()
	var pages []string
	for _, pattern := range []string{"man/*.[578]", "man/zh_CN/*.[578]"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) != 4 {
			t.Fatalf("%s: %q, %v", pattern, found, err)
		}
		pages = append(pages, found...)
	}
	return pages
}

// missingXr matches mandoc's message about a reference to a page that is not installed.
var missingXr = regexp.MustCompile(`referenced manual not found: Xr (\S+) (\d)`)

// TestLint checks each page with mandoc(1). A reference may be to a page that is not
// installed, unless it is one of ours.
func TestLint(t *testing.T) {
	mandoc := need.Program(t, "mandoc", "mandoc")
	for _, page := range manPages(t) {
		out, _ := exec.Command(mandoc, "-K", "utf-8", "-Tlint", page).Output()
		for line := range strings.Lines(string(out)) {
			if xr := missingXr.FindStringSubmatch(line); xr != nil {
				_, err := os.Stat(filepath.Join(root, "man", xr[1]+"."+xr[2]))
				if err == nil || !strings.HasPrefix(xr[1], "netstat") {
					continue
				}
			}
			t.Error(strings.TrimSpace(line))
		}
	}
}

// TestMan checks that man(1) formats each page without a warning, for a terminal of 80
// columns and as PostScript.
func TestMan(t *testing.T) {
	man := need.Program(t, "man", "man-db")
	for _, page := range manPages(t) {
		var out, errs bytes.Buffer
		cmd := exec.Command(man, "--warnings", "-E", "UTF-8", "-l", page)
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANWIDTH=80", "MANROFFSEQ=", "MAN_KEEP_FORMATTING=")
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil || errs.Len() > 0 || !strings.Contains(out.String(), "netstat") {
			t.Errorf("%s: %v, %d bytes\n%s", page, err, out.Len(), errs.String())
		}
	}
}
