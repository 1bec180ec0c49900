package limits

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"netstat/test/live"
)

// TestSignals runs reports under a storm of signals that interrupt system calls
// wherever they wait: SIGURG, which the runtime handles in every Go program, and stops.
// The output must be the same as without.
func TestSignals(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	live.Python(t, "", world)
	host := filepath.Join(t.TempDir(), "host.json")
	if a := live.Netstat(t, "--snapshot", host); a.Status != 0 {
		t.Fatalf("%+v", a)
	}
	for _, report := range reports {
		words := strings.Fields(strings.ReplaceAll(report, "HOST", host))
		whole := live.Netstat(t, words...)
		for range 3 {
			a := stormed(t, words...)
			if a.Status != whole.Status || a.Err != whole.Err || varies.ReplaceAllString(a.Out, "") != varies.ReplaceAllString(whole.Out, "") {
				t.Errorf("%s, interrupted: status %d\n%s%s\nwant status %d\n%s%s", report, a.Status, a.Err, a.Out, whole.Status, whole.Err, whole.Out)
				break
			}
		}
	}
}

// TestFatalSignals sends a repeating report signals that end the original: the
// timer of alarm(2), which a program inherits, is a way to limit its time.
func TestFatalSignals(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for _, number := range []syscall.Signal{syscall.SIGALRM, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2} {
		cmd := exec.Command(live.ProgramPath(), "-c", "-tn")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The first report: the program waits for the next.
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(number); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != number {
			t.Errorf("%v: %v", number, cmd.ProcessState)
		}
	}
}

// stormed runs our program and sends it signals until it has exited. After many there are
// no more: the kernel needs some time without a stop to check a BPF program, and nothing
// says when it has that.
func stormed(t *testing.T, args ...string) live.Answer {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(live.ProgramPath(), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		for i := range 100_000 {
			select {
			case <-ended:
				return
			default:
			}
			if i%16 == 0 {
				_ = cmd.Process.Signal(syscall.SIGSTOP)
				_ = cmd.Process.Signal(syscall.SIGCONT)
			}
			_ = cmd.Process.Signal(syscall.SIGURG)
		}
	}()
	_ = cmd.Wait()
	close(ended)
	return live.Answer{Out: out.String(), Err: errs.String(), Status: cmd.ProcessState.ExitCode()}
}
