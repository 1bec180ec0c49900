package main

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"netstat"
	"netstat/collect"
	"netstat/options"
)

// dyingHost returns no rows, and fails once tcp has been read this many times.
type dyingHost struct {
	netstat.Source
	left   int
	closed bool
}

func (h *dyingHost) Sockets(_ context.Context, t netstat.Table, _ netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		if t == netstat.TCP4Table {
			h.left--
		}
		if h.left < 0 {
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: t, Err: errors.New("gone")})
		}
	}
}

func (h *dyingHost) Counters(context.Context, netstat.Family) iter.Seq2[netstat.Counter, error] {
	return func(yield func(netstat.Counter, error) bool) {
		if h.left--; h.left < 0 {
			yield(netstat.Counter{}, &netstat.OpError{Op: "read counters", Err: errors.New("gone")})
			return
		}
		yield(netstat.Counter{Group: "Tcp", Name: "ActiveOpens", Part: 1, Value: 7}, nil)
	}
}

func (h *dyingHost) Close() error {
	h.closed = true
	return nil
}

func TestRepeat(t *testing.T) {
	for _, c := range []struct {
		args  []string
		pause time.Duration
	}{
		{[]string{"-ct", "-n"}, time.Second},
		{[]string{"-tn", "2.5"}, 2500 * time.Millisecond},
		{[]string{"-ctn", "0.25"}, 250 * time.Millisecond},
	} {
		h := &dyingHost{left: 3}
		var out, errs strings.Builder
		var pauses []time.Duration
		status := run(append([]string{"netstat"}, c.args...), &process{
			getenv: func(string) (string, bool) { return "", false },
			stdout: &out, stderr: &errs, dialect: "linux", systemLanguage: func() string { return "" },
			open:  func(collect.Options) (netstat.Source, error) { return h, nil },
			sleep: func(d time.Duration) { pauses = append(pauses, d) },
		})
		if status != 255 || errs.String() != "netstat: dump tcp: gone\nnetstat: dump tcp6: gone\n" {
			t.Errorf("%q: status %d, stderr %q", c.args, status, errs.String())
		}
		if want := []time.Duration{c.pause, c.pause, c.pause}; !slices.Equal(pauses, want) {
			t.Errorf("%q: paused %v, want %v", c.args, pauses, want)
		}
		if n := strings.Count(out.String(), "Active Internet"); n != 4 {
			t.Errorf("%q: %d reports, want 4", c.args, n)
		}
		if !h.closed {
			t.Errorf("%q: the source was not closed", c.args)
		}
	}
}

