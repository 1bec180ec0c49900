package fact

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the lists in docs/columns.md")

// list returns the table of a view's facts in the manual.
func list(facts []Fact) string {
	var b strings.Builder
	b.WriteString("| Name | Type | What |\n|---|---|---|\n")
	for i := range facts {
		f := &facts[i]
		b.WriteString("| `" + f.Name + "`")
		for _, alias := range f.Aliases {
			b.WriteString(", `" + alias + "`")
		}
		b.WriteString(" | " + f.Type())
		if f.All != nil {
			b.WriteString(", several")
		}
		b.WriteString(" | " + f.About)
		if f.Texts != nil {
			b.WriteString(": " + strings.Trim(strings.Join(f.Texts, ", "), ", "))
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// TestManual checks the lists in docs/columns.md against the facts and against the
// columns that narrow tables leave out. -update rewrites the lists.
func TestManual(t *testing.T) {
	const name = "../docs/columns.md"
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := string(page)
	fill := func(mark, text string) {
		before, rest, begins := strings.Cut(want, "<!-- "+mark+" -->\n")
		_, after, ends := strings.Cut(rest, "<!-- end -->\n")
		if !begins || !ends {
			t.Fatalf("%s has no marker for the list of %s", name, mark)
		}
		want = before + "<!-- " + mark + " -->\n" + text + "<!-- end -->\n" + after
	}
	fill("facts: all views", list(commonFacts()))
	for v := range View(len(views)) {
		fill("facts: "+v.String(), list(views[v].facts()))
		if names := Spare(v); names != nil {
			fill("spare: "+v.String(), "`"+strings.Join(names, "`, `")+"`.\n")
		}
	}
	if want == string(page) {
		return
	}
	if !*update {
		t.Fatalf("the lists of %s differ from the facts: run go test ./fact -update", name)
	}
	if err := os.WriteFile(name, []byte(want), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestFactsAreDescribed checks that each fact has a one-line description for the help, in
// both languages.
func TestFactsAreDescribed(t *testing.T) {
	for v := range View(len(views)) {
		for _, f := range Of(v) {
			if f.AboutZH == "" || strings.ContainsAny(f.AboutZH, "\n|`") || strings.HasSuffix(f.AboutZH, "。") {
				t.Errorf("%s: %s in Chinese: %q", v, f.Name, f.AboutZH)
			}
			if f.About == "" || f.Type() == "" || strings.ContainsAny(f.About, "\n|`") || strings.HasSuffix(f.About, ".") {
				t.Errorf("%s: %s: %q, %q", v, f.Name, f.Type(), f.About)
			}
		}
	}
}
