package watch

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"netstat/live"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares a text with a file.
func golden(t *testing.T, name, text string) {
	t.Helper()
	name = "testdata/" + name
	if *update {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != text {
		t.Errorf("%s differs; now:\n%s", name, text)
	}
}

// walk shows each pane and what keys do in it, at each moment of the main example.
func walk(s *stage) string {
	var b strings.Builder
	show := func(what string) {
		fmt.Fprintf(&b, "== %s\n%s", what, s.model.Screen().Text())
	}
	m := moments()
	show("first round")
	s.next(m[1])
	show("a socket was opened")
	s.next(m[2])
	show("a socket was closed, counters went back")
	s.next(m[3])
	show("the marks last one round")
	s.keys("/sport = :443")
	show("editing a filter")
	s.keys(enter)
	show("filter")
	s.keys("/" + erase + "nonsense = 3" + enter)
	show("a mistake keeps the filter")
	s.keys("/" + erase + "sport = :1" + enter)
	show("nothing matches")
	s.keys("/" + erase + enter)
	s.keys("s" + "rece")
	show("choosing a column to sort by")
	s.keys(enter)
	s.next(m[1])
	s.next(m[3])
	show("sorted by what is received")
	s.keys("ssta" + enter)
	show("sorted by state")
	s.keys("ssta" + enter)
	show("sorted by state, reversed")
	s.keys("snone" + enter)
	s.keys("g")
	show("choosing groups")
	s.keys("proc" + enter)
	s.next(m[0])
	s.next(m[1])
	show("grouped by process")
	s.keys("g" + enter)
	show("no groups")
	s.keys(down + down)
	show("third row selected")
	s.keys(enter)
	show("details")
	s.keys(pageDown)
	show("details, a page further")
	s.keys(escape + " ")
	s.next(m[2])
	show("paused")
	s.keys(" ")
	show("continued: the selection stays with its socket")
	s.keys("y")
	s.keys("e" + enter)
	s.keys(right + right)
	show("two columns scrolled out")
	s.keys(left + left + "?")
	show("help")
	s.keys("q" + home + "K")
	show("may a listening socket be closed?")
	s.keys(escape)
	show("nothing was done")
	s.keys(down + down + "K")
	s.next(m[0])
	show("may a connection be closed?")
	s.keys("y")
	show("closing")
	s.keys("q")
	for _, a := range s.said {
		fmt.Fprintf(&b, "== asked for: %d %q", a.Kind, a.Text)
		if a.Row != nil {
			fmt.Fprintf(&b, " socket %d", a.Row.Record.Row.Socket.Cookie)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestChinese requires that each text of the screens is in the language of the user.
func TestChinese(t *testing.T) {
	s := newStage(t, 80, 24, moments()[0], "-an")
	s.model = live.NewModel(live.Config{Host: "host", Period: time.Second, Chinese: true}, 80, 24)
	s.read()
	golden(t, "screens-zh.txt", walk(s))
}

func TestScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 10}} {
		s := newStage(t, size[0], size[1], moments()[0], "-an")
		text := walk(s)
		for _, line := range strings.Split(text, "\n") {
			if n := len([]rune(line)); n > size[0] && !strings.HasPrefix(line, "== ") {
				t.Errorf("a line has %d columns: %q", n, line)
			}
		}
		golden(t, fmt.Sprintf("screens-%dx%d.txt", size[0], size[1]), text)
		if last := s.said[len(s.said)-1]; last.Kind != live.Quit {
			t.Errorf("q asks for %v", last)
		}
	}
}
