package win32

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// TestGenerated compares the bindings with the current output of mkwinsyscall for their
// declarations, in this package and in internal/resolve.
func TestGenerated(t *testing.T) {
	for generated, source := range map[string]string{
		"zsyscall_windows.go":            "syscall_windows.go",
		"../resolve/zsyscall_windows.go": "../resolve/system_windows.go",
	} {
		cmd := exec.Command("go", "run", "golang.org/x/sys/windows/mkwinsyscall", source)
		cmd.Stderr = os.Stderr
		want, err := cmd.Output()
		if err != nil {
			t.Fatalf("mkwinsyscall %s: %v", source, err)
		}
		got, err := os.ReadFile(generated)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from the output of %s: run go generate", generated, source)
		}
	}
}
