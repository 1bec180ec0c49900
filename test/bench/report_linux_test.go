package main

import (
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	got := commandLine([]string{"-size", "quiet,1k", "-run", "(quiet|1k)/-tln$", "-ours", "it's"})
	want := `go run ./test/bench -size quiet,1k -run '(quiet|1k)/-tln$' -ours 'it'\''s'`
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// exampleResult has one target met and one missed, and no system calls of hello.
func exampleResult() result {
	ours := measurement{Program: "ours", Calls: []float64{240}, PeakKiB: 4096, Lines: 2, Digest: "same"}
	hello, netstat := measurement{Program: "hello"}, measurement{Program: "netstat", Calls: []float64{70}, Digest: "same"}
	for range 3 {
		ours.Samples = append(ours.Samples, sample{0.002, 0.003, 300})
		hello.Samples = append(hello.Samples, sample{0.001, 0.002, 170})
		netstat.Samples = append(netstat.Samples, sample{0.008, 0.012, 88})
	}
	return result{
		Scenario: scenario{Load: "quiet", Args: "-tln", Targets: []target{{"hello", "cpu", 1.35}, {"netstat", "wall", 0.5}}},
		Programs: []measurement{ours, hello, netstat},
	}
}

func TestResultText(t *testing.T) {
	const want = `quiet/-tln (3 rounds)
                 cpu ms   wall ms  peak MiB    faults     calls     lines   ours/cpu ours/wall
  ours              2.0       3.0       4.0       300       240         2   output equals netstat's
  hello             1.0       2.0                 170         –             2.00     1.50
  netstat           8.0      12.0                  88        70             0.25     0.25
  cpu of hello 2.00, target ≤ 1.35: MISSED
  wall of netstat 0.25, target ≤ 0.50: met

`
	if got := resultText(exampleResult()); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestMarkdown(t *testing.T) {
	text := markdownText(machine{CPU: "a processor", Command: "go run ./test/bench -size quiet"}, []result{exampleResult()})
	for _, want := range []string{
		"- Machine: a processor, ",
		"- Command: `go run ./test/bench -size quiet`\n",
		"| Load | Command | Rounds | Ours: cpu / wall ms | Peak MiB | Lines | of netstat | of hello |\n|---|---|---|---|---|---|---|---|\n",
		"| quiet | `-tln` | 3 | 2.0 / 3.0 | 4.0 | 2 | 0.25 / 0.25 | 2.00 / 1.50 |\n",
		"\nLoads: quiet: no sockets.\n",
		"| Load | Command | Ours | hello | netstat |\n|---|---|---|---|---|\n| quiet | `-tln` | 300 / 240 | 170 / – | 88 / 70 |\n",
		"\n1 of 2 targets met.\n",
		"| `quiet/-tln` | cpu of hello 2.00 | ≤ 1.35 | **missed** |\n",
		"| `quiet/-tln` | wall of netstat 0.25 | ≤ 0.50 | met |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("without %q:\n%s", want, text)
		}
	}
}
