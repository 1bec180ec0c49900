package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/dialect/nettools"
)

func TestSnapshotFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "host.json")
	says := func(text string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}
	}
	content := func() string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if err := writeFile(name, says("one")); err != nil || content() != "one" {
		t.Fatalf("%v %q", err, content())
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("others may read it: %v %v", info.Mode(), err)
	}
	full := errors.New("no space left")
	err := writeFile(name, func(w io.Writer) error {
		if err := says(strings.Repeat("two", 1<<20))(w); err != nil {
			return err
		}
		return full
	})
	if !errors.Is(err, full) || content() != "one" {
		t.Errorf("%v %q", err, content())
	}
	link := filepath.Join(dir, "link.json")
	if err := os.Symlink(name, link); err == nil { // Windows may not let us
		if err := writeFile(link, says("three")); err != nil || content() != "three" {
			t.Errorf("%v %q", err, content())
		}
		if target, err := os.Readlink(link); err != nil || target != name {
			t.Errorf("the link is gone: %v", err)
		}
		_ = os.Remove(link)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v %v", files, err)
	}
	if err := writeFile(filepath.Join(dir, "no", "host.json"), says("x")); err == nil {
		t.Error("no error for a folder that is not there")
	}
}

// TestReplayRepeats: a recorded host does not change, and is shown again and
// again.
func TestReplayRepeats(t *testing.T) {
	enough := errors.New("enough")
	var out, errs bytes.Buffer
	pauses := 0
	p := &process{
		getenv: func(string) (string, bool) { return "", false },
		stdin:  strings.NewReader(`{"schema":"netstat","version":1,"content":"snapshot","sockets":[{"family":"inet","proto":"tcp","rows":[]},{"family":"inet6","proto":"tcp","rows":[]}]}`),
		stdout: &out, stderr: &errs,
		selinux: func() bool { return false },
		dialect: "linux", systemLanguage: func() string { return "" },
		elevationText: func() string { return "" },
		open: func(collect.Options) (netstat.Source, error) {
			t.Error("the running host was asked")
			return nil, enough
		},
		sleep: func(d time.Duration) {
			if pauses++; d != 2*time.Second {
				t.Errorf("paused %v", d)
			}
			if pauses == 3 {
				panic(enough)
			}
		},
	}
	defer func() {
		if r := recover(); r != enough {
			t.Errorf("%v", r)
		}
		if n := strings.Count(out.String(), "Active Internet"); n != 3 || errs.Len() > 0 {
			t.Errorf("%d reports, %s", n, &errs)
		}
	}()
	run([]string{"netstat", "--replay", "-", "-t", "2"}, p)
}

func TestBesideOptions(t *testing.T) {
	for line, want := range map[string]string{
		"--snapshot f":                               "",
		"--snapshot=f --resolve-timeout 3":           "",
		"--snap f --replay - --dialect windows":      "",
		"--snapshot f -t":                            "-t",
		"--snapshot -t":                              "",
		"--tcp --snapshot f":                         "--tcp",
		"--s --snapshot f":                           "--s",
		"--snapshot f --":                            "--",
		"--snapshot f /a":                            "/a",
		"--resolve-timeout=0 --snapshot f eth0 more": "eth0",
	} {
		if got := besideOptions(strings.Fields(line), nettools.Classic); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
