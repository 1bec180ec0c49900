package record

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"netstat/snapshot"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 123456789, time.UTC)

func opened(t *testing.T, dir string, k Keep) *Recorder {
	t.Helper()
	r, err := Open(dir, k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// text writes a text of 1000 bytes that does not get shorter.
func text(w io.Writer) error {
	b := make([]byte, 1000)
	x := uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	_, err := w.Write(b)
	return err
}

func add(t *testing.T, r *Recorder, at time.Time) {
	t.Helper()
	if err := r.Add(at, text); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != lockName {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestNames(t *testing.T) {
	for _, r := range []Round{{Time: noon.Truncate(time.Millisecond)}, {time.Date(1999, 1, 2, 3, 4, 5, 0, time.UTC), true}} {
		name := r.Name()
		if got, ok := parseName(name); !ok || got != r || strings.ContainsAny(name, `:\/*?"<>|`) {
			t.Errorf("%s: %+v", name, got)
		}
		if !isHidden("."+name+".tmp") || isHidden(name) || isHidden(name+".tmp") || isHidden("."+name) {
			t.Errorf("%s: hidden", name)
		}
	}
	for _, name := range []string{
		"", ".lock", ".json.zst", "x.json.zst", "2026-11-29T12-00-00Z.json.zst", "2026-11-29T12-00-00.1Z.json.zst",
		"2026-11-29T12-00-00.123Z.json", "2026-13-29T12-00-00.123Z.json.zst", "2026-11-29T12-00-00,123Z.json.zst",
		"2026-11-29T12-00-00.123Z.json.zst.bak", "2026-11-29T12-00-00.123Z.JSON.ZST", "2026-11-29T12-00-00.123Z.failed.json.zst",
	} {
		if r, ok := parseName(name); ok || isHidden(name) || isHidden("."+name+".tmp") {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestKeepSize requires that the oldest rounds go, but never the newest or one that a kept
// round needs. The first round of each recorder is complete, and the others need it.
func TestKeepSize(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	for i, n := range []int{3, 1, 2} {
		r := opened(t, dir, Keep{})
		for k := range n {
			add(t, r, noon.Add(time.Duration(i)*time.Minute+time.Duration(k)*time.Second))
		}
		r.Close()
	}
	for _, c := range []struct {
		size int64
		want string
	}{
		{6 * block, "00:00 00:01 00:02 01:00 02:00 02:01"},
		{6*block - 1, "00:00 00:02 01:00 02:00 02:01"},
		{4 * block, "00:00 01:00 02:00 02:01"},
		{3 * block, "01:00 02:00 02:01"},
		{2 * block, "02:00 02:01"},
		{1, "02:00 02:01"},
	} {
		r := opened(t, dir, Keep{Size: c.size})
		if err := r.Prune(noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		var got []string
		size := int64(0)
		for _, name := range names(t, dir) {
			got = append(got, strings.ReplaceAll(name[len("2026-11-29T12-"):len("2026-11-29T12-00-00")], "-", ":"))
			size += block // none is larger
		}
		if strings.Join(got, " ") != c.want || r.size != size {
			t.Errorf("%d bytes: %q of %d bytes, %d counted", c.size, got, size, r.size)
		}
		r.Close()
	}
}

// TestKeepClockSetBack sets the clock back by an hour. Of rounds beyond the size, those in the
// future go first and the new ones stay, in this recorder and in the next ones.
func TestKeepClockSetBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	r := opened(t, dir, Keep{Size: 4 * block})
	step := func(minute int) string {
		t.Helper()
		at := noon.Add(time.Duration(minute) * time.Minute)
		add(t, r, at)
		if err := r.Prune(at); err != nil {
			t.Fatal(err)
		}
		var minutes []string
		for _, name := range names(t, dir) {
			minutes = append(minutes, name[len("2026-11-29T"):len("2026-11-29T12-00")])
		}
		return strings.Join(minutes, " ")
	}
	for _, c := range []struct {
		minute int
		want   string
	}{
		{0, "12-00"}, {1, "12-00 12-01"}, {2, "12-00 12-01 12-02"}, {3, "12-00 12-01 12-02 12-03"},
		{-60, "11-00 12-00 12-02 12-03"}, // the others need 12-00
		{-59, "11-00 11-01 12-00 12-03"},
		{-58, "11-00 11-01 11-02 12-00"},
		{-57, "11-00 11-01 11-02 11-03"},
		{-56, "11-00 11-02 11-03 11-04"},
	} {
		if got := step(c.minute); got != c.want {
			t.Errorf("minute %d: %s, want %s", c.minute, got, c.want)
		}
		if c.minute == -59 {
			r.Close()
			r = opened(t, dir, Keep{Size: 4 * block})
		}
	}
}

// TestKeepAge uses made-up times. A failed round does not replace the newest snapshot.
func TestKeepAge(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	r := opened(t, dir, Keep{Age: time.Hour})
	for i := range 5 {
		add(t, r, noon.Add(time.Duration(i)*time.Hour))
	}
	for i, want := range []int{5, 4, 3, 2, 1, 1, 1} {
		if err := r.Prune(noon.Truncate(time.Millisecond).Add(time.Duration(i+1) * time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got := names(t, dir); len(got) != want {
			t.Errorf("hour %d: %q", i+1, got)
		}
	}
	if err := r.AddFailed(&snapshot.Meta{Time: noon.Add(9 * time.Hour)}, io.EOF); err != nil {
		t.Fatal(err)
	}
	if err := r.Prune(noon.Add(100 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"2026-11-29T16-00-00.123Z.json.zst"}) {
		t.Errorf("%q", got)
	}
}

// TestForeign requires that files of others are neither listed nor removed, and that only
// what a killed recorder has left is.
func TestForeign(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(t.TempDir(), "target")
	if err := os.WriteFile(target, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := opened(t, dir, Keep{})
	add(t, old, noon.Add(-time.Minute))
	old.Close()
	foreign := []string{"notes.txt", "x.json.zst", ".2026-11-29T12-00-00.123Z.json.zst.swp", ".x.tmp", "-rf", "2026-11-29T12-00-00.123Z.json", "a\nb\x1b[2J"}
	if os.PathSeparator == '\\' {
		foreign = foreign[:len(foreign)-1]
	}
	for _, name := range foreign {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"2000-01-01T00-00-00.000Z.json.zst", ".2000-01-01T00-00-00.000Z.json.zst.tmp"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		foreign = append(foreign, name)
	}
	for _, name := range []string{"2000-01-02T00-00-00.000Z.json.zst", ".2000-01-02T00-00-00.000Z.json.zst.tmp"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err == nil { // Windows may not permit it
			foreign = append(foreign, name)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, ".2026-11-29T11-00-00.000Z.json.zst.tmp"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := opened(t, dir, Keep{Size: 1, Age: 1})
	add(t, r, noon.Add(time.Second))
	if err := r.Prune(noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	want := append(foreign, "2026-11-29T12-00-01.123Z.json.zst")
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	rounds, err := Read(dir)
	if err != nil || len(rounds.Complete) != 1 || len(rounds.Failed) != 0 {
		t.Errorf("%+v, %v", rounds, err)
	}
	if b, err := os.ReadFile(target); err != nil || string(b) != "x" {
		t.Errorf("the target of a link: %q, %v", b, err)
	}
}

// TestOne requires that only one recorder has a directory, and that it is private.
func TestOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	r := opened(t, dir, Keep{})
	if _, err := Open(dir, Keep{}); err == nil || !strings.HasSuffix(err.Error(), "another netstat is recording into this directory") {
		t.Errorf("a second recorder: %v", err)
	}
	add(t, r, noon)
	r.Close()
	opened(t, dir, Keep{}).Close()
	if os.PathSeparator == '/' {
		for name, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, names(t, dir)[0]): 0o600, filepath.Join(dir, lockName): 0o600} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
	}
}

// TestSameTime requires that no round replaces another, whatever the clock does.
func TestSameTime(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	r := opened(t, dir, Keep{})
	for _, at := range []time.Time{noon, noon, noon, noon.Add(-time.Hour), noon.Add(time.Millisecond)} {
		add(t, r, at)
	}
	if got := names(t, dir); len(got) != 5 || !slices.IsSortedFunc(r.kept, func(a, b entry) int { return byTime(a.Round, b.Round) }) {
		t.Errorf("%q", got)
	}
}

// TestAt chooses rounds by time, and warns of failed ones and gaps.
func TestAt(t *testing.T) {
	defer func(l *time.Location) { time.Local = l }(time.Local)
	time.Local = time.UTC
	at := func(text string) time.Time {
		v, err := time.Parse(time.TimeOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return time.Date(2026, 11, 29, v.Hour(), v.Minute(), v.Second(), 0, time.UTC)
	}
	r := &Rounds{Dir: "d"}
	for _, text := range []string{"11:59:40", "11:59:50", "12:00:00", "12:00:10", "12:30:00", "12:30:10", "12:30:20"} {
		r.Complete = append(r.Complete, Round{Time: at(text)})
	}
	for _, text := range []string{"12:30:12", "12:30:14"} {
		r.Failed = append(r.Failed, Round{Time: at(text), Failed: true})
	}
	for _, c := range []struct{ time, round, doubt string }{
		{"11:59:40", "11:59:40", ""},
		{"11:59:49", "11:59:40", ""},
		{"12:00:19", "12:00:10", ""},
		{"12:10:10", "12:00:10", "d: the round of 2026-11-29T12:00:10Z is the last one before 2026-11-29T12:10:10Z: nothing was recorded for 10m0s"},
		{"12:30:11", "12:30:10", ""},
		{"12:30:13", "12:30:10", "d: the round of 2026-11-29T12:30:10Z is the last one before 2026-11-29T12:30:13Z: 1 failed round since"},
		{"12:30:14", "12:30:10", "d: the round of 2026-11-29T12:30:10Z is the last one before 2026-11-29T12:30:14Z: 2 failed rounds since"},
		{"12:30:20", "12:30:20", ""},
		{"12:30:40", "12:30:20", ""},
		{"12:30:41", "12:30:20", "d: the round of 2026-11-29T12:30:20Z is the last one before 2026-11-29T12:30:41Z: nothing was recorded for 21s"},
	} {
		i, err := r.At(at(c.time))
		if err != nil || !r.Complete[i].Time.Equal(at(c.round)) {
			t.Errorf("%s: %d, %v", c.time, i, err)
			continue
		}
		doubt := ""
		if err := r.Doubt(i, at(c.time)); err != nil {
			doubt = err.Error()
		}
		if doubt != c.doubt {
			t.Errorf("%s: %s, want %s", c.time, doubt, c.doubt)
		}
	}
	if _, err := r.At(at("11:59:39")); err == nil || err.Error() != "d: no round at or before 2026-11-29T11:59:39Z: the earliest is of 2026-11-29T11:59:40Z" {
		t.Errorf("%v", err)
	}
}

// TestRun records with errors: each is reported once, a failed round has a document by the
// schema, and the other rounds are complete.
func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	r := opened(t, dir, Keep{})
	full, lost := errors.New("disk full"), errors.New("host lost")
	results := []error{nil, full, full, lost, nil, nil, lost}
	var said []string
	now, n := noon, 0
	failed := r.Run(context.Background(), &Job{
		Interval: 10 * time.Second, Limit: uint64(len(results)), Now: func() time.Time { return now },
		Sleep: func(_ context.Context, d time.Duration) { now = now.Add(d) },
		Meta:  func(at time.Time) snapshot.Meta { return snapshot.Meta{Program: "p", Time: at, Name: "h"} },
		Take: func(_ context.Context, w io.Writer, m snapshot.Meta) error {
			if n++; n == 5 {
				now = now.Add(25 * time.Second) // a slow round delays two others
			}
			return errors.Join(text(w), results[n-1])
		},
		Cause: func(err error) error { return errors.New("because: " + err.Error()) },
		Say:   func(err error) { said = append(said, err.Error()) },
	})
	want := []string{
		"cannot record this round, goes on trying: disk full", "cannot record this round, goes on trying: host lost",
		"recording again after 3 failed rounds", "cannot record this round, goes on trying: host lost",
	}
	if failed != 4 || !slices.Equal(said, want) {
		t.Errorf("%d failed; %q", failed, said)
	}
	files := names(t, dir)
	if want := []string{
		"2026-11-29T12-00-00.123Z.json.zst", "2026-11-29T12-00-10.123Z.failed.json", "2026-11-29T12-00-20.123Z.failed.json",
		"2026-11-29T12-00-30.123Z.failed.json", "2026-11-29T12-00-40.123Z.json.zst", "2026-11-29T12-01-10.123Z.json.zst",
		"2026-11-29T12-01-20.123Z.failed.json",
	}; !slices.Equal(files, want) {
		t.Errorf("%q", files)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../docs/netstat.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, files[1]))
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil || s.Validate(v) != nil || !strings.Contains(string(b), `"error":{"text":"because: disk full"`) {
		t.Errorf("%s: %v, %v", b, err, s.Validate(v))
	}
	without := strings.Replace(string(b), `"error"`, `"other"`, 1)
	if v, err = jsonschema.UnmarshalJSON(strings.NewReader(without)); err != nil || s.Validate(v) == nil {
		t.Errorf("valid without an error: %s", without)
	}
}

// TestStop requires that an interrupted round leaves nothing.
func TestStop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	r := opened(t, dir, Keep{})
	ctx, cancel := context.WithCancel(context.Background())
	if failed := r.Run(ctx, &Job{
		Interval: time.Second, Now: time.Now, Sleep: func(context.Context, time.Duration) {},
		Meta: func(at time.Time) snapshot.Meta { return snapshot.Meta{Time: at} },
		Take: func(ctx context.Context, w io.Writer, _ snapshot.Meta) error {
			cancel()
			return errors.Join(text(w), ctx.Err())
		},
		Cause: func(err error) error { return err },
		Say:   func(err error) { t.Error(err) },
	}); failed != 0 || len(names(t, dir)) != 0 {
		t.Errorf("%d failed, %q", failed, names(t, dir))
	}
}
