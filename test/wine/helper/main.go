// Command helper is the program that the tests of test/wine run in Wine.
//
//	helper rows [-facts N] [-states N]               every table of the back end, as JSON
//	helper hold ADDRESS…                             sockets, until the input ends
//	helper process PID                               all facts of a process, as JSON
//	helper addresses FILE                            addresses as formatted by ntdll
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"strconv"

	"netstat"
	"netstat/collect"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "helper:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("what?")
	}
	switch args[0] {
	case "rows":
		return rows(args[1:])
	case "hold":
		return hold(args[1:])
	case "process":
		if len(args) != 2 {
			return fmt.Errorf("which process?")
		}
		return process(args[1])
	case "addresses":
		if len(args) != 2 {
			return fmt.Errorf("which file?")
		}
		return addresses(args[1])
	case "write":
		// A character split over two writes, through Output.
		w := collect.Output(os.Stdout)
		for _, part := range [][]byte{[]byte("TCP \xc3"), []byte("\xa9\r\n")} {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("unknown: %q", args[0])
}

// Report is the output of rows.
type Report struct {
	Sockets    map[string][]netstat.Socket
	Counters   map[string][]netstat.Counter
	Routes     map[string][]netstat.Route
	Persistent map[string][]netstat.Route
	Groups     map[string][]netstat.Membership
	Neighbors  map[string][]netstat.Neighbor
	Interfaces []netstat.Interface
	Self       netstat.Process
	Idle       netstat.Process
	Errors     map[string]string // errors that end a table
	Warnings   []string          // warnings, which do not

	Elevated                          bool
	ElevationText, Language, HostName string
}

func rows(args []string) error {
	flags := flag.NewFlagSet("rows", flag.ContinueOnError)
	facts := flags.Uint("facts", 0, "Need.Facts")
	states := flags.Uint("states", 0, "Need.States")
	if err := flags.Parse(args); err != nil {
		return err
	}
	src, err := collect.Open(collect.Options{})
	if err != nil {
		return err
	}
	defer src.Close()
	ctx := context.Background()
	r := Report{
		Sockets: map[string][]netstat.Socket{}, Counters: map[string][]netstat.Counter{},
		Routes: map[string][]netstat.Route{}, Persistent: map[string][]netstat.Route{},
		Groups: map[string][]netstat.Membership{}, Neighbors: map[string][]netstat.Neighbor{}, Errors: map[string]string{},
		Elevated: collect.Elevated(), ElevationText: collect.ElevationText(),
		Language: collect.Language(), HostName: collect.HostName(),
	}
	report := func(err *netstat.OpError) { r.Warnings = append(r.Warnings, err.Error()) }
	for _, t := range []netstat.Table{netstat.TCP4Table, netstat.TCP6Table, netstat.UDP4Table, netstat.UDP6Table, netstat.Raw4Table, netstat.UnixTable} {
		r.Sockets[t.String()] = gather(&r, "sockets "+t.String(), src.Sockets(ctx, t, netstat.Need{
			Facts: netstat.Facts(*facts), States: netstat.StateSet(*states), Report: report,
		}))
	}
	for _, f := range []netstat.Family{netstat.Inet, netstat.Inet6} {
		name := f.String()
		r.Counters[name] = gather(&r, "counters "+name, src.Counters(ctx, f))
		r.Routes[name] = gather(&r, "routes "+name, src.Routes(ctx, netstat.RouteQuery{Family: f, Report: report}))
		r.Persistent[name] = gather(&r, "persistent "+name,
			src.Routes(ctx, netstat.RouteQuery{Family: f, Persistent: true, Report: report}))
		r.Groups[name] = gather(&r, "groups "+name, src.Groups(ctx, netstat.GroupQuery{Family: f, Report: report}))
		r.Neighbors[name] = gather(&r, "neighbours "+name, src.Neighbors(ctx, netstat.NeighborQuery{Family: f}))
	}
	r.Interfaces = gather(&r, "interfaces", src.Interfaces(ctx, netstat.InterfaceQuery{Details: true, Report: report}))
	gather(&r, "nat", src.NATSessions(ctx))
	if r.Self, err = src.Process(uint32(os.Getpid()), allProcessFacts); err != nil {
		r.Errors["self"] = err.Error()
	}
	if r.Idle, err = src.Process(0, allProcessFacts); err != nil {
		r.Errors["idle"] = err.Error()
	}
	if _, err := src.Process(0x7ffffff0, allProcessFacts); err != nil {
		r.Errors["no process"] = err.Error()
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

const allProcessFacts = netstat.FactArgv0 | netstat.FactArgs | netstat.FactExecutable | netstat.FactServices |
	netstat.FactUser | netstat.FactStarted | netstat.FactImage | netstat.FactSignature | netstat.FactPackage

func process(number string) error {
	pid, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return err
	}
	src, err := collect.Open(collect.Options{})
	if err != nil {
		return err
	}
	defer src.Close()
	p, err := src.Process(uint32(pid), allProcessFacts)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(p)
}

func gather[T any](r *Report, name string, seq iter.Seq2[T, error]) []T {
	var all []T
	for row, err := range seq {
		if err != nil {
			r.Errors[name] = err.Error()
			continue
		}
		all = append(all, row)
	}
	return all
}

// hold listens on an IPv4 and an IPv6 address, connects to itself, and binds UDP
// sockets. It prints the ports and waits.
func hold(addresses []string) error {
	var open []io.Closer
	var said bytes.Buffer
	for _, address := range addresses {
		l, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
		if err != nil {
			return err
		}
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return err
		}
		server, err := l.Accept()
		if err != nil {
			return err
		}
		port, err := bindUDP(net.ParseIP(address))
		if err != nil {
			return err
		}
		open = append(open, l, client, server)
		fmt.Fprintf(&said, "%s %s udp %d\n", l.Addr(), client.LocalAddr(), port)
	}
	fmt.Fprintln(&said, "ready")
	if _, err := os.Stdout.Write(said.Bytes()); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	for _, c := range open {
		c.Close()
	}
	return err
}
