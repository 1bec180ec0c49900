package main

// load is the state of one network namespace while programs are measured.
type load struct {
	Name        string
	Title       string
	Connections int  // TCP connections over loopback; both ends are here
	PerSource   int  // connections that share a client address
	UDPPairs    int  // pairs of UDP sockets, one connected to the other
	UnixPairs   int  // connected pairs of unix sockets, one end named
	Translated  int  // translated entries of connection tracking
	Routes4     int  // IPv4 routes with a gateway
	Routes6     int  // IPv6 routes with a gateway
	Interfaces  int  // pairs of veth interfaces, both ends here
	SlowDNS     bool // the only name server is ours and slow
	Wine        bool // programs are Windows programs under Wine; theirs is Wine's netstat
}

// loads is in growing order: what a load leaves behind when it ends disturbs the
// measurements of smaller ones.
var loads = []load{
	{Name: "quiet", Title: "no sockets"},
	{Name: "dns", Title: "200 peers, 20 ms for each name", Connections: 200, PerSource: 1, SlowDNS: true},
	{Name: "nat", Title: "50,000 translated connections", Translated: 50_000},
	{Name: "interfaces", Title: "2,000 interfaces", Interfaces: 1000},
	{Name: "routes", Title: "100,000 IPv4 and 20,000 IPv6 routes", Routes4: 100_000, Routes6: 20_000},
	{Name: "1k", Title: "1,000 established TCP sockets", Connections: 500, PerSource: 1000},
	{Name: "wine", Title: "5,000 established TCP sockets, seen by Windows programs under Wine", Connections: 2500, PerSource: 1000, Wine: true},
	{Name: "udp", Title: "50,000 UDP sockets", UDPPairs: 25_000},
	{Name: "unix", Title: "100,000 unix sockets", UnixPairs: 50_000},
	{Name: "100k", Title: "108,000 established TCP sockets", Connections: 54_000, PerSource: 1000},
	{Name: "1m", Title: "1,008,000 established TCP sockets", Connections: 504_000, PerSource: 1000},
}

// large reports whether the end of the load disturbs measurements after it.
func (l load) large() bool { return l.Connections >= 50_000 }

// scenario is one command line measured under one load.
type scenario struct {
	Load    string
	Args    string // words; a part in single quotes may contain spaces
	SS      string // equivalent ss arguments; empty if there are none
	IP      string // equivalent ip arguments; empty if there are none
	Pipe    string // the pattern to grep netstat -ant for; empty for no pipe
	Text    string // our arguments to compare with; empty for none
	Rounds  int
	Tracked bool // compare with conntrack -L
	Receive bool // compare with a bare receive loop of the tcp4 and tcp6 dumps
	Floor   bool // run netstat -V too, which only starts and ends
	Watched bool // a live table, which runs for watchTime alone
	Replay  bool // FILE in Args is a compressed snapshot of the load
	Reads   int  // read the host so many times without a pause, and Text too; 0 for once
	Alone   bool // netstat would take many minutes, or lacks the feature
	Targets []target
}

func (s scenario) name() string { return s.Load + "/" + s.Args }

// shortRounds is the number of rounds of a command that takes a few milliseconds: so
// many that the medians of two runs differ by about two percent.
const shortRounds = 201

// startTargets are those of a report that shows a few sockets: its time is that of
// starting.
var startTargets = []target{
	{"", "faults", 230}, {"hello", "faults", 70}, {"", "calls", 290}, {"hello", "cpu", 1.35}, {"ss", "cpu", 1.05}}

