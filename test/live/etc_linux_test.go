package live

import (
	"os"
	"path/filepath"
	"testing"
)

// CoverEtc adds missing files, replaces existing ones, and keeps the rest.
func TestCoverEtc(t *testing.T) {
	if !InNamespaces(t) {
		return
	}
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"netstat-has-no-such-file": "one\n", "nsswitch.conf": "hosts: files\n", "passwd": string(passwd)}
	before, err := os.ReadDir("/etc")
	if err != nil {
		t.Fatal(err)
	}
	if err := CoverEtc(files); err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join("/etc", name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, e := range before {
		name := filepath.Join("/etc", e.Name())
		if _, err := os.Lstat(name); err != nil {
			t.Error(err)
		}
		if e.IsDir() {
			if _, err := os.ReadDir(name); err != nil {
				t.Error(err)
			}
		}
	}
}
