package wine

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"netstat/test/live"
)

// Host is a Windows host emulated by Wine, in a separate network namespace with the
// loopback interface up. Close ends it.
type Host struct {
	dir  string
	env  []string
	work chan func() // nil: no separate namespace
}

//go:embed shim/bcryptprimitives.c
var shimSource []byte

// compiler compiles C programs for Windows.
const compiler = "x86_64-w64-mingw32-gcc"

// limit stops programs that hang; others take seconds, or a minute on a busy machine.
const limit = 15 * time.Minute

// Start creates a Host in an empty directory. It needs wine and x86_64-w64-mingw32-gcc
// (Debian: wine, wine64, gcc-mingw-w64-x86-64), root for the namespace, and about five
// seconds.
func Start(dir string) (*Host, error) {
	h := newHost(dir)
	h.work = make(chan func())
	ready := make(chan error)
	go h.inside(ready)
	if err := <-ready; err != nil {
		return nil, err
	}
	return h, h.begin()
}

// StartHere is like Start, in the caller's own namespace.
func StartHere(dir string) (*Host, error) {
	h := newHost(dir)
	return h, h.begin()
}

// begin installs what programs need; after an error the host is closed.
func (h *Host) begin() error {
	if err := h.install(); err != nil {
		return errors.Join(err, h.Close())
	}
	return nil
}

// Env returns the environment of programs on the host, as NAME=value.
func (h *Host) Env() []string { return slices.Clone(h.env) }

func newHost(dir string) *Host {
	h := &Host{dir: dir}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "WINE") && !strings.HasPrefix(v, "NETSTAT_") && !strings.HasPrefix(v, "DISPLAY=") &&
			!strings.HasPrefix(v, "TMPDIR=") && !strings.HasPrefix(v, "LANG") && !strings.HasPrefix(v, "LC_") {
			h.env = append(h.env, v)
		}
	}
	h.env = append(h.env,
		"LC_ALL=C.UTF-8", // in which Wine can show any character
		"WINEPREFIX="+filepath.Join(dir, "prefix"),
		"TMPDIR="+dir, // where Wine leaves directories behind
		"WINEARCH=win64",
		"WINEDEBUG=-all",
		// Components that need a download or a display.
		"WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe=")
	return h
}

// inside does the work passed to In, on a thread of the namespace. The thread is never
// unlocked, so that the runtime ends it instead of reusing it.
func (h *Host) inside(ready chan<- error) {
	runtime.LockOSThread()
	err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS)
	if err != nil {
		err = fmt.Errorf("making network and mount namespaces: %w", err)
	} else if err = nameHost(); err != nil {
		err = fmt.Errorf("naming the host: %w", err)
	} else if err = setUp("lo"); err != nil {
		err = fmt.Errorf("setting lo up: %w", err)
	}
	ready <- err
	if err != nil {
		return
	}
	for f := range h.work {
		f()
	}
}

// nameHost makes the host's own name resolvable in the calling thread's mount
// namespace, whatever the machine's /etc/hosts has, if it exists.
func nameHost() error {
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	return live.CoverEtc(map[string]string{"hosts": "127.0.0.1 localhost " + name + "\n::1 localhost " + name + "\n"})
}

func setUp(name string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	req, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
}

// In calls f on a thread in the namespace: sockets and programs that f creates belong
// to the namespace, and so does /proc/thread-self/net.
func (h *Host) In(f func() error) error {
	if h.work == nil {
		return f()
	}
	done := make(chan error)
	h.work <- func() { done <- f() }
	return <-done
}

func (h *Host) install() error {
	// Without -p, Wine's server exits three seconds after the last program and restarts
	// with the next one, in that program's environment.
	if err := os.Mkdir(filepath.Join(h.dir, "prefix"), 0o755); err != nil {
		return err
	}
	if out, err := h.native("wineserver", "-p"); err != nil {
		return fmt.Errorf("wineserver -p: %w\n%s", err, out)
	}
	if out, err := h.native("wineboot", "--init"); err != nil {
		return fmt.Errorf("wineboot: %w\n%s", err, out)
	}
	source := filepath.Join(h.dir, "bcryptprimitives.c")
	if err := os.WriteFile(source, shimSource, 0o644); err != nil {
		return err
	}
	out, err := h.native(compiler, "-shared", "-O2", "-s", "-Wall", "-Werror",
		"-o", h.system32("bcryptprimitives.dll"), source, "-ladvapi32")
	if err != nil {
		return fmt.Errorf("building bcryptprimitives.dll: %w\n%s", err, out)
	}
	return nil
}

func (h *Host) system32(file string) string {
	return filepath.Join(h.dir, "prefix", "drive_c", "windows", "system32", file)
}

