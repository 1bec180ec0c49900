//go:build !linux

package collect

import "os"

// InheritedEnv returns the value that an environment variable has in this process.
func InheritedEnv(name string) []string {
	if value, ok := os.LookupEnv(name); ok {
		return []string{value}
	}
	return nil
}
