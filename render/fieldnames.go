package render

import (
	"netstat/docs"
	"netstat/schema"
)

// recordParts lists the definitions in docs.Schema that make up records.
var recordParts = [...]string{
	"socket", "route", "rare_route", "interface", "membership", "counter", "nat_session", "finding", "tracked_connection", "group", "peer", "process", "detail", "end",
	"tcp_info", "memory",
}

// addFieldNames adds the names of all fields of records in JSON, at any depth.
func addFieldNames(names map[string]bool) {
	doc, _ := schema.NewReader([]byte(docs.Schema)).Value(func(s string) string { return s }).(map[string]any)
	parts, _ := doc["$defs"].(map[string]any)
	for _, name := range recordParts {
		addProperties(names, parts[name])
	}
}

// addProperties adds the names of the properties in a schema, at any depth.
func addProperties(names map[string]bool, v any) {
	switch v := v.(type) {
	case map[string]any:
		if properties, ok := v["properties"].(map[string]any); ok {
			for name := range properties {
				names[name] = true
			}
		}
		for _, inner := range v {
			addProperties(names, inner)
		}
	case []any:
		for _, inner := range v {
			addProperties(names, inner)
		}
	}
}
