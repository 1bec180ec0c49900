// Package docs holds what programs read of the documentation.
package docs

import _ "embed"

// Schema is the JSON Schema of everything that netstat writes and reads as JSON, the
// file netstat.schema.json.
//
//go:embed netstat.schema.json
var Schema string
