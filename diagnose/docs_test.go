package diagnose

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the rules' blocks in docs/diagnose.md")

const docsPage = "../docs/diagnose.md"

// docsBlock returns what docs/diagnose.md says about a rule below its heading.
func docsBlock(r *Rule) string {
	moments := map[Moments]string{OneMoment: "one", BetterTwo: "one; two show more", TwoMoments: "two"}[r.Moments]
	systems := "Linux"
	if r.Windows {
		systems += ", Windows"
	}
	var b strings.Builder
	b.WriteString("<!-- rule: " + r.Name + " -->\n| | |\n|---|---|\n")
	for _, row := range [...][2]string{
		{"Signal", r.Signal.English}, {"Threshold", r.Threshold.English}, {"Can be wrong", r.Doubt.English},
		{"Moments", moments}, {"Systems", systems}, {"Source", r.Source},
	} {
		b.WriteString("| " + row[0] + " | " + strings.ReplaceAll(row[1], "|", `\|`) + " |\n")
	}
	b.WriteString("<!-- end -->\n")
	return b.String()
}

// TestDocs checks that docs/diagnose.md has a section for each rule, in the order of Rules,
// which begins with the rule's own texts. -update writes these.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile(docsPage)
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	at := 0
	for _, r := range Rules() {
		heading := "\n## " + r.Name + "\n\n"
		start := strings.Index(text, heading)
		if start < at {
			t.Errorf("docs/diagnose.md has no section about %s, or not in the order of Rules", r.Name)
			continue
		}
		at = start + len(heading)
		section := text[at:]
		if i := strings.Index(section, "\n## "); i >= 0 {
			section = section[:i+1]
		}
		rest := section
		if strings.HasPrefix(rest, "<!-- rule: ") {
			if _, rest, _ = strings.Cut(rest, "<!-- end -->\n"); strings.HasPrefix(rest, "\n") {
				rest = rest[1:]
			}
		}
		if strings.TrimSpace(rest) == "" {
			t.Errorf("docs/diagnose.md says nothing about %s", r.Name)
		}
		text = text[:at] + docsBlock(r) + "\n" + rest + text[at+len(section):]
	}
	switch {
	case text == string(page):
	case *update:
		if err := os.WriteFile(docsPage, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("docs/diagnose.md differs from the rules: run go test ./diagnose -run Docs -update")
	}
}
