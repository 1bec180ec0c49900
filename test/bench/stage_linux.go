package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"netstat/test/live"
	"netstat/test/tracked"
	"netstat/test/wine"
)

// runStage runs one load: it prepares the namespaces it was started in, builds the
// load, measures, and prints the results as JSON.
func runStage(text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	if err := prepareNamespaces(j.Load); err != nil {
		return err
	}
	var commands func(args []string) (ours, theirs []string)
	if j.Load.Wine {
		stop, make, err := startWine(j.Ours)
		if err != nil {
			return err
		}
		defer stop()
		commands = make
	}
	callsCounted := true
	if err := prepareCallCounter(); err != nil {
		fmt.Fprintf(os.Stderr, "cannot count system calls: %v\n", err)
		callsCounted = false
	}
	start := time.Now()
	holders, err := buildLoad(j.Load)
	if err != nil {
		return err
	}
	defer runtime.KeepAlive(holders) // a collected holder closes its pipe and ends
	fmt.Fprintf(os.Stderr, "%s: %s, built in %.1f s\n", j.Load.Name, j.Load.Title, time.Since(start).Seconds())
	if j.Hold {
		fmt.Fprintf(os.Stderr, "enter with: nsenter -t %d -n -m\nend with Ctrl+C\n", os.Getpid())
		time.Sleep(math.MaxInt64)
	}

	results := []result{}
	for _, s := range j.Scenarios {
		fmt.Fprintln(os.Stderr, s.name())
		r, err := measureScenario(j, s, commands, callsCounted)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name(), err)
		}
		for _, h := range holders {
			if err := h.check(); err != nil {
				return fmt.Errorf("%s: %w", s.name(), err)
			}
		}
		results = append(results, r)
	}
	return json.NewEncoder(os.Stdout).Encode(results)
}

// startWine starts Wine in this stage's namespace and returns the commands for our
// netstat, built for Windows, and for Wine's own.
func startWine(ours string) (stop func(), commands func(args []string) (ours, theirs []string), err error) {
	path, err := exec.LookPath("wine")
	if err != nil {
		return nil, nil, fmt.Errorf("%w (Debian packages wine, wine64, gcc-mingw-w64-x86-64)", err)
	}
	dir, err := os.MkdirTemp("", "netstat-bench-wine-")
	if err != nil {
		return nil, nil, err
	}
	h, err := wine.StartHere(dir)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	stop = func() {
		if err := errors.Join(h.Close(), os.RemoveAll(dir)); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	exe := ours
	if !strings.HasSuffix(ours, ".exe") {
		if exe, err = h.Build("netstat/cmd/netstat", false); err != nil {
			stop()
			return nil, nil, err
		}
	}
	for _, v := range h.Env() {
		name, value, _ := strings.Cut(v, "=")
		if err := os.Setenv(name, value); err != nil {
			stop()
			return nil, nil, err
		}
	}
	return stop, func(args []string) ([]string, []string) {
		return append([]string{path, exe}, args...), append([]string{path, "netstat"}, args...)
	}, nil
}

func prepareNamespaces(l load) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("bring the loopback interface up: %w", err)
	}
	for name, value := range map[string]string{
		"net/ipv4/ip_local_port_range": "1024 65535",
		"net/ipv4/tcp_max_syn_backlog": "65536",
		"net/core/somaxconn":           "65535",
	} {
		if err := os.WriteFile(filepath.Join("/proc/sys", name), []byte(value), 0); err != nil {
			return err
		}
	}
	if !l.SlowDNS {
		return nil
	}
	return live.CoverEtc(map[string]string{
		"nsswitch.conf": "passwd: files\nservices: files\nprotocols: files\nnetworks: files\nhosts: files dns\n",
		"resolv.conf":   "nameserver 127.0.0.1\n",
	})
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}

// buildLoad starts the processes that hold the load and returns them when all are
// ready. They end with this process, or when nothing refers to them.
func buildLoad(l load) ([]*holder, error) {
	if err := buildInterfaces(l); err != nil {
		return nil, err
	}
	if err := buildRoutes(l); err != nil {
		return nil, err
	}
	if err := tracked.Add(translated(l.Translated)...); err != nil {
		return nil, err
	}
	commands, err := loadCommands(l)
	if err != nil {
		return nil, err
	}
	holders := make([]*holder, 0, len(commands))
	for _, args := range commands {
		h, err := startHolder(args)
		if err != nil {
			return nil, err
		}
		holders = append(holders, h)
	}
	for _, h := range holders {
		if err := h.ready(); err != nil {
			return nil, err
		}
	}
	return holders, nil
}
