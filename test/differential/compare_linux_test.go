package differential

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// result is the result of one run of a program.
type result struct {
	Stdout, Stderr []byte
	Exit           int
	// Repeats reports whether a second report began; Stdout then holds the first one,
	// and the program was killed.
	Repeats bool
}

// verdict is the outcome of comparing one case.
type verdict struct {
	moved bool   // the oracle itself changed its output
	diff  string // how ours differs; empty if it does not
}

// judge compares ours with the oracle's output just before and just after, both already
// changed by the case's divergences.
func judge(before, ours, after result) verdict {
	if diff := difference(before, after, nil); diff != "" {
		return verdict{moved: true, diff: diff}
	}
	_, b := splitTimers(before.Stdout)
	_, a := splitTimers(after.Stdout)
	for i := range b {
		if a[i] > b[i] {
			return verdict{moved: true, diff: "a timer was restarted"}
		}
	}
	return verdict{diff: difference(before, ours, func(o []int) string {
		for i := range o {
			// A tick of 0.01 s may pass between reading a clock and a table.
			if o[i] > b[i]+1 || o[i] < a[i]-1 {
				return fmt.Sprintf("timer %d is %d.%02d, not within %d.%02d and %d.%02d",
					i, o[i]/100, o[i]%100, a[i]/100, a[i]%100, b[i]/100, b[i]%100)
			}
		}
		return ""
	})}
}

// difference describes how got differs from want. It passes the seconds of timers to
// the given function, if any.
func difference(want, got result, timers func([]int) string) string {
	wantText, _ := splitTimers(want.Stdout)
	gotText, seconds := splitTimers(got.Stdout)
	switch {
	case wantText != gotText:
		return fmt.Sprintf("stdout: %s\nexit code %d, stderr %q", firstDifference(wantText, gotText), got.Exit, got.Stderr)
	case !bytes.Equal(want.Stderr, got.Stderr):
		return fmt.Sprintf("stderr:\n\twant %q\n\tgot  %q", want.Stderr, got.Stderr)
	case want.Exit != got.Exit:
		return fmt.Sprintf("exit code: want %d, got %d", want.Exit, got.Exit)
	case want.Repeats != got.Repeats:
		return fmt.Sprintf("repeats: want %v, got %v", want.Repeats, got.Repeats)
	case timers != nil:
		return timers(seconds)
	}
	return ""
}

var timerSeconds = regexp.MustCompile(`\((\d+)\.(\d\d)/\d+/\d+\)`)

// splitTimers removes the seconds of every timer and returns them in hundredths.
func splitTimers(out []byte) (text string, seconds []int) {
	var b strings.Builder
	at := 0
	for _, m := range timerSeconds.FindAllSubmatchIndex(out, -1) {
		b.Write(out[at:m[2]])
		b.WriteString("S.SS")
		at = m[5]
		n := 0
		for _, c := range append(bytes.Clone(out[m[2]:m[3]]), out[m[4]:m[5]]...) {
			n = n*10 + int(c-'0')
		}
		seconds = append(seconds, n)
	}
	b.Write(out[at:])
	return b.String(), seconds
}

func firstDifference(want, got string) string {
	w, g := strings.SplitAfter(want, "\n"), strings.SplitAfter(got, "\n")
	for i := 0; ; i++ {
		var wl, gl string
		if i < len(w) {
			wl = w[i]
		}
		if i < len(g) {
			gl = g[i]
		}
		if wl != gl {
			return fmt.Sprintf("line %d\n\twant %q\n\tgot  %q\n(%d lines wanted, %d got)", i+1, wl, gl, len(w)-1, len(g)-1)
		}
		if i >= len(w) && i >= len(g) {
			return "none"
		}
	}
}

// divergence is a declared difference: it changes the oracle's output into the output
// expected of ours. Nothing is ever left out of a comparison.
type divergence struct {
	name, why string
	apply     func(r result, c conditions) result
}

// conditions are what a divergence may depend on.
type conditions struct {
	usage string // our output for -h
	own   result // our output, for texts that we may choose
	// denied reports whether ours has no netlink, and so only /proc/net/unix for unix
	// sockets.
	denied bool
}

// everywhere applies to every case: divergence 7.
var everywhere = []divergence{
	{
		"safe text",
		"control characters, directional overrides and bytes that are not UTF-8 come from other processes and could control the terminal (CVE-2024-58251); 2.10 prints them unchanged",
		func(r result, _ conditions) result {
			r.Stdout = safeRows(r.Stdout)
			return r
		},
	},
	{
		"names with a newline",
		"a unix socket name with a newline adds lines to /proc/net/unix, so any user can forge rows; ours prints the whole name, from sock_diag",
		wholeNames,
	},
}

