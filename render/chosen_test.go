package render

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"netstat/fact"
)

// TestChosenFacts checks that JSON of named facts is as the schema defines: objects of
// these facts only, in their order, with the values of CSV. A fact that can have several
// values is a list.
func TestChosenFacts(t *testing.T) {
	document, line := renderSchema(t, ""), renderSchema(t, "#/$defs/line")
	for host, src := range renderHosts(t) {
		for _, v := range renderViews {
			columns := fact.Of(v)
			slices.Reverse(columns)
			records := renderRecords(src, v, 20)
			text := renderAll(t, renderFormat("json"), v, Options{}, columns, records)
			renderValidate(t, document, text)
			var report map[string]json.RawMessage
			var list []json.RawMessage
			if err := json.Unmarshal([]byte(text), &report); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(report[v.String()], &list); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(renderAll(t, renderFormat("ndjson"), v, Options{}, columns, records), "\n"), "\n")
			rest := lines[1:]
			i := 0
			for rec, err := range records {
				renderValidate(t, line, rest[0])
				object := renderObject(t, []byte(rest[0]))
				rest = rest[1:]
				if err != nil {
					continue
				}
				if object["record"] != "facts" {
					t.Errorf("%s %v: a record is called %v", host, v, object["record"])
				}
				chosenRecord(t, columns, &rec, list[i])
				i++
			}
			if i != len(list) || len(rest) != 1 {
				t.Errorf("%s %v: %d records, %d in the document, %d lines are left", host, v, i, len(list), len(rest))
			}
		}
	}
}

// chosenRecord checks a record of JSON against the values of the facts.
func chosenRecord(t *testing.T, columns []fact.Fact, rec *fact.Record, text []byte) {
	t.Helper()
	object := renderObject(t, text)
	for i := range columns {
		c := &columns[i]
		got, has := object[c.Name]
		delete(object, c.Name)
		delete(object, c.Name+"_bytes")
		values := c.Values(rec)
		if c.All == nil && len(values) == 1 && values[0].Kind == fact.ValueText && values[0].Text == "" {
			values = nil
		}
		if has != (len(values) > 0) {
			t.Errorf("%s is there: %v, in %s", c.Name, has, text)
			continue
		}
		items, several := got.([]any)
		if has && several != (c.All != nil) {
			t.Errorf("%s is a list: %v, in %s", c.Name, several, text)
		}
		if !several {
			items = []any{got}
		}
		for k := range values {
			item := items[k]
			if flag, ok := item.(bool); ok {
				item = map[bool]string{false: "false", true: "true"}[flag]
			}
			if number, ok := item.(json.Number); ok {
				item = number.String()
			}
			if want := string(values[k].Append(nil)); item != want && strings.ToValidUTF8(want, "\ufffd") == want {
				t.Errorf("%s is %v, in CSV %s", c.Name, item, want)
			}
		}
	}
	if len(object) > 0 {
		t.Errorf("unnamed facts: %v", object)
	}
}

// TestChosenOnce checks that an object has each name once, however often it is given.
func TestChosenOnce(t *testing.T) {
	columns := append(renderNameColumns(), renderNameColumns()...)
	text := renderAll(t, renderFormat("json"), fact.Sockets, Options{}, columns, renderOf(renderNamed("a")...))
	if want := `"columns":["name","inode","state"],"sockets":[` + "\n" + `{"name":"a","inode":0,"state":"LISTEN"}]}` + "\n"; !strings.HasSuffix(text, want) {
		t.Error(text)
	}
}

// TestCount checks the number of records in every format.
func TestCount(t *testing.T) {
	const head = `"schema":"netstat","version":1,"content":"count","program":"netstat test","time":"2026-05-06T07:08:09+02:00","host":{"name":"h","system":"linux"},"view":"sockets"`
	for format, want := range map[string]string{
		"text":                      "12\n",
		"table":                     "COUNT\n   12\n",
		"csv":                       "count\r\n12\r\n",
		"tsv":                       "count\n12\n",
		"template={{.count}} of us": "12 of us\n",
		"json":                      "{" + head + ",\"count\":12}\n",
		"ndjson":                    `{"record":"report",` + head + "}\n" + `{"record":"count","count":12}` + "\n" + `{"record":"end","records":1,"errors":0}` + "\n",
	} {
		got := renderAll(t, renderFormat(format), fact.Sockets, Options{Count: true}, renderNameColumns(), renderOf(fact.Record{Group: &fact.Group{Count: 12}}))
		if got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
		switch format {
		case "json":
			renderValidate(t, renderSchema(t, ""), got)
		case "ndjson":
			for line := range strings.Lines(got) {
				renderValidate(t, renderSchema(t, "#/$defs/line"), line)
			}
		}
	}
}
