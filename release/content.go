package main

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// file is a file of an archive or a package.
type file struct {
	name    string // path with slashes
	content []byte
	program bool // may be executed
}

// texts returns the files that accompany the program in every archive: licences, the
// documentation with the units, rules and scripts that it speaks of, manual pages and
// completions.
func (j *job) texts() (files []file, err error) {
	for _, f := range []struct{ from, name string }{
		{"LICENSE", "LICENSE"}, {"NOTICE", "NOTICE"}, {"licenses/go.txt", "LICENSE-Go.txt"},
		{"README.md", "README.md"}, {"README.zh-CN.md", "README.zh-CN.md"}, {"CHANGELOG.md", "CHANGELOG.md"},
	} {
		content, err := os.ReadFile(filepath.Join(j.root, filepath.FromSlash(f.from)))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: f.name, content: content})
	}
	for _, dir := range []string{"docs", "contrib", "man", "completions"} {
		more, err := j.folder(dir)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	return files, nil
}

// documents returns the documentation, with what it speaks of, as a package installs it.
func (j *job) documents() (files []file, err error) {
	texts, err := j.texts()
	for _, f := range texts {
		if path.Ext(f.name) == ".md" || strings.HasPrefix(f.name, "contrib/") {
			f.name = "/usr/share/doc/" + name + "/" + f.name
			files = append(files, f)
		}
	}
	return files, err
}

// folder returns the files in a folder of the source tree, without code.
func (j *job) folder(dir string) (files []file, err error) {
	err = filepath.WalkDir(filepath.Join(j.root, dir), func(p string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) && p == filepath.Join(j.root, dir) {
			return filepath.SkipAll
		}
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(j.root, p)
		if err != nil || path.Ext(name) == ".go" {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(p)
		files = append(files, file{name: filepath.ToSlash(name), content: content, program: info.Mode()&0o100 != 0})
		return err
	})
	return files, err
}

// page is a manual page of the tree: man/netstat.8 or man/zh_CN/netstat.8, perhaps in a
// folder man8 as in /usr/share/man.
var page = regexp.MustCompile(`^man/(?:([a-z]{2}(?:_[A-Z]{2})?)/)?(?:man\d/)?([^/]+)\.(\d)$`)

// manuals returns the manual pages as a package installs them. Package net-tools owns
// netstat.8.
func (j *job) manuals() (files []file, err error) {
	sources, err := j.folder("man")
	if err != nil {
		return nil, err
	}
	for _, f := range sources {
		m := page.FindStringSubmatch(f.name)
		if m == nil {
			continue
		}
		language, title, section := m[1], m[2], m[3]
		if title == "netstat" {
			title = name
		}
		content, err := compress(f.content)
		if err != nil {
			return nil, err
		}
		files = append(files, file{
			name:    path.Join("/usr/share/man", language, "man"+section, title+"."+section+".gz"),
			content: content,
		})
	}
	return files, nil
}

// shells are the folders of completions, by the file's name in the tree.
var shells = map[string]string{
	"netstat.bash": "/usr/share/bash-completion/completions/" + name,
	"_netstat":     "/usr/share/zsh/vendor-completions/_" + name,
	"netstat.fish": "/usr/share/fish/vendor_completions.d/" + name + ".fish",
}

// completions returns the completions as a package installs them.
func (j *job) completions() (files []file, err error) {
	sources, err := j.folder("completions")
	if err != nil {
		return nil, err
	}
	for _, f := range sources {
		if to := shells[path.Base(f.name)]; to != "" {
			files = append(files, file{name: to, content: f.content})
		}
	}
	return files, nil
}

// compress compresses a manual page as Debian's policy requires: with no name and no time.
func compress(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// copyright returns the licences in the form of Debian's copyright files.
func (j *job) copyright() ([]byte, error) {
	bsd, err := os.ReadFile(filepath.Join(j.root, "licenses", "go.txt"))
	if err != nil {
		return nil, err
	}
	notice, err := os.ReadFile(filepath.Join(j.root, "NOTICE"))
	if err != nil {
		return nil, err
	}
	indent := func(text []byte) string {
		var b strings.Builder
		for line := range strings.Lines(strings.TrimSpace(string(text)) + "\n") {
			if line == "\n" {
				line = ".\n"
			}
			b.WriteString(" " + line)
		}
		return b.String()
	}
	return []byte("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n" +
		"Upstream-Name: netstat\n\n" +
		"Files: *\nCopyright: the netstat authors\nLicense: Apache-2.0\n" + indent(notice) + " .\n" +
		" On Debian systems the full text of the Apache License, Version 2.0, is in\n" +
		" /usr/share/common-licenses/Apache-2.0.\n\n" +
		"Files: usr/bin/" + name + "\nCopyright: the netstat authors\n" +
		" 2009 The Go Authors (parts of the Go project that are linked in)\nLicense: Apache-2.0 and BSD-3-Clause\n" +
		indent(bsd)), nil
}
