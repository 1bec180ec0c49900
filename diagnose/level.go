package diagnose

// level compares a measure with the limit of the system, in percent of it.
type level struct {
	value, limit uint64
}

// level reads a measure and its limit. If the host lacks one of them, it reports that the
// rule cannot look, and ok is false: network namespaces other than the first lack the
// limits that belong to the whole system.
func (m *Moment) level(value, limit string) (l level, ok bool) {
	var has [2]bool
	l.value, has[0] = m.Measure(value)
	l.limit, has[1] = m.Measure(limit)
	for i, name := range [...]string{value, limit} {
		if !has[i] && (len(m.measures) > 0 || m.Unread("measures") == nil) {
			m.cannot(m.say("this system or network namespace lacks "+name, "此系统或网络命名空间没有 "+name))
		}
	}
	return l, has[0] && has[1] && l.limit > 0
}

// share returns percent of the limit, rounded up: from there on reaches is true.
func (l level) share(percent uint64) uint64 {
	return l.limit/100*percent + (l.limit%100*percent+99)/100
}

// reaches reports whether the value is at least percent of the limit.
func (l level) reaches(percent uint64) bool { return l.value >= l.share(percent) }
