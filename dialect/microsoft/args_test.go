package microsoft

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"netstat/options"
)

func TestParse(t *testing.T) {
	for args, want := range map[string]Command{
		"":                          {},
		"-a":                        {All: true},
		"/a":                        {All: true},
		"-A /N":                     {All: true, Numeric: true},
		"-abcdefinoqrstxy":          {All: true, Programs: true, Ports: true, DSCP: true, Ethernet: true, FullNames: true, TimeInState: true, Numeric: true, Owners: true, Bound: true, Routes: true, Statistics: true, Offload: true, NetworkDirect: true, Templates: true},
		"-v":                        {},
		"/V":                        {},
		"-abv":                      {All: true, Programs: true},
		"-anvb":                     {All: true, Numeric: true, Programs: true},
		"-vano":                     {All: true, Numeric: true, Owners: true},
		"-a -v -n 5":                {All: true, Numeric: true, Interval: 5 * time.Second},
		"–nao":                      {All: true, Numeric: true, Owners: true},
		"–nop tcp —resolve=2":       {Numeric: true, Owners: true, Protocol: ProtocolTCP, Options: options.Options{ResolveTimeout: 2 * time.Second, ResolveTimeoutSet: true}},
		"-svp udp":                  {Statistics: true, Protocol: ProtocolUDP},
		"/aNo":                      {All: true, Numeric: true, Owners: true},
		"-p tcp":                    {Protocol: ProtocolTCP},
		"/P UDPv6":                  {Protocol: ProtocolUDPv6},
		"-anp TcPv6":                {All: true, Numeric: true, Protocol: ProtocolTCPv6},
		"-p udp":                    {Protocol: ProtocolUDP},
		"-p udp -p tcp":             {Protocol: ProtocolTCP},
		"-sp ip":                    {Statistics: true, Protocol: ProtocolIP},
		"-p IPv6 -s":                {Statistics: true, Protocol: ProtocolIPv6},
		"-s -p icmp":                {Statistics: true, Protocol: ProtocolICMP},
		"-s -p ICMPV6":              {Statistics: true, Protocol: ProtocolICMPv6},
		"-s -p tcp udp":             {Statistics: true, Protocol: ProtocolTCP},
		"-s -p tcp udp ip -n":       {Statistics: true, Protocol: ProtocolTCP, Numeric: true},
		"-s -p tcp udp 5":           {Statistics: true, Protocol: ProtocolTCP, Interval: 5 * time.Second},
		"5":                         {Interval: 5 * time.Second},
		"-e -t 5":                   {Ethernet: true, Offload: true, Interval: 5 * time.Second},
		"5 -n":                      {Numeric: true, Interval: 5 * time.Second},
		"1 007":                     {Interval: 7 * time.Second},
		"9223372036":                {Interval: 9223372036 * time.Second},
		"--dialect=windows":         {Options: options.Options{Dialect: "windows"}},
		"--dialect windows -n":      {Numeric: true, Options: options.Options{Dialect: "windows"}},
		"--DIALECT=Windows":         {Options: options.Options{Dialect: "windows"}},
		"-n --resolve-timeout 2 -a": {Numeric: true, All: true, Options: options.Options{ResolveTimeout: 2 * time.Second, ResolveTimeoutSet: true}},
		"--resolve=500ms":           {Options: options.Options{ResolveTimeout: 500 * time.Millisecond, ResolveTimeoutSet: true}},
		"--snapshot=- --replay=x":   {Options: options.Options{Snapshot: "-", Replay: "x"}},
	} {
		cmd, exit := Parse(append([]string{"netstat"}, strings.Fields(args)...), Environment{})
		if exit != nil || !reflect.DeepEqual(*cmd, want) {
			t.Errorf("%q: %+v, %+v", args, cmd, exit)
		}
	}
	if cmd, exit := Parse(nil, Environment{}); exit != nil || !reflect.DeepEqual(*cmd, Command{}) {
		t.Errorf("no arguments: %+v, %+v", cmd, exit)
	}
}

