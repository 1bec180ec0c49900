package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"netstat"
	"netstat/collect"
	"netstat/render"
)

// formatsRun runs a command line on a snapshot.
func formatsRun(t *testing.T, host, dialect string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	p := &process{
		getenv: func(string) (string, bool) { return "", false },
		stdin:  strings.NewReader(""), stdout: &out, stderr: &errs,
		dialect: dialect, systemLanguage: func() string { return "" }, elevationText: func() string { return "" },
		selinux: func() bool { return false }, elevated: func() bool { return true },
		rows: func() int { return 0 }, columns: func() int { return 0 }, hostName: func() string { return "here" },
		now:   func() time.Time { return time.Date(2026, 11, 23, 8, 31, 0, 0, time.UTC) },
		sleep: func(time.Duration) { t.Error("slept") },
		open: func(collect.Options) (netstat.Source, error) {
			t.Error("the running host was opened")
			return nil, errFormats
		},
	}
	status = run(append([]string{"netstat", "--replay=" + host}, args...), p)
	return status, out.String(), errs.String()
}

// TestFormatsDenied checks that denied owners are reported once, on standard
// error.
func TestFormatsDenied(t *testing.T) {
	const text = `{"schema":"netstat","version":1,"content":"snapshot","euid":1000,"host":{"system":"linux"},"owners":{"denied":true,"seen":true},"sockets":[
{"family":"inet","proto":"tcp","facts":["inode"],"rows":[{"family":"inet","proto":"tcp","state":"LISTEN","local_address":"0.0.0.0","local_port":22,"remote_address":"0.0.0.0","remote_port":0,"recv_queue":0,"send_queue":0,"inode":7,"owners":[]}]},
{"family":"inet6","proto":"tcp","facts":["inode"],"rows":[]}],"processes":[]}`
	name := filepath.Join(t.TempDir(), "host.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	const denied = "netstat: cannot inspect some processes: owners may be missing (record as root)\n"
	const none = "netstat: no socket found: record as root to see other users' processes\n"
	const head = "Active Internet connections (only servers)\n" +
		"Proto Recv-Q Send-Q Local Address           Foreign Address         State      "
	const row = "tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN     "
	for _, c := range []struct {
		line, out, errs string
		status          int
	}{
		{"-tln --process=x", head + "\n", none, 255},
		{"-tln --filter=peer_pid=1", head + "\n", "", 0},
		{"-tln --process=x --port=80", head + "\n", "", 0},
		{"-tln --process=x --port=22", head + "\n", none, 255},
		{"-tln --filter=process!=x", head + "\n" + row + "\n", denied, 0},
		{"--process=x --family=tcp --columns=local", "LOCAL\n", none, 255},
		{"--dialect=windows -an -p tcp --process=x", "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State\n", none, 1},
		{"-tln --sort=process", head + "\n" + row + "\n", denied, 0},
		{"-tln --sort=local --port=22", head + "\n" + row + "\n", "", 0},
		{"-tlnp --pid=1", head + " PID/Program name    \n", "(Not all processes could be identified, non-owned process info\n will not be shown, you would have to be root to see it all.)\n" + none, 255},
		{"-tlnp --format=template={{.owner_unknown}}", "permission\n", denied, 0},
		{"-tlnp --columns=local,pid,owner_unknown", "LOCAL       PID  NO-OWNER\n0.0.0.0:22    -  permission\n", denied, 0},
		{"-tlnp --format=csv", "proto,recvq,sendq,local,remote,state,pid,process\r\ntcp,0,0,0.0.0.0:22,0.0.0.0:0,LISTEN,,\r\n", denied, 0},
		{"-tln --format=csv", "proto,recvq,sendq,local,remote,state\r\ntcp,0,0,0.0.0.0:22,0.0.0.0:0,LISTEN\r\n", "", 0},
		{"-tln --process=x --count", "0\n", none, 255},
		{"-tln --format=table", "PROTO  RECV-Q  SEND-Q  LOCAL       REMOTE     STATE\ntcp         0       0  0.0.0.0:22  0.0.0.0:*  LISTEN\n", "", 0},
		{"-tlnp --format=table --columns=local,owners", "LOCAL       OWNERS\n0.0.0.0:22  -\n", denied, 0},
	} {
		status, out, errs := formatsRun(t, name, "linux", strings.Fields(c.line)...)
		if status != c.status || out != c.out || errs != c.errs {
			t.Errorf("%s: status %d\n%s%s", c.line, status, out, errs)
		}
	}
}

// TestFormatsOwnersUnasked checks that a failed search for owners is an error if they
// were requested, and a warning if a table shows them by default.
func TestFormatsOwnersUnasked(t *testing.T) {
	const text = `{"schema":"netstat","version":1,"content":"snapshot","host":{"system":"linux"},"elevated":true,"owners":{"error":{"text":"lost"}},"sockets":[
{"family":"inet","proto":"tcp","facts":["inode"],"rows":[{"family":"inet","proto":"tcp","state":"LISTEN","local_address":"0.0.0.0","local_port":22,"remote_address":"0.0.0.0","remote_port":0,"recv_queue":0,"send_queue":0,"inode":7,"owners":[]}]},
{"family":"inet6","proto":"tcp","facts":["inode"],"rows":[]}],"processes":[]}`
	name := filepath.Join(t.TempDir(), "host.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]int{
		"--format=table": 0, "--format=table -p": 255, "--columns=owners": 255, "--format=table --pid=1": 255, "--format=csv": 0, "--format=csv -p": 255,
	} {
		status, out, errs := formatsRun(t, name, "linux", append(strings.Fields(line), "-tln")...)
		said := ""
		if strings.Contains(out, "OWNERS") || want != 0 {
			said = "netstat: replay: lost\n"
		}
		if status != want || errs != said || out == "" {
			t.Errorf("%s: status %d, %q\n%s", line, status, errs, out)
		}
	}
}

// TestFormatsUnreadable checks that a source that cannot be read is the same error in
// every format.
func TestFormatsUnreadable(t *testing.T) {
	const text = `{"schema":"netstat","version":1,"content":"snapshot","host":{"system":"linux"},"interfaces":[{"details":true,"rows":[],
"problems":[{"after_rows":0,"reported":true,"error":{"kind":"operation","text":"read interfaces: lost","operation":"read interfaces",
"causes":[{"text":"lost","is":["unsupported","incomplete"]}]}}]}]}`
	name := filepath.Join(t.TempDir(), "host.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for dialect, lines := range map[string][]string{
		"linux":   {"-i", "-i --json", "-i --format=ndjson", "-i --format=csv", "-i --columns=name", "-i --count"},
		"windows": {"-e", "-e --json", "-e --columns=name"},
	} {
		for _, line := range lines {
			status, out, errs := formatsRun(t, name, dialect, strings.Fields(line)...)
			if status != dialectOf(dialect).failure || errs != "netstat: read interfaces: lost\n" {
				t.Errorf("%s: status %d, %q\n%s", line, status, errs, out)
			}
		}
	}
}

var errFormats = &netstat.OpError{Op: "open"}

// formatsLines holds command lines of every view.
var formatsLines = map[string][]string{
	"linux": {
		"", "-a", "-tan", "-tulnpe", "-tanoee", "-xanp", "-wan", "-lp", "-A inet,unix -an", "-A inet6", "--ax25", "-A ax25,inet", "-A netrom -a",
		"-S", "-SUan", "--ddp", "--bluetooth", "-r", "-6r", "-rC", "-rFC", "-r -A ax25", "-r -A x25,inet", "-i", "-ia", "-ie", "-i lo", "-i nosuch",
		"-g", "-g6", "-s", "-st", "-6s", "-s -A ipx", "-M", "-Mn", "-tan --tcp-info --memory", "-anp --all-owners --peers",
		"-tan --filter state=listening", "-tan --sort remote,-recvq", "-tan --limit 2", "-Z",
	},
	"windows": {
		"", "-a", "-an", "-ano", "-anob", "-anq", "-ant", "-any", "-e", "-s", "-s -p tcp", "-r", "-rn", "-an -p tcp", "-an -p udpv6", "-i",
		"-es -r", "-ano --all-owners", "-an --limit 2",
	},
}

// TestFormatsOfEveryView checks, for every command line, host and dialect, that
// each format returns the status of the classic text, has the same records as
// the others, and is valid.
func TestFormatsOfEveryView(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/netstat.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := filepath.Glob("testdata/hosts/*.json")
	if err != nil || len(hosts) < 3 {
		t.Fatalf("%d hosts, %v", len(hosts), err)
	}
	for _, path := range hosts {
		host := filepath.Base(path)
		for dialect, lines := range formatsLines {
			for _, line := range lines {
				t.Run(host+"/"+dialect+"/"+line, func(t *testing.T) {
					formatsOfView(t, schema, host, dialect, strings.Fields(line))
				})
			}
		}
	}
}

func formatsOfView(t *testing.T, schema *jsonschema.Schema, host, dialect string, args []string) {
	want, _, classic := formatsRun(t, filepath.Join("testdata", "hosts", host), dialect, args...)
	records := map[string]int{}
	for _, format := range render.FormatWords(false) {
		format, _, _ = strings.Cut(strings.TrimRight(format, ", "), " ")
		form, err := render.ParseFormat(format)
		switch {
		case form.Totals(): // has no rows: metrics_test.go
			continue
		case err != nil:
			t.Fatal(err)
		case form == (render.Format{}):
			continue // the classic text
		case form.String() == "template":
			format = "template={{json .}}"
		}
		status, out, errs := formatsRun(t, filepath.Join("testdata", "hosts", host), dialect, append(slices.Clone(args), "--format="+format)...)
		switch {
		case status == want:
		case status == 255 && host == "linux-rare.json" && strings.Contains(classic, "/proc/net/snmp"):
			// net-tools returns 0 if it could not read a counter.
		case status == 0 && host == "linux-rare.json" && dialect == "windows" && strings.Contains(strings.Join(args, " "), "-r"):
			// Microsoft's list of routes begins with the
			// interfaces, which this host lacks.
		default:
			t.Errorf("%s: status %d, of the text %d\n%s\n%s", format, status, want, errs, classic)
		}
		if status != 0 && errs == "" {
			t.Errorf("%s: status %d without a message", format, status)
		}
		for _, text := range []string{out, errs} {
			if (form.Columns() || text == errs) && !formatsSafe(strings.ReplaceAll(text, "\t", "")) {
				t.Errorf("%s: unsafe for a terminal: %q", format, text)
			}
		}
		if out == "" {
			if status == 0 && !strings.HasPrefix(format, "template") {
				t.Errorf("%s: nothing", format)
			}
			continue
		}
		switch format {
		case "json":
			records[format] = formatsJSON(t, schema, out)
		case "ndjson":
			records[format] = formatsNDJSON(t, out)
		case "csv":
			rows, err := csv.NewReader(strings.NewReader(out)).ReadAll() // checks that all have the same length
			if err != nil {
				t.Fatal(err)
			}
			records[format] = len(rows) - 1
		case "template={{json .}}":
			for line := range strings.Lines(out) {
				if !json.Valid([]byte(line)) {
					t.Errorf("%s", line)
				}
			}
			records[format] = strings.Count(out, "\n")
		default:
			records[format] = strings.Count(out, "\n") - 1
		}
	}
	for format, n := range records {
		if n != records["json"] {
			t.Errorf("%s has %d records, JSON %d", format, n, records["json"])
		}
	}
}

// formatsSafe reports whether a text is safe for a terminal.
func formatsSafe(s string) bool {
	for _, r := range s {
		if r != '\n' && r != '\r' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return false
		}
	}
	return utf8.ValidString(s)
}

func formatsJSON(t *testing.T, schema *jsonschema.Schema, text string) int {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%v", err)
	}
	document := v.(map[string]any)
	if document["time"] == nil || document["host"].(map[string]any)["name"] == nil {
		t.Error("the envelope has no time or no host")
	}
	if bytes.Contains([]byte(text), []byte("null")) {
		t.Error("a null is written")
	}
	return len(document[document["content"].(string)].([]any))
}

func formatsNDJSON(t *testing.T, text string) (records int) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	var last struct {
		Record          string
		Records, Errors int
	}
	errors := 0
	for i, line := range lines {
		last.Record = ""
		if err := json.Unmarshal([]byte(line), &last); err != nil {
			t.Fatal(err)
		}
		switch {
		case (i == 0) != (last.Record == "report"), (i == len(lines)-1) != (last.Record == "end"):
			t.Errorf("line %d is %s", i+1, last.Record)
		case i == 0 || last.Record == "end":
		case last.Record == "error":
			errors++
		default:
			records++
		}
	}
	if last.Records != records || last.Errors != errors {
		t.Errorf("%d records and %d errors, the end says %+v", records, errors, last)
	}
	return records
}
