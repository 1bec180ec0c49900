package schema

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"netstat"
)

// strictSchema compiles a part of docs/netstat.schema.json so that an unknown field is
// an error.
func strictSchema(t *testing.T, part string) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("../docs/netstat.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	makeStrict(doc)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("netstat.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("netstat.schema.json#" + part)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func makeStrict(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["properties"].(map[string]any); ok && v["type"] == "object" && v["$schema"] == nil {
			v["additionalProperties"] = false
		}
		for _, inner := range v {
			makeStrict(inner)
		}
	case []any:
		for _, inner := range v {
			makeStrict(inner)
		}
	}
}

func validate(t *testing.T, s *jsonschema.Schema, text []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if err := s.Validate(v); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// joinedFields are the fields that package render appends.
var joinedFields = map[string]bool{
	"netns": true, "time": true, "change": true, "changed": true, "per_second": true, "before": true, "increase": true, "back": true,
	"sent_per_second": true, "received_per_second": true, "segs_out_per_second": true, "segs_in_per_second": true, "retrans_per_second": true,
	"interface": true, "user_name": true, "cgroup": true, "owner_unknown": true, "via": true, "peer": true,
}

// TestRowsValidate checks that written rows match the JSON schema and that together
// they have every field in it.
func TestRowsValidate(t *testing.T) {
	parts := map[string]func(r schemaRandom) []byte{
		"socket": func(r schemaRandom) []byte {
			facts := netstat.Facts(r.Uint32()) & AllFacts
			s := r.socket(facts)
			return AppendSocket(nil, &s, facts, []netstat.Process{schemaValue[netstat.Process](r)})
		},
		"process": func(r schemaRandom) []byte { v := schemaValue[netstat.Process](r); return AppendProcess(nil, &v) },
		"route": func(r schemaRandom) []byte {
			v := r.route()
			v.Family = netstat.Inet
			return AppendRoute(nil, &v)
		},
		"rare_route": func(r schemaRandom) []byte { return AppendRareRoute(nil, r.rareRoute()) },
		"interface":  func(r schemaRandom) []byte { v := r.iface(); return AppendInterface(nil, &v) },
		"membership": func(r schemaRandom) []byte {
			v := schemaValue[netstat.Membership](r)
			return AppendMembership(nil, netstat.Inet6, &v)
		},
		"counter": func(r schemaRandom) []byte { v := r.counter(); return AppendCounter(nil, netstat.Inet, &v) },
		"measure": func(r schemaRandom) []byte { v := schemaValue[netstat.Measure](r); return AppendMeasure(nil, &v) },
		"rule":    func(r schemaRandom) []byte { v := r.rule(); return AppendRule(nil, &v) },
		"neighbor": func(r schemaRandom) []byte {
			v := r.neighbor()
			return AppendNeighbor(nil, netstat.Inet6, &v)
		},
		"finding":        func(r schemaRandom) []byte { v := r.finding(); return AppendFinding(nil, &v) },
		"looked":         func(r schemaRandom) []byte { v := r.looked(); return append(AppendLooked([]byte{'{'}, &v), '}') },
		"summary_number": func(r schemaRandom) []byte { v := schemaValue[netstat.Summary](r); return AppendSummary(nil, &v) },
		"tracked_connection": func(r schemaRandom) []byte {
			v := r.tracked()
			for v.Family = netstat.Inet; !v.Original.Source.IsValid() || !v.Original.Destination.IsValid() || !v.Reply.Source.IsValid() || !v.Reply.Destination.IsValid(); {
				v = r.tracked()
				v.Family = netstat.Inet
			}
			return AppendTrackedConnection(nil, &v)
		},
		"nat_session": func(r schemaRandom) []byte {
			v := r.nat()
			v.Family = netstat.Inet
			return AppendNATSession(nil, &v)
		},
	}
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		t.Run(part, func(t *testing.T) {
			s := strictSchema(t, "/$defs/"+part)
			seen := map[string]bool{}
			for seed := range schemaRounds(t, 3000) {
				r := newSchemaRandom(seed)
				text := parts[part](r)
				if bytes.Contains(text, []byte(`"family":"none"`)) {
					continue // no host has such a row
				}
				validate(t, s, text)
				var fields map[string]any
				if err := json.Unmarshal(text, &fields); err != nil {
					t.Fatal(err)
				}
				for key := range fields {
					seen[key] = true
				}
			}
			if s.Ref != nil {
				s = s.Ref
			}
			for key := range s.Properties {
				if part == "process" && key == "error" {
					continue // used only in snapshots
				}
				if joinedFields[strings.TrimSuffix(key, bytesSuffix)] {
					continue
				}
				if !seen[key] {
					t.Errorf("no %s has the field %s", part, key)
				}
			}
		})
	}
}

// TestDocumented checks that docs/json.md mentions each field of the JSON schema.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/netstat.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	fields := map[string]bool{}
	schemaFields(doc, fields)
	if len(fields) < 150 {
		t.Fatalf("only %d fields", len(fields))
	}
	for name := range fields {
		if strings.HasSuffix(name, bytesSuffix) || bytes.Contains(page, []byte("`"+name+"`")) {
			continue
		}
		_, rest, _ := strings.Cut(name, "_")
		if !bytes.Contains(page, []byte("`…_"+rest+"`")) {
			t.Errorf("docs/json.md does not mention %s", name)
		}
	}
}

func schemaFields(v any, fields map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if properties, ok := v["properties"].(map[string]any); ok {
			for name := range properties {
				fields[name] = true
			}
		}
		for _, inner := range v {
			schemaFields(inner, fields)
		}
	case []any:
		for _, inner := range v {
			schemaFields(inner, fields)
		}
	}
}