func TestParseMistakes(t *testing.T) {
	for _, args := range []string{
		"/?", "-?", "-a?", "-z", "-an-", "/", "-", "--", "//a", "-p", "-ap", "-p bad", "-p tcp4", "-pn tcp", "-p -n",
		"-p ip", "-p icmpv6 -n", "-ptcp", "0", "000", "x", "5x", "-5", "1.5", "tcp", "-n tcp", "9223372037",
		"18446744073709551617", "99999999999999999999999", "+5", "é", "-é", "-\x00", "-p tcp xyz", "-p tcp --dialect=windows udp", "-pv tcp", "-vz", "-v v",
	} {
		for _, env := range []Environment{{}, {Lang: "zh_cn"}, {CRLF: true}} {
			cmd, exit := Parse(append([]string{"netstat"}, strings.Split(args, " ")...), env)
			want := usage(textsOf(env.Lang))
			if env.CRLF {
				want = strings.ReplaceAll(want, "\n", "\r\n")
			}
			if cmd != nil || exit == nil || exit.Code != ExitFailure || exit.Stdout != "" || exit.Stderr != want {
				t.Errorf("%q %+v: %+v, %+v", args, env, cmd, exit)
			}
		}
	}
	for args, want := range map[string]string{"-h": usage(&english), "/help": usage(&english), "--help=x": "netstat: unknown help topic 'x' (known: filter, columns, states, formats, families, namespaces, diagnose, examples)\n"} {
		if cmd, exit := Parse([]string{"netstat", args}, Environment{}); cmd != nil || exit == nil || *exit != (Exit{Code: ExitFailure, Stderr: want}) {
			t.Errorf("%q: %+v, %+v", args, cmd, exit)
		}
	}
	if _, exit := Parse([]string{"netstat", ""}, Environment{}); exit == nil {
		t.Error("an empty word is accepted")
	}
	for args, want := range map[string]string{
		"--nonsense":          "netstat: unknown option --nonsense (try 'netstat --help')\n",
		"--ev\x1bil":          "netstat: unknown option --ev.il (try 'netstat --help')\n",
		"--colums=local":      "netstat: unknown option --colums: did you mean --columns? (try 'netstat --help')\n",
		"--Jsn":               "netstat: unknown option --jsn: did you mean --json? (try 'netstat --help')\n",
		"--json=x":            "netstat: option --json takes no value (try 'netstat --help')\n",
		"--re 1":              "netstat: option --re is ambiguous: --resolve-timeout, --redact, --replay or --record (try 'netstat --help')\n",
		"--dialect":           "netstat: option --dialect needs a value: --dialect=NAME (try 'netstat --help')\n",
		"--dialect=os2":       "netstat: unknown dialect 'os2' (known: linux, windows)\n",
		"--format=jsn":        "netstat: unknown format 'jsn': did you mean json? (known: text, json, ndjson, csv, tsv, table, openmetrics, prometheus, template=TEXT)\n",
		"--resolve-timeout=x": "netstat: bad value 'x' for --resolve-timeout: must be a number of seconds, or a duration such as 500ms\n",
		"--snapshot=":         "netstat: bad value '' for --snapshot: must be a file name, or - for a standard stream\n",
	} {
		cmd, exit := Parse(append([]string{"netstat"}, strings.Fields(args)...), Environment{})
		if cmd != nil || exit == nil || *exit != (Exit{Code: ExitFailure, Stderr: want}) {
			t.Errorf("%q: %+v, %+v", args, cmd, exit)
		}
	}
}

// TestParseMistakesChinese checks that errors about options are in the user's language.
func TestParseMistakesChinese(t *testing.T) {
	for args, want := range map[string]string{
		"--colums=local": "netstat: 未知选项 --colums: 是否指 --columns？（参见 netstat --help）\n",
		"--json=x":       "netstat: 选项 --json 不带值（参见 netstat --help）\n",
		"--re 1":         "netstat: 选项 --re 有歧义: --resolve-timeout、--redact、--replay、--record（参见 netstat --help）\n",
		"--port":         "netstat: 选项 --port 需要一个值: --port=列表（参见 netstat --help）\n",
	} {
		cmd, exit := Parse(append([]string{"netstat"}, strings.Fields(args)...), Environment{Lang: "zh"})
		if cmd != nil || exit == nil || *exit != (Exit{Code: ExitFailure, Stderr: want}) {
			t.Errorf("%q: %+v, %+v", args, cmd, exit)
		}
	}
}

