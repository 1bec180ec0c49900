package report

import (
	"errors"
	"time"

	"netstat/fact"
	"netstat/options"
	"netstat/render"
)

// CheckAct returns an error for options that --close and --signal exclude. interval is
// the time between rounds. recorded is set if the host is a snapshot.
func (c *Choice) CheckAct(interval time.Duration, recorded bool) error {
	o := c.Options
	name := ActOption(o)
	switch {
	case name == "":
		return nil
	case o.Close && o.Signal != "":
		return errors.New("--close and --signal exclude each other")
	case o.Diagnose:
		return errors.New(name + " and --diagnose exclude each other")
	case recorded:
		return errors.New(name + " needs a live host: a snapshot's sockets are gone")
	case c.otherView():
		return errors.New(name + " applies only to socket reports")
	case !o.Filtered():
		return errors.New(name + " needs --filter or a short form of it, such as --port 8080")
	case interval > 0 || o.Diff || o.Delta:
		return errors.New(name + " works once: remove the interval")
	case o.Snapshot != "" || o.GroupBy != "" || o.Count || o.Columns != "" || o.Format != (render.Format{}):
		return errors.New(name + " prints a line for each, and excludes --format, --columns, --group-by, --count and --snapshot")
	}
	return nil
}

// otherView reports whether the command line selects records other than sockets.
func (c *Choice) otherView() bool {
	sel, err := c.selection()
	return err == nil && sel.View != fact.Sockets
}

// ActOption returns "--close" or "--signal" if the option is given, else "".
func ActOption(o *options.Options) string {
	switch {
	case o.Close:
		return "--close"
	case o.Signal != "":
		return "--signal"
	}
	return ""
}
