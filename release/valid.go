package main

import (
	"bytes"
	"embed"
	"io/fs"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed schema
var schemas embed.FS

// valid returns an error unless a value is as a schema requires. Its numbers are those of
// encoding/json or yaml.
func valid(schema string, value any) error {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	files, err := fs.Glob(schemas, "schema/*.json")
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := schemas.ReadFile(file)
		if err != nil {
			return err
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return err
		}
		if err := c.AddResource("http://cyclonedx.org/"+file, document); err != nil {
			return err
		}
	}
	s, err := c.Compile("http://cyclonedx.org/schema/" + schema)
	if err != nil {
		return err
	}
	return s.Validate(value)
}
