package report

import (
	"time"

	"netstat/fact"
	"netstat/internal/message"
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
		return message.ExcludeEachOther.Err("--close", "--signal")
	case o.Diagnose:
		return message.ExcludeEachOther.Err(name, "--diagnose")
	case recorded:
		return message.SnapshotGone.Err(name)
	case c.otherView():
		return message.OnlySocketReports.Err(name)
	case !o.Filtered():
		return message.NeedsFilter.Err(name)
	case interval > 0 || o.Diff || o.Delta:
		return message.WorksOnce.Err(name)
	case o.Snapshot != "" || o.GroupBy != "" || o.Count || o.Columns != "" || o.Format != (render.Format{}):
		return message.ActExcludes.Err(name)
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
