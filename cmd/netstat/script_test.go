package main

import (
	"cmp"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"netstat"
	"netstat/collect"
)

// TestMain makes the test binary the command, with seams that a script can
// use: PROC_ROOT names a directory to read instead of /proc, SELINUX makes the
// host one that has SELinux, UNPRIVILEGED takes away what -b of Microsoft's
// netstat needs, which the user of a script has whoever runs it, and HOST_NAME
// names the host, whose clock is always the same.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"netstat": func() {
			p := running()
			p.tty = false
			p.open = func(o collect.Options) (netstat.Source, error) {
				o.ProcRoot = os.Getenv("PROC_ROOT")
				return collect.Open(o)
			}
			p.selinux = func() bool { return os.Getenv("SELINUX") != "" || collect.SELinuxEnabled() }
			p.elevated = func() bool { return os.Getenv("UNPRIVILEGED") == "" }
			p.hostName = func() string { return cmp.Or(os.Getenv("HOST_NAME"), "testhost") }
			p.now = func() time.Time { return time.Date(2026, 11, 23, 8, 31, 0, 0, time.UTC) }
			os.Exit(run(os.Args, p))
		},
	})
}

var update = flag.Bool("update", false, "write what the program prints into the scripts")

// TestGoldenScripts runs the scripts. HOSTS is where the recorded hosts are, so
// that a script can replay them on any system.
func TestGoldenScripts(t *testing.T) {
	hosts, err := filepath.Abs("testdata/hosts")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOSTS", hosts)
			env.Setenv("NETSTAT_DIALECT", "linux")
			return nil
		},
	})
}
