package differential

import (
	"slices"

	"netstat/test/need"
)

// testCase is one command line, compared in one run.
type testCase struct {
	args   string // separated by spaces
	oracle string // arguments of the oracle, if different
	why    string // why the oracle's arguments differ

	divergences []divergence
	repeating   bool // the program runs until it is killed
	merge       bool // stdout and stderr go into one pipe
}

// same returns a case without its own divergence.
func same(args string) testCase { return testCase{args: args} }

// differs returns a case with declared divergences.
func differs(args string, d ...divergence) testCase { return testCase{args: args, divergences: d} }

// instead returns a case whose output must equal the oracle's for other arguments.
func instead(args, oracle, why string) testCase {
	return testCase{args: args, oracle: oracle, why: why}
}

// repeats returns a case whose first report is compared.
func repeats(args string, d ...divergence) testCase {
	return testCase{args: args, divergences: d, repeating: true}
}

// merged returns a case whose two streams go into one pipe.
func merged(args string) testCase { return testCase{args: args, merge: true} }

// rootCases is the full table. To add a case, add a line.
var rootCases = []testCase{
	// Views and protocols.
	same(""),
	same("-l"),
	same("-a"),
	same("-al"),
	same("-t"),
	same("-tl"),
	same("-ta"),
	same("-tal"),
	same("-u"),
	same("-ul"),
	same("-ua"),
	same("-U"),
	same("-Ul"),
	same("-Ua"),
	same("-w"),
	same("-wl"),
	same("-wa"),
	same("-x"),
	same("-xl"),
	same("-xa"),
	same("-xal"),
	same("-tu"),
	same("-tul"),
	same("-tua"),
	same("-tuw"),
	same("-tuwl"),
	same("-tuwa"),
	same("-tuUw"),
	same("-tuUwa"),
	same("-tx"),
	same("-txl"),
	same("-uxa"),
	same("-wx"),
	same("-xt"),
	same("-tuUwxa"),

	// Views and protocols without names.
	same("-n"),
	same("-ln"),
	same("-an"),
	same("-aln"),
	same("-tn"),
	same("-tln"),
	same("-tan"),
	same("-un"),
	same("-uln"),
	same("-uan"),
	same("-Un"),
	same("-Uln"),
	same("-Uan"),
	same("-wn"),
	same("-wln"),
	same("-wan"),
	same("-xn"),
	same("-xln"),
	same("-xan"),
	same("-tun"),
	same("-tuln"),
	same("-tuan"),
	same("-tuwxan"),

	// Families.
	same("-4"),
	same("-4l"),
	same("-4a"),
	same("-4an"),
	same("-6"),
	same("-6l"),
	same("-6a"),
	same("-6an"),
	same("-46"),
	same("-46an"),
	same("-64an"),
	same("-4t"),
	same("-6t"),
	same("-4tan"),
	same("-6tan"),
	same("-4uan"),
	same("-6uan"),
	same("-6Uan"),
	same("-4wan"),
	same("-6wan"),
	same("-46tan"),
	same("-4x"),
	same("-4xa"),
	same("-6xan"),
	same("-4tx"),
	same("--inet"),
	same("--inet -a"),
	same("--inet6 -an"),
	same("--ip -an"),
	same("--unix"),
	same("--unix -a"),
	same("--inet --inet6 -an"),
	same("--inet --unix -a"),
	same("-A inet"),
	same("-A inet -a"),
	same("-Ainet6 -an"),
	same("-A unix -l"),
	same("-A ip -an"),
	same("-A ip6 -an"),
	same("-A tcpip -an"),
	same("-A inet,inet6 -an"),
	same("-A inet,unix -an"),
	same("-A inet -A inet6 -an"),
	same("-A inet6,inet -tn"),
	same("-A inet,inet -tn"),
	same("-A unix -t"),
	same("-u -A unix"),
	same("--protocol=inet -an"),
	same("--protocol=inet,unix"),
	same("--protocol inet6 -tan"),
	same("--protocol=ip,ip6 -uan"),
	same("--prot=unix -a"),
	same("-A econet -tn"),
	same("-A ash -n"),
	// Divergence 3.
	instead("--tcpip -tn", "--inet -tn", "2.10 fails on --tcpip with an internal error; ours implements it as documented in the manual"),
	instead("--tcpip -an", "--inet -an", "2.10 fails on --tcpip with an internal error; ours implements it as documented in the manual"),

	// Numeric flags one by one.
	same("-t --numeric-hosts"),
	same("-ta --numeric-hosts"),
	same("-ta --numeric-ports"),
	same("-ta --numeric-users"),
	same("-tae --numeric-hosts"),
	same("-tae --numeric-ports"),
	same("-tae --numeric-users"),
	same("-ua --numeric-hosts"),
	same("-ua --numeric-ports"),
	same("-uae --numeric-users"),
	same("-wa --numeric-hosts"),
	same("-wa --numeric-ports"),
	same("-tuwae --numeric-hosts --numeric-ports"),
	same("-tuwae --numeric-hosts --numeric-users"),
	same("-tuwae --numeric-ports --numeric-users"),
	same("-tae --numeric"),
	same("-taN"),
	same("-taNn"),
	same("-t --symbolic"),

	// Columns.
	same("-te"),
	same("-tae"),
	same("-taee"),
	same("-taeee"),
	same("-tane"),
	same("-tuwane"),
	same("-tuUwae"),
	same("-xae"),
	same("-ae"),
	same("-lne"),
	same("-to"),
	same("-tao"),
	same("-tano"),
	same("-tuano"),
	same("-tuUwano"),
	same("-tlno"),
	same("-6tano"),
	same("-xano"),
	same("-tp"),
	same("-tap"),
	same("-tanp"),
	same("-tlnp"),
	same("-tunlp"),
	same("-tulpn"),
	same("-plunt"),
	same("-uanp"),
	same("-Uanp"),
	same("-wanp"),
	same("-xp"),
	same("-xap"),
	same("-xlp"),
	same("-anp"),
	same("-ap"),
	same("-p"),
	same("-lp"),
	same("-tW"),
	same("-taW"),
	same("-tanW"),
	same("-tlnW"),
	same("-uanW"),
	same("-waW"),
	same("-xaW"),
	same("-aW"),
	same("-tv"),
	same("-tanv"),
	same("-v"),
	same("-anv"),
	same("-xav"),
	same("-6tanv"),
	same("-antpe"),
	same("-antpo"),
	same("-antpeo"),
	same("-antpeoW"),
	same("-anteo"),
	same("-anpe"),
	same("-anpeo"),
	same("-anpW"),
	same("-apeeoW"),
	same("-anpeeoWv"),
	same("-tulpenW"),
	same("-4tulpen"),
	same("-6tulpen"),
	same("-tuwanpeo"),
	same("-wanpeo"),
	same("-xanpeo"),
	same("-aepW --numeric-ports"),
	same("-a -n -t -p -e -o"),

	// Long options and their abbreviations.
	same("--tcp"),
	same("--tcp --listening --numeric"),
	same("--tcp --udp --all --numeric"),
	same("--udplite --all --numeric"),
	same("--raw --all --numeric"),
	same("--all --numeric --programs --extend --timers --wide --verbose"),
	same("--li --numeric --tcp"),
	same("--ra --al --numeric"),
	same("--wi --ti --numeric --tcp --all"),
	same("--prog --numeric --tcp --lis"),
	same("--udp --numeric-p --all"),
	same("--udpl --all -n"),
	same("--unix --li"),

	// Operands and the end of options.
	same("-tn eth0"),
	same("eth0 -tn"),
	same("-tn -- -u"),
	same("-- -tn"),
	same("-tn --"),
	same("-d -tn"),
	same("-F -tn"),
	same("-C -tn"),
	same("-FCtn"),
	same("-tttnnn"),

	// Families and protocols that this kernel lacks.
	same("-S"),
	same("-tS"),
	same("-Su"),
	same("-Sa"),
	same("-4S"),
	same("-tSn"),
	same("--sctp -an"),
	same("--ipx"),
	same("-t --ipx -n"),
	same("--ax25"),
	same("--x25"),
	same("--netrom"),
	same("--rose"),
	same("-x --netrom"),
	same("-A ipx,inet -tn"),
	same("-A ax25,unix"),
	same("-A netrom"),

	// Errors.
	same("-A foo"),
	same("-A inet,"),
	same("-A INET"),
	same("--protocol=inet,foo -tn"),
	same("-A ,"),
	same("-tn -Z"),
	same("-Z -Q"),
	same("--context"),
	differs("-Q", ownUsage),
	differs("-tnQ", ownUsage),
	differs("-?", ownUsage),
	differs("--bogus", ownUsage),
	differs("--tcp=1", ownUsage),
	differs("--colums", ownOption),
	differs("-tn --filtr -h", ownOption),
	differs("--help=states", ownTopic),
	differs("--num -t", ownUsage),
	differs("--in", ownUsage),
	differs("--u", ownUsage),
	differs("-A", ownUsage),
	differs("--protocol", ownUsage),
	differs("-tn --bogus -h", ownUsage),
	differs("-rr", ownUsage),
	differs("-ri", ownUsage),
	differs("-rs", ownUsage),
	differs("-iM", ownUsage),
	differs("-h", ownHelp),
	differs("--help", ownHelp),
	differs("-h -V", ownHelp),
	differs("-V", ownVersion),
	differs("-V -h", ownVersion),

	// Repeated reports.
	repeats("-c -tan"),
	repeats("-cxa"),
	repeats("-cnp"),
	repeats("--continuous -u -a -n"),
	repeats("-tan 0.1", delayOperand),
	repeats("-xa 0.05", delayOperand),
	repeats("-tanc 0.1"),

	// Both streams in one pipe. Only output up to 4096 bytes: beyond that, 2.10 splits
	// rows where its buffer is full.
	merged("-Su"),
	merged("-4tlS"),
	merged("-4tlnp"),
	merged("-wanp"),
	merged("-wxl"),
	merged("-xl"),
	merged("-xlp"),
	merged("-wanv"),
	merged("-A foo"),
}

