package snapshot_test

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"netstat"
	"netstat/snapshot"
)

func TestTroubles(t *testing.T) {
	failed := func(what string, cause error) snapshot.Trouble {
		return snapshot.Trouble{What: what, Err: &netstat.OpError{Op: "read " + what, Err: cause}}
	}
	lacks := func(what string, cause error) snapshot.Trouble {
		trouble := failed(what, cause)
		trouble.Partial = true
		return trouble
	}
	file := func(cause error) error { return &fs.PathError{Op: "open", Path: "/f", Err: cause} }
	for _, c := range []struct {
		name   string
		list   []snapshot.Trouble
		failed bool
		lines  string
	}{
		{"nothing", nil, false, ""},
		{"not supported by the system", []snapshot.Trouble{
			failed("a", errors.ErrUnsupported), failed("b", netstat.ErrNoRoutes), failed("c", file(errors.Join(errors.ErrUnsupported, syscall.ENOENT))),
			lacks("process 7", syscall.ESRCH), lacks("process 8", file(syscall.ENOENT)),
		}, false, ""},
		{"some tables", []snapshot.Trouble{failed("a", syscall.EMFILE), failed("b", file(syscall.EMFILE)), failed("c", syscall.EIO)}, true,
			"read a: too many open files\nread b: open /f: too many open files\nread c: input/output error\n"},
		{"many tables with one cause", []snapshot.Trouble{
			failed("a", syscall.EMFILE), failed("b", file(syscall.EMFILE)), failed("c", syscall.EIO), failed("d", syscall.EMFILE),
			lacks("d", errors.Join(errors.ErrUnsupported, syscall.EMFILE)), failed("e", errors.Join(syscall.EMFILE, syscall.EMFILE)),
		}, true, "cannot read a, b, d and 1 more: too many open files\nread c: input/output error\n"},
		{"facts of many tables", []snapshot.Trouble{
			lacks("a", syscall.EPERM), lacks("b", syscall.EPERM), failed("x", syscall.EPERM), lacks("c", syscall.EPERM), lacks("d", syscall.EPERM),
		}, false, "cannot read all of a, b, c and 1 more: operation not permitted\nread x: operation not permitted\n"},
		{"bogus records", []snapshot.Trouble{
			lacks("a", &netstat.RecordError{Line: 1, Text: "x"}), lacks("a", &netstat.RecordError{Line: 2, Text: "y"}),
		}, false, "read a: " + (&netstat.RecordError{Line: 1, Text: "x"}).Error() + " and 1 more\n"},
		{"files that cannot be read", []snapshot.Trouble{
			failed("a", errors.Join(errors.ErrUnsupported, netstat.ErrIncomplete, syscall.ENOENT)),
		}, true, "read a: unsupported operation incomplete no such file or directory\n"},
		{"a source of facts that cannot be read", []snapshot.Trouble{
			lacks("a", errors.Join(errors.ErrUnsupported, netstat.ErrIncomplete, errors.New("unknown header"))),
		}, true, "read a: unsupported operation incomplete unknown header\n"},
		{"only facts missing", []snapshot.Trouble{lacks("a", netstat.ErrIncomplete)}, false, "read a: incomplete\n"},
		{"only facts missing, out of descriptors", []snapshot.Trouble{lacks("a", errors.Join(errors.ErrUnsupported, syscall.EMFILE))}, true,
			"read a: unsupported operation too many open files\n"},
		{"denied to this user", []snapshot.Trouble{
			failed("a", syscall.EPERM), failed("b", errors.Join(errors.ErrUnsupported, fs.ErrPermission)),
			{What: "owners", Err: snapshot.ErrOwnersDenied, Partial: true},
		}, false, "denied\nread a: operation not permitted\n" +
			"read b: unsupported operation permission denied\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var found snapshot.Troubles
			for _, trouble := range c.list {
				found.Add(trouble)
			}
			lines := ""
			if found.Denied {
				lines = "denied\n"
			}
			for _, err := range found.Lines() {
				lines += strings.ReplaceAll(err.Error(), "\n", " ") + "\n"
			}
			if found.Failed != c.failed || lines != c.lines {
				t.Errorf("failed %v, want %v; got\n%swant\n%s", found.Failed, c.failed, lines, c.lines)
			}
		})
	}
}
