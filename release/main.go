// Command release makes everything that is published of a version: archives for every
// system of test/targets, packages for Debian, Fedora and Alpine, manifests for winget and
// scoop, a bill of materials, and checksums. `make release VERSION=1.0.0` runs it.
//
// It is a module of its own, so that the modules that write packages are none of the
// program's. The files are the same bytes wherever the same commit is built with the same
// version of Go.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// name is that of packages, archives, and the installed program. Package net-tools owns
// netstat.
const name = "netstat-go"

// about describes the program in one line, in more lines for packages.
const (
	about = "network sockets, their owners, routes and counters"
	more  = `It has the command lines and the output of net-tools' netstat and of
Microsoft's netstat.exe, and adds filters, columns, JSON, network
namespaces, snapshots, a live table and a diagnosis.`
)

// job is one release to make.
type job struct {
	root, out string // source tree and folder of the results
	stage     string // temporary folder
	version   string
	url, home string // where the files of the version are, and the project
	targets   []target
	time      time.Time // of the commit: that of every file
	made      []string  // names of finished files, relative to out
	archives  []archive
}

var versionPattern = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?$`)

func main() {
	var j job
	flag.StringVar(&j.root, "root", "..", "`folder` of the source tree")
	flag.StringVar(&j.out, "out", "../dist", "`folder` of the results")
	flag.StringVar(&j.version, "version", "", "`version`, such as 1.0.0")
	flag.StringVar(&j.home, "home", "https://netstat.invalid", "`address` of the project")
	flag.StringVar(&j.url, "url", "", "`address` where the files of this version will be (default HOME/releases/VERSION)")
	targets := flag.String("targets", "", "`list` of systems such as linux/amd64,windows/arm64 (default: all of test/targets)")
	flag.Parse()
	if err := j.run(*targets); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func (j *job) run(targets string) (err error) {
	if !versionPattern.MatchString(j.version) {
		return fmt.Errorf("bad version '%s': must be like 1.0.0 or 1.0.0-rc.1", j.version)
	}
	if j.root, err = filepath.Abs(j.root); err != nil {
		return err
	}
	if j.out, err = filepath.Abs(j.out); err != nil {
		return err
	}
	if j.url == "" {
		j.url = j.home + "/releases/" + j.version
	}
	j.url = strings.TrimSuffix(j.url, "/")
	if err := j.check(); err != nil {
		return err
	}
	if j.targets, err = chooseTargets(j.root, targets); err != nil {
		return err
	}
	if j.stage, err = os.MkdirTemp("", "netstat-release-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(j.stage)) }()
	if err := os.MkdirAll(j.out, 0o755); err != nil {
		return err
	}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"building", j.build},
		{"archives", j.makeArchives},
		{"packages", j.makePackages},
		{"manifests for Windows", j.makeManifests},
		{"bill of materials", j.makeBill},
		{"checksums", j.makeSums},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	fmt.Printf("%d files in %s\n", len(j.made), j.out)
	return nil
}

// check finds what must not be published: a version that is not that of the tag, or one
// that the list of changes lacks.
func (j *job) check() (err error) {
	if j.time, err = commitTime(j.root); err != nil {
		return err
	}
	changes, err := os.ReadFile(filepath.Join(j.root, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	number, _, _ := strings.Cut(j.version, "-")
	if !strings.Contains(string(changes), "\n## ["+number+"]") {
		return fmt.Errorf("CHANGELOG.md has no section [%s]", number)
	}
	tags, err := git(j.root, "tag", "--points-at", "HEAD")
	if err != nil {
		return nil // an unpacked archive
	}
	tagged := false
	for tag := range strings.FieldsSeq(tags) {
		version, ok := strings.CutPrefix(tag, "v")
		if ok && versionPattern.MatchString(version) && version != j.version {
			return fmt.Errorf("the commit has the tag %s, not v%s", tag, j.version)
		}
		tagged = tagged || version == j.version
	}
	if !tagged {
		fmt.Fprintf(os.Stderr, "release: warning: the commit has no tag v%s\n", j.version)
	}
	if changed, _ := git(j.root, "status", "--porcelain"); changed != "" {
		fmt.Fprintln(os.Stderr, "release: warning: files differ from the commit; the programs say so")
	}
	return nil
}

// write makes a file of the release with these bytes.
func (j *job) write(file string, content []byte) error {
	path := filepath.Join(j.out, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	j.made = append(j.made, file)
	return os.WriteFile(path, content, 0o644)
}