// Unlike "/?", --help is not a mistake.
func TestParseHelp(t *testing.T) {
	for _, args := range []string{"--help", "--HELP", "-ano --help", "--help -z", "--json --help", "--help=filter --help", "--he"} {
		for _, env := range []Environment{{}, {Lang: "zh_cn"}, {CRLF: true}} {
			cmd, exit := Parse(append([]string{"netstat"}, strings.Fields(args)...), env)
			want := usage(textsOf(env.Lang))
			if env.CRLF {
				want = crlf(want)
			}
			if cmd != nil || exit == nil || *exit != (Exit{Code: ExitOK, Stdout: want}) {
				t.Errorf("%q %+v: %+v, %+v", args, env, cmd, exit)
			}
		}
	}
}

// TestUsageLayout checks the layout of the help text: paragraphs in the order
// of their letters, texts from column 16, no line but the synopsis beyond
// column 79.
func TestUsageLayout(t *testing.T) {
	for _, lang := range []string{"", "zh"} {
		text := usage(textsOf(lang))
		if !strings.HasPrefix(text, "\n") || !strings.HasSuffix(text, "\n\n") {
			t.Errorf("%s: no blank line around it", lang)
		}
		last, seen := "", 0
		for line := range strings.SplitSeq(text, "\n") {
			if columns(line) > 79 && !strings.HasPrefix(line, "NETSTAT ") {
				t.Errorf("%s: too long: %q", lang, line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s: blanks at the end: %q", lang, line)
			}
			if !strings.HasPrefix(line, "  -") {
				continue
			}
			seen++
			if line[:4] <= last {
				t.Errorf("%s: %q after %q", lang, line[:4], last)
			}
			last = line[:4]
			if line[15] != ' ' || line[16] == ' ' {
				t.Errorf("%s: not from column 16: %q", lang, line)
			}
			if !strings.Contains(synopsis, "["+line[2:4]) {
				t.Errorf("%s: %q is not in the synopsis", lang, line[:4])
			}
		}
		if seen != len(argLetters)+2 { // with p and v
			t.Errorf("%s: %d options are explained", lang, seen)
		}
		for i := range options.All {
			if !strings.Contains(text, "--"+options.All[i].Name) {
				t.Errorf("%s: --%s is missing", lang, options.All[i].Name)
			}
		}
	}
}

// columns returns the width of a line on a terminal.
func columns(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x2e80 {
			n++
		}
	}
	return n
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"-ano", "/A /p udp 5", "-s -p tcp udp", "--dialect=windows -r", "-d", "/?", "--help", "-p\n", "--replay\nx\n--x=y", "99999999999999999999"} {
		f.Add(strings.ReplaceAll(seed, " ", "\n"), "en", false)
		f.Add(strings.ReplaceAll(seed, " ", "\n"), "zh-CN", true)
	}
	f.Fuzz(func(t *testing.T, words, lang string, crlf bool) {
		args := append([]string{"netstat"}, strings.Split(words, "\n")...)
		cmd, exit := Parse(args, Environment{Lang: lang, CRLF: crlf})
		if (cmd == nil) == (exit == nil) {
			t.Fatalf("%q: %v, %v", words, cmd, exit)
		}
		if exit != nil {
			text := exit.Stdout + exit.Stderr
			if (exit.Code == ExitOK) != (exit.Stderr == "") || (exit.Code == ExitOK) != (exit.Stdout != "") || !strings.HasSuffix(text, "\n") || strings.ContainsAny(text, "\x00\x1b\x7f") {
				t.Fatalf("%q: %+v", words, exit)
			}
			if n := strings.Count(text, "\r"); crlf && n != strings.Count(text, "\n") || !crlf && n > 0 {
				t.Fatalf("%q: line ends of %q", words, text)
			}
			return
		}
		if cmd.Interval < 0 || cmd.Interval%time.Second != 0 {
			t.Fatalf("%q: interval %v", words, cmd.Interval)
		}
		if p := cmd.Protocol; p > ProtocolUDPv6 || p != ProtocolAny && !p.sockets() && !cmd.Statistics {
			t.Fatalf("%q: protocol %d", words, p)
		}
	})
}
