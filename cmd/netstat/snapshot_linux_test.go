package main

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestSnapshotPipe: what is no ordinary file is written to and not replaced.
func TestSnapshotPipe(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		b, _ := os.ReadFile(name)
		got <- string(b)
	}()
	if err := writeFile(name, func(w io.Writer) error {
		_, err := io.WriteString(w, "through")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "through" {
		t.Errorf("%q", text)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v %v", files, err)
	}
}
