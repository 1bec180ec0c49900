package differential

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An agent is this test binary started again in its own namespaces, where it runs
// programs on request. There are three, each the child of the previous one: they share
// the network, but each sees only the processes of its own pid namespace and those
// nested in it.
type place int

const (
	own    place = iota // a pid namespace with the world in it
	inner               // a pid namespace nested in that one, with a few processes
	atHost              // all processes of the machine
)

var roleOf = map[place]string{own: "own", inner: "inner", atHost: "host"}

const (
	roleVariable   = "NETSTAT_DIFFERENTIAL_ROLE"
	targetVariable = "NETSTAT_DIFFERENTIAL_TARGET"
)

// killed is the exit code of a program that was killed by the test.
const killed = -1

// order is one request to an agent.
type order struct {
	Do string // "setup", "run", "refresh", "facts"

	// For "setup".
	Ours, Oracle string

	// For "run".
	Program     which
	Args, Env   []string
	UID         uint32
	DenyNetlink bool
	Place       place
	Merge       bool // stdout and stderr go into one pipe
	Repeating   bool // kill it when its second report begins
}

type which int

const (
	oracleProgram which = iota
	oursProgram
	liarProgram // the oracle with one byte changed
)

type reply struct {
	Result result
	Facts  []fact
	Absent []string
	Err    string
}

// client talks to an agent.
type client struct {
	out *gob.Encoder
	in  *gob.Decoder
	cmd *exec.Cmd
	end io.Closer
}

func startAgent(role string, flags uintptr) (*client, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	// Its name appears in the tables: it holds the sockets not given to any program.
	cmd.Args = []string{"/usr/lib/keeper"}
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a process in new namespaces: %w", err)
	}
	return &client{gob.NewEncoder(in), gob.NewDecoder(out), cmd, in}, nil
}

func (c *client) call(o order) (reply, error) {
	var r reply
	if err := c.out.Encode(o); err != nil {
		return r, fmt.Errorf("agent: %w", err)
	}
	if err := c.in.Decode(&r); err != nil {
		return r, fmt.Errorf("agent: %w", err)
	}
	if r.Err != "" {
		return r, errors.New(r.Err)
	}
	return r, nil
}

// stop ends the agent and with it the world.
func (c *client) stop() error {
	c.end.Close()
	return c.cmd.Wait()
}

// porchMain enters a second network namespace, in which the kernel keeps a separate
// small table of connections: it is walked quickly, and its chains are long enough for
// their order to matter. Kernels before 6.1 have only the host's table.
func porchMain() error {
	if err := sysctl("ipv4/tcp_child_ehash_entries", "64"); err != nil && !os.IsNotExist(err) {
		return err
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("unshare the network: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// If a variable is set twice, the first one counts.
	if err := os.Setenv(roleVariable, roleOf[atHost]); err != nil {
		return err
	}
	return unix.Exec(self, os.Args, os.Environ())
}

type agent struct {
	place  place
	world  world
	child  *client // the agent of the next namespace
	oracle string
}

func agentMain(at place) error {
	a := &agent{place: at, world: world{held: map[string][]int{}}}
	in, out := gob.NewDecoder(os.Stdin), gob.NewEncoder(os.Stdout)
	for {
		var o order
		if err := in.Decode(&o); errors.Is(err, io.EOF) {
			if a.child != nil {
				return a.child.stop()
			}
			return nil
		} else if err != nil {
			return err
		}
		r, err := a.obey(o)
		if err != nil {
			r.Err = err.Error()
		}
		if err := out.Encode(r); err != nil {
			return err
		}
	}
}

func (a *agent) obey(o order) (r reply, err error) {
	if o.Do == "setup" {
		return r, a.setUp(o)
	}
	if o.Place != a.place {
		return a.child.call(o)
	}
	switch o.Do {
	case "facts":
		return reply{Facts: a.world.facts, Absent: a.world.absent}, nil
	case "refresh":
		return r, build(&a.world, func(w *world) {
			for _, f := range w.refresh {
				f()
			}
		})
	case "run":
		r.Result, err = a.run(o)
		return r, err
	}
	return r, fmt.Errorf("order %q", o.Do)
}

func (a *agent) setUp(o order) error {
	a.oracle = o.Oracle
	w := &a.world
	switch a.place {
	case atHost:
		self, err := os.Executable()
		if err != nil {
			return err
		}
		if err := setUp(o.Ours, self); err != nil {
			return err
		}
		if err := build(w, (*world).outside, (*world).staff); err != nil {
			return err
		}
		return a.next(own, o)
	case own:
		if err := ownProc(); err != nil {
			return err
		}
		var err error
		if w.peer, err = network(); err != nil {
			return err
		}
		if err := build(w, (*world).listeners, (*world).established, (*world).dying,
			(*world).datagrams, (*world).raws, (*world).locals, (*world).staff); err != nil {
			return err
		}
		if err := a.next(inner, o); err != nil {
			return err
		}
		return build(w, func(w *world) { check(w.settle(), "world") })
	default:
		if err := ownProc(); err != nil {
			return err
		}
		return build(w, (*world).inside, (*world).staff)
	}
}

// next starts the agent of the next namespace.
func (a *agent) next(p place, o order) (err error) {
	if a.child, err = startAgent(roleOf[p], unix.CLONE_NEWPID|unix.CLONE_NEWNS); err != nil {
		return err
	}
	_, err = a.child.call(o)
	return err
}

func ownProc() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount a new /proc: %w", err)
	}
	return nil
}