// commonCases are used in every run.
var commonCases = []testCase{
	same(""),
	same("-a"),
	same("-l"),
	same("-an"),
	same("-tn"),
	same("-tan"),
	same("-tlnp"),
	same("-tunlp"),
	same("-antpeo"),
	same("-anpeo"),
	same("-tae"),
	same("-tano"),
	same("-6tano"),
	same("-uan"),
	same("-uanpe"),
	same("-Uan"),
	same("-wan"),
	same("-wanpe"),
	same("-xa"),
	same("-xl"),
	same("-xanp"),
	same("-4an"),
	same("-6an"),
	same("-anpW"),
	same("-anv"),
	same("-v"),
	same("-tS"),
	same("-6Sp"),
	same("-p --ax25"),
	merged("-tlnp"),
	merged("-wanp"),
	merged("-wxlp"),
}

// run is a configuration in which both programs run.
type run struct {
	name string
	// For both programs.
	env         []string
	uid         uint32
	denyNetlink bool
	place       place
	// For ours only; the oracle must still print the same.
	ownEnv []string
	cases  []testCase
}

// notHere returns why this environment cannot do the run, or "".
func (r *run) notHere() string {
	if slices.Contains(r.ownEnv, "NETSTAT_OWNERS=bpf") {
		return need.NoKernelOwners()
	}
	if slices.Contains(r.ownEnv, "NETSTAT_SOURCE=bpf") {
		return need.NoBPF()
	}
	return ""
}

