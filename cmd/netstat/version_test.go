package main

import (
	"runtime/debug"
	"testing"
)

func TestVersionOf(t *testing.T) {
	settings := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{
			{Key: "-trimpath", Value: "true"},
			{Key: "vcs", Value: "git"},
			{Key: "vcs.revision", Value: "b347bb3e2df23c8091c2f1b0beb4193a9dff399a"},
			{Key: "vcs.time", Value: "2026-11-29T17:31:24Z"},
			{Key: "vcs.modified", Value: modified},
		}
	}
	build := func(version string, s []debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: "netstat", Version: version}, Settings: s}
	}
	for _, c := range []struct {
		name, release string
		info          *debug.BuildInfo
		want          string
	}{
		{"no information", "", nil, "devel (unknown revision)"},
		{"no information, release", "1.0.0", nil, "1.0.0"},
		{"go run", "", build("(devel)", nil), "devel (unknown revision)"},
		{"go test", "", build("", nil), "devel (unknown revision)"},
		{"go build, tagged", "", build("v1.2.3", settings("false")), "1.2.3 (b347bb3e2df2, 2026-11-29)"},
		{"go build, tagged and modified", "", build("v1.2.3+dirty", settings("true")), "1.2.3 (b347bb3e2df2, 2026-11-29, modified)"},
		{"go build, pre-release", "", build("v1.0.0-rc.1", settings("false")), "1.0.0-rc.1 (b347bb3e2df2, 2026-11-29)"},
		{"go build, no tag", "", build("v0.0.0-20261129173124-b347bb3e2df2", settings("false")), "devel (b347bb3e2df2, 2026-11-29)"},
		{"go build, after a tag", "", build("v1.0.1-0.20261129173124-b347bb3e2df2+dirty", settings("true")), "devel (b347bb3e2df2, 2026-11-29, modified)"},
		{"make release", "1.0.0", build("v0.0.0-20261129173124-b347bb3e2df2", settings("false")), "1.0.0 (b347bb3e2df2, 2026-11-29)"},
		{"make release from an archive", "1.0.0", build("(devel)", nil), "1.0.0"},
		{"go install module@v1.2.3", "", build("v1.2.3", nil), "1.2.3"},
		{"go install module@commit", "", build("v0.0.0-20261129173124-b347bb3e2df2", nil), "devel (b347bb3e2df2, 2026-11-29)"},
		{"another repository", "", build("", []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}}), "devel (abc)"},
	} {
		if got := versionOf(c.release, c.info); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
