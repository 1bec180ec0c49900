package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// archive is a finished archive with the program for a target.
type archive struct {
	target target
	file   string // name in the folder of results
	top    string // the folder in it
	sum    string // SHA-256 in lower-case hexadecimal digits
}

// makeArchives makes a tar.gz for each target, a zip for Windows.
func (j *job) makeArchives() error {
	texts, err := j.texts()
	if err != nil {
		return err
	}
	for _, t := range j.targets {
		program, err := os.ReadFile(j.binary(t))
		if err != nil {
			return err
		}
		a := archive{target: t, top: fmt.Sprintf("%s-%s-%s-%s", name, j.version, t.os, t.arch)}
		files := append([]file{{name: t.program(), content: program, program: true}}, texts...)
		pack := j.tarball
		a.file = a.top + ".tar.gz"
		if t.os == "windows" {
			a.file, pack = a.top+".zip", j.zip
		}
		content, err := pack(a.top, files)
		if err != nil {
			return fmt.Errorf("%s: %w", a.file, err)
		}
		if err := j.write(a.file, content); err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		a.sum = hex.EncodeToString(sum[:])
		j.archives = append(j.archives, a)
	}
	return nil
}

func mode(f file) int64 {
	if f.program {
		return 0o755
	}
	return 0o644
}

func (j *job) tarball(top string, files []file) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(z)
	for _, f := range files {
		h := &tar.Header{
			Name: top + "/" + f.name, Size: int64(len(f.content)), Mode: mode(f),
			ModTime: j.time, Uname: "root", Gname: "root", Format: tar.FormatUSTAR,
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	err = z.Close()
	return b.Bytes(), err
}

func (j *job) zip(top string, files []file) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: top + "/" + f.name, Method: zip.Deflate, Modified: j.time}
		h.SetMode(os.FileMode(mode(f)))
		to, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := to.Write(f.content); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// makeSums makes SHA256SUMS, as sha256sum -c reads it.
func (j *job) makeSums() error {
	slices.Sort(j.made)
	var b bytes.Buffer
	for _, name := range j.made {
		content, err := os.ReadFile(filepath.Join(j.out, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(content), name)
	}
	return j.write("SHA256SUMS", b.Bytes())
}
