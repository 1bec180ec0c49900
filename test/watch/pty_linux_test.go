package watch

import (
	"context"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netstat/internal/terminal"
	"netstat/live"
	"netstat/schema"
)

// patience limits the wait for a screen or a session.
const patience = time.Minute

// openPTY returns the two ends of a pseudo terminal.
func openPTY(t *testing.T, cols, rows uint16) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	setSize(t, slave, cols, rows)
	t.Cleanup(func() {
		_ = slave.Close()
		_ = master.Close()
	})
	return master, slave
}

func setSize(t *testing.T, slave *os.File, cols, rows uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: cols, Row: rows}); err != nil {
		t.Fatal(err)
	}
}

func settings(t *testing.T, f *os.File) unix.Termios {
	t.Helper()
	m, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *m
}

// TestTerminal drives the table through a pseudo terminal: what arrives there is what the
// Model shows, and at the end the terminal is as it was.
func TestTerminal(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {40, 10}} {
		t.Run(strconv.Itoa(size[0]), func(t *testing.T) { testTerminal(t, size[0], size[1]) })
	}
}

func testTerminal(t *testing.T, cols, rows int) {
	s := newStage(t, cols, rows, moments()[0], "-an")
	master, slave := openPTY(t, uint16(cols), uint16(rows))
	before := settings(t, slave)
	term, err := terminal.Open(slave, slave, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer term.Close()
	if raw := settings(t, slave); raw.Lflag&(unix.ICANON|unix.ECHO) != 0 || raw.Lflag&unix.ISIG == 0 {
		t.Errorf("modes %#x: keys must arrive at once and unseen, Ctrl-C as a signal", raw.Lflag)
	}
	saved := ""
	job := &live.Job{
		Config: live.Config{Host: "host", Period: time.Hour}, Reader: s.open("-an"), Color: true,
		Now: func() time.Time { return start },
		CPU: func() time.Duration { return 0 },
		Save: func(name string, round *live.Round) error {
			var b strings.Builder
			err := live.WriteRows(&b, "netstat", schema.Host{Name: "host"}, round)
			saved = name + "\n" + b.String()
			return err
		},
	}
	done := make(chan error, 1)
	go func() {
		_, err := live.Run(context.Background(), term, job)
		done <- err
	}()

	screen := newVT(cols, rows)
	var lock sync.Mutex
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			if err != nil {
				return
			}
			lock.Lock()
			screen.write(string(buf[:n]))
			lock.Unlock()
		}
	}()
	// await waits until the terminal shows what the Model of the stage shows.
	await := func(what string) {
		t.Helper()
		want := s.model.Screen().Text()
		var got string
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			lock.Lock()
			got = screen.text()
			lock.Unlock()
			if got == want {
				return
			}
		}
		t.Fatalf("%s: the terminal shows\n%s\nwant\n%s", what, got, want)
	}
	write := func(keys string) {
		t.Helper()
		if _, err := master.WriteString(keys); err != nil {
			t.Fatal(err)
		}
	}
	press := func(keys string) {
		t.Helper()
		s.keys(keys)
		write(keys)
	}
	// The header names the period; that of this job never ends.
	s.model.Update(s.model.Round(), time.Hour)
	refresh := func() { s.model.Update(s.model.Round(), time.Hour) }
	await("first round")
	press(down + down)
	await("third row selected")
	press("/sport = :443")
	await("editing")
	press(enter)
	refresh()
	await("filter")
	press("/" + erase + "dport" + enter)
	await("mistake")
	press("/" + erase + enter)
	refresh()
	await("no filter")
	press("?")
	await("help")
	press("q")
	press("s")
	await("picker")
	press("loc" + enter)
	refresh()
	await("sorted")
	press("g" + down)
	press(enter)
	refresh()
	await("grouped")
	press("g" + enter)
	refresh()
	await("no groups")
	table := s.model.Screen().Text()
	press(enter)
	refresh()
	await("details")
	// A sequence may arrive in parts. If the test is stopped for so long that the first part
	// is the key Escape, which shows the table, the details are opened again.
	details := s.model.Screen().Text()
	s.keys(pageDown)
	want := s.model.Screen().Text()
	shows := func(texts ...string) string {
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			lock.Lock()
			text := screen.text()
			lock.Unlock()
			if slices.Contains(texts, text) {
				return text
			}
		}
		return ""
	}
	for got := table; got == table; got = shows(want, table) {
		if shows(details, table) == table {
			write(enter)
			shows(details)
		}
		for _, part := range []string{pageDown[:1], pageDown[1:3], pageDown[3:]} {
			write(part)
		}
	}
	await("a key in parts")
	press(escape)
	await("Escape")
	press("y")
	s.model.Say("copied", false)
	await("copied")
	lock.Lock()
	text, err := base64.StdEncoding.DecodeString(screen.copied)
	lock.Unlock()
	if want := s.said[len(s.said)-1].Text; err != nil || string(text) != want {
		t.Errorf("copied %q, %v, want %q", text, err, want)
	}
	press("e" + erase)
	await("asked for a name")
	press("rows.ndjson" + enter)
	s.model.Say("saved rows.ndjson", false)
	await("saved")
	if lines := strings.Split(saved, "\n"); lines[0] != "rows.ndjson" || len(lines) != 1+1+6+1+1 || !strings.Contains(saved, `"local":"0.0.0.0:22"`) {
		t.Errorf("saved %s", saved)
	}

	cols, rows = cols+7, rows+3
	lock.Lock()
	screen.resize(cols, rows)
	lock.Unlock()
	setSize(t, slave, uint16(cols), uint16(rows))
	// Without a controlling terminal there is no signal about the size.
	if err := unix.Kill(unix.Getpid(), unix.SIGWINCH); err != nil {
		t.Fatal(err)
	}
	s.model.Resize(cols, rows)
	await("resized")

	press("q")
	if err := <-done; err != nil {
		t.Error(err)
	}
	term.Close()
	if after := settings(t, slave); after != before {
		t.Errorf("modes %+v, before %+v", after, before)
	}
	lock.Lock()
	defer lock.Unlock()
	if len(screen.unknown) > 0 {
		t.Errorf("the terminal got %q", screen.unknown)
	}
}

