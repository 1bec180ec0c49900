package report

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
	"netstat/filter"
	"netstat/snapshot"
	"netstat/view"
)

// bare matches values that need no quotes in an expression.
var bare = regexp.MustCompile(`^[\w./:@*\[\]%+-]+$`)

// asWritten returns a shown value as a user writes it after a comparison.
func asWritten(facts []fact.Fact, text string) string {
	switch word := strings.ToLower(text); {
	case bare.MatchString(text) && fact.Named(facts, text) == nil && word != "and" && word != "or" && word != "not" && word != "in":
		return text
	case !strings.Contains(text, "'"):
		return "'" + text + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// TestShownValuesAreFilters checks that each value that a table or CSV shows finds its
// row as a value of a filter.
func TestShownValuesAreFilters(t *testing.T) {
	files, err := filepath.Glob("../cmd/netstat/testdata/hosts/*.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d hosts, %v", len(files), err)
	}
	facts := fact.Of(fact.Sockets)
	filtered := map[string]bool{}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			src, err := snapshot.Open(f)
			if err != nil {
				t.Fatal(err)
			}
			env := filterEnv(src)
			plan := &view.Plan{}
			for _, table := range netstat.Tables() {
				plan.Queries = append(plan.Queries, view.Query{Table: table})
			}
			req := &view.Request{Tables: view.Tables{View: fact.Sockets, Plan: plan}, Facts: fact.NeedsOf(facts), AllOwners: true, Names: src.Names()}
			parsed := map[string]*filter.Expr{}
			rows := 0
			for r, err := range view.Records(context.Background(), src, req) {
				if err != nil {
					continue // the snapshot lacks the table
				}
				rows++
				for i := range facts {
					f := &facts[i]
					for _, v := range f.Values(&r) {
						filtered[f.Name] = true
						for _, shown := range []string{string(v.AppendPretty(nil)), string(v.Append(nil))} {
							text := f.Name + " = " + asWritten(facts, shown)
							if v.Kind == fact.ValueEndpoint && !v.Address.IsValid() {
								text += " and family = " + r.Row.Socket.Table.Family.String()
							}
							e, ok := parsed[text]
							if !ok {
								if e, err = filter.Parse(text, env); err != nil || everyAddress(&v) {
									e = namedForm(t, f, &v, &r, shown, err, env)
								}
								parsed[text] = e
							}
							need, some := e.Need(r.Row.Socket.Table)
							if e != nil && (!e.Match(&r) || !some || !need.Where.Match(&r.Row.Socket) || need.States != 0 && !need.States.Has(r.Row.Socket.State)) {
								t.Errorf("%s does not find its row of %v", text, r.Row.Socket.Table)
								parsed[text] = nil
							}
						}
					}
				}
			}
			if rows < 10 {
				t.Errorf("%d rows", rows)
			}
		})
	}
	if len(filtered) < 150 {
		t.Errorf("values of only %d facts", len(filtered))
	}
}

// everyAddress reports whether an end without an address looks like a port of every
// address, which a filter reads as an end of IP sockets.
func everyAddress(v *fact.Value) bool {
	return v.Kind == fact.ValueEndpoint && !v.Address.IsValid() && strings.HasPrefix(v.Text, "*:")
}

// namedForm returns the form that an error suggests for a shown value that Parse rejects:
// durations of CSV have no unit, and ends of rare families do not name their family.
func namedForm(t *testing.T, f *fact.Fact, v *fact.Value, r *fact.Record, shown string, err error, env filter.Env) *filter.Expr {
	t.Helper()
	var text string
	switch {
	case v.Kind == fact.ValueDuration && strings.Contains(err.Error(), "as in "+shown+"s"):
		text = f.Name + " = " + shown + "s"
	case everyAddress(v), v.Kind == fact.ValueEndpoint && !v.Address.IsValid() && strings.Contains(err.Error(), "FAMILY:"):
		text = f.Name + " = '" + r.Row.Socket.Table.Family.String() + ":" + shown + "'"
	default:
		t.Errorf("%s = %s: %v", f.Name, shown, err)
		return nil
	}
	e, err := filter.Parse(text, env)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return nil
	}
	return e
}
