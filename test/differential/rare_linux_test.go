package differential

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/sys/unix"
)

// Families that hardly any kernel has are compared over trees of files,
// testdata/rare/*.txtar, which replace /proc and /sys in a mount namespace of each run.
// Files written by a kernel are as captured.

// rareStage is the variable that makes this binary enter a tree and execute the program
// of its arguments: "UID DIRECTORY".
const rareStage = "NETSTAT_TEST_RARE_STAGE"

func init() {
	stage := os.Getenv(rareStage)
	if stage == "" {
		return
	}
	os.Unsetenv(rareStage)
	fmt.Fprintln(os.Stderr, "rare stage:", enterRare(stage))
	os.Exit(111)
}

func enterRare(stage string) error {
	id, dir, _ := strings.Cut(stage, " ")
	uid, err := strconv.Atoi(id)
	if err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	for _, name := range []string{"proc", "sys"} {
		if err := unix.Mount(filepath.Join(dir, name), "/"+name, "", unix.MS_BIND, ""); err != nil {
			return err
		}
	}
	if uid != 0 {
		if err := syscall.Setgroups(nil); err != nil {
			return err
		}
		if err := syscall.Setresgid(uid, uid, uid); err != nil {
			return err
		}
		if err := syscall.Setresuid(uid, uid, uid); err != nil {
			return err
		}
	}
	return unix.Exec(os.Args[1], append([]string{"netstat"}, os.Args[2:]...), os.Environ())
}

// rareTree is one archive.
type rareTree struct {
	files  map[string]string // below the root
	owners map[string]string // by inode, the cell of -p
	dir    string            // where it is unpacked
	// older is a directory with the same facts at the paths that net-tools 2.10 reads:
	// divergence F2, divergence F3.
	older string
}

// rareBase is in every tree: no Internet sockets.
var rareBase = map[string]string{
	"proc/net/tcp":     "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n",
	"proc/net/udp":     "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n",
	"proc/net/udplite": "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n",
	"proc/net/raw":     "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n",
	"proc/net/unix":    "Num       RefCount Protocol Flags    Type St Inode Path\n",
}

