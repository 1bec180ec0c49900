package main

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"netstat"
	"netstat/collect"
)

// TestMain makes the test binary the command, with seams that a script can
// use: PROC_ROOT names a directory to read instead of /proc, SELINUX makes the
// host one that has SELinux, UNPRIVILEGED takes away what -b of Microsoft's
// netstat needs, and HOST_NAME names the host.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"netstat": func() {
			p := running()
			p.open = func(o collect.Options) (netstat.Source, error) {
				o.ProcRoot = os.Getenv("PROC_ROOT")
				return collect.Open(o)
			}
			p.selinux = func() bool { return os.Getenv("SELINUX") != "" || collect.SELinuxEnabled() }
			if os.Getenv("UNPRIVILEGED") != "" {
				p.elevated = func() bool { return false }
			}
			if name := os.Getenv("HOST_NAME"); name != "" {
				p.hostName = func() string { return name }
			}
			os.Exit(run(os.Args, p))
		},
	})
}

var update = flag.Bool("update", false, "write what the program prints into the scripts")

func TestGoldenScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", UpdateScripts: *update})
}
