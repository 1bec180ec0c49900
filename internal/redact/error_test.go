package redact

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"netstat"
)

// plainError is an error of a type that the package does not know.
type plainError string

func (e plainError) Error() string { return string(e) }

// TestError checks that errors lose what is personal and keep their causes.
func TestError(t *testing.T) {
	personal := []string{"wombat", "quagmire", "192.0.2.77", "48151623"}
	for _, c := range []struct {
		err  error
		is   []error
		kept string // a part of the text that stays
	}{
		{&netstat.OpError{Op: "list wombat", Table: netstat.TCP4Table, Err: syscall.EACCES}, []error{syscall.EACCES, fs.ErrPermission}, syscall.EACCES.Error()},
		{&fs.PathError{Op: "open", Path: "/home/wombat/x", Err: syscall.ENOENT}, []error{syscall.ENOENT, fs.ErrNotExist}, "open /home/x"},
		{&netstat.OpError{Op: "read process", Err: &fs.PathError{Op: "open", Path: "/home/wombat/quagmire", Err: fs.ErrNotExist}}, []error{fs.ErrNotExist}, "/home/"},
		{&netstat.RecordError{Line: 7, Text: "0: wombat 192.0.2.77"}, nil, "7"},
		{&netstat.MissingColumnError{File: "/srv/quagmire/tcp", Column: "inode"}, nil, "inode"},
		{os.NewSyscallError("open", syscall.EPERM), []error{syscall.EPERM, fs.ErrPermission}, syscall.EPERM.Error()},
		{fmt.Errorf("cannot open wombat: %w", fs.ErrNotExist), []error{fs.ErrNotExist}, fs.ErrNotExist.Error()},
		{fmt.Errorf("%w and 192.0.2.77: %w", syscall.EBUSY, errors.ErrUnsupported), []error{syscall.EBUSY, errors.ErrUnsupported}, syscall.EBUSY.Error()},
		{errors.Join(plainError("quagmire"), syscall.EBUSY), []error{syscall.EBUSY}, syscall.EBUSY.Error()},
		{plainError("host quagmire.example 48151623"), nil, "host "},
		{fmt.Errorf("wombat: %w", plainError("")), nil, ": "},
		{fs.ErrPermission, []error{fs.ErrPermission}, fs.ErrPermission.Error()},
		{syscall.EMFILE, []error{syscall.EMFILE}, syscall.EMFILE.Error()},
	} {
		r := New(Key{9})
		got := r.Error(c.err)
		for _, word := range personal {
			for err := range chain(got) {
				if text := fmt.Sprintf("%v", err); strings.Contains(text, word) {
					t.Errorf("%v: holds %s: %q", c.err, word, text)
				}
			}
		}
		for _, target := range c.is {
			if !errors.Is(got, target) {
				t.Errorf("%v: %v is not %v", c.err, got, target)
			}
		}
		if !strings.Contains(got.Error(), c.kept) {
			t.Errorf("%v: %q lacks %q", c.err, got, c.kept)
		}
		if again := New(Key{9}).Error(c.err); again.Error() != got.Error() {
			t.Errorf("%v: %q, then %q", c.err, got, again)
		}
	}
	if New(Key{}).Error(nil) != nil {
		t.Error("no error became one")
	}
}

// chain yields an error and all its causes.
func chain(err error) func(yield func(error) bool) {
	return func(yield func(error) bool) {
		if !yield(err) {
			return
		}
		var causes []error
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			causes = []error{e.Unwrap()}
		case interface{ Unwrap() []error }:
			causes = e.Unwrap()
		}
		for _, cause := range causes {
			if cause == nil {
				continue
			}
			for inner := range chain(cause) {
				if !yield(inner) {
					return
				}
			}
		}
	}
}

// TestErrorTypes checks that the types by which callers know errors stay.
func TestErrorTypes(t *testing.T) {
	r := New(Key{9})
	err := r.Error(&netstat.OpError{Op: "open", Table: netstat.UDP6Table, Err: &fs.PathError{Op: "open", Path: "/proc/net/udp6", Err: syscall.ENOENT}})
	var op *netstat.OpError
	var path *fs.PathError
	if !errors.As(err, &op) || op.Table != netstat.UDP6Table || !errors.As(err, &path) || path.Path != "/proc/net/udp6" || path.Err != syscall.ENOENT {
		t.Errorf("%#v", err)
	}
	var record *netstat.RecordError
	if !errors.As(r.Error(&netstat.RecordError{Line: 3, Text: "wombat"}), &record) || record.Line != 3 {
		t.Errorf("%#v", record)
	}
}
