package win32

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

// TestNativeProcessText reads the image name of this process. It has the form of a
// command line, and Wine 8.0 supports only the image name.
func TestNativeProcessText(t *testing.T) {
	self := uint32(os.Getpid())
	name := filepath.Base(os.Args[0])
	s, err := newSource(Options{}, systemAPI())
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	s.api.commandLine = func(pid uint32, buf []byte, size *uint32) (uint64, uint32) {
		calls++
		return processText(pid, windows.ProcessImageFileName, buf, size)
	}
	for _, room := range []int{firstSize, 24} {
		s.buf, calls = make([]byte, room), 0
		text, code := s.commandLine(self)
		if code != codeSuccess || !strings.HasSuffix(text, `\`+name) || (calls > 1) != (room == 24) {
			t.Errorf("%d bytes: %q, code %#x, %d calls", room, text, code, calls)
		}
	}
	if text, code := s.commandLine(0x7ffffff0); text != "" || code != codeInvalidParameter {
		t.Errorf("no process: %q, code %#x", text, code)
	}
	// Class 60 returns the text here, or that it is unknown.
	var size uint32 = 1 << 16
	buf := make([]byte, size)
	base, code := commandLineOf(self, buf, &size)
	const invalidInfoClass = 0xc0000003
	if text := s.api.pointers.unicodeString(buf, base); code == codeSuccess && !strings.Contains(text, name) ||
		code != codeSuccess && code != invalidInfoClass {
		t.Errorf("%q, code %#x", text, code)
	}
	if name, code := packageOf(self); name != "" || code != codeNoPackage {
		t.Errorf("package %q, code %d", name, code)
	}
}
