// Command hello writes one line. The benchmark runs it beside netstat: it costs what
// the start of any Go program costs.
package main

import "os"

func main() {
	if _, err := os.Stdout.WriteString("hello, world\n"); err != nil {
		os.Exit(1)
	}
}