func TestRepeatStatistics(t *testing.T) {
	h := &dyingHost{left: 2}
	var out, errs strings.Builder
	pauses := 0
	status := run([]string{"netstat", "-cs"}, &process{
		getenv: func(string) (string, bool) { return "", false },
		stdout: &out, stderr: &errs, dialect: "linux", systemLanguage: func() string { return "" },
		open:  func(collect.Options) (netstat.Source, error) { return h, nil },
		sleep: func(time.Duration) { pauses++ },
	})
	if status != 255 || errs.String() != "netstat: read counters: gone\n" || pauses != 2 {
		t.Errorf("status %d, %d pauses, stderr %q", status, pauses, errs.String())
	}
	if want := strings.Repeat("Tcp:\n    7 active connection openings\n", 2); out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// TestRepeatMicrosoft checks that Microsoft's netstat repeats the whole report,
// including the header.
func TestRepeatMicrosoft(t *testing.T) {
	h := &dyingHost{left: 3}
	var out, errs strings.Builder
	var pauses []time.Duration
	status := run([]string{"netstat", "--dialect=windows", "/n", "5"}, &process{
		getenv: func(string) (string, bool) { return "", false },
		stdout: &out, stderr: &errs, dialect: "linux", crlf: true,
		systemLanguage: func() string { return "zh-CN" },
		hostName:       func() string { return "g0" },
		elevated:       func() bool { return true },
		elevationText:  func() string { return "" },
		open:           func(collect.Options) (netstat.Source, error) { return h, nil },
		sleep:          func(d time.Duration) { pauses = append(pauses, d) },
	})
	if status != 1 || errs.String() != "netstat: dump tcp: gone\r\nnetstat: dump tcp6: gone\r\n" {
		t.Errorf("status %d, stderr %q", status, errs.String())
	}
	if want := []time.Duration{5 * time.Second, 5 * time.Second, 5 * time.Second}; !slices.Equal(pauses, want) {
		t.Errorf("paused %v, want %v", pauses, want)
	}
	if want := strings.Repeat("\r\n活动连接\r\n\r\n  协议  本地地址          外部地址        状态\r\n", 4); out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

// TestLanguageShown checks that the language is English if a code page lacks
// some of the Chinese text, and that the code page is checked only for Chinese.
func TestLanguageShown(t *testing.T) {
	for _, c := range []struct {
		lang, lacks, want string
	}{
		{"zh", "没有", "zh"}, {"zh_CN.UTF-8", "连接", "en"}, {"zh-TW", "连接", "zh-TW"}, {"de", "连接", "de"},
	} {
		asked := ""
		p := process{
			getenv: func(name string) (string, bool) { return c.lang, name == "NETSTAT_LANG" },
			shows: func(text func() string) bool {
				asked = text()
				return !strings.Contains(asked, c.lacks)
			},
		}
		if got := p.language(func() string { return "活动连接" }); got != c.want || (asked != "") != options.Chinese(c.lang) {
			t.Errorf("%+v: %q, checked %q", c, got, asked)
		}
	}
}

// TestLanguageText checks that each dialect checks the code page for all of its
// Chinese text.
func TestLanguageText(t *testing.T) {
	for dialect, texts := range map[string][]string{
		"linux": {"用法", "之外的选项", "列出持有套接字的每个进程"}, "windows": {"活动连接", "路由器重新编号", "有歧义", "是否指", "需要一个值", "每隔指定的秒数", "列出持有套接字的每个进程"},
	} {
		asked := ""
		var out, errs strings.Builder
		run([]string{"netstat", "--nonsense"}, &process{
			getenv: func(name string) (string, bool) {
				if name == "NETSTAT_LANG" {
					return "zh-CN", true
				}
				return "", false
			},
			stdout: &out, stderr: &errs, dialect: dialect,
			shows: func(text func() string) bool {
				asked = text()
				return true
			},
		})
		for _, text := range texts {
			if !strings.Contains(asked, text) {
				t.Errorf("%s: %s is not checked", dialect, text)
			}
		}
	}
}

// TestDialectCase checks that --dialect may be in either case, for either
// dialect and in either dialect.
func TestDialectCase(t *testing.T) {
	for _, system := range []string{"linux", "windows"} {
		for _, name := range []string{"--DIALECT=", "--Dialect=", "--dialect="} {
			for value, want := range map[string]string{"LINUX": "Active Internet", "Windows": "Active Connections"} {
				args := []string{"netstat", "-tn", name + value}
				var out, errs strings.Builder
				status := run(args, &process{
					getenv: func(string) (string, bool) { return "", false },
					stdout: &out, stderr: &errs, dialect: system, systemLanguage: func() string { return "" },
					hostName: func() string { return "" }, elevated: func() bool { return true },
					elevationText: func() string { return "" },
					open:          func(collect.Options) (netstat.Source, error) { return &dyingHost{left: 9}, nil },
				})
				if status != 0 || !strings.Contains(out.String(), want) || errs.String() != "" || args[2] != name+value {
					t.Errorf("%s, %q: status %d, %q, %q", system, args, status, out.String(), errs.String())
				}
			}
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		env          map[string]string
		system, want string
	}{
		{nil, "", ""},
		{nil, "zh-CN", "zh-CN"},
		{map[string]string{"LANG": "en_US.UTF-8"}, "zh-TW", "zh-TW"},
		{map[string]string{"LANG": "zh_CN.UTF-8", "NETSTAT_LANG": "en"}, "zh-CN", "en"},
		{map[string]string{"LANG": "de_DE", "NETSTAT_LANG": "zh"}, "", "zh"},
		{map[string]string{"LANG": "zh_CN.UTF-8"}, "", "zh_CN.UTF-8"},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB"}, "", "en_GB"},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "de_DE", "LC_ALL": "C"}, "", "C"},
	} {
		p := process{
			getenv:         func(name string) (string, bool) { v, ok := c.env[name]; return v, ok },
			systemLanguage: func() string { return c.system },
		}
		if got := p.language(nil); got != c.want {
			t.Errorf("%v: %q, want %q", c.env, got, c.want)
		}
	}
}
