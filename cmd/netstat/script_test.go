package main

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"netstat"
	"netstat/collect"
)

// TestMain makes the test binary the command, with two seams a script can
// use: PROC_ROOT names a directory to read instead of /proc, and SELINUX
// makes the host one that has SELinux.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"netstat": func() {
			os.Exit(run(os.Args, &process{
				getenv: os.LookupEnv,
				stdout: os.Stdout,
				stderr: os.Stderr,
				euid:   os.Geteuid(),
				open: func(o collect.Options) (netstat.Source, error) {
					o.ProcRoot = os.Getenv("PROC_ROOT")
					return collect.Open(o)
				},
				selinux: func() bool { return os.Getenv("SELINUX") != "" || collect.SELinuxEnabled() },
				sleep:   time.Sleep,
			}))
		},
	})
}

var update = flag.Bool("update", false, "write what the program prints into the scripts")

func TestGoldenScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", UpdateScripts: *update})
}
