package report_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"netstat"
	"netstat/collect"
	"netstat/fact"
	"netstat/report"
	"netstat/snapshot"
	"netstat/view"
)

// recorded opens the snapshot that the examples read.
func recorded() *snapshot.Source {
	f, err := os.Open(filepath.Join("..", "cmd", "netstat", "testdata", "hosts", "linux-server.json"))
	if err != nil {
		panic(err)
	}
	defer func() { _ = f.Close() }()
	src, err := snapshot.Open(f)
	if err != nil {
		panic(err)
	}
	return src
}

// The output of netstat --filter --columns --format=json.
func ExampleWrite() {
	src := recorded() // or collect.Open(collect.Options{})
	err := report.Write(context.Background(), os.Stdout, src, report.Request{
		Filter: "state listen and sport < 1024", Columns: "local,process", Format: "json", Limit: 1,
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"schema":"netstat","version":1,"content":"sockets","program":"netstat","time":"2026-11-23T22:31:26.900173458Z","host":{"name":"server","system":"linux"},"columns":["local","process"],"sockets":[
	// {"local":"127.0.0.1:53","process":["named"]}],"left_out":4}
}

// Listening sockets with their programs.
func ExampleRecords() {
	listeners := report.Request{
		Tables: []netstat.Table{netstat.TCP4Table, netstat.TCP6Table},
		Filter: "state listen", Owners: true,
	}
	for r, err := range report.Records(context.Background(), recorded(), listeners) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		s := r.Row.Socket
		fmt.Println(s.Table, s.Local.IP, s.Local.Port)
		for _, owner := range r.Row.Owners {
			fmt.Println(" ", owner.PID, owner.Name())
		}
	}
	// Output:
	// tcp 127.0.0.1 53
	//   61 named
	// tcp 0.0.0.0 22
	//   59 sshd
	// tcp 0.0.0.0 80
	//   60 nginx
	//   64 nginx
	// tcp 127.0.0.1 5432
	//   63 postgres
	// tcp 127.0.0.1 8081
	//   1 python3
	// tcp6 :: 22
	//   59 sshd
	// tcp6 :: 80
	//   60 nginx
	//   64 nginx
}

// Routes as a table.
func ExampleWrite_routes() {
	err := report.Write(context.Background(), os.Stdout, recorded(), report.Request{
		View: fact.Routes, Columns: "destination,prefix_length,gateway,interface", Limit: 3,
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// DESTINATION  PREFIX  GATEWAY         INTERFACE
	// 0.0.0.0/0         0  192.168.10.254  eth0
	// 10.0.0.0/8        8  192.168.10.253  eth0
	// 10.9.9.0/24      24
}

// The number of sockets in each state.
func ExampleWrite_groups() {
	err := report.Write(context.Background(), os.Stdout, recorded(), report.Request{
		Tables: []netstat.Table{netstat.TCP4Table}, GroupBy: "state", Sort: "-count",
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// STATE        COUNT  RECV-Q  SEND-Q
	// ESTABLISHED      6    1048       0
	// LISTEN           5       0       0
	// FIN-WAIT-2       1       0       0
	// SYN-SENT         1       0       1
	// TIME-WAIT        1       0       0
	// CLOSE-WAIT       1       1       0
}

// A socket that is closed between two rounds.
func ExampleRecords_changes() {
	src, err := collect.Open(collect.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = src.Close() }()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())

	watch := report.Request{
		Tables: []netstat.Table{netstat.TCP4Table}, Filter: "sport = " + port, Changes: view.NewDiffer(nil),
	}
	look := func() {
		for r, err := range report.Records(context.Background(), src, watch) {
			if err != nil {
				fmt.Println(err)
				continue
			}
			fmt.Printf("%s %q\n", r.Row.Socket.State, r.Change)
		}
	}
	look()
	_ = listener.Close()
	look()
	// Output:
	// LISTEN ""
	// LISTEN "closed"
}

// A host written to a snapshot and read back.
func ExampleRecords_snapshot() {
	src := recorded()
	var file bytes.Buffer
	err := snapshot.Write(context.Background(), &file, src, src.Meta, src.Names(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := snapshot.Open(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	same := report.Request{Filter: "sport = :22", Format: "json"}
	var old, now strings.Builder
	fmt.Println(report.Write(context.Background(), &old, src, same), report.Write(context.Background(), &now, back, same))
	fmt.Println(old.String() == now.String())
	// Output:
	// <nil> <nil>
	// true
}