// TestNoTerminal requires that nothing is written to a file.
func TestNoTerminal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := terminal.Open(f, f, nil); err == nil {
		t.Error("a file is taken for a terminal")
	}
	if b, _ := os.ReadFile(f.Name()); len(b) > 0 {
		t.Errorf("wrote %q", b)
	}
}

// TestPanic requires that the terminal is restored after a panic, also of the goroutine
// that reads the host.
func TestPanic(t *testing.T) {
	s := newStage(t, 80, 24, moments()[0], "-an")
	master, slave := openPTY(t, 80, 24)
	go func() { _, _ = io.Copy(io.Discard, master) }()
	before := settings(t, slave)
	reader := s.open("-an")
	job := &live.Job{
		Config: live.Config{Period: time.Hour}, Reader: reader,
		Now: func() time.Time { panic("broken clock") }, CPU: func() time.Duration { return 0 },
	}
	func() {
		defer func() {
			if p := recover(); p != "broken clock" {
				t.Errorf("panic %v", p)
			}
		}()
		term, err := terminal.Open(slave, slave, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer term.Close()
		_, err = live.Run(context.Background(), term, job)
		t.Errorf("Run returned %v", err)
	}()
	if after := settings(t, slave); after != before {
		t.Errorf("modes %+v, before %+v", after, before)
	}
}

func (v *vt) text() string {
	var b strings.Builder
	for _, line := range v.cells {
		b.WriteString(strings.TrimRight(string(line), " \x00") + "\n")
	}
	return strings.ReplaceAll(b.String(), "\x00", "")
}
