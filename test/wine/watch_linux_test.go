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
	code := 0
	for range 3 { // as Host.wine: script(1) adds 128 to the number of a signal
		if code = watchConsole(t, exe); code <= 128 {
			break
		}
	}
	if code != 0 {
		t.Errorf("after q: status %d", code)
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

// watchConsole shows the live table in a console, ends it by a key, and returns the status.
func watchConsole(t *testing.T, exe string) int {
	t.Helper()
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
	_ = cmd.Wait() // the status tells
	return cmd.ProcessState.ExitCode()
}
