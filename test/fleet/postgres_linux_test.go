package fleet

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"netstat/test/need"
)

// contrib is the folder of the programs and queries that are tested.
const contrib = "../../contrib/fleet"

// postgres is a PostgreSQL of its own, with the schema of contrib/fleet.
type postgres struct {
	t   testing.TB
	pid int
	env []string
}

// readContrib reads all of contrib, so that go test does not reuse the result of a test of
// other files.
func readContrib(t testing.TB) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(contrib), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		_, err = os.ReadFile(filepath.Join(contrib, path))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// start starts PostgreSQL in a temporary directory, as the user postgres, on a unix
// socket alone. The end of the test ends it.
func start(t testing.TB) postgres {
	t.Helper()
	need.Root(t)
	need.Program(t, "psql", "postgresql-client")
	readContrib(t)
	programs, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres") // the pattern is good
	if len(programs) == 0 {
		t.Fatal("postgres is missing: apt-get install postgresql")
	}
	bin := filepath.Dir(programs[len(programs)-1])
	account, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, err1 := strconv.Atoi(account.Uid)
	gid, err2 := strconv.Atoi(account.Gid)
	// The path of a unix socket has at most 107 bytes, which those of TempDir may exceed.
	dir, err3 := os.MkdirTemp("", "fleet-")
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chown(dir, uid, gid)); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	as := func(program string, args ...string) *exec.Cmd {
		c := exec.Command(filepath.Join(bin, program), args...)
		c.Dir = dir
		c.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		return c
	}
	if out, err := as("initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	var log bytes.Buffer
	server := as("postgres", "-D", data, "-k", dir, "-c", "listen_addresses=",
		"-c", "shared_buffers=1GB", "-c", "max_wal_size=8GB", "-c", "work_mem=256MB")
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = server.Wait() // its log says why
		close(ended)
	}()
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // fast shutdown; it may have ended
		<-ended
		if t.Failed() {
			t.Logf("log of postgres:\n%s", log.String())
		}
	})
	p := postgres{t, server.Process.Pid, append(os.Environ(), "PGHOST="+dir, "PGUSER=postgres", "PGDATABASE=postgres",
		"PGTZ=UTC", "LC_ALL=C.UTF-8")}
	for {
		ready := exec.Command(filepath.Join(bin, "pg_isready"), "-q")
		ready.Env = p.env
		if ready.Run() == nil {
			break
		}
		select {
		case <-ended:
			t.Fatalf("postgres ended:\n%s", log.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	p.psql("-f", "schema.sql")
	return p
}

// cpu returns the processor time of the sessions that have ended, in seconds.
func (p postgres) cpu() float64 {
	p.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	if err != nil {
		p.t.Fatal(err)
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')'):]))
	user, err1 := strconv.Atoi(fields[14]) // cutime, cstime: proc_pid_stat(5)
	system, err2 := strconv.Atoi(fields[15])
	if err := errors.Join(err1, err2); err != nil {
		p.t.Fatal(err)
	}
	return float64(user+system) / 100 // ticks of 10 ms on every Linux
}

// sessionsEnded waits until the server has no sessions, not even as zombies.
func (p postgres) sessionsEnded() {
	p.t.Helper()
	for {
		list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", p.pid, p.pid))
		if err != nil {
			p.t.Fatal(err)
		}
		sessions := slices.DeleteFunc(strings.Fields(string(list)), func(pid string) bool {
			title, err := os.ReadFile("/proc/" + pid + "/cmdline") // of a zombie empty
			return err != nil || len(title) > 0 && !bytes.Contains(title, []byte("[local]")) && !bytes.Contains(title, []byte("parallel worker"))
		})
		if len(sessions) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// measure logs the time of f, and the processor time that it takes of the server.
func (p postgres) measure(what string, f func()) {
	p.t.Helper()
	p.sessionsEnded()
	before, began := p.cpu(), time.Now()
	f()
	elapsed := time.Since(began).Seconds()
	p.sessionsEnded()
	p.t.Logf("%s: %.1f s; server's processor time %.1f s", what, elapsed, p.cpu()-before)
}

// run runs a program of contrib/fleet and returns its output and exit status.
func (p postgres) run(program string, args ...string) (out string, status int) {
	p.t.Helper()
	return p.pipe("", program, args...)
}

// pipe runs a program with standard input.
func (p postgres) pipe(input, program string, args ...string) (out string, status int) {
	p.t.Helper()
	c := exec.Command(program, args...)
	c.Dir, c.Env, c.Stdin = contrib, p.env, strings.NewReader(input)
	b, err := c.CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return string(b), exit.ExitCode()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b), 0
}

// psql returns the rows of the last query as lines with | between the columns.
func (p postgres) psql(args ...string) string {
	p.t.Helper()
	out, status := p.run("psql", append([]string{"-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"}, args...)...)
	if status != 0 {
		p.t.Fatalf("psql %s: status %d\n%s", strings.Join(args, " "), status, out)
	}
	return strings.TrimSuffix(out, "\n")
}

// query runs files of queries/ one after the other, over a time, and returns the rows.
func (p postgres) query(from, to string, files ...string) []string {
	p.t.Helper()
	args := []string{"-v", "from=" + from, "-v", "to=" + to}
	for _, file := range files {
		args = append(args, "-f", "queries/"+file+".sql")
	}
	out := p.psql(args...)
	if out == "" {
		return nil
	}
	return strings.Split(out, "\n")
}
