// Command guest is the helper of test/vm in the guest: it opens and holds the sockets
// of a family, and runs the programs to compare.
//
//	guest open FAMILY FILE
//	guest listen PORT FILE
//	guest compare CASES RESULT
//	guest families CASES RESULT
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "open":
		open(os.Args[2], os.Args[3])
	case len(os.Args) == 4 && os.Args[1] == "listen":
		listen(os.Args[2], os.Args[3])
	case len(os.Args) == 4 && os.Args[1] == "compare":
		compare(os.Args[2], os.Args[3])
	case len(os.Args) == 4 && os.Args[1] == "families":
		families(os.Args[2], os.Args[3])
	default:
		fail("usage: guest open FAMILY FILE | guest listen PORT FILE | guest compare CASES RESULT | guest families CASES RESULT")
	}
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "guest: "+format+"\n", args...)
	os.Exit(1)
}

func must(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

// waitFor waits for something that the kernel does asynchronously.
func waitFor(what string, done func() bool) {
	for range 60_000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	fail("timed out waiting for %s", what)
}
