// Command hello does what every Go program does before it does anything.
package main

import "os"

func main() { _, _ = os.Stdout.WriteString("hello\n") }
