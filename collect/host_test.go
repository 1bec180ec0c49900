package collect

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
)

func TestWindowsHostFacts(t *testing.T) {
	name, err := os.Hostname()
	if got := HostName(); err == nil && !strings.EqualFold(got, name) {
		t.Errorf("host name %q, package os says %q", got, name)
	}
	if lang := Language(); lang != "" && !strings.Contains(lang, "-") {
		t.Errorf("language %q", lang)
	}
	if text := ElevationText(); strings.ContainsAny(text, "\r\n") {
		t.Errorf("elevation %q", text)
	}
}

// TestWindowsOutput writes ASCII, which all code pages share.
func TestWindowsOutput(t *testing.T) {
	// Not t.TempDir, which fails under Wine 8.0, because Wine cannot remove
	// by handle.
	f, err := os.CreateTemp("", "out")
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(f.Name())
	const text = "  TCP    0.0.0.0:135\r\n"
	if _, err := io.WriteString(Output(f), text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(got, []byte(text)) {
		t.Errorf("%q, %v", got, err)
	}
}