func (a *agent) run(o order) (result, error) {
	path := stage + "/netstat"
	if o.Program != oursProgram {
		path = a.oracle
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path)
	cmd.Args = append([]string{"netstat"}, o.Args...)
	cmd.Env = append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, o.Env...)
	cmd.Dir = "/"
	if o.UID != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: o.UID, Gid: o.UID}}
	}
	if o.DenyNetlink || o.Program == liarProgram {
		role := "deny"
		if o.Program == liarProgram {
			role = "liar"
		}
		cmd.Env = append(cmd.Env, roleVariable+"="+role, targetVariable+"="+path)
		cmd.Path = stage + "/helper"
	}
	var stdout, stderr bytes.Buffer
	cmd.Stderr = &stderr
	var first *firstReport
	switch {
	case o.Repeating:
		first = &firstReport{end: func() { _ = cmd.Process.Kill() }}
		cmd.Stdout = first
	case o.Merge:
		cmd.Stdout, cmd.Stderr = &stdout, &stdout
	default:
		cmd.Stdout = &stdout
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		return result{}, fmt.Errorf("%v %v: still running after %v; output so far:\n%s%s", path, o.Args, patience, stdout.Bytes(), stderr.Bytes())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return result{}, err
	}
	r := result{Stdout: stdout.Bytes(), Stderr: stderr.Bytes(), Exit: cmd.ProcessState.ExitCode()}
	if first != nil {
		r.Stdout, r.Repeats = first.report()
		r.Stderr = firstPeriod(r.Stderr)
	} else if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		return r, fmt.Errorf("%v %v: ended by signal %v", path, o.Args, status.Signal())
	}
	return r, nil
}

// firstReport collects output until its first line appears again.
type firstReport struct {
	all []byte
	at  int // start of the second report; 0 if not reached
	end func()
}

func (f *firstReport) Write(b []byte) (int, error) {
	f.all = append(f.all, b...)
	if line := bytes.IndexByte(f.all, '\n') + 1; line > 0 && f.at == 0 {
		if again := bytes.Index(f.all[line:], f.all[:line]); again >= 0 {
			f.at = line + again
			f.end()
		}
	}
	return len(b), nil
}

func (f *firstReport) report() ([]byte, bool) {
	if f.at == 0 {
		return f.all, false
	}
	return f.all[:f.at], true
}

// firstPeriod returns the shortest run of lines that b repeats, with the last
// repetition possibly incomplete: how much of its second report a program wrote before
// it was killed is random.
func firstPeriod(b []byte) []byte {
	lines := bytes.SplitAfter(b, []byte("\n"))
	for n := 1; n < len(lines); n++ {
		period := bytes.Join(lines[:n], nil)
		if bytes.HasPrefix(bytes.Repeat(period, len(b)/len(period)+1), b) {
			return period
		}
	}
	return b
}

// denyMain runs the target without netlink sockets, as under a container's seccomp
// filter.
func denyMain() error {
	// The architecture is not checked: the target has the same one.
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	unless := func(value uint32, skip uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: value, Jf: skip}
	}
	firstArgument := uint32(16) // in struct seccomp_data, the low half
	if hostOrder.Uint16([]byte{0, 1}) == 1 {
		firstArgument += 4
	}
	filter := []unix.SockFilter{
		load(0),
		unless(unix.SYS_SOCKET, 3),
		load(firstArgument),
		unless(unix.AF_NETLINK, 1),
		{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	// Both calls affect the calling thread, which execve(2) makes the only one.
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	if fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_SOCK_DIAG); err != unix.EPERM {
		return fmt.Errorf("the filter lets netlink through: %d, %v", fd, err)
	}
	env := []string{}
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "NETSTAT_DIFFERENTIAL_") {
			env = append(env, e)
		}
	}
	return unix.Exec(os.Getenv(targetVariable), os.Args, env)
}

// liarMain runs the target and changes one digit of its output, to test that the
// comparison notices.
func liarMain() error {
	cmd := exec.Command(os.Getenv(targetVariable), os.Args[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	at := bytes.LastIndex(out, []byte(":65535"))
	if at < 0 {
		return errors.New("no digit to change")
	}
	out[at+5] = '4'
	_, err = os.Stdout.Write(out)
	return err
}

// pause is how long TIME_WAIT sockets are kept: they last 60 seconds.
const pause = 20 * time.Second
