package holder

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netstat/test/need"
)

const helperEnv = "HOLDER_TEST_HELPER"

func init() {
	name := os.Getenv(helperEnv)
	if name == "" {
		return
	}
	_ = os.Unsetenv(helperEnv)
	if err := Serve(name); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Serve runs a helper, for a test binary that first changes itself.
func Serve(name string) error {
	switch name {
	case "hold":
		// Hold sockets until standard input ends, and print their inodes.
		n, err := strconv.Atoi(os.Args[1])
		if err != nil {
			return err
		}
		out := bufio.NewWriter(os.Stdout)
		for range n {
			fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
			if err != nil {
				return err
			}
			fmt.Fprintln(out, Inode(fd))
		}
		fmt.Fprintln(out)
		if err := out.Flush(); err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, os.Stdin)
		return err

	case "zombie":
		// A process whose first thread has ended and whose second thread holds a
		// socket.
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
		if err != nil {
			return err
		}
		fmt.Printf("%d\n\n", Inode(fd))
		runtime.LockOSThread() // init runs on the first thread
		if unix.Gettid() != os.Getpid() {
			return errors.New("not on the first thread")
		}
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
		_, _, _ = unix.Syscall(unix.SYS_EXIT, 0, 0, 0)
		return nil
	}
	return fmt.Errorf("no helper %q", name)
}

// Inode returns the inode number of an open file.
func Inode(fd int) uint64 {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		panic(err)
	}
	return st.Ino
}

// Command returns the command of a helper without starting it: "hold" N holds N
// sockets; "zombie" has one in its second thread, and its first thread has ended.
func Command(helper string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), helperEnv+"="+helper)
	cmd.Stderr = os.Stderr
	return cmd
}

// Hold starts a helper that holds sockets, and stops it at the end of the test.
func Hold(t testing.TB, cmd *exec.Cmd) (pid uint32, inodes []uint64) {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sync.OnceFunc(func() {
		stdin.Close()
		_ = cmd.Wait()
	}))
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && lines.Text() != "" {
		inode, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		inodes = append(inodes, inode)
	}
	if len(inodes) == 0 {
		t.Fatal("the helper holds no socket")
	}
	return uint32(cmd.Process.Pid), inodes
}

// AsNobody makes a command run as another user.
func AsNobody(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}

// AllMethods are the ways to find owners.
var AllMethods = []string{"scan", "bpf", ""}

// Methods returns the methods that this machine supports.
func Methods(t testing.TB) []string {
	t.Helper()
	if why := need.NoKernelOwners(); why != "" {
		need.Partly(t, why)
		return []string{"scan", ""}
	}
	return AllMethods
}

// WaitZombie waits until a process, or its first thread, has ended.
func WaitZombie(t *testing.T, pid uint32) {
	t.Helper()
	for {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(stat), ") Z ") {
			return
		}
		runtime.Gosched()
	}
}
