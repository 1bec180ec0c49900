package collect

import (
	"bytes"
	"os"
	"strconv"
)

// InheritedEnv returns the values that an environment variable has in this process and in
// those of its ancestors that may be inspected: sudo(8) and others remove variables.
func InheritedEnv(name string) []string {
	var values []string
	if value, ok := os.LookupEnv(name); ok {
		values = append(values, value)
	}
	prefix := []byte(name + "=")
	for pid := os.Getppid(); pid > 1; {
		dir := "/proc/" + strconv.Itoa(pid)
		environ, _ := os.ReadFile(dir + "/environ")
		for variable := range bytes.SplitSeq(environ, []byte{0}) {
			if value, ok := bytes.CutPrefix(variable, prefix); ok {
				values = append(values, string(value))
			}
		}
		stat, err := os.ReadFile(dir + "/stat")
		if err != nil {
			break
		}
		// The name, in parentheses, may contain anything.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) < 2 {
			break
		}
		if pid, err = strconv.Atoi(string(fields[1])); err != nil {
			break
		}
	}
	return values
}
