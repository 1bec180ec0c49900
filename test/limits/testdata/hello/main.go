// Command hello only starts the Go runtime.
package main

import "os"

func main() { _, _ = os.Stdout.WriteString("hello\n") }
