// Command bench compares whole processes: this netstat, net-tools' netstat, iproute2's
// ss and a bare receive loop of the same kernel dump. Features that netstat lacks are
// compared with netstat piped into grep ("pipe", shell and both programs together) or
// with our own text ("text"). Two programs show what a start costs: "hello" writes one
// line and is built in the same run with the same flags, and "netstat -V" is net-tools'
// program without a report. It runs as root on Linux:
//
//	go run ./test/bench                       # all loads but 1m and wine
//	go run ./test/bench -size quiet,udp,unix  # some loads only
//	go run ./test/bench -size 1k,100k,1m      # a million sockets need about 5 GiB
//	go run ./test/bench -size 100k -run 'tln' # some scenarios only
//	go run ./test/bench -size wine            # netstat.exe against Wine's, under Wine
//	go run ./test/bench -markdown docs/results.md
//
// Each load has its own network and mount namespace and ends with the benchmark, also
// on Ctrl+C. A round runs every program once, in an order that rotates from round to
// round. Ratios are computed within a round, and the median over the rounds is shown.
// The control line compares this netstat with itself: ratios closer to 1 than the
// control mean nothing.
//
// All programs write to /dev/null, so that no reader is measured. Before the rounds
// each program runs once unmeasured: that warms caches, counts lines, compares the
// output with net-tools', and measures peak memory. Peak memory is VmHWM when the
// process exits, not ru_maxrss: exec carries the peak of the forking process over into
// ru_maxrss, and a Go parent is larger than most of the programs measured here.
//
// Page faults are those of the timed runs, as the kernel counts them for wait4(2).
// System calls are counted in other runs, by the kernel's tracepoint
// raw_syscalls:sys_enter, from the program's execve on. Without this tracepoint the
// benchmark says so and shows a dash.
//
// Short commands run 201 times, so that medians settle, long ones 3 times or more.
//
// Sockets of a large load that has just ended slow readers of /proc/net/tcp in every
// namespace for about a minute. Loads run in growing order, and the benchmark waits
// after a large one if another follows. Wait as long between two runs.
//
// # Profiling
//
// The program has no profiling option. Use -hold to build a load and keep it, then run
// perf in its namespaces, as the printed command shows:
//
//	go run ./test/bench -size 100k -hold
//	nsenter -t PID -n -m perf record -g ./netstat -ant >/dev/null
//
// Most samples are in the kernel's inet_diag_dump_icsk. For the Go code alone, decoders
// and renderers have benchmarks beside the code:
//
//	go test -run '^$' -bench . -cpuprofile cpu.out ./internal/linux
package main
