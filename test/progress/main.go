// Command progress runs go test with the given arguments and shows its progress: a line
// for each package as it ends, then the output of failed tests, the number of tests,
// and how many this environment cannot run.
//
//	go run ./test/progress -- -count=1 ./...
//
// The exit status is 0 if nothing failed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
)

func main() {
	var to files
	flag.StringVar(&to.failed, "failed", os.DevNull, "`file` to write a line to for each failed package or test")
	flag.StringVar(&to.details, "details", "", "`file` to write the output of failed tests to, instead of standard output")
	flag.StringVar(&to.notHere, "not-here", "", "`file` to write a line to for each test that this environment cannot run (see test/need):\nreason, tab, test; by default standard output shows the number of tests for each reason")
	flag.Parse()
	ok, err := run(flag.Args(), to)
	if err != nil {
		fmt.Fprintln(os.Stderr, "test/progress:", err)
		os.Exit(1)
	}
	if !ok {
		os.Exit(1)
	}
}

// files are the files of a report besides standard output.
type files struct{ failed, details, notHere string }

func run(args []string, to files) (ok bool, err error) {
	// An interrupt from the keyboard goes to go test too, which exits first.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	r := newReport(os.Stdout)
	err = r.read(out)
	_, _ = io.Copy(io.Discard, out)
	var exit *exec.ExitError
	if waited := cmd.Wait(); waited != nil && !errors.As(waited, &exit) {
		err = errors.Join(err, waited)
	}
	if err != nil {
		return false, err
	}
	r.finish()
	if exit != nil && len(r.failed) == 0 {
		r.failed = append(r.failed, "go test: "+exit.String())
	}
	if to.details == "" {
		fmt.Print(strings.Join(r.details, "\n"))
	} else {
		err = write(to.details, r.details)
	}
	if to.notHere == "" {
		fmt.Print(r.counts())
	} else {
		err = errors.Join(err, write(to.notHere, r.notHere))
	}
	return len(r.failed) == 0, errors.Join(err, write(to.failed, r.failed))
}

func write(file string, lines []string) error {
	var b strings.Builder
	for _, s := range lines {
		b.WriteString(s + "\n")
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
