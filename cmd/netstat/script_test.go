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

// TestMain makes the test binary the command, with these seams for scripts:
// PROC_ROOT is a directory to read instead of /proc, SELINUX enables SELinux on
// the host, UNPRIVILEGED removes the privilege that -b of Microsoft's netstat
// needs (otherwise every user has it), and HOST_NAME names the host, whose
// clock then stands still.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"netstat": func() {
			p := running()
			p.version = nil // that of the tree changes with each commit
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

var update = flag.Bool("update", false, "rewrite the scripts with the program's output")

// TestGoldenScripts runs the scripts. HOSTS is the directory of the snapshots,
// so that a script can replay them on any system.
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
