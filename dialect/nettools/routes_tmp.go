package nettools

// routes stands in for the tables of IPv4 and IPv6, which another part brings.
func (r *report) routes() int {
	status := ExitOK
	for _, f := range r.cmd.Families {
		if s := r.rareRoutes(f); s != ExitOK {
			return s
		}
	}
	if len(r.cmd.Families) == 0 {
		r.say(notYet("routing tables (-r) are"))
		return ExitMissing
	}
	return status
}