var runs = []run{
	{name: "root", cases: rootCases},
	{name: "nobody", uid: 65534, cases: commonCases},
	{name: "stranger", uid: 12345, cases: commonCases}, // owns no process with sockets
	{name: "no-netlink", denyNetlink: true, cases: commonCases},
	{name: "nobody-no-netlink", uid: 65534, denyNetlink: true, cases: commonCases},
	{name: "pid-namespace", place: inner, cases: commonCases},
	{name: "host-processes", place: atHost, cases: commonCases},
	{name: "source-proc", ownEnv: []string{"NETSTAT_SOURCE=proc"}, cases: rootCases},
	{name: "source-netlink", ownEnv: []string{"NETSTAT_SOURCE=netlink"}, cases: commonCases},
	{name: "source-bpf", ownEnv: []string{"NETSTAT_SOURCE=bpf"}, cases: slices.Concat(commonCases, []testCase{
		same("-anx"),
		same("-anxe"),
		same("-lx"),
		same("-anxZ"),
	})},
	{name: "owners-scan", ownEnv: []string{"NETSTAT_OWNERS=scan"}, cases: commonCases},
	{name: "owners-bpf", place: atHost, ownEnv: []string{"NETSTAT_OWNERS=bpf"}, cases: commonCases},
	{name: "lang-c", env: []string{"LANG=C"}, cases: commonCases},
	{name: "lang-utf8", env: []string{"LANG=C.UTF-8"}, cases: commonCases},
	{name: "posixly-correct", env: []string{"POSIXLY_CORRECT=1"}, cases: slices.Concat(commonCases, []testCase{
		same("eth0 -tn"),
		same("-tn eth0 -u"),
	})},
}
