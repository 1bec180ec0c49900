package options

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"netstat/help"
	"netstat/render"
)

func TestSet(t *testing.T) {
	format := func(value string) render.Format {
		f, err := render.ParseFormat(value)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, c := range []struct {
		name, value string
		want        Options
	}{
		{"dialect", "Windows", Options{Dialect: "windows"}},
		{"dialect", "linux", Options{Dialect: "linux"}},
		{"format", "CSV", Options{Format: format("csv")}},
		{"color", "Never", Options{Color: "never"}},
		{"json", "", Options{Format: format("json")}},
		{"format", "text", Options{}},
		{"format", "template={{.state}}=x", Options{Format: format("template={{.state}}=x")}},
		{"limit", "10", Options{Limit: 10}},
		{"count", "", Options{Count: true}},
		{"columns", "proto,state", Options{Columns: "proto,state"}},
		{"state", "listening", Options{States: []string{"listening"}}},
		{"filter", "dport = :443", Options{Filters: []string{"dport = :443"}}},
		{"diff", "", Options{Diff: true}},
		{"diff", "old", Options{Diff: true, DiffFiles: []string{"old"}}},
		{"delta", "", Options{Delta: true}},
		{"delta", "old", Options{Delta: true, DiffFiles: []string{"old"}}},
		{"events", "", Options{Follow: true}},
		{"events", "opened, CLOSED", Options{Follow: true, Events: []string{"opened", "closed"}}},
		{"color", "never", Options{Color: "never"}},
		{"snapshot", "-", Options{Snapshot: "-"}},
		{"replay", "a b", Options{Replay: "a b"}},
		{"redact", "", Options{Redact: true}},
		{"resolve-timeout", "1.5", Options{ResolveTimeout: 1500 * time.Millisecond, ResolveTimeoutSet: true}},
		{"resolve-timeout", "0", Options{ResolveTimeoutSet: true}},
	} {
		o, rivals := Find(c.name)
		if o == nil || rivals != nil {
			t.Fatalf("%s: not found", c.name)
		}
		var got Options
		if err := got.Set(o, c.value); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("--%s=%s: %+v, %v", c.name, c.value, got, err)
		}
	}
	for _, c := range [][3]string{
		{"dialect", "", "unknown dialect '' (known: linux, windows)"},
		{"dialect", "window", "unknown dialect 'window': did you mean windows? (known: linux, windows)"},
		{"format", "jsn", "unknown format 'jsn': did you mean json? (known: text, json, ndjson, csv, tsv, table, openmetrics, prometheus, template=TEXT)"},
		{"format", "xml", "unknown format 'xml' (known: text, json, ndjson, csv, tsv, table, openmetrics, prometheus, template=TEXT)"},
		{"format", "template", "bad value 'template' for --format: a template follows template="},
		{"format", "template=", "bad value 'template=' for --format: a template follows template="},
		{"format", "json=x", "bad value 'json=x' for --format: json takes no argument"},
		{"limit", "0", "bad value '0' for --limit: must be a positive number"},
		{"limit", "-1", "bad value '-1' for --limit: must be a positive number"},
		{"limit", "x", "bad value 'x' for --limit: must be a positive number"},
		{"events", "opend", "unknown event 'opend': did you mean opened? (known: opened, closed, state, retransmit)"},
		{"events", "opened,", "unknown event '' (known: opened, closed, state, retransmit)"},
		{"events", "lost", "unknown event 'lost' (known: opened, closed, state, retransmit)"},
		{"columns", "", "bad value '' for --columns: must be a list of names, separated by commas"},
		{"sort", "", "bad value '' for --sort: must be a list of names, separated by commas"},
		{"filter", "", "bad value '' for --filter: must not be empty"},
		{"netns", "", "bad value '' for --netns: must not be empty"},
		{"color", "red", "unknown --color value 'red' (known: auto, always, never)"},
		{"color", "alway", "unknown --color value 'alway': did you mean always? (known: auto, always, never)"},
		{"help", "formts", "unknown help topic 'formts': did you mean formats? (known: filter, columns, states, formats, families, namespaces, diagnose, examples)"},
		{"snapshot", "", "bad value '' for --snapshot: must be a file name, or - for a standard stream"},
		{"replay", "", "bad value '' for --replay: must be a file name, or - for a standard stream"},
		{"resolve-timeout", "-1", "bad value '-1' for --resolve-timeout: must be a number of seconds, or a duration such as 500ms"},
		{"resolve-timeout", "soon", "bad value 'soon' for --resolve-timeout: must be a number of seconds, or a duration such as 500ms"},
		{"resolve-timeout", "1e400", "bad value '1e400' for --resolve-timeout: must be a number of seconds, or a duration such as 500ms"},
	} {
		o, _ := Find(c[0])
		var got Options
		if err := got.Set(o, c[1]); err == nil || err.Error() != c[2] || !reflect.DeepEqual(got, Options{}) {
			t.Errorf("--%s=%s: %+v, %v", c[0], c[1], got, err)
		}
	}
}

func TestFind(t *testing.T) {
	if o, rivals := Find("res"); o == nil || o.Name != "resolve-timeout" || rivals != nil {
		t.Errorf("res: %v, %v", o, rivals)
	}
	if o, rivals := Find("re"); o == nil || len(rivals) != 3 {
		t.Errorf("re: %v, %v", o, rivals)
	}
	if o, _ := Find("nothing"); o != nil {
		t.Errorf("nothing: %v", o)
	}
}

// TestUsage checks that help texts list every option once, under the heading of its
// group.
func TestUsage(t *testing.T) {
	for i := range 4 {
		chinese, windows := i&1 != 0, i&2 != 0
		text := Usage(chinese, windows)
		for _, o := range All {
			title := groups[o.Group].title
			if chinese {
				title = groups[o.Group].titleZH
			}
			_, part, _ := strings.Cut(text, "\n"+title+":\n")
			part, _, _ = strings.Cut(part, "\n\n")
			begins := regexp.MustCompile(`(?m)^      --` + o.Name + `($|[ =[])`)
			if len(begins.FindAllString(text, -1)) != 1 || !begins.MatchString(part) {
				t.Errorf("--%s does not stand once, below %s", o.Name, title)
			}
		}
		for line := range strings.Lines(text) {
			if help.Width(line) > 80 {
				t.Errorf("too long: %q", line)
			}
		}
	}
}

// TestHelp checks that each option with a topic accepts the value "help".
func TestHelp(t *testing.T) {
	for line, want := range map[string]help.Topic{
		"filter=help": help.Filter, "state=help": help.States, "state=listening,HELP": help.States, "format=help": help.Formats,
		"columns=help": help.Columns, "columns=local, help": help.Columns, "sort=help": help.Columns, "group-by=help": help.Columns,
		"family=help": help.Families, "netns=help": help.Namespaces, "help=help": help.Topics, "help=form": help.Formats,
		"process=help": "", "user=help": "", "filter=process = help": "", "filter=a,help": "", "snapshot=help": "",
	} {
		var o Options
		if err := o.Read(line, nil, nil); err != nil || o.Help != want {
			t.Errorf("--%s: %q, %v", line, o.Help, err)
		}
	}
}
