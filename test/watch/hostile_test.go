package watch

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"netstat"
	"netstat/act"
	"netstat/live"
)

// hostile is a text that would take a terminal over: it clears the screen, sets a title,
// ends an operating system command, breaks the line and turns the direction of text.
const hostile = "\x1b[2J\x1b]0;owned\a\u009b31m\u202e\r\nend 名字 e\u0301\xff"

// TestHostileNames requires that no pane passes what others have named to the terminal.
func TestHostileNames(t *testing.T) {
	rows := map[netstat.Table][]netstat.Socket{
		netstat.TCP4Table: moments()[0][netstat.TCP4Table],
		netstat.UnixTable: {{
			Table: netstat.UnixTable, State: netstat.Listen, Inode: 7, Cookie: 7,
			Local: netstat.Addr{Name: "/run/" + hostile}, Detail: &netstat.UnixDetail{},
		}},
	}
	for _, size := range [][2]int{{80, 24}, {40, 10}, {10, 4}, {1, 1}} {
		s := newStage(t, size[0], size[1], rows, "-an", "--columns=local,process,command,unit,container,process_cgroup")
		for pid := range s.host.Processes {
			s.host.Processes[pid] = netstat.Process{
				Argv0: hostile, Comm: hostile, Args: []string{hostile, hostile}, Executable: hostile,
				Cgroup: "/system.slice/" + hostile + ".service/docker-" + hostile + ".scope",
			}
		}
		check := func(what string) {
			t.Helper()
			checkScreen(t, what, s.model.Screen())
		}
		s.next(rows)
		check("table")
		s.keys(end)
		check("last row selected")
		s.keys(enter)
		check("details of a unix socket")
		for range 20 {
			s.keys(pageDown)
			check("more details")
		}
		s.keys(escape + "g" + "proc" + enter)
		check("groups")
		s.keys(enter)
		check("details of a group")
		s.keys(escape + "g" + enter)
		s.keys("/" + "process = '\u202e名\u009b'")
		check("a filter being edited")
		s.keys(enter)
		check("a filter")
		s.host.Errs[netstat.UDP4Table] = errors.New(hostile)
		s.keys("/" + erase + enter)
		check("an error")
		if text := s.model.Screen().Text(); size[0] == 80 && !strings.Contains(text, "end 名字") {
			t.Errorf("the error is missing:\n%s", text)
		}
		s.keys(home + "K")
		check("the question whether to close a socket")
		s.keys(home + "n")
		check("no")
		s.keys(end + "K")
		check("a unix socket cannot be closed")
		s.model.Closed(&s.model.Round().Rows[len(s.model.Round().Rows)-1], act.FailedBy(errors.New(hostile)))
		check("closing failed")
		s.keys(home + "y")
		for _, a := range s.said {
			if strings.ContainsFunc(a.Text, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e }) {
				t.Errorf("copied %q", a.Text)
			}
		}
	}
}

func checkScreen(t *testing.T, what string, s *live.Screen) {
	t.Helper()
	p := live.Painter{Color: true}
	v := newVT(s.Cols, s.Rows)
	v.write(string(p.Append(nil, s)))
	if len(v.unknown) > 0 || v.rest != "" {
		t.Errorf("%s: the terminal got %q and %q", what, v.unknown, v.rest)
	}
	text := s.Text()
	if strings.ContainsAny(text, "\x1b\a\r\u009b\u202e") || !utf8.ValidString(text) {
		t.Errorf("%s: %q", what, text)
	}
	if n := strings.Count(text, "\n"); n != s.Rows {
		t.Errorf("%s: %d lines, want %d", what, n, s.Rows)
	}
}

// TestPlainColours requires that without colours no style is used, and that marks are
// words.
func TestPlainColours(t *testing.T) {
	s := newStage(t, 80, 24, moments()[0], "-an")
	s.next(moments()[1])
	for _, color := range []bool{false, true} {
		p := live.Painter{Color: color}
		out := string(p.Append(nil, s.model.Screen()))
		out = strings.TrimPrefix(out, "\x1b[0m")
		if !strings.Contains(out, "opened") || strings.Contains(out, "m") && strings.Contains(out, "\x1b[32m") != color {
			t.Errorf("colour %t: %q", color, out)
		}
		if !color && strings.Contains(out, "\x1b[7m") {
			t.Errorf("a style without colours: %q", out)
		}
	}
}
