package main

import (
	"cmp"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// target is a system that programs are built for, in Go's words.
type target struct{ os, arch string }

func (t target) String() string { return t.os + "/" + t.arch }

// program returns the name of the program's file.
func (t target) program() string {
	if t.os == "windows" {
		return "netstat.exe"
	}
	return "netstat"
}

// chooseTargets returns the systems of a list, or those of test/targets.
func chooseTargets(root, list string) (targets []target, err error) {
	text, err := os.ReadFile(filepath.Join(root, "test", "targets"))
	if err != nil {
		return nil, err
	}
	known := map[target]bool{}
	for line := range strings.Lines(string(text)) {
		system, arch, _ := strings.Cut(strings.TrimSpace(line), " ")
		t := target{system, arch}
		known[t] = true
		if list == "" {
			targets = append(targets, t)
		}
	}
	for word := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		system, arch, _ := strings.Cut(word, "/")
		t := target{system, arch}
		if !known[t] {
			return nil, fmt.Errorf("unknown target '%s': test/targets lists them", word)
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// git returns what git prints about a tree.
func git(root string, args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", root}, args...)...).Output()
	return strings.TrimSpace(string(out)), err
}

// commitTime returns the time of the commit, or that of SOURCE_DATE_EPOCH if it is set.
func commitTime(root string) (time.Time, error) {
	text, err := os.Getenv("SOURCE_DATE_EPOCH"), error(nil)
	if text == "" {
		text, err = git(root, "show", "-s", "--format=%ct", "HEAD")
	}
	seconds, bad := strconv.ParseInt(text, 10, 64)
	if err = cmp.Or(err, bad); err != nil {
		return time.Time{}, fmt.Errorf("time of the commit: %w (outside of a git repository set SOURCE_DATE_EPOCH)", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// binary returns the path of the built program.
func (j *job) binary(t target) string {
	return filepath.Join(j.stage, t.os+"-"+t.arch, t.program())
}

// build builds the program for every target. Each setting that changes the code has a
// value here, whatever the environment or `go env -w` says.
func (j *job) build() error {
	stamp := "-buildvcs=true"
	if _, err := git(j.root, "rev-parse", "HEAD"); err != nil {
		stamp = "-buildvcs=false"
	}
	for _, t := range j.targets {
		cmd := exec.Command("go", "build", "-trimpath", stamp,
			"-ldflags=-s -w -X main.release="+j.version, "-o", j.binary(t), "./cmd/netstat")
		cmd.Dir = j.root
		cmd.Env = append(os.Environ(), "GOOS="+t.os, "GOARCH="+t.arch, "CGO_ENABLED=0",
			"GOFLAGS=-mod=readonly", "GOWORK=off", "GOEXPERIMENT=", "GOFIPS140=off",
			"GOAMD64=v1", "GOARM64=v8.0", "GO386=sse2", "GOARM=7", "GOPPC64=power8", "GORISCV64=rva20u64")
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%v: %w", t, err)
		}
		info, err := buildinfo.ReadFile(j.binary(t))
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "vcs.revision" }) {
			fmt.Fprintf(os.Stderr, "release: warning: %v: the go command knows no revision (no clone, or a linked worktree)\n", t)
		}
		fmt.Println("built for", t)
	}
	return nil
}
