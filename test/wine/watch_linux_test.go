package wine

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWatch shows the live table in Wine's console until a key ends it, and its plain form
// where there is no console.
func TestWatch(t *testing.T) {
	exe := commandExe(t)
	// script(1) creates a terminal, which Wine uses as a console.
	cmd := exec.Command("script", "-qec", "wine "+exe+" --watch=0.5 -an", os.DevNull)
	cmd.Env = append(slices.Clip(shared.env), "TERM=xterm")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := shared.In(cmd.Start); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(limit, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	var shown strings.Builder
	buf := make([]byte, 4096)
	for !strings.Contains(shown.String(), "q quit") {
		n, err := stdout.Read(buf)
		shown.Write(buf[:n])
		if err != nil {
			t.Fatalf("%v after %q", err, shown.String())
		}
	}
	if _, err := io.WriteString(stdin, "q"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, stdout); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after q: %v", err)
	}

	p, err := shared.Begin(exe, "--watch=0.5", "-an")
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(p.Stdout).ReadString('\n'); err != nil || !strings.HasPrefix(line, "TIME      CHANGE   PROTO") {
		t.Errorf("without a console: %q, %v", line, err)
	}
	if err := p.Kill(); err != nil {
		t.Error(err)
	}
}
