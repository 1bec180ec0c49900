package fact

// Type returns the type of the fact's values as the manuals name it: "text", "count",
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
