package report

import (
	"errors"
	"io/fs"
	"strconv"

	"netstat"
)

// deniedNetns collects the network namespaces of a round that this user cannot enter or
// list, to report them in one sentence.
type deniedNetns struct {
	first   error // first error, reported as it is if it is the only one
	entered int   // number of listed namespaces that could not be entered
	unseen  int   // largest lower bound of missing namespaces, over all reasons
	reasons int   // number of reasons why some are missing
}

// add reports whether an error is about a denied namespace, and records it if so.
func (d *deniedNetns) add(err error) bool {
	if !errors.Is(err, fs.ErrPermission) {
		return false
	}
	if d.first == nil {
		d.first = err
	}
	var missing *netstat.DeniedNamespaces
	if errors.As(err, &missing) {
		d.reasons++
		d.unseen = max(d.unseen, missing.Count)
	} else {
		d.entered++
	}
	return true
}

// err returns one error about all of them, or nil if there are none. Namespaces that are
// missing for several reasons, or that could not be entered, may be the same ones.
func (d *deniedNetns) err(advice string) error {
	switch {
	case d.first == nil:
		return nil
	case d.entered == 1 && d.reasons == 0:
		return Advise(d.first, advice)
	}
	text := "cannot enter "
	n := max(d.entered, d.unseen)
	if n > 0 && d.reasons > 0 && (d.entered > 0 || d.reasons > 1) {
		text += "at least "
	}
	switch n {
	case 0:
		text += "the network namespaces of other users' processes"
	case 1:
		text += "1 network namespace"
	default:
		text += strconv.Itoa(n) + " network namespaces"
	}
	if advice != asRoot {
		return &deniedError{text + ": " + fs.ErrPermission.Error()}
	}
	return Advise(&deniedError{text}, advice)
}

type deniedError struct{ text string }

func (e *deniedError) Error() string { return e.text }
func (e *deniedError) Unwrap() error { return fs.ErrPermission }

// Advise adds advice, as Advice returns it, to a permission error about a network
// namespace.
func Advise(err error, advice string) error {
	if advice != asRoot || !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return &deniedError{err.Error() + " (" + advice + ")"}
}
