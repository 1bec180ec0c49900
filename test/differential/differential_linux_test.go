package differential

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat/test/need"
)

func TestMain(m *testing.M) {
	var err error
	switch role := os.Getenv(roleVariable); role {
	case "":
		code := m.Run()
		if builtDir != "" {
			_ = os.RemoveAll(builtDir)
		}
		os.Exit(code)
	case "porch":
		err = porchMain()
	case roleOf[atHost]:
		err = agentMain(atHost)
	case roleOf[own]:
		err = agentMain(own)
	case roleOf[inner]:
		err = agentMain(inner)
	case "holder":
		err = holderMain()
	case "deny":
		err = denyMain()
	case "liar":
		err = liarMain()
	default:
		err = fmt.Errorf("role %q", role)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "differential test:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// settling is how long a case is tried while the world changes during it. Retransmissions
// become rarer with time, but a slow machine needs long for each try.
const settling = 3 * time.Minute

// host is the world with what the tests know about it.
type host struct {
	*client
	usage     string
	refreshed time.Time
	seen      map[string]int // number of times each divergence had an effect
}

// newHost builds the world, or fails with what is missing.
func newHost(t *testing.T) *host {
	t.Helper()
	oracle, ours := bothPrograms(t)
	c, err := startAgent("porch", unix.CLONE_NEWNET|unix.CLONE_NEWNS|unix.CLONE_NEWUTS)
	if err != nil {
		t.Fatalf("%v (a container needs --privileged for this test)", err)
	}
	t.Cleanup(func() {
		if err := c.stop(); err != nil {
			t.Errorf("the world ended with an error: %v", err)
		}
	})
	if _, err := c.call(order{Do: "setup", Ours: ours, Oracle: oracle}); err != nil {
		t.Fatalf("build the world: %v", err)
	}
	h := &host{client: c, refreshed: time.Now(), seen: map[string]int{}}
	help, err := h.call(order{Do: "run", Program: oursProgram, Args: []string{"-h"}})
	if err != nil {
		t.Fatal(err)
	}
	h.usage = string(help.Result.Stdout)
	return h
}

// noteSources stats every folder of the module, so that go test makes the result depend
// on their files: it does not know what go build reads.
func noteSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// refresh renews what the kernel ends by itself, when it is time.
func (h *host) refresh() error {
	if time.Since(h.refreshed) < pause {
		return nil
	}
	h.refreshed = time.Now()
	_, err := h.call(order{Do: "refresh"})
	return err
}

// try runs one case once.
func (h *host) try(r run, c testCase, program which) (verdict, error) {
	if err := h.refresh(); err != nil {
		return verdict{}, err
	}
	o := order{Do: "run", Env: r.env, UID: r.uid, DenyNetlink: r.denyNetlink, Place: r.place, Merge: c.merge, Repeating: c.repeating}
	mine := o
	mine.Program, mine.Args, mine.Env = program, strings.Fields(c.args), slices.Concat(r.env, r.ownEnv)
	o.Args = mine.Args
	if c.oracle != "" {
		o.Args = strings.Fields(c.oracle)
	}
	var results [3]result
	for i, o := range []order{o, mine, o} {
		reply, err := h.call(o)
		if err != nil {
			return verdict{}, err
		}
		results[i] = reply.Result
	}
	cond := conditions{usage: h.usage, own: results[1], denied: r.denyNetlink || slices.Contains(mine.Env, "NETSTAT_SOURCE=proc")}
	for _, i := range []int{0, 2} {
		for _, d := range slices.Concat(everywhere, c.divergences) {
			before := results[i]
			results[i] = d.apply(before, cond)
			if difference(before, results[i], nil) != "" {
				h.seen[d.name]++
			}
		}
	}
	return judge(results[0], results[1], results[2]), nil
}

// settled tries a case until the world does not change during it.
func (h *host) settled(r run, c testCase, program which) (verdict, error) {
	for deadline := time.Now().Add(settling); ; {
		if v, err := h.try(r, c, program); err != nil || !v.moved || time.Now().After(deadline) {
			return v, err
		}
	}
}

func (c testCase) title() string {
	name := c.args
	if name == "" {
		name = "none"
	}
	if c.merge {
		name += " 2>&1"
	}
	return name
}

func TestDifferential(t *testing.T) {
	h := newHost(t)
	complete := 0
	for _, r := range runs {
		t.Run(r.name, func(t *testing.T) {
			if why := r.notHere(); why != "" {
				need.Skip(t, why)
			}
			for _, c := range r.cases {
				t.Run(c.title(), func(t *testing.T) {
					v, err := h.settled(r, c, oursProgram)
					switch {
					case err != nil:
						t.Fatal(err)
					case v.moved:
						t.Fatalf("the world kept changing: %s", v.diff)
					case v.diff != "":
						t.Errorf("netstat %s: %s", c.args, v.diff)
					}
					complete++
				})
			}
		})
	}
	t.Run("rich", func(t *testing.T) { checkRich(t, h) })
	t.Run("truth", func(t *testing.T) { checkTruth(t, h) })
	t.Run("liar", func(t *testing.T) {
		v, err := h.settled(run{}, same("-tln"), liarProgram)
		if err != nil {
			t.Fatal(err)
		}
		if v.moved || !strings.Contains(v.diff, "65534") {
			t.Errorf("one wrong digit was not noticed: %+v", v)
		}
	})

	// A divergence without any effect must be removed. Only a run of all cases can
	// detect that.
	all := 0
	for _, r := range runs {
		if r.notHere() == "" {
			all += len(r.cases)
		}
	}
	if complete == all {
		for _, d := range declared() {
			if h.seen[d] == 0 {
				t.Errorf("divergence %q is declared, but the oracle prints the same", d)
			}
		}
	}
}

func declared() []string {
	names := map[string]bool{}
	for _, d := range everywhere {
		names[d.name] = true
	}
	for _, r := range runs {
		for _, c := range r.cases {
			for _, d := range c.divergences {
				names[d.name] = true
			}
		}
	}
	return sortedKeys(names)
}

// checkRich checks that the world still has what the cases need.
func checkRich(t *testing.T, h *host) {
	out, err := h.call(order{Do: "run", Program: oracleProgram, Args: []string{"-anpeo"}})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := h.call(order{Do: "facts"})
	if err != nil {
		t.Fatal(err)
	}
	wanted := []string{
		"tcp ", "tcp6 ", "udp ", "udp6 ", "raw ", "raw6 ", "unix ",
		" STREAM ", " DGRAM ", " SEQPACKET ", " LISTENING ", " CONNECTED ", " CONNECTING ", "[ ACC ]",
		" off (", " on (", " keepalive (", " timewait (", " probe (",
		" -2 ", " 4242 ", "/sshd ", "/nginx: master", "@abstract", " -   ",
	}
	for _, state := range stateNames {
		// No row of the tables is ever CLOSE.
		if state != "CLOSE" {
			wanted = append(wanted, " "+state+" ")
		}
	}
	if len(facts.Absent) == 0 {
		wanted = append(wanted, "udpl ", "udpl6 ")
	}
	for _, text := range wanted {
		if !bytes.Contains(out.Result.Stdout, []byte(text)) {
			t.Errorf("nothing in the world has %q", text)
		}
	}
}

// checkTruth compares ours with the facts known to the world's creator, not with the
// oracle.
func checkTruth(t *testing.T, h *host) {
	facts, err := h.call(order{Do: "facts"})
	if err != nil {
		t.Fatal(err)
	}
	if len(facts.Facts) < 100 {
		t.Fatalf("only %d facts: too few for this check", len(facts.Facts))
	}
	out, err := h.call(order{Do: "run", Program: oursProgram, Args: strings.Fields("-tuanpeW")})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(out.Result.Stdout)) {
		f := strings.Fields(line)
		if len(f) < 8 || f[0] == "Proto" {
			continue
		}
		// UDP sockets without a connection have no state.
		if strings.HasPrefix(f[0], "udp") && f[5] != "ESTABLISHED" {
			f = slices.Insert(f, 5, "")
		}
		rows[f[7]] = f
	}
	for _, fact := range facts.Facts {
		row, ok := rows[strconv.FormatUint(fact.Inode, 10)]
		if !ok {
			t.Errorf("no row for %+v", fact)
			continue
		}
		pid, _, _ := strings.Cut(row[8], "/")
		if row[0] != fact.Proto || row[3] != fact.Local || fact.Remote != "" && row[4] != fact.Remote ||
			row[5] != fact.State || row[6] != strconv.FormatInt(fact.UID, 10) || pid != strconv.Itoa(fact.PID) {
			t.Errorf("row %q for %+v", row, fact)
		}
	}
	for _, proto := range facts.Absent {
		t.Logf("this kernel has no %s: those rows were not compared", proto)
	}
}

func TestTable(t *testing.T) {
	if n := len(rootCases); n < 150 {
		t.Errorf("only %d cases", n)
	}
	for _, r := range runs {
		if len(r.cases) < 20 {
			t.Errorf("%s: only %d cases", r.name, len(r.cases))
		}
		seen := map[string]bool{}
		for _, c := range r.cases {
			if seen[c.title()] {
				t.Errorf("%s: %q twice", r.name, c.title())
			}
			seen[c.title()] = true
			if (c.oracle == "") != (c.why == "") {
				t.Errorf("%q: other arguments for the oracle need a reason, and the reverse", c.args)
			}
			for _, d := range c.divergences {
				if d.why == "" {
					t.Errorf("%q: divergence %q without a reason", c.args, d.name)
				}
			}
		}
	}
}

// TestJudge checks that the comparison detects each type of difference.
func TestJudge(t *testing.T) {
	report := func(timer string) result {
		return result{
			Stdout: []byte("Proto State\ntcp   LISTEN     \ntcp   SYN_SENT    on (" + timer + "/3/0)\n"),
			Stderr: []byte("a warning\n"),
			Exit:   1,
		}
	}
	for _, tc := range []struct {
		name   string
		change func(*result)
		timer  string // our timer; before is 5.00, after 4.50
		ok     bool
	}{
		{name: "same", ok: true},
		{name: "timer at the start", timer: "5.01", ok: true},
		{name: "timer at the end", timer: "4.49", ok: true},
		{name: "timer ahead", timer: "5.02"},
		{name: "timer behind", timer: "4.48"},
		{name: "timer with one decimal", timer: "4.7"},
		{name: "a blank", change: func(r *result) { r.Stdout = bytes.Replace(r.Stdout, []byte("LISTEN     "), []byte("LISTEN    "), 1) }},
		{name: "a digit", change: func(r *result) { r.Stdout = bytes.Replace(r.Stdout, []byte("/3/"), []byte("/4/"), 1) }},
		{name: "order", change: func(r *result) {
			l := bytes.SplitAfter(r.Stdout, []byte("\n"))
			r.Stdout = slices.Concat(l[0], l[2], l[1])
		}},
		{name: "missing row", change: func(r *result) { r.Stdout = r.Stdout[:bytes.LastIndex(r.Stdout, []byte("tcp"))] }},
		{name: "no output", change: func(r *result) { r.Stdout = nil }},
		{name: "last newline", change: func(r *result) { r.Stdout = bytes.TrimSuffix(r.Stdout, []byte("\n")) }},
		{name: "stderr", change: func(r *result) { r.Stderr = []byte("a warning") }},
		{name: "streams exchanged", change: func(r *result) { r.Stdout, r.Stderr = r.Stderr, r.Stdout }},
		{name: "exit code", change: func(r *result) { r.Exit = 0 }},
		{name: "repeats", change: func(r *result) { r.Repeats = true }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.timer == "" {
				tc.timer = "4.75"
			}
			ours := report(tc.timer)
			if tc.change != nil {
				tc.change(&ours)
			}
			v := judge(report("5.00"), ours, report("4.50"))
			if v.moved || (v.diff == "") != tc.ok {
				t.Errorf("verdict %+v", v)
			}
		})
	}
	if v := judge(report("4.50"), report("4.50"), report("5.00")); !v.moved {
		t.Errorf("a restarted timer was not noticed: %+v", v)
	}
	other := report("4.00")
	other.Stdout = append(other.Stdout, "tcp   CLOSING    \n"...)
	if v := judge(report("5.00"), other, other); !v.moved {
		t.Errorf("a new row was not noticed: %+v", v)
	}
}

func TestSafeRows(t *testing.T) {
	got := string(safeRows([]byte("unix  [ ]  7/\x1b[31mred\x07\x7f          /a\xff\nunix 12/a\u202eb               x\n")))
	want := "unix  [ ]  7/.[31mred..          /a.\nunix 12/a.b                 x\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
