package fact

// Section is a heading under which lists show facts.
type Section uint8

const (
	// SectionGeneral has what no other section has. It is the zero value.
	SectionGeneral Section = iota
	SectionProcess
	SectionSettings
	SectionPeer
	SectionTCP
	SectionTCPWindows // what only Windows tells of TCP
	SectionMemory
	SectionFamily
	SectionReceived
	SectionSent
	SectionRates
	SectionReport // facts of every view
)

// of puts those facts of a list that have no section into s.
func (s Section) of(list []Fact) []Fact {
	for i := range list {
		if list[i].Section == SectionGeneral {
			list[i].Section = s
		}
	}
	return list
}

// Common returns the facts of a view that are asked for most: those of Default, and
// some more.
func Common(v View) []Fact {
	list := Default(v)
	if views[v].common == "" {
		return list
	}
	for _, f := range mustFind(v, views[v].common) {
		if Named(list, f.Name) == nil {
			list = append(list, f)
		}
	}
	return list
}
