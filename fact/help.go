package fact

import "strings"

// Type names what the values of the fact are, as the manuals do: "text", "count",
// "bytes", "duration".
func (f *Fact) Type() string {
	if f.Kind == ValueNumber && f.Count {
		return "count"
	}
	return kindNames[f.Kind]
}

var kindNames = [...]string{
	ValueAbsent: "", ValueText: "text", ValueNumber: "number", ValueSigned: "number", ValueBytes: "bytes", ValueRate: "rate",
	ValueDuration: "duration", ValueTime: "time", ValueClock: "time", ValueFlag: "yes/no", ValueAddress: "address", ValueEndpoint: "end",
	ValueProcess: "process", ValueMilli: "number",
}

// Help is a line for each fact: its name, its type and what it is.
func Help(facts []Fact) string {
	name, kind := 0, 0
	for i := range facts {
		name, kind = max(name, len(facts[i].Name)), max(kind, len(facts[i].Type()))
	}
	var b strings.Builder
	for i := range facts {
		f := &facts[i]
		b.WriteString(f.Name)
		b.WriteString(strings.Repeat(" ", name-len(f.Name)+2))
		b.WriteString(f.Type())
		b.WriteString(strings.Repeat(" ", kind-len(f.Type())+2))
		b.WriteString(f.About)
		b.WriteByte('\n')
	}
	return b.String()
}