var scenarios = []scenario{
	{Load: "quiet", Args: "-ant", SS: "-ant", Rounds: shortRounds, Receive: true},
	{Load: "quiet", Args: "-tln", SS: "-tln", Rounds: shortRounds, Targets: targets(startTargets, []target{
		{"netstat", "wall", 0.5}, {"ss", "wall", 1.0}})},
	{Load: "quiet", Args: "-s", Rounds: shortRounds, Floor: true, Targets: []target{
		{againstStart, "cpu", 1.0}}},

	{Load: "quiet", Args: "--watch", Rounds: 3, Watched: true, Targets: []target{{"", "share", 0.01}}},

	{Load: "dns", Args: "-at", SS: "-atr", Rounds: 3, Targets: []target{{"netstat", "wall", 0.05}}},

	{Load: "nat", Args: "-Mn", Rounds: 15, Alone: true, Tracked: true, Targets: both("conntrack", 0.9)},
	{Load: "nat", Args: "--conntrack -4", Rounds: 15, Alone: true, Tracked: true, Targets: []target{{"conntrack", "cpu", 0.7}}},

	{Load: "interfaces", Args: "-in", Rounds: 31, Targets: []target{
		{"netstat", "cpu", 0.34}, {"netstat", "wall", 0.29}}},
	{Load: "interfaces", Args: "-ie", Rounds: 3},
	{Load: "interfaces", Args: "-gn", Rounds: 31, Targets: both("netstat", 0.75)},

	{Load: "routes", Args: "-rn", Rounds: 15, Targets: []target{
		{"netstat", "cpu", 0.37}, {"netstat", "wall", 0.28}}},
	{Load: "routes", Args: "-rn --json", IP: "-j route", Rounds: 15, Alone: true, Targets: []target{{"ip", "cpu", 0.5}}},
	{Load: "routes", Args: "-rn --json --table=all", IP: "-4 -j route show table all", Rounds: 15, Alone: true, Targets: []target{
		{"ip", "cpu", 0.5}}},
	{Load: "routes", Args: "-6rn", Rounds: 3, Targets: []target{{"netstat", "wall", 0.5}}},

	{Load: "1k", Args: "-ant", SS: "-ant", Rounds: shortRounds, Receive: true, Targets: targets(
		both("ss", 0.7), []target{{"netstat", "cpu", 0.24}, {"netstat", "wall", 0.22}})},
	{Load: "1k", Args: "-antp", SS: "-antp", Rounds: shortRounds},
	{Load: "1k", Args: "-tlnp", SS: "-tlnp", Rounds: shortRounds},
	{Load: "1k", Args: "-tln", SS: "-tln", Rounds: shortRounds, Targets: startTargets},

	{Load: "wine", Args: "-an", Rounds: 15, Targets: []target{{"wine's", "wall", 1.0}}},
	{Load: "wine", Args: "-e", Rounds: 15, Targets: []target{{"wine's", "wall", 1.0}}},

	{Load: "udp", Args: "-anu", SS: "-anu", Rounds: 5, Targets: targets(both("ss", 0.5), both("netstat", 0.3))},
	{Load: "udp", Args: "-anup", SS: "-anup", Rounds: 3, Targets: targets(both("ss", 0.1), both("netstat", 0.1))},

	{Load: "unix", Args: "-anx", SS: "-anx", Rounds: 15, Targets: targets(both("ss", 0.5), both("netstat", 0.3))},
	{Load: "unix", Args: "-anxp", SS: "-anxp", Rounds: 3, Targets: targets(both("ss", 0.1), both("netstat", 0.1))},

	{Load: "100k", Args: "-ant", SS: "-ant", Rounds: 9, Receive: true, Targets: []target{
		{"netstat", "cpu", 0.22}, {"ss", "cpu", 0.42}, {"receive", "cpu", 1.20}}},
	{Load: "100k", Args: "-antp", SS: "-antp", Rounds: 3,
		Targets: targets(both("netstat", 0.05), both("ss", 0.05))},
	{Load: "100k", Args: "-tlnp", SS: "-tlnp", Rounds: 3,
		Targets: targets(both("netstat", 0.05), both("ss", 0.10))},
	{Load: "100k", Args: "-tln", SS: "-tln", Rounds: 9,
		Targets: targets(both("netstat", 0.02), both("ss", 0.15))},

	{Load: "100k", Args: "-tan --filter 'sport = :443'", SS: "-tan 'sport = :443'", Pipe: `:443 .*:`,
		Rounds: 9, Alone: true, Targets: targets(both("pipe", 0.06), both("ss", 0.7))},
	{Load: "100k", Args: "-tan --filter 'sport = :8003'", SS: "-tan 'sport = :8003'", Pipe: `:8003 .*:`,
		Rounds: 9, Alone: true, Targets: targets(both("pipe", 0.06), both("ss", 0.7))},
	{Load: "100k", Args: "--json -ant", Text: "-ant", Rounds: 9, Alone: true, Targets: both("text", 2.0)},
	{Load: "100k", Args: "--tcp-info -tan", SS: "-tian", Rounds: 9, Alone: true, Targets: both("ss", 0.6)},
	{Load: "100k", Args: "--delta -tan", Text: "--tcp-info -tan", Rounds: 5, Reads: 6, Alone: true, Targets: []target{
		{"text", "cpu", 1.3}}},
	{Load: "100k", Args: "--watch -tan", Rounds: 3, Watched: true, Targets: []target{
		{"", "share", 0.3}, {"", "peak", 64}}},
	{Load: "100k", Args: "--watch -tan --sort=-sent_per_second", Rounds: 3, Watched: true, Targets: []target{
		{"", "share", 0.3}, {"", "peak", 64}}},
	{Load: "100k", Args: "--diagnose=0", Text: "--tcp-info -tan", Rounds: 9, Alone: true, Targets: []target{
		{"text", "cpu", 2.0}, {"", "peak", 64}}},
	{Load: "100k", Args: "--replay FILE -tan", Text: "-tan", Rounds: 9, Alone: true, Replay: true, Targets: []target{
		{"text", "cpu", 3.0}, {"", "peak", 64}}},
	{Load: "100k", Args: "--group-by state -ant", Text: "-ant", Rounds: 9, Alone: true,
		Targets: both("text", 1.1)},

	{Load: "1m", Args: "-ant", SS: "-ant", Rounds: 3, Receive: true,
		Targets: []target{{"", "peak", 16}}},
	{Load: "1m", Args: "-antp", Rounds: 3, Alone: true,
		Targets: []target{{"", "peak", 64}}},
	{Load: "1m", Args: "-tlnp", Rounds: 3, Alone: true},
	{Load: "1m", Args: "-tln", SS: "-tln", Rounds: 3},
}
