package report

import "errors"

// CheckRecord returns an error for options about rounds that do not go together. rounds is
// set if the host is a round of a directory.
func (c *Choice) CheckRecord(rounds bool) error {
	o := c.Options
	switch {
	case o.Record != "" && o.Replay != "":
		return errors.New("--record records this host: --record and --replay exclude each other")
	case o.Record != "" && o.SeveralNetns():
		return errors.New("a snapshot holds one network namespace: give --netns only one beside --record")
	case o.Keep.Size+int64(o.Keep.Age) > 0 && o.Record == "":
		return errors.New("--keep applies only to --record")
	case o.At.Given() && o.Replay == "":
		return errors.New("--at applies only to --replay DIR")
	case o.At.Given() && !rounds:
		return errors.New("--at chooses a round of a directory: " + o.Replay + " is one snapshot")
	case !o.From.Given() && !o.To.Given():
		return nil
	case len(o.DiffFiles) != 1:
		return errors.New("--from and --to apply only to " + compareOption(o) + " DIR")
	case !o.From.Given():
		return errors.New("--to needs --from, the time of the older round")
	}
	return nil
}