func readRareTree(t *testing.T, name string) *rareTree {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/rare/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	tree := &rareTree{files: map[string]string{}, owners: map[string]string{}}
	tree.dir, tree.older = t.TempDir(), t.TempDir()
	var processes string
	for name, text := range rareBase {
		tree.files[name] = text
	}
	for _, f := range archive.Files {
		if f.Name == "owners" {
			processes = string(f.Data)
		} else {
			tree.files[f.Name] = string(f.Data)
		}
	}
	for name, text := range tree.files {
		writeRare(t, tree.dir, name, text)
		switch name {
		case "proc/net/x25/socket":
			// A file instead of the directory, so that this tree has no routes.
			name = "proc/net/x25"
		case "proc/net/x25/route":
			continue
		case "proc/net/atalk/route":
			name = "proc/net/atalk_route"
		}
		writeRare(t, tree.older, name, text)
	}
	// PID NAME INODE…
	for line := range strings.Lines(processes) {
		f := strings.Fields(line)
		split := 1
		for split < len(f) && strings.Trim(f[split], "0123456789") != "" {
			split++
		}
		program := strings.Join(f[1:split], " ")
		for _, dir := range []string{tree.dir, tree.older} {
			writeRare(t, dir, "proc/"+f[0]+"/cmdline", program+"\x00-v\x00")
			if err := os.MkdirAll(filepath.Join(dir, "proc", f[0], "fd"), 0o755); err != nil {
				t.Fatal(err)
			}
			for i, inode := range f[split:] {
				if err := os.Symlink("socket:["+inode+"]", filepath.Join(dir, "proc", f[0], "fd", strconv.Itoa(i+3))); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, inode := range f[split:] {
			if program[0] == '/' {
				program = program[strings.LastIndexByte(program, '/')+1:]
			}
			tree.owners[inode] = f[0] + "/" + program
		}
	}
	for _, dir := range []string{tree.dir, tree.older} {
		// Every user needs access: a test's own directory is root's only.
		for at := dir; at != "/" && at != os.TempDir(); at = filepath.Dir(at) {
			if err := os.Chmod(at, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.MkdirAll(filepath.Join(dir, "sys"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func writeRare(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runRare runs one program in a tree.
func runRare(t *testing.T, program, dir string, uid int, env []string, args ...string) result {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(self, append([]string{program}, args...)...)
	cmd.Env = append([]string{"PATH=/usr/bin:/bin", fmt.Sprintf("%s=%d %s", rareStage, uid, dir)}, env...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET}
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	r := result{Stdout: out.Bytes(), Stderr: errs.Bytes(), Exit: cmd.ProcessState.ExitCode()}
	if r.Exit == 111 || bytes.HasPrefix(r.Stderr, []byte("rare stage:")) {
		t.Fatalf("%s did not start: %s", program, r.Stderr)
	}
	return r
}

// rareDivergence changes the oracle's output into the output expected of ours. Its
// number is that in docs/differences.md.
type rareDivergence struct {
	number string
	apply  func(tree *rareTree, args []string, r *result)
}

type rareCase struct {
	tree, args  string
	older       bool // the oracle gets the tree with the paths it reads
	divergences []rareDivergence
}

// rareCases lists every case. The order of sections and the widths of columns are
// always the oracle's.
func rareCases() []rareCase {
	var cases []rareCase
	add := func(tree string, older bool, d []rareDivergence, args ...string) {
		for _, a := range args {
			cases = append(cases, rareCase{tree: tree, args: a, older: older, divergences: d})
		}
	}
	same := func(tree string, args ...string) { add(tree, false, nil, args...) }

	// Files captured from a kernel.
	for _, f := range []string{"ax25", "netrom"} {
		same("radio", "--"+f, "-a --"+f, "-l --"+f, "-al --"+f, "-n --"+f, "-A "+f, "-o --"+f, "-W --"+f, "-anW -A "+f, "-vN --"+f, "--protocol="+f)
		same("radio", "-r --"+f, "-rn -A "+f, "-rC --"+f, "-rF --"+f, "-rv --"+f, "-rN -A "+f, "-rnW -A "+f, "-ra --"+f)
		add("radio", false, []rareDivergence{columns}, "-p --"+f, "-anp -A "+f, "-e --"+f, "-ee -A "+f, "-aep --"+f)
	}
	add("radio", false, []rareDivergence{rose}, "--rose", "-a --rose", "-l -A rose", "-nv --rose", "-o --rose")
	add("radio", false, []rareDivergence{rose, columns}, "-p --rose", "-ane --rose", "-enp -A rose")
	same("radio", "-r --rose", "-rn -A rose", "-rC --rose", "-rv -A rose")
	add("radio", false, []rareDivergence{rose}, "-A ax25,netrom,rose", "--rose --netrom --ax25 -an", "-a -A rose,ax25 -A netrom", "-n", "-an", "-ln", "-anv", "-x --ax25 --rose", "-tn --netrom --rose", "-A inet,rose -n")
	add("radio", false, []rareDivergence{rose, columns}, "-anp", "-ane")
	same("radio", "-A inet,ax25 -n", "-u --ax25 -an", "-4 --ax25 -n", "-A ax25,ipx", "-A ipx,ax25", "--netrom --x25 -n", "-xn -A netrom", "-A ax25,ash", "-r -A ax25,netrom", "-r -A netrom,ax25,rose", "-r -A ax25,ipx", "-r -A ax25,unix")
	same("closing", "--ax25", "-an --ax25", "-v --ax25", "--netrom", "-n")
	add("closing", false, []rareDivergence{columns}, "-p --ax25", "-e --ax25")

	// Other contents that a kernel may write.
	same("varied", "--ax25", "-an --ax25", "--netrom", "-a -A netrom,ax25", "-r --ax25", "-r --netrom", "-r --rose", "-rn -A rose")
	add("varied", false, []rareDivergence{columns}, "-p --ax25", "-e --netrom", "-aenp --netrom", "-ep --ax25")
	add("varied", false, []rareDivergence{rose}, "--rose", "-an --rose")
	add("varied", false, []rareDivergence{rose, columns}, "-p --rose", "-e --rose")
	add("varied", false, []rareDivergence{circuitRoutes}, "-re --ax25", "-rn -ee -A ax25")
	add("radio", false, []rareDivergence{circuitRoutes}, "-re --ax25")
	add("varied", false, []rareDivergence{roseDigits}, "-re --rose")
	add("radio", false, []rareDivergence{roseDigits}, "-rne --rose")
	same("radio", "-re --netrom")
	same("damaged", "--ax25", "--netrom", "--rose", "-a -A ax25,netrom,rose", "-n")
	add("gone", false, []rareDivergence{devices}, "-r --ax25", "-r --rose")
	add("gone", false, []rareDivergence{neighbours, devices}, "-r --netrom")

	// X.25: its tables are not where net-tools 2.10 reads them.
	add("x25", true, []rareDivergence{x25Words}, "--x25", "-a --x25", "-l --x25", "-al -A x25", "-n --x25", "-an -A x25", "-o --x25", "-v --x25", "-n", "-an", "-x --x25")
	add("x25", true, []rareDivergence{x25Words, columns}, "-p --x25", "-ae --x25", "-anpe -A x25")
	add("varied", true, []rareDivergence{x25Words}, "--x25", "-a --x25")
	same("x25", "-r --x25", "-rn -A x25", "-re --x25", "-rC --x25")
	same("varied", "-r --x25")
	same("headers", "--x25", "-a --x25", "-A x25,ax25")

	// IPX: as in kernels that had it.
	add("ipx", false, []rareDivergence{ipxSwapped}, "--ipx", "-a --ipx", "-l --ipx", "-n --ipx", "-e --ipx", "-en --ipx", "-p --ipx", "-o -A ipx", "-n", "-ane", "-x --ipx")
	add("ipx", false, []rareDivergence{ipxDirect}, "-r --ipx", "-rn -A ipx", "-re --ipx", "-rC --ipx", "-rv --ipx")
	add("oldpaths", false, []rareDivergence{ipxOld}, "--ipx", "-n --ipx")
	same("oldpaths", "-r --ipx", "-r --x25", "-r --ddp", "-rn -A ipx", "-r -A ipx,x25,ddp")

	// AppleTalk: routes from the current path; no view of sockets.
	add("appletalk", true, nil, "-r --ddp", "-rn -A ddp", "-re --appletalk", "-rC -A appletalk", "-r -A ddp,appletalk")
	add("appletalk", false, []rareDivergence{appletalk}, "--ddp", "-n -A ddp", "-a --appletalk", "-l --ddp", "-e --ddp", "-an -e -A ddp")
	add("appletalk", false, []rareDivergence{appletalkToo}, "-n", "-an", "-anv", "-ane")

	// Families without sockets, and missing ones.
	for _, f := range []string{"ax25", "netrom", "rose", "x25", "ipx"} {
		same("headers", "--"+f, "-a --"+f)
		same("nothing", "--"+f, "-av --"+f, "-A "+f+" -n")
		if f != "x25" {
			same("headers", "-r --"+f)
		}
		if f != "netrom" {
			same("nothing", "-r --"+f, "-rv -A "+f)
		}
	}
	same("headers", "-n", "-an", "-anv", "-r --x25")
	add("nothing", false, []rareDivergence{netromErrno}, "-r --netrom", "-rn -A netrom", "-r -A netrom,ax25")
	add("nothing", false, []rareDivergence{appletalkMissing}, "--ddp", "-A ddp -n", "-A appletalk -an")
	add("nothing", false, []rareDivergence{bluetoothMissing}, "-2", "-f", "--bluetooth", "-A bluetooth -an", "--l2cap -l", "--rfcomm", "-2f -a")
	same("nothing", "-n", "-an", "-nv", "-anv", "-A ash -n", "-A econet -an", "-r --ddp", "-rn -A appletalk",
		"-r -A unix", "-r -A ash", "-r -A econet", "-r --bluetooth", "-r -A rose,ax25", "-A inet,ipx -n", "-4v --x25 -n", "-A ax25,rose,ipx", "-x --rose", "-r -A x25,unix")
	return cases
}

func TestRareFamilies(t *testing.T) {
	oracle, ours := bothPrograms(t)
	trees := map[string]*rareTree{}
	cases := rareCases()
	used := map[string]int{}
	for _, round := range []struct {
		locale string
		uid    int
		every  int // run only every nth case
	}{{"C", 0, 1}, {"C.UTF-8", 0, 1}, {"C", 65534, 3}} {
		for i, c := range cases {
			if i%round.every != 0 {
				continue
			}
			tree := trees[c.tree]
			if tree == nil {
				tree = readRareTree(t, c.tree)
				trees[c.tree] = tree
			}
			args := strings.Fields(c.args)
			env := []string{"LC_ALL=" + round.locale}
			dir := tree.dir
			if c.older {
				dir = tree.older
			}
			want := runRare(t, oracle, dir, round.uid, env, args...)
			for _, d := range c.divergences {
				before := want
				d.apply(tree, args, &want)
				if difference(before, want, nil) != "" {
					used[d.number]++
				}
			}
			got := runRare(t, ours, tree.dir, round.uid, append(env, "NETSTAT_SOURCE=proc"), args...)
			if diff := difference(want, got, nil); diff != "" {
				t.Errorf("%s: netstat %s (LC_ALL=%s, uid %d): %s", c.tree, c.args, round.locale, round.uid, diff)
			}
		}
	}
	for _, c := range cases {
		for _, d := range c.divergences {
			if used[d.number] == 0 {
				t.Errorf("divergence %s is declared, but the oracle prints the same", d.number)
				used[d.number] = 1
			}
		}
	}
	t.Logf("%d cases", len(cases))
}

// rareLines calls f with each line of a section, including headers, and joins what f
// returns.
func rareLines(out []byte, title string, f func(row int, line string) string) []byte {
	var b strings.Builder
	row := 0
	inside := false
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "Active ") || strings.HasPrefix(line, "Kernel ") {
			inside = strings.HasPrefix(line, title)
			row = -2
		}
		if inside {
			row++
			line = f(row, line)
		}
		b.WriteString(line)
	}
	return []byte(b.String())
}

// rareRecords returns the lines of a file without its header.
func (tree *rareTree) rareRecords(name string, header int) []string {
	lines := strings.Split(strings.TrimSuffix(tree.files[name], "\n"), "\n")
	return lines[min(header, len(lines)):]
}

// cells pads the cells of a row to their widths; the last has none.
func cells(row []string, widths ...int) string {
	var b strings.Builder
	for i, w := range widths {
		fmt.Fprintf(&b, "%-*s", w, row[i])
	}
	return b.String() + row[len(row)-1]
}

// rose is the address of the remote end, which 2.10 overwrites with a NUL, and the
// channel, which is hexadecimal (divergence F6).
var rose = rareDivergence{"F5", func(tree *rareTree, _ []string, r *result) {
	records := tree.rareRecords("proc/net/rose", 1)
	r.Stdout = rareLines(r.Stdout, "Active ROSE", func(row int, line string) string {
		if row < 1 {
			return line
		}
		f := strings.Fields(records[row-1])
		channel, err := strconv.ParseUint(f[5], 16, 32)
		if err != nil {
			return line
		}
		neighbour, _ := strconv.Atoi(f[6])
		state := map[string]string{"0": "LISTENING", "1": "CONN SENT", "2": "DISC SENT", "3": "ESTABLISHED"}[f[7]]
		row1 := cells([]string{f[0], f[1], f[2], f[3], f[4], fmt.Sprintf(" %3d %5d   %s\n", channel, neighbour, state)}, 12, 11, 12, 10, 5)
		// What the oracle does show must agree, except the destination address, its
		// callsign if the other has nine letters, and the channel.
		if !strings.HasPrefix(line, "Problem") && (line[23:50] != row1[23:50] || line[54:] != row1[54:]) {
			return "the oracle disagrees: " + line
		}
		return row1
	})
}}

// short reports whether a bundle of short options has c.
func short(args []string, c string) bool {
	return slices.ContainsFunc(args, func(a string) bool {
		return strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.Contains(a, c)
	})
}

// columns: -e adds the inode, and for AX.25 the digipeaters; -p adds the owner.
var columns = rareDivergence{"F10", func(tree *rareTree, args []string, r *result) {
	extend, programs, all := short(args, "e"), short(args, "p"), short(args, "a")
	for _, s := range []struct {
		title, file string
		header      int // lines of the file before the first record
		width       int
	}{
		{"Active AX.25", "proc/net/ax25", 0, 66},
		{"Active NET/ROM", "proc/net/nr", 1, 77},
		{"Active ROSE", "proc/net/rose", 1, 0},
		{"Active X.25", "proc/net/x25/socket", 1, 79},
	} {
		records := tree.rareRecords(s.file, s.header)
		if s.file == "proc/net/x25/socket" && !all {
			records = slices.DeleteFunc(slices.Clone(records), func(l string) bool { return strings.Fields(l)[3] == "000" })
		}
		r.Stdout = rareLines(r.Stdout, s.title, func(row int, line string) string {
			if row < 0 {
				return line
			}
			inode, owner, digis := "Inode", "PID/Program name", "Digipeaters"
			if row > 0 {
				f := strings.Fields(records[row-1])
				inode = f[len(f)-1]
				if inode == "*" {
					inode = "0"
				}
				owner = "-"
				if o := tree.owners[inode]; o != "" {
					owner = o
				}
				_, digis, _ = strings.Cut(f[3], ",")
			}
			width := s.width
			if s.title == "Active ROSE" {
				// A channel of four digits moves the state, which is not padded.
				width = strings.LastIndex(line, "   ") + 3 + 11
			}
			line = fmt.Sprintf("%-*s", width, strings.TrimSuffix(line, "\n"))
			if extend {
				line += fmt.Sprintf(" %-10s", inode)
			}
			if programs {
				line += fmt.Sprintf(" %-20s", owner)
			}
			if extend && s.title == "Active AX.25" {
				line += " " + digis
			}
			return line + "\n"
		})
	}
}}

// circuitRoutes: -e adds how IP is carried over a route, and the digipeaters.
var circuitRoutes = rareDivergence{"F11", func(tree *rareTree, _ []string, r *result) {
	records := tree.rareRecords("proc/net/ax25_route", 1)
	r.Stdout = rareLines(r.Stdout, "Kernel AX.25", func(row int, line string) string {
		switch {
		case row == 0:
			return strings.TrimSuffix(line, "\n") + "  Mode  Digipeaters\n"
		case row > 0:
			f := strings.Fields(records[row-1])
			return fmt.Sprintf("%s  %-4s  %s\n", strings.TrimSuffix(line, "\n"), f[2], strings.Join(f[3:], ","))
		}
		return line
	})
}}

// roseDigits: -e adds the number of significant digits of a destination.
var roseDigits = rareDivergence{"F11", func(tree *rareTree, _ []string, r *result) {
	records := tree.rareRecords("proc/net/rose_nodes", 1)
	r.Stdout = rareLines(r.Stdout, "Kernel ROSE", func(row int, line string) string {
		if row < 1 {
			return line
		}
		f := strings.Fields(records[row-1])
		digits, _ := strconv.Atoi(f[1])
		return fmt.Sprintf("%-13s", fmt.Sprintf("%s/%d", f[0], digits)) + line[13:]
	})
}}

// devices: interface names are cut to four letters, five for ROSE.
var devices = rareDivergence{"F12", func(_ *rareTree, _ []string, r *result) {
	r.Stdout = []byte(strings.NewReplacer("radio\n", "radio0 \n", "radi", "radio0", "FAR-1        bpq1       0", "FAR-1        bpq10      0").Replace(string(r.Stdout)))
}}

// neighbours: the oracle prints nothing for a neighbour that is gone, not even the end
// of the line.
var neighbours = rareDivergence{"F13", func(_ *rareTree, _ []string, r *result) {
	r.Stdout = bytes.Replace(r.Stdout, []byte("REMOT-5      FIVE      REMOT-6"), []byte("REMOT-5      FIVE       90      00002      ??? \nREMOT-6"), 1)
}}

// x25Words: the channel is hexadecimal, and states are named as for AX.25.
var x25Words = rareDivergence{"F4", func(_ *rareTree, _ []string, r *result) {
	r.Stdout = rareLines(r.Stdout, "Active X.25", func(row int, line string) string {
		return strings.NewReplacer(" 32   DISC_SENT ", " 50   CLEAR_SENT", "SABM_SENT", "CALL_SENT").Replace(line)
	})
}}

// ipxSwapped: the two queues and the bytes of the socket numbers are swapped.
var ipxSwapped = rareDivergence{"F7", func(_ *rareTree, _ []string, r *result) {
	r.Stdout = rareLines(r.Stdout, "Active IPX", func(row int, line string) string {
		if row < 1 {
			return line
		}
		f := strings.Fields(line)
		tail := line[strings.Index(line, f[3]):]
		for _, end := range f[3:5] {
			if port := strings.LastIndexByte(end, ':'); port >= 0 {
				tail = strings.Replace(tail, end, end[:port]+"~"+end[port+3:]+end[port+1:port+3], 1)
			}
		}
		return fmt.Sprintf("IPX   %6s %6s %s", f[2], f[1], strings.ReplaceAll(tail, "~", ":"))
	})
}}

// ipxDirect: the oracle reads "Directly Connected" as hexadecimal.
var ipxDirect = rareDivergence{"F8", func(_ *rareTree, _ []string, r *result) {
	r.Stdout = bytes.Replace(r.Stdout, []byte("0000000D                  C00000000000             "), []byte("Directly                  Connected                "), 1)
}}

// says replaces the expected output of the oracle by ours.
func (r *result) says(stdout, stderr string, exit int, instead result) {
	if string(r.Stdout) != stdout || string(r.Stderr) != stderr || r.Exit != exit {
		r.Stdout = []byte(fmt.Sprintf("the oracle was expected to print %q, %q, %d, not %q, %q, %d", stdout, stderr, exit, r.Stdout, r.Stderr, r.Exit))
		return
	}
	*r = instead
}

// ipxOld: the oracle never reaches the older path of the sockets.
var ipxOld = rareDivergence{"F9", func(_ *rareTree, _ []string, r *result) {
	r.says("", "/proc/net/ipx/socket: Not a directory\n", 255, result{Stdout: []byte("Active IPX sockets\n" +
		"Proto Recv-Q Send-Q Local Address              Foreign Address            State\n" +
		"IPX        0      0 00000001:000000000001:4003 -                               \n")})
}}

func appletalkSection(args []string) string {
	user := [2]string{}
	if short(args, "e") {
		user = [2]string{" User      ", " root      "}
		if short(args, "n") {
			user[1] = " 0         "
		}
	}
	return "Active AppleTalk sockets\n" +
		"Proto Recv-Q Send-Q Local Address           Foreign Address         State      " + user[0] + "\n" +
		"ddp        0      0 1000:91:C8              1000:91:48              ESTABLISHED" + user[1] + "\n" +
		"ddp        0      0 FF00:C3:FD              *                                  " + user[1] + "\n" +
		"ddp        0      0 1000:91:48              *                                  " + user[1] + "\n"
}

// bare returns the oracle's output for Internet and unix sockets.
func bare(args []string) string {
	servers := "(w/o servers)"
	switch {
	case short(args, "a"):
		servers = "(servers and established)"
	case short(args, "l"):
		servers = "(only servers)"
	}
	extend := ""
	if short(args, "e") {
		extend = " User       Inode     "
	}
	return "Active Internet connections " + servers + "\n" +
		"Proto Recv-Q Send-Q Local Address           Foreign Address         State      " + extend + "\n" +
		"Active UNIX domain sockets " + servers + "\n" +
		"Proto RefCnt Flags       Type       State         I-Node   Path\n"
}

// appletalk: for AppleTalk, the oracle shows Internet sockets.
var appletalk = rareDivergence{"F1", func(_ *rareTree, args []string, r *result) {
	r.says(bare(args), "", 0, result{Stdout: []byte(appletalkSection(args))})
}}

// appletalkToo: AppleTalk is part of all sockets.
var appletalkToo = rareDivergence{"F1", func(_ *rareTree, args []string, r *result) {
	r.says(bare(args), string(r.Stderr), 0, result{Stdout: []byte(bare(args) + appletalkSection(args)), Stderr: r.Stderr})
}}

var appletalkMissing = rareDivergence{"F1", func(_ *rareTree, args []string, r *result) {
	r.says(bare(args), "", 0, result{Stderr: []byte("netstat: no support for `AF APPLETALK' on this system.\n"), Exit: 1})
}}

// bluetoothMissing: Debian's net-tools 2.10 is built without Bluetooth; one built with
// it prints this.
var bluetoothMissing = rareDivergence{"F15", func(_ *rareTree, args []string, r *result) {
	stdout := strings.SplitAfter(strings.Replace(bare(args), "Internet", "Bluetooth", 1), "\n")[0]
	l2cap := short(args, "2") || !short(args, "f") && !slices.Contains(args, "--rfcomm")
	protocol := "L2CAP"
	if l2cap {
		stdout += "Proto  Destination       Source            State         PSM DCID   SCID      IMTU    OMTU Security\n"
	} else {
		protocol = "RFCOMM"
		stdout += "Proto  Destination       Source            State     Channel\n"
	}
	r.says("", "netstat: feature `AF BLUETOOTH' not supported.\n"+
		"Please recompile `net-tools' with newer kernel source or full configuration.\n", 1,
		result{Stdout: []byte(stdout), Stderr: []byte("netstat: no support for `BTPROTO " + protocol + "' on this system.\n"), Exit: 1})
}}

// netromErrno: the second error is not that of the second file.
var netromErrno = rareDivergence{"F14", func(_ *rareTree, _ []string, r *result) {
	r.Stderr = bytes.Replace(r.Stderr, []byte("nr_neigh: Invalid argument"), []byte("nr_neigh: No such file or directory"), 1)
}}