// wholeNames completes the names of the rows that brokenNames cut.
func wholeNames(r result, c conditions) result {
	const warning = "warning, got bogus unix line.\n"
	if c.denied {
		return r
	}
	out := string(r.Stdout)
	for line := range strings.Lines(string(c.own.Stdout)) {
		for _, name := range brokenNames {
			name = strings.ReplaceAll(name, "\x00", "@")
			if row, ok := strings.CutSuffix(line, " "+safe(name)+"\n"); ok {
				out = strings.Replace(out, row+" "+strings.Fields(name)[0]+"\n", line, 1)
			}
		}
	}
	r.Stdout = []byte(strings.ReplaceAll(out, warning, ""))
	r.Stderr = bytes.ReplaceAll(r.Stderr, []byte(warning), nil)
	return r
}

var programCell = regexp.MustCompile(` \d+/`)

// safeRows makes each row of a report safe and keeps the program column 20 bytes wide.
func safeRows(out []byte) []byte {
	// A newline in a program's name would end the row for the code below.
	for _, p := range programs {
		if strings.Contains(p.argv0, "\n") {
			head := "/" + p.argv0[:strings.LastIndexByte(p.argv0, '\n')+1]
			out = bytes.ReplaceAll(out, []byte(head), []byte(safe(head)))
		}
	}
	var b strings.Builder
	for line := range strings.Lines(string(out)) {
		line, end := strings.TrimSuffix(line, "\n"), strings.HasSuffix(line, "\n")
		if m := programCell.FindStringIndex(line); m != nil && len(line) >= m[0]+21 {
			cell := safe(line[m[0]+1 : m[0]+21])
			fmt.Fprintf(&b, "%s %s%s%s", safe(line[:m[0]]), cell, strings.Repeat(" ", 20-len(cell)), safe(line[m[0]+21:]))
		} else {
			b.WriteString(safe(line))
		}
		if end {
			b.WriteByte('\n')
		}
	}
	return []byte(b.String())
}

// safe is independent of the project's own function, which is under test.
func safe(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		bad := r == utf8.RuneError && n == 1 || r < 0x20 || r >= 0x7f && r < 0xa0 ||
			r == 0x61c || r == 0x200e || r == 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
		if bad {
			b.WriteByte('.')
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// Divergences declared by single cases.
var (
	// ownUsage, ownHelp and ownVersion are divergence 4. ownUsage keeps the oracle's
	// error line and replaces its usage text by ours.
	ownUsage = divergence{
		"usage text", "the usage text is this project's own; the error line before it, the stream and the exit code are the oracle's",
		func(r result, c conditions) result {
			if at := bytes.Index(r.Stderr, []byte("usage: netstat")); at >= 0 {
				r.Stderr = append(bytes.Clone(r.Stderr[:at]), c.usage...)
			}
			r.Stdout = nil
			return r
		},
	}
	// ownHelp expects our text on stdout only; the oracle prints three of its lines to
	// stderr.
	ownHelp = divergence{
		"help text", "-h is this project's own text, all of it on stdout",
		func(r result, c conditions) result {
			r.Stdout, r.Stderr = notEmpty(c.own.Stdout), nil
			return r
		},
	}
	ownVersion = divergence{
		"version text", "the second line of -V names this program in place of authors, and it has Bluetooth",
		func(r result, c conditions) result {
			first, rest, _ := bytes.Cut(r.Stdout, []byte("\n"))
			_, features, _ := bytes.Cut(rest, []byte("\n"))
			own := bytes.SplitN(c.own.Stdout, []byte("\n"), 3)
			if len(own) != 3 || !bytes.HasPrefix(own[1], []byte("netstat ")) {
				return r
			}
			features = bytes.Replace(features, []byte("-BLUETOOTH"), []byte("+BLUETOOTH"), 1)
			r.Stdout = bytes.Join([][]byte{first, own[1], features}, []byte("\n"))
			return r
		},
	}
	// ownTopic is divergence 21.
	ownTopic = divergence{
		"help topic", "--help=TOPIC explains a topic, where 2.10 takes no argument",
		func(_ result, c conditions) result { return result{Stdout: notEmpty(c.own.Stdout)} },
	}
	// ownOption is divergence 22.
	ownOption = divergence{
		"option of our own", "an option that is like one of ours is one line that suggests that one",
		func(r result, c conditions) result {
			word := bytes.TrimSuffix(bytes.TrimPrefix(r.Stderr[:bytes.IndexByte(r.Stderr, '\n')], []byte("netstat: unrecognized option '")), []byte("'"))
			suggestion := bytes.TrimPrefix(c.own.Stderr, append([]byte("netstat: unknown option "), word...))
			if !bytes.HasPrefix(suggestion, []byte(": did you mean --")) || bytes.IndexByte(suggestion, '\n') != len(suggestion)-1 {
				return r
			}
			r.Stderr = c.own.Stderr
			return r
		},
	}
	// delayOperand is divergence 1.
	delayOperand = divergence{
		"delay", "the manual documents a trailing delay in seconds, which 2.10 ignores",
		func(r result, _ conditions) result {
			r.Repeats, r.Exit = true, killed
			return r
		},
	}
)

func notEmpty(b []byte) []byte {
	if len(b) == 0 {
		return []byte("some text")
	}
	return b
}
