package render

import (
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/fact"
	"netstat/internal/ascii"
	"netstat/schema"
)

// findingsText returns the text about some findings.
func findingsText(t *testing.T, findings []netstat.Finding, o Options) string {
	t.Helper()
	var b strings.Builder
	r, err := New(Format{}, &b, Head{View: fact.Findings}, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Begin(time.Time{}); err != nil {
		t.Fatal(err)
	}
	for i := range findings {
		if err := r.Record(&fact.Record{Finding: &findings[i], Netns: findings[i].Subject.Netns}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.End(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bySeverity returns the example findings, the worst first.
func bySeverity() []netstat.Finding {
	list := slices.Clone(renderFindings)
	slices.SortStableFunc(list, func(a, b netstat.Finding) int { return int(b.Severity) - int(a.Severity) })
	return list
}

func TestFindingsText(t *testing.T) {
	looked := &schema.Looked{Rules: []string{"accept-queue", "routing", "softnet"}, Unlooked: []schema.Unlooked{
		{Rule: "retransmits", Why: "needs two moments"}, {Rule: "softnet", Why: "needs two moments", Netns: "red"}, {Rule: "routing", Why: "denied\x1b"},
		{Rule: "retransmits", Why: "needs two moments"},
	}}
	got := findingsText(t, bySeverity()[:3], Options{Looked: looked, Findings: &FindingsText{Rules: 5}})
	const want = `critical
  accept-queue: queue is full
    where     tcp 127.0.0.1:80 LISTEN 7/a.[31m (web.service) in namespace red
    evidence  recvq 5 (limit 4)
              TcpExt.ListenDrops +3 (limit 0)
    advice    accept faster
    see       netstat -tlnp --port 80
    read      listen(2)
warning
  ephemeral-ports: few ports are left
    where     tcp6 [::1]:* -> [2001:db8::1]:443
    evidence  share 70.5% (limit 70%)
    read      RFC 6056
  routing: the link is down
    where     route 10.0.0.0/8 on eth.0
    evidence  up no
found 1 critical, 2 warnings: 3 of 5 rules looked
not looked at, or only in part:
  retransmits, softnet in red: needs two moments
  routing: denied.
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	nothing := findingsText(t, nil, Options{Looked: &schema.Looked{Rules: []string{"softnet"}}, Findings: &FindingsText{Rules: 1, Chinese: true}})
	if nothing != "未发现问题: 检查了 1 条规则中的 1 条\n" {
		t.Errorf("%q", nothing)
	}
}

// Lines fit the terminal, and no character of the text is lost.
func TestFindingsWidth(t *testing.T) {
	long := netstat.Finding{
		Rule: "accept-queue", Severity: netstat.Warning,
		Text: strings.Repeat("a queue of connections is full ", 9), Advice: strings.Repeat("让程序更快地 accept，或调大其 backlog。", 9),
		Command: "-tanp --filter '" + strings.Repeat("x or ", 9) + "x' --columns=" + strings.Repeat("a,", 9) + "b --sort=b" + strings.Repeat(" -n", 40), Subject: netstat.Subject{Kind: netstat.OfProcess, PID: 1, Process: strings.Repeat("x", 200)},
		Evidence: []netstat.Evidence{{Fact: strings.Repeat("f", 24), Value: netstat.TextOf(strings.Repeat("值", 80))}},
	}
	for _, width := range []int{0, 20, 40, 80, 133} {
		text := findingsText(t, []netstat.Finding{long}, Options{Width: width, Findings: &FindingsText{Rules: 1, Continued: `\`}})
		limit := max(width, leastWidth)
		if width == 0 {
			limit = textWidth
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			words := strings.Fields(line)
			if ascii.Width([]byte(line)) > limit && len(words[len(words)-1]) < 200 && !strings.Contains(line, "x or ") && !strings.Contains(line, "a,a,") || strings.HasSuffix(line, " ") {
				t.Errorf("width %d: %d columns: %q", width, ascii.Width([]byte(line)), line)
			}
		}
		bare := strings.ReplaceAll(strings.Join(strings.Fields(text), ""), `\`, "")
		for _, part := range []string{long.Text, long.Advice, long.Command, long.Evidence[0].Value.Text} {
			if !strings.Contains(bare, strings.Join(strings.Fields(part), "")) {
				t.Errorf("width %d lacks %q:\n%s", width, part, text)
			}
		}
	}
}

// On a terminal the text fits the screen; a limit counts findings instead.
func TestFindingsHeight(t *testing.T) {
	all := findingsText(t, bySeverity(), Options{Findings: &FindingsText{}})
	for height := 1; height < 60; height++ {
		text := findingsText(t, bySeverity(), Options{Findings: &FindingsText{Height: height}})
		n := strings.Count(text, "\n")
		switch {
		case text == all:
		case !strings.Contains(text, " more: --limit 6 or --json shows all\n"):
			t.Errorf("height %d: no note:\n%s", height, text)
		case n >= height && strings.Count(text, "evidence") > 1:
			t.Errorf("height %d: %d lines", height, n)
		}
		if !strings.HasPrefix(text, "critical\n  accept-queue: ") || height > strings.Count(all, "\n")+1 && text != all {
			t.Errorf("height %d:\n%s", height, text)
		}
	}
	for limit, more := range map[int]string{1: "… 5 more", 5: "… 1 more", 6: "", 7: ""} {
		text := findingsText(t, bySeverity(), Options{Findings: &FindingsText{Height: 10, Limit: limit}})
		if n := strings.Count(text, "    where "); n != min(limit, 6) || !strings.Contains(text, more) || (more == "") != (text == all) {
			t.Errorf("limit %d: %d findings:\n%s", limit, n, text)
		}
	}
}

// Colours only repeat what words say.
func TestFindingsColor(t *testing.T) {
	plainText := findingsText(t, bySeverity(), Options{Findings: &FindingsText{}})
	text := findingsText(t, bySeverity(), Options{Color: true, Findings: &FindingsText{}})
	for _, code := range []string{bold, plain, red, yellow, cyan} {
		if !strings.Contains(text, code) {
			t.Errorf("no %q", code)
		}
		text = strings.ReplaceAll(text, code, "")
	}
	if text != plainText {
		t.Errorf("%s", text)
	}
}

// The documents about findings, with what was looked at, match the schema.
func TestFindingsValidate(t *testing.T) {
	looked := &schema.Looked{Rules: []string{"softnet"}, Unlooked: []schema.Unlooked{{Rule: "routing", Why: "denied\xff", Netns: "red"}}}
	document, line := renderSchema(t, ""), renderSchema(t, "#/$defs/line")
	records := renderRecords(nil, fact.Findings, 0)
	text := renderAll(t, renderFormat("json"), fact.Findings, Options{Looked: looked}, nil, records)
	renderValidate(t, document, text)
	if !strings.Contains(text, `],"looked":["softnet"],"unlooked":[{"rule":"routing",`) {
		t.Errorf("%s", text)
	}
	lines := strings.Split(strings.TrimSuffix(renderAll(t, renderFormat("ndjson"), fact.Findings, Options{Looked: looked}, nil, records), "\n"), "\n")
	for _, l := range lines {
		renderValidate(t, line, l)
	}
	if l := lines[len(lines)-2]; !strings.HasPrefix(l, `{"record":"looked","looked":["softnet"],`) {
		t.Errorf("%s", l)
	}
	count := renderAll(t, renderFormat("json"), fact.Findings, Options{Looked: looked, Count: true}, nil, renderOf(fact.Record{Group: &fact.Group{Count: 2}}))
	renderValidate(t, document, count)
	if strings.Contains(count, "looked") {
		t.Errorf("%s", count)
	}
}
