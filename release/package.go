package main

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/apk" // registers the format
	_ "github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

// insteadName is the package that lets netstat be this program, named as Debian's
// python-is-python3 is.
const insteadName = "netstat-is-" + name

var formats = []string{"deb", "rpm", "apk"}

// architectures are the words of package formats that nfpm does not derive from Go's.
var architectures = map[string]map[string]string{
	"arm":     {"deb": "armhf", "rpm": "armv7hl", "apk": "armv7"},
	"ppc64le": {"deb": "ppc64el"},
	"386":     {"rpm": "i686"},
}

// makePackages makes the packages of each Linux target, and one of each format that lets
// netstat be the program.
func (j *job) makePackages() error {
	var own []file
	for _, list := range []func() ([]file, error){j.manuals, j.completions} {
		more, err := list()
		if err != nil {
			return err
		}
		own = append(own, more...)
	}
	for _, format := range formats {
		licences, err := j.licences(format, name)
		if err != nil {
			return err
		}
		documents, err := j.documents()
		if err != nil {
			return err
		}
		licences = append(licences, documents...)
		for _, t := range j.targets {
			if t.os != "linux" {
				continue
			}
			program, err := os.ReadFile(j.binary(t))
			if err != nil {
				return err
			}
			info := j.info(name, t.arch, format)
			describe(info, format, about, more)
			all := append([]file{{name: "/usr/bin/" + name, content: program, program: true}}, own...)
			if err := j.makePackage(format, info, append(all, licences...)); err != nil {
				return err
			}
		}
		if err := j.makeInstead(format, own); err != nil {
			return err
		}
	}
	return nil
}

// info returns what all packages have.
func (j *job) info(pkg, arch, format string) *nfpm.Info {
	if word := architectures[arch][format]; word != "" {
		arch = word
	}
	return &nfpm.Info{
		Name: pkg, Arch: arch, Platform: "linux", Version: j.version,
		Section: "net", Priority: "optional", Maintainer: "The netstat authors", Vendor: "The netstat authors",
		Homepage: j.home, License: "Apache-2.0 AND BSD-3-Clause", MTime: j.time, DisableGlobbing: true,
		Overridables: nfpm.Overridables{RPM: nfpm.RPM{BuildHost: "reproducible"}},
	}
}

// describe sets the description, in one line and in more. An apk has only one line.
func describe(info *nfpm.Info, format, about, more string) {
	switch format {
	case "deb":
		info.Description = about + "\n" + more
	case "rpm":
		info.RPM.Summary, info.Description = about, more
	default:
		info.Description = about
	}
}

// licences returns the licence texts where a system expects them.
func (j *job) licences(format, pkg string) ([]file, error) {
	if format == "deb" {
		text, err := j.copyright()
		return []file{{name: "/usr/share/doc/" + pkg + "/copyright", content: text}}, err
	}
	texts, err := j.texts()
	if err != nil {
		return nil, err
	}
	var found []file
	for _, f := range texts {
		if strings.HasPrefix(f.name, "LICENSE") || f.name == "NOTICE" {
			f.name = "/usr/share/licenses/" + pkg + "/" + f.name
			found = append(found, f)
		}
	}
	return found, nil
}

//go:embed scripts
var scripts embed.FS

// makeInstead makes the package that lets netstat be this program: a link, and a link to
// the manual page.
func (j *job) makeInstead(format string, own []file) error {
	info := j.info(insteadName, "all", format)
	info.Depends = []string{name}
	link := func(at, to string) {
		info.Contents = append(info.Contents, &files.Content{
			Source: to, Destination: at, Type: files.TypeSymlink, FileInfo: &files.ContentFileInfo{MTime: j.time},
		})
	}
	link("/usr/bin/netstat", name)
	for _, f := range own {
		dir, base := path.Split(f.name)
		if base == name+".8.gz" {
			link(dir+"netstat.8.gz", base)
		}
	}
	about, more := "netstat is "+name, "This package makes the command netstat run "+name+".\n"
	var err error
	switch format {
	case "deb":
		more += "The netstat of net-tools stays beside it as netstat.net-tools\nor netstat.net-tools-bin."
		info.Scripts, err = j.script(map[string]string{
			"preinst": "deb.preinst", "postinst": "deb.postinst", "prerm": "deb.prerm", "postrm": "deb.postrm",
		})
	case "rpm":
		// No package may move the files of another one.
		more += "It replaces net-tools, which owns that file."
		info.Conflicts = []string{"net-tools"}
	case "apk":
		info.Depends = append(info.Depends, "!net-tools")
		info.Scripts, err = j.script(map[string]string{"postrm": "apk.post-deinstall"})
	}
	if err != nil {
		return err
	}
	describe(info, format, about, more)
	licences, err := j.licences(format, insteadName)
	if err != nil {
		return err
	}
	return j.makePackage(format, info, licences)
}

// script writes maintainer scripts to the stage and returns their paths.
func (j *job) script(names map[string]string) (s nfpm.Scripts, err error) {
	for at, to := range map[string]*string{
		"preinst": &s.PreInstall, "postinst": &s.PostInstall, "prerm": &s.PreRemove, "postrm": &s.PostRemove,
	} {
		if names[at] == "" {
			continue
		}
		text, err := scripts.ReadFile("scripts/" + names[at])
		if err != nil {
			return s, err
		}
		*to = filepath.Join(j.stage, names[at])
		if err := os.WriteFile(*to, text, 0o755); err != nil {
			return s, err
		}
		// An apk has the times of the files of scripts.
		if err := os.Chtimes(*to, j.time, j.time); err != nil {
			return s, err
		}
	}
	return s, nil
}

// makePackage makes a package of these files, besides those in info.
func (j *job) makePackage(format string, info *nfpm.Info, all []file) error {
	for i, f := range all {
		path := filepath.Join(j.stage, "package", fmt.Sprint(i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.content, 0o644); err != nil {
			return err
		}
		info.Contents = append(info.Contents, &files.Content{
			Source: path, Destination: f.name,
			FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: os.FileMode(mode(f)), MTime: j.time},
		})
	}
	slices.SortFunc(info.Contents, func(a, b *files.Content) int { return strings.Compare(a.Destination, b.Destination) })
	info = nfpm.WithDefaults(info)
	packager, err := nfpm.Get(format)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	file := packager.ConventionalFileName(info)
	if err := packager.Package(info, &b); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return j.write(file, b.Bytes())
}