// Replace builds a Windows library from C and uses it instead of Wine's for the program
// exe only: Wine's services need more of the library.
func (h *Host) Replace(library string, source []byte, exe string, options ...string) error {
	file, dll := filepath.Join(h.dir, library+".c"), h.system32(library+".dll")
	if err := errors.Join(os.WriteFile(file, source, 0o644), os.Remove(dll)); err != nil {
		return err
	}
	args := append([]string{"-shared", "-O2", "-s", "-Wall", "-Werror", "-o", dll, file}, options...)
	if out, err := h.native(compiler, args...); err != nil {
		return fmt.Errorf("building %s.dll: %w\n%s", library, err, out)
	}
	return h.SetRegistry(`HKCU\Software\Wine\AppDefaults\`+filepath.Base(exe)+`\DllOverrides`, library, "native")
}

// SetRegistry sets a text value in the registry.
func (h *Host) SetRegistry(key, name, value string) error {
	r, err := h.Run("reg", "add", key, "/v", name, "/d", value, "/f")
	if err == nil && r.Code != 0 {
		err = fmt.Errorf("reg add %s: status %d\n%s", key, r.Code, r.Stderr)
	}
	return err
}

// native runs a Linux program in the namespace and returns all its output.
func (h *Host) native(name string, args ...string) ([]byte, error) {
	r, err := h.run(h.env, "", name, args)
	if err == nil && r.Code != 0 {
		err = fmt.Errorf("exit status %d", r.Code)
	}
	return append(r.Stdout, r.Stderr...), err
}

// wineErrors are lines of Wine itself: a thread that still runs when its process ends may
// report the closed connection to the wineserver. If it is the last one, Wine ends with
// status 1.
var wineErrors = regexp.MustCompile(`(?m)^wine client error:.*\n`)

// run runs a program to its end. Its output goes to files: Windows services started on
// its account inherit its streams and keep them open.
func (h *Host) run(env []string, dir, name string, args []string) (r Result, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Dir = env, dir
	stdout, err := os.CreateTemp(h.dir, "stdout")
	if err != nil {
		return Result{}, err
	}
	defer stdout.Close()
	stderr, err := os.CreateTemp(h.dir, "stderr")
	if err != nil {
		return Result{}, err
	}
	defer stderr.Close()
	defer func() { err = errors.Join(err, os.Remove(stdout.Name()), os.Remove(stderr.Name())) }()
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := h.In(cmd.Start); err != nil {
		return Result{}, err
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		err = nil
	}
	r.Code = cmd.ProcessState.ExitCode()
	var err1, err2 error
	r.Stdout, err1 = os.ReadFile(stdout.Name())
	r.Stderr, err2 = os.ReadFile(stderr.Name())
	r.lost = r.Code == -1 || r.Code == 1 && wineErrors.Match(r.Stderr)
	r.Stderr = wineErrors.ReplaceAll(r.Stderr, nil)
	if err = errors.Join(err, err1, err2); err != nil {
		err = fmt.Errorf("%s: %w\n%s", name, err, r.Stderr)
	}
	return r, err
}

// Native runs a Linux program, such as ip(8), in the namespace.
func (h *Host) Native(name string, args ...string) error {
	if out, err := h.native(name, args...); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// Build compiles a package of this module for Windows and returns the program. With
// tests it builds the package's test binary.
func (h *Host) Build(pkg string, tests bool) (exe string, err error) {
	exe = filepath.Join(h.dir, strings.NewReplacer("/", "-", ".", "").Replace(pkg)+".exe")
	args := []string{"build", "-o", exe, pkg}
	if tests {
		args = []string{"test", "-c", "-o", exe, pkg}
	}
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s for Windows: %w\n%s", pkg, err, out)
	}
	return exe, nil
}

// Result is the result of a program.
type Result struct {
	Stdout, Stderr []byte
	Code           int
	lost           bool // Code is not the program's
}

// Run runs a Windows program to its end. A nonzero status is not an error.
func (h *Host) Run(exe string, args ...string) (Result, error) {
	return h.RunEnv(nil, exe, args...)
}

// RunEnv is like Run with additional environment variables, as NAME=value.
func (h *Host) RunEnv(env []string, exe string, args ...string) (Result, error) {
	return h.wine(append(h.env[:len(h.env):len(h.env)], env...), "", exe, args)
}

// RunIn is like Run in a Linux directory.
func (h *Host) RunIn(dir, exe string, args ...string) (Result, error) {
	return h.wine(h.env, dir, exe, args)
}

// wine runs a Windows program. On a busy host Wine itself seldom ends by a signal, after
// all of the output, or by a thread that reports an error of Wine, and the status is lost. A
// Windows program cannot end so: it runs again.
func (h *Host) wine(env []string, dir, exe string, args []string) (r Result, err error) {
	for range 3 {
		if r, err = h.run(env, dir, "wine", append([]string{exe}, args...)); err != nil || !r.lost {
			break
		}
	}
	return r, err
}

// Process is a Windows program that runs until Stop.
type Process struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	Stdout io.Reader
}

// Begin starts a Windows program that exits when its input ends.
func (h *Host) Begin(exe string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.Command("wine", append([]string{exe}, args...)...)}
	p.cmd.Env, p.cmd.WaitDelay = h.env, time.Second
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdin, p.Stdout = stdin, stdout
	if err := h.In(p.cmd.Start); err != nil {
		return nil, err
	}
	return p, nil
}

// Stop closes the program's input and waits until it exits. Wine itself may end by a signal
// then: see wine.
func (p *Process) Stop() error {
	p.stdin.Close()
	timer := time.AfterFunc(limit, func() { _ = p.cmd.Process.Kill() })
	err := p.cmd.Wait()
	if timer.Stop() && p.cmd.ProcessState.ExitCode() == -1 {
		return nil
	}
	return err
}

// Kill kills a program that does not exit when its input ends.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil {
		return err
	}
	p.stdin.Close()
	var exit *exec.ExitError
	if err := p.cmd.Wait(); !errors.As(err, &exit) {
		return fmt.Errorf("exited before it was killed: %w", err)
	}
	return nil
}

// Close ends every Windows program and the namespace.
func (h *Host) Close() error {
	out, err := h.native("wineserver", "-k")
	if err != nil && len(bytes.TrimSpace(out)) == 0 { // no server is left
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("wineserver -k: %w\n%s", err, out)
	}
	if h.work != nil {
		close(h.work)
	}
	return err
}
