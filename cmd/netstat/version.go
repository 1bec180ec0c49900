package main

import (
	"runtime/debug"
	"strings"
)

// release is the version of a release, such as "1.0.0". The linker sets it if the version
// is chosen when the release is built. Otherwise the go command takes it from the tag.
var release string

// unreleased is the version of a build that is no release.
const unreleased = "devel"

// versionText returns the version of this program for texts.
func (p *process) versionText() string {
	if p.version == nil {
		return unreleased
	}
	return p.version()
}

// programText returns the program's name and version for JSON.
func (p *process) programText() string { return "netstat " + p.versionText() }

// buildVersion returns the version of this build. It parses the build information, so only
// what prints the version calls it.
func buildVersion() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(release, info)
}

// versionOf returns the version of a build, and in brackets the commit, its day, and
// whether files were modified since: "1.0.0 (0123456789ab, 2026-11-29)". Without a release
// or a tag the version is "devel". info is nil if the build has no information.
func versionOf(release string, info *debug.BuildInfo) string {
	var commit, day string
	var modified bool
	version := release
	if info != nil {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				commit = s.Value[:min(len(s.Value), 12)]
			case "vcs.time":
				day, _, _ = strings.Cut(s.Value, "T")
			case "vcs.modified":
				modified = s.Value == "true"
			}
		}
		tag, _, _ := strings.Cut(info.Main.Version, "+")
		if time, revision, ok := pseudo(tag); ok {
			// Of a module that was downloaded at a commit without a tag.
			if commit == "" {
				commit, day = revision, time[:4]+"-"+time[4:6]+"-"+time[6:8]
			}
		} else if number, ok := strings.CutPrefix(tag, "v"); ok && version == "" {
			version = number
		}
	}
	if version == "" {
		version = unreleased
	}
	switch {
	case commit == "" && version == unreleased:
		return version + " (unknown revision)"
	case commit == "":
		return version
	}
	text := version + " (" + commit
	if day != "" {
		text += ", " + day
	}
	if modified {
		text += ", modified"
	}
	return text + ")"
}

// pseudo returns the time and the revision in a version that the go command made of a
// commit, such as v1.0.1-0.20261129173124-b347bb3e2df2.
func pseudo(version string) (time, revision string, ok bool) {
	dash := strings.LastIndexByte(version, '-')
	if dash < 0 || len(version)-dash-1 != 12 || dash < 14 {
		return "", "", false
	}
	time, revision = version[dash-14:dash], version[dash+1:]
	if strings.Trim(time, "0123456789") != "" || strings.Trim(revision, "0123456789abcdef") != "" {
		return "", "", false
	}
	return time, revision, true
}
