package report_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"netstat"
	"netstat/fact"
	"netstat/report"
)

// TestRequestMistakes checks that Write and Records return a mistake in a
// request before they write or yield anything.
func TestRequestMistakes(t *testing.T) {
	for _, c := range []struct {
		request report.Request
		want    string
	}{
		{report.Request{Filter: "sport >"}, "--filter: "},
		{report.Request{View: fact.Routes, Filter: "sport = 1"}, "unknown field 'sport'"},
		{report.Request{Columns: "no_such"}, "no_such"},
		{report.Request{Sort: "no_such"}, "no_such"},
		{report.Request{GroupBy: "no_such"}, "no_such"},
		{report.Request{Format: "xml"}, "--format: "},
		{report.Request{Format: "template"}, "template"},
		{report.Request{Format: "template={{"}, "template"},
		{report.Request{Limit: -1}, "--limit"},
	} {
		var out bytes.Buffer
		err := report.Write(context.Background(), &out, recorded(), c.request)
		if err == nil || !strings.Contains(err.Error(), c.want) || out.Len() > 0 {
			t.Errorf("%+v: %v, %d bytes", c.request, err, out.Len())
		}
		if c.request.Format != "" {
			continue
		}
		pairs := 0
		for _, again := range report.Records(context.Background(), recorded(), c.request) {
			if pairs++; again == nil || again.Error() != err.Error() {
				t.Errorf("%+v: Records yields %v", c.request, again)
			}
		}
		if pairs != 1 {
			t.Errorf("%+v: %d pairs", c.request, pairs)
		}
	}
}

// lackingHost lacks SCTP and UDP, fails to read raw sockets, has one TCP socket
// and hides processes. It counts open sources.
type lackingHost struct {
	netstat.Source
	closed bool
}

func (h *lackingHost) Sockets(_ context.Context, t netstat.Table, n netstat.Need) iter.Seq2[netstat.Socket, error] {
	return func(yield func(netstat.Socket, error) bool) {
		switch t.Protocol {
		case netstat.TCP:
			if n.Report != nil && t == netstat.TCP4Table {
				n.Report(&netstat.OpError{Op: "dump", Table: t, Err: netstat.ErrIncomplete})
			}
			yield(netstat.Socket{Table: t, State: netstat.Listen, Inode: 7}, nil)
		case netstat.Raw:
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: t, Err: errors.New("lost")})
		default:
			yield(netstat.Socket{}, &netstat.OpError{Op: "dump", Table: t, Err: errors.ErrUnsupported})
		}
	}
}

func (h *lackingHost) Owners(context.Context, netstat.OwnerQuery) (*netstat.Owners, error) {
	return &netstat.Owners{Denied: true}, nil
}

func (h *lackingHost) Close() error {
	h.closed = true
	return nil
}

// TestRequestErrors checks that a table that cannot be read is an error beside
// the other records, and that missing facts are a warning, or an error without
// Warn.
func TestRequestErrors(t *testing.T) {
	fails := []string{"dump raw: lost", "dump raw6: lost"}
	warns := []string{report.ErrOwnersDenied.Error(), "dump tcp: incomplete"}
	udp := report.Request{Tables: []netstat.Table{netstat.TCP4Table, netstat.UDP4Table}}
	for _, c := range []struct {
		name    string
		request report.Request
		warned  bool
		errors  []string
		rows    int
	}{
		{"warned", report.Request{Owners: true}, true, fails, 2},
		{"no warning function", report.Request{Owners: true}, false, append(fails[:2:2], warns...), 2},
		{"a named table", udp, true, []string{"dump udp: unsupported operation"}, 1},
	} {
		h := &lackingHost{}
		var warned []string
		if c.warned {
			c.request.Warn = func(err error) { warned = append(warned, err.Error()) }
		}
		c.request.Format = "csv"
		var out bytes.Buffer
		err := report.Write(context.Background(), &out, h, c.request)
		for _, want := range c.errors {
			if err == nil || strings.Count(err.Error(), want) != 1 {
				t.Errorf("%s: want %q once in: %v", c.name, want, err)
			}
		}
		if n := strings.Count(out.String(), "LISTEN"); n != c.rows {
			t.Errorf("%s: %d rows:\n%s", c.name, n, &out)
		}
		if c.warned && err != nil && strings.Contains(err.Error(), "incomplete") || c.warned == (len(warned) == 0) {
			t.Errorf("%s: warned of %q, error %v", c.name, warned, err)
		}
		var texts []string
		rows := 0
		for r, err := range report.Records(context.Background(), h, c.request) {
			switch {
			case err != nil && r.Row == nil:
				texts = append(texts, err.Error())
			case err == nil && r.Row.Socket.State == netstat.Listen:
				rows++
			default:
				t.Errorf("%s: %+v beside %v", c.name, r, err)
			}
		}
		if all := strings.Join(texts, "\n"); rows != c.rows || len(texts) != len(c.errors) || !containsAll(all, c.errors) {
			t.Errorf("%s: Records: %d rows, %q", c.name, rows, texts)
		}
		if h.closed {
			t.Errorf("%s: the caller's source is closed", c.name)
		}
	}
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// TestRequestViews requests every view of a host.
func TestRequestViews(t *testing.T) {
	for _, v := range []fact.View{fact.Sockets, fact.Routes, fact.Interfaces, fact.Groups, fact.Statistics, fact.NAT} {
		rows := 0
		for _, err := range report.Records(context.Background(), recorded(), report.Request{View: v}) {
			if err != nil {
				t.Errorf("%s: %v", v, err)
			}
			rows++
		}
		if rows == 0 && v != fact.NAT { // the host has none
			t.Errorf("%s: no records", v)
		}
	}
}

// TestRecordsStop checks that stopping early is no error, and that the source
// can be read again.
func TestRecordsStop(t *testing.T) {
	src := recorded()
	for range 2 {
		for r, err := range report.Records(context.Background(), src, report.Request{}) {
			if err != nil || r.Row == nil {
				t.Fatal(r, err)
			}
			break
		}
	}
}
