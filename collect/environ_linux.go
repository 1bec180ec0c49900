package collect

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// InheritedEnv returns the values that an environment variable has in this process and in
// those of its ancestors that may be inspected: sudo(8) and others remove variables. If an
// ancestor is a terminal multiplexer, such as tmux(1), it adds those of the programs that
// are attached to one and of their ancestors.
func InheritedEnv(name string) []string {
	var values []string
	if value, ok := os.LookupEnv(name); ok {
		values = append(values, value)
	}
	multiplexed := false
	inherited := func(pid int) {
		prefix := []byte(name + "=")
		for pid > 1 {
			dir := "/proc/" + strconv.Itoa(pid)
			environ, _ := os.ReadFile(dir + "/environ")
			for variable := range bytes.SplitSeq(environ, []byte{0}) {
				if value, ok := bytes.CutPrefix(variable, prefix); ok {
					values = append(values, string(value))
				}
			}
			stat, err := os.ReadFile(dir + "/stat")
			if err != nil {
				return
			}
			multiplexed = multiplexed || isMultiplexer(stat)
			// The name, in parentheses, may contain anything.
			fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
			if len(fields) < 2 {
				return
			}
			if pid, err = strconv.Atoi(string(fields[1])); err != nil {
				return
			}
		}
	}
	inherited(os.Getppid())
	if !multiplexed {
		return values
	}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if stat, err := os.ReadFile("/proc/" + e.Name() + "/stat"); err == nil && isMultiplexer(stat) {
			inherited(pid)
		}
	}
	return values
}

// isMultiplexer reports whether the contents of a /proc/PID/stat are those of a program
// that keeps terminals which others attach to.
func isMultiplexer(stat []byte) bool {
	_, rest, _ := bytes.Cut(stat, []byte("("))
	for _, name := range [...]string{"tmux", "screen", "zellij", "dtach", "abduco"} {
		if strings.HasPrefix(string(rest[:min(len(rest), 16)]), name) {
			return true
		}
	}
	return false
}
