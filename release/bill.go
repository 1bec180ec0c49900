package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The parts of a bill of materials in CycloneDX 1.5.
type (
	bill struct {
		Schema       string       `json:"$schema"`
		Format       string       `json:"bomFormat"`
		Spec         string       `json:"specVersion"`
		Serial       string       `json:"serialNumber,omitempty"`
		Version      int          `json:"version"`
		Metadata     metadata     `json:"metadata"`
		Components   []component  `json:"components"`
		Dependencies []dependency `json:"dependencies"`
	}
	metadata struct {
		Timestamp string    `json:"timestamp"`
		Component component `json:"component"`
	}
	component struct {
		Type       string     `json:"type"`
		Ref        string     `json:"bom-ref"`
		Name       string     `json:"name"`
		Version    string     `json:"version"`
		Licenses   []license  `json:"licenses"`
		URL        string     `json:"purl,omitempty"`
		Properties []property `json:"properties,omitempty"`
	}
	license struct {
		License licenseID `json:"license"`
	}
	licenseID struct {
		ID string `json:"id"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	dependency struct {
		Ref       string   `json:"ref"`
		DependsOn []string `json:"dependsOn,omitempty"`
	}
)

// linkedLicenses are the licences of modules that may be linked into the program.
var linkedLicenses = map[string]string{"std": "BSD-3-Clause", "golang.org/x/sys": "BSD-3-Clause"}

// makeBill makes the bill of materials, from what the linker wrote into the programs.
func (j *job) makeBill() error {
	app := component{
		Type: "application", Ref: name, Name: name, Version: j.version,
		Licenses: []license{{licenseID{"Apache-2.0"}}},
	}
	linked := map[string]component{}
	commit := map[string]bool{}
	for _, t := range j.targets {
		info, err := buildinfo.ReadFile(j.binary(t))
		if err != nil {
			return err
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && !commit[s.Value] {
				commit[s.Value] = true
				app.Properties = append(app.Properties, property{"vcs.revision", s.Value})
			}
		}
		add := func(module, version, sum string) error {
			id := linkedLicenses[module]
			if id == "" {
				return fmt.Errorf("%v: the licence of module %s is unknown", t, module)
			}
			c := component{
				Type: "library", Name: module, Version: version,
				URL: "pkg:golang/" + module + "@" + version, Licenses: []license{{licenseID{id}}},
			}
			c.Ref = c.URL
			if sum != "" {
				c.Properties = []property{{"go.sum", sum}}
			}
			linked[c.Ref] = c
			return nil
		}
		if err := add("std", strings.TrimPrefix(info.GoVersion, "go"), ""); err != nil {
			return err
		}
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			if err := add(m.Path, m.Version, m.Sum); err != nil {
				return err
			}
		}
	}
	refs := slices.Sorted(maps.Keys(linked))
	b := bill{
		Schema: "http://cyclonedx.org/schema/bom-1.5.schema.json", Format: "CycloneDX", Spec: "1.5", Version: 1,
		Metadata:     metadata{Timestamp: j.time.Format("2006-01-02T15:04:05Z"), Component: app},
		Dependencies: []dependency{{name, refs}},
	}
	for _, ref := range refs {
		b.Components = append(b.Components, linked[ref])
		b.Dependencies = append(b.Dependencies, dependency{Ref: ref})
	}
	text, err := marshal(b)
	if err != nil {
		return err
	}
	// The same contents have the same number (RFC 9562, version 8).
	id := sha256.Sum256(text)
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	b.Serial = fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16])
	if text, err = marshal(b); err != nil {
		return err
	}
	var value any
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&value); err != nil {
		return err
	}
	if err := valid("bom-1.5.schema.json", value); err != nil {
		return err
	}
	return j.write(fmt.Sprintf("%s-%s.cdx.json", name, j.version), text)
}
