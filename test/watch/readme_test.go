package watch

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"netstat/dialect/nettools"
	"netstat/live"
	"netstat/report"
	"netstat/snapshot"
	"netstat/view"
)

// picture returns what --watch shows of the staged host of the README, which test/cookbook
// has recorded at two moments, between which the table was sorted by what is sent.
func picture(t *testing.T, chinese bool, cols, rows int, args ...string) string {
	t.Helper()
	var model *live.Model
	var reader *live.Reader
	host := &moving{}
	for _, name := range []string{"before", "server"} {
		f, err := os.Open("../cookbook/testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		src, err := snapshot.Open(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		host.Source = src
		if model == nil {
			cmd, exit := nettools.Parse(append([]string{"netstat", "--watch"}, args...), nettools.Environment{})
			if exit != nil {
				t.Fatal(exit.Stderr)
			}
			reader, err = live.NewReader(context.Background(), &report.Choice{Options: &cmd.Options, Select: cmd.Selection},
				report.Host{Places: []view.Place{{Source: host}}}, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			model = live.NewModel(live.Config{Host: src.Meta.Name, Period: 10 * time.Second, Chinese: chinese}, cols, rows)
		}
		round := reader.Read(context.Background(), src.Meta.Time.UTC(), model.Window())
		model.Update(round, 10*time.Second)
	}
	return model.Screen().Text()
}

// moving is a host whose source the test replaces.
type moving struct{ *snapshot.Source }

// TestReadme holds the picture in the README against the program, in the language of each.
func TestReadme(t *testing.T) {
	for _, name := range []string{"../../README.md", "../../README.zh-CN.md", "../../docs/watch.md"} {
		text := picture(t, strings.Contains(name, "zh-CN"), 80, 14, "-tn", "--sort=-sent_per_second")
		block := "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ") + "\n"
		block = strings.ReplaceAll(block, "\n    \n", "\n\n")
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), block) {
			t.Errorf("%s must show\n%s", name, block)
		}
	}
}
