package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// wingetVersion is the version of winget's manifests.
const wingetVersion = "1.6.0"

// wingetID is the package's identifier at winget: publisher and package.
const wingetID = "netstat.netstat-go"

// windowsArchitectures are winget's and scoop's words for Go's.
var windowsArchitectures = map[string]struct{ winget, scoop string }{
	"amd64": {"x64", "64bit"}, "arm64": {"arm64", "arm64"}, "386": {"x86", "32bit"},
}

type wingetFile struct {
	RelativeFilePath     string `yaml:"RelativeFilePath"`
	PortableCommandAlias string `yaml:"PortableCommandAlias"`
}

type wingetInstaller struct {
	Architecture         string       `yaml:"Architecture"`
	NestedInstallerFiles []wingetFile `yaml:"NestedInstallerFiles"`
	InstallerURL         string       `yaml:"InstallerUrl"`
	InstallerSha256      string       `yaml:"InstallerSha256"`
}

// winget is one of the three manifests of a version. Their common fields come first.
type winget struct {
	PackageIdentifier string `yaml:"PackageIdentifier"`
	PackageVersion    string `yaml:"PackageVersion"`

	DefaultLocale string `yaml:"DefaultLocale,omitempty"`

	PackageLocale    string   `yaml:"PackageLocale,omitempty"`
	Publisher        string   `yaml:"Publisher,omitempty"`
	PackageName      string   `yaml:"PackageName,omitempty"`
	PackageURL       string   `yaml:"PackageUrl,omitempty"`
	License          string   `yaml:"License,omitempty"`
	ShortDescription string   `yaml:"ShortDescription,omitempty"`
	Description      string   `yaml:"Description,omitempty"`
	Tags             []string `yaml:"Tags,omitempty"`

	InstallerType       string            `yaml:"InstallerType,omitempty"`
	NestedInstallerType string            `yaml:"NestedInstallerType,omitempty"`
	MinimumOSVersion    string            `yaml:"MinimumOSVersion,omitempty"`
	Commands            []string          `yaml:"Commands,omitempty"`
	ReleaseDate         string            `yaml:"ReleaseDate,omitempty"`
	Installers          []wingetInstaller `yaml:"Installers,omitempty"`

	ManifestType    string `yaml:"ManifestType"`
	ManifestVersion string `yaml:"ManifestVersion"`
}

// makeManifests makes the manifests of package managers for Windows. Windows finds its own
// netstat.exe before any other, so the command has the package's name.
func (j *job) makeManifests() error {
	var installers []wingetInstaller
	scoop := scoopManifest{
		Version: j.version, Description: about, Homepage: j.home, License: "Apache-2.0,BSD-3-Clause",
		Architecture: map[string]scoopArchitecture{},
	}
	for _, a := range j.archives {
		if a.target.os != "windows" {
			continue
		}
		words, ok := windowsArchitectures[a.target.arch]
		if !ok {
			return fmt.Errorf("%v: unknown architecture", a.target)
		}
		url := j.url + "/" + a.file
		installers = append(installers, wingetInstaller{
			Architecture:         words.winget,
			NestedInstallerFiles: []wingetFile{{a.top + `\` + a.target.program(), name}},
			InstallerURL:         url,
			InstallerSha256:      strings.ToUpper(a.sum),
		})
		scoop.Architecture[words.scoop] = scoopArchitecture{
			URL: url, Hash: a.sum, ExtractDir: a.top, Bin: [][]string{{a.target.program(), name}},
		}
	}
	if len(installers) == 0 {
		return nil
	}
	id := winget{PackageIdentifier: wingetID, PackageVersion: j.version, ManifestVersion: wingetVersion}
	version, locale, installer := id, id, id
	version.ManifestType, version.DefaultLocale = "version", "en-US"
	locale.ManifestType, locale.PackageLocale = "defaultLocale", "en-US"
	locale.Publisher, locale.PackageName, locale.PackageURL = "The netstat authors", name, j.home
	locale.License, locale.ShortDescription, locale.Description = "Apache-2.0", about, more
	locale.Tags = []string{"netstat", "network", "sockets", "diagnosis"}
	installer.ManifestType, installer.InstallerType, installer.NestedInstallerType = "installer", "zip", "portable"
	installer.MinimumOSVersion, installer.Commands = "10.0.0.0", []string{name}
	installer.ReleaseDate, installer.Installers = j.time.Format("2006-01-02"), installers
	for _, m := range []struct {
		suffix string
		winget
	}{{"", version}, {".locale.en-US", locale}, {".installer", installer}} {
		text, err := yaml.Marshal(m.winget)
		if err != nil {
			return err
		}
		var value any
		if err := yaml.Unmarshal(text, &value); err != nil {
			return err
		}
		if err := valid("winget-"+m.ManifestType+".schema.json", value); err != nil {
			return err
		}
		if err := j.write("winget/"+wingetID+m.suffix+".yaml", text); err != nil {
			return err
		}
	}
	text, err := marshal(scoop)
	if err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	if err := valid("scoop.schema.json", value); err != nil {
		return err
	}
	return j.write("scoop/"+name+".json", text)
}

type scoopArchitecture struct {
	URL        string     `json:"url"`
	Hash       string     `json:"hash"`
	ExtractDir string     `json:"extract_dir"`
	Bin        [][]string `json:"bin"`
}

type scoopManifest struct {
	Version      string                       `json:"version"`
	Description  string                       `json:"description"`
	Homepage     string                       `json:"homepage"`
	License      string                       `json:"license"`
	Architecture map[string]scoopArchitecture `json:"architecture"`
}

// marshal returns indented JSON.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}
