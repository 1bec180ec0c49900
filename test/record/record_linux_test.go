package record

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat/snapshot"
	"netstat/test/live"
)

// start starts a recorder. errs is its standard error.
func start(t *testing.T, args ...string) (cmd *exec.Cmd, errs io.Reader) {
	t.Helper()
	cmd = exec.Command(live.ProgramPath(), args...)
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, errs
}

// list returns the names of the rounds and of unfinished files.
func list(t *testing.T, dir string) (rounds, hidden []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case name == ".lock":
		case strings.HasPrefix(name, "."):
			hidden = append(hidden, name)
		default:
			rounds = append(rounds, name)
		}
	}
	return rounds, hidden
}

// check reads all of a round.
func check(t *testing.T, name string) {
	t.Helper()
	s, err := openRound(name)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	defer func() { _ = s.Close() }()
	if err := snapshot.Write(context.Background(), io.Discard, s, s.Meta, s.Names(), nil); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// kills is how often the recorder is killed.
const kills = 200

// TestKilled kills the recorder at random moments. All rounds that a reader can see are
// complete, none of them is lost, and at most the round in hand is left unfinished.
func TestKilled(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	dir := filepath.Join(t.TempDir(), "rounds")
	seen := make(map[string]bool)
	within, before, needy := 0, 0, 0
	for i := range kills {
		cmd, _ := start(t, "--record="+dir, "0.001")
		for i%4 == 1 { // else often before the first round of this recorder, which the others need
			if rounds, _ := list(t, dir); len(rounds) > len(seen)+i%3 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.Int63n(int64(100 * time.Millisecond))))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		rounds, hidden := list(t, dir)
		if len(hidden) > 1 {
			t.Fatalf("kill %d: left %q", i, hidden)
		}
		within += len(hidden)
		for name := range seen {
			if !slices.Contains(rounds, name) {
				t.Fatalf("kill %d: %s is lost", i, name)
			}
		}
		if len(rounds) == len(seen) {
			before++
		}
		for _, name := range rounds {
			if !seen[name] {
				seen[name] = true
				check(t, filepath.Join(dir, name))
				if needsAnother(t, filepath.Join(dir, name)) {
					needy++
				}
			}
		}
	}
	if a := live.Netstat(t, "--record="+dir, "--limit=1"); a.Status != 0 || a.Err != "" {
		t.Errorf("status %d: %s", a.Status, a.Err)
	}
	rounds, hidden := list(t, dir)
	if len(rounds) != len(seen)+1 || len(hidden) != 0 {
		t.Errorf("after the last kill: %d rounds, %d before, left %q", len(rounds), len(seen), hidden)
	}
	if needy == 0 || needy == len(seen) {
		t.Errorf("%d rounds, of which %d need another", len(seen), needy)
	}
	t.Logf("%d kills: %d within a round, %d without a new round; %d rounds, %d of them need another", kills, within, before, len(seen), needy)
}

// TestDiskFull fills a small file system. The recorder says so once, the older rounds stay
// intact, and it records again when there is room.
func TestDiskFull(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", 0, "size=128k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	cmd, errs := start(t, "--record="+dir, "0.01")
	lines := bufio.NewScanner(errs)
	next := func(want string) {
		t.Helper()
		if !lines.Scan() || !strings.Contains(lines.Text(), want) {
			t.Fatalf("%q, want %q", lines.Text(), want)
		}
	}
	next("netstat: cannot record this round, goes on trying: ")
	if !strings.HasSuffix(lines.Text(), dir+": no space left on device") {
		t.Errorf("%q", lines.Text())
	}
	complete := func() (names []string) {
		rounds, _ := list(t, dir)
		return slices.DeleteFunc(rounds, func(name string) bool { return strings.HasSuffix(name, ".failed.json") })
	}
	rounds := complete()
	if len(rounds) < 2 {
		t.Fatalf("%q", rounds)
	}
	for _, name := range rounds {
		check(t, filepath.Join(dir, name))
	}
	for _, name := range rounds[:len(rounds)/2+1] {
		if !needsAnother(t, filepath.Join(dir, name)) {
			continue // others may need it
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	next("netstat: recording again after ")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		if !strings.Contains(lines.Text(), "goes on trying") && !strings.Contains(lines.Text(), "recording again") {
			t.Errorf("%q", lines.Text()) // it may be full again
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	again := complete()
	if last := rounds[len(rounds)-1]; again[len(again)-1] <= last || !slices.Contains(again, last) {
		t.Errorf("%q, then %q", rounds, again)
	}
	for _, name := range again {
		check(t, filepath.Join(dir, name))
	}
}

// TestFailedRedacted limits the length of files, so that there is room for the documents of
// failed rounds only. With --redact they do not name the directory.
func TestFailedRedacted(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	dir := filepath.Join(t.TempDir(), "quagmire")
	a := live.Program(t, "sh", "-c", `ulimit -f 2; exec "$0" "$@"`, live.ProgramPath(), "--record="+dir, "--redact", "--limit=1")
	if a.Status == 0 || !strings.HasSuffix(a.Err, dir+": file too large\n") {
		t.Errorf("status %d: %s", a.Status, a.Err)
	}
	rounds, _ := list(t, dir)
	if len(rounds) != 1 || !strings.HasSuffix(rounds[0], ".failed.json") {
		t.Fatalf("%q", rounds)
	}
	b, err := os.ReadFile(filepath.Join(dir, rounds[0]))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(b); strings.Contains(text, "quagmire") || !strings.Contains(text, ": file too large") {
		t.Errorf("%s", text)
	}
}

// TestSignals ends the recorder. The second one refuses as long as the first one runs.
func TestSignals(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		dir := filepath.Join(t.TempDir(), "rounds")
		cmd, errs := start(t, "--record="+dir, "0.001")
		for {
			if rounds, _ := list(t, dir); len(rounds) > 2 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if a := live.Netstat(t, "--record="+dir, "--limit=1"); a.Status == 0 || !strings.HasSuffix(a.Err, ": another netstat is recording into this directory\n") {
			t.Errorf("a second recorder: status %d, %s", a.Status, a.Err)
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(errs); err != nil || len(b) > 0 {
			t.Errorf("%v: %q, %v", s, b, err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %v", s, err)
		}
		rounds, hidden := list(t, dir)
		if len(hidden) > 0 {
			t.Errorf("%v: left %q", s, hidden)
		}
		for _, name := range rounds {
			check(t, filepath.Join(dir, name))
		}
	}
}

// openRound opens a round and the one that it needs.
func openRound(name string) (*snapshot.Source, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return snapshot.OpenBeside(f, func(base string) (snapshot.File, error) {
		return os.Open(filepath.Join(filepath.Dir(name), base))
	})
}

// needsAnother reports whether a round needs another one.
func needsAnother(t *testing.T, name string) bool {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, ok, err := snapshot.ReadBase(b)
	if err != nil {
		t.Error(err)
	}
	return ok
}
