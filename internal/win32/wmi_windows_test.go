package win32

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// TestWindowsWMI sends WMI a query that every Windows, and Wine, can answer, in the way
// templates are queried, with text and numbers.
func TestWindowsWMI(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	found := false
	n := 0
	err := queryWMI(ctx, `root\cimv2`, "SELECT Name, ProcessId FROM Win32_Process", []string{"Name", "ProcessId"},
		func(values []wmiValue) {
			n++
			if values[1].number == int64(os.Getpid()) {
				found = strings.HasSuffix(values[0].text, ".exe") && values[0].isText && !values[1].isText
			}
		})
	if err != nil || !found {
		t.Errorf("%d processes, this one %v, error %v", n, found, err)
	}
	// Errors carry their codes.
	var win *winError
	err = queryWMI(ctx, `root\nowhere`, "SELECT Name FROM Win32_Process", []string{"Name"}, func([]wmiValue) { t.Error("instance found") })
	if !errors.As(err, &win) || win.code < 0x80000000 {
		t.Errorf("no such namespace: %v", err)
	}
	err = queryWMI(ctx, `root\cimv2`, "SELECT Name FROM Win32_Process", []string{"NoSuchProperty"}, func([]wmiValue) { t.Error("instance found") })
	if !errors.As(err, &win) || win.code < 0x80000000 {
		t.Errorf("no such property: %v", err)
	}
	// A cancelled query is not waited for.
	ended, end := context.WithCancel(context.Background())
	end()
	if err := queryWMI(ended, `root\cimv2`, "SELECT Name FROM Win32_Process", []string{"Name"}, func([]wmiValue) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := queryTemplates(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestWindowsPorts queries the dynamic port ranges: every Windows since 8 has them, and
// those without, such as Wine, lack the class or its namespace.
func TestWindowsPorts(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	for _, protocol := range []string{"tcp", "udp"} {
		query, properties := portQuery(protocol)
		var all []portSetting
		err := queryWMI(ctx, wmiNamespace, query, properties, func(values []wmiValue) { all = append(all, readPorts(values)) })
		first, last, ok := portRange(all)
		switch {
		case err != nil && !lacksClass(err), err == nil && len(all) > 0 && (!ok || first < 1024 || last < first):
			t.Errorf("%s: %v, %v", protocol, all, err)
		default:
			t.Logf("%s: %d settings, %d to %d, error %v", protocol, len(all), first, last, err)
		}
	}
}

// TestWindowsText reads the text of an error that every system has.
func TestWindowsText(t *testing.T) {
	s, err := newSource(Options{}, systemAPI())
	if err != nil {
		t.Fatal(err)
	}
	if text := s.win(codeAccessDenied).Error(); !strings.HasSuffix(text, " (Windows error 5)") || strings.Contains(text, ". (") {
		t.Errorf("%q", text)
	}
	if text := s.win(0x8004100e).Error(); text != "Windows error 0x8004100e" {
		t.Errorf("%q", text)
	}
}

// TestWindowsEncoding encodes characters that code pages have and lack.
func TestWindowsEncoding(t *testing.T) {
	for _, c := range []struct {
		codePage uint32
		text     string
		want     string
	}{
		{936, "活动连接 TCP", "\xbb\xee\xb6\xaf\xc1\xac\xbd\xd3 TCP"},
		{437, "é😀中", "\x82???"},
		{65001, "é", "é"},
	} {
		if got := encodeText([]byte(">"), []byte(c.text), c.codePage); string(got) != ">"+c.want {
			t.Errorf("%d %q: %q", c.codePage, c.text, got)
		}
	}
}
