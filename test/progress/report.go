package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"netstat/test/need"
)

// event is one line of the output of go test -json (go doc test2json).
type event struct {
	Action      string
	Package     string
	ImportPath  string // of a build
	FailedBuild string // import path of the failed build of a package
	Test        string
	Elapsed     float64
	Output      string
}

// report collects the events of a run of go test.
type report struct {
	w        io.Writer
	packages map[string]*packageReport
	builds   map[string]*strings.Builder // output of builds, by import path

	passed, skipped int
	failed          []string // packages and tests
	details         []string // output of each
	notHere         []string // reason, tab, package and test; sorted at the end
}

// packageReport is a package under test.
type packageReport struct {
	output map[string]*strings.Builder // by test; "" is the package itself
	failed []string
}

func newReport(w io.Writer) *report {
	return &report{w: w, packages: map[string]*packageReport{}, builds: map[string]*strings.Builder{}}
}

// read reads events up to the end. A line that is not an event, as some errors of go
// test are, is shown and counts as one.
func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if text := bytes.TrimSpace(line); len(text) > 0 {
			var e event
			if json.Unmarshal(text, &e) != nil {
				fmt.Fprintf(r.w, "%s\n", text)
			} else {
				r.add(&e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) add(e *event) {
	if e.Action == "build-output" {
		collect(r.builds, e.ImportPath, e.Output)
		return
	}
	if e.Package == "" {
		return
	}
	p := r.packages[e.Package]
	if p == nil {
		p = &packageReport{output: map[string]*strings.Builder{}}
		r.packages[e.Package] = p
	}
	switch e.Action {
	case "output":
		collect(p.output, e.Test, e.Output)
		r.note(e)
	case "pass", "skip", "fail":
		if e.Test == "" {
			r.packageEnds(p, e)
			return
		}
		switch e.Action {
		case "fail":
			p.failed = append(p.failed, e.Test)
			return // its output is needed when the package ends
		case "skip":
			r.skipped++
		case "pass":
			r.passed++
		}
		delete(p.output, e.Test)
	}
}

// note records a line about a test that is not possible here.
func (r *report) note(e *event) {
	_, why, is := strings.Cut(e.Output, need.NotHere)
	if !is {
		return
	}
	why, test := strings.TrimSpace(why), e.Test
	if rest, ok := strings.CutSuffix(why, "]"); ok && test == "" {
		why, test, _ = strings.Cut(rest, " [")
	}
	if line := why + "\t" + e.Package + " " + test; !slices.Contains(r.notHere, line) {
		r.notHere = append(r.notHere, line)
	}
}

// packageEnds shows how a package ended, in the form of go test.
func (r *report) packageEnds(p *packageReport, e *event) {
	delete(r.packages, e.Package)
	switch e.Action {
	case "pass":
		fmt.Fprintf(r.w, "ok  \t%s\t%.1fs\n", e.Package, e.Elapsed)
		return
	case "skip": // it has no tests
		return
	}
	names := p.failed
	fmt.Fprintf(r.w, "FAIL\t%s\t%.1fs\t%s\n", e.Package, e.Elapsed, strings.Join(names, " "))
	var text strings.Builder
	if b := r.builds[e.FailedBuild]; b != nil {
		text.WriteString(b.String())
	}
	// Tests without an end were running when the package stopped.
	for _, test := range slices.Sorted(maps.Keys(p.output)) {
		text.WriteString(p.output[test].String())
	}
	if len(names) == 0 {
		names = []string{"(the package)"}
	}
	for _, name := range names {
		r.failed = append(r.failed, e.Package+" "+name)
	}
	r.details = append(r.details, text.String())
}

// finish shows the totals.
func (r *report) finish() {
	for name, p := range r.packages {
		r.failed = append(r.failed, name+" (did not end)")
		for _, b := range p.output {
			r.details = append(r.details, b.String())
		}
	}
	slices.Sort(r.failed)
	slices.Sort(r.notHere)
	fmt.Fprintf(r.w, "tests: %d passed, %d failed, %d skipped\n", r.passed, len(r.failed), r.skipped)
}

// counts returns a line for each reason why tests are not possible here, with the
// number of tests.
func (r *report) counts() string {
	tests := map[string]int{}
	for _, line := range r.notHere {
		why, _, _ := strings.Cut(line, "\t")
		tests[why]++
	}
	var b strings.Builder
	for _, why := range slices.Sorted(maps.Keys(tests)) {
		fmt.Fprintf(&b, "%s%s: %d\n", need.NotHere, why, tests[why])
	}
	return b.String()
}

func collect(into map[string]*strings.Builder, key, text string) {
	b := into[key]
	if b == nil {
		b = &strings.Builder{}
		into[key] = b
	}
	b.WriteString(text)
}
