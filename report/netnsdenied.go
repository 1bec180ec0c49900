package report

import (
	"errors"
	"io/fs"
	"strconv"

	"netstat"
)

// deniedNetns collects the network namespaces of a round that this user cannot enter,
// or that are not even listed, to say it in one sentence.
type deniedNetns struct {
	first   error // the only one to say so, where it is
	entered int   // that could not be
	unseen  int   // the most that are missing at least, by any of the reasons
	reasons int   // why some are missing
}

// add reports whether an error is about such a namespace, and if so keeps it.
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

// err says it all, nil for nothing. Those that are missing may be the same ones for
// several reasons, or those that could not be entered.
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

// Advise returns an error of permission about a network namespace with what the user may
// do about it, by Advice.
func Advise(err error, advice string) error {
	if advice != asRoot || !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return &deniedError{err.Error() + " (" + advice + ")"}
}
