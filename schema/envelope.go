package schema

import (
	"strconv"
	"time"
)

// Envelope is what every document begins with.
type Envelope struct {
	// Schema is Name in every document of this form. It is read; what is
	// written is Name.
	Schema string
	// Version is that of the form; 0 stands for Version when it is written.
	Version uint32
	// Content says what the document is: "snapshot", "sockets", "routes", ….
	Content string
	// Program is the name and version of what wrote it.
	Program string
	// Time is when the host was asked.
	Time time.Time
	Host Host
}

// Host says of which host a document is.
type Host struct {
	// Name is its name, empty where it is not known.
	Name string
	// System is what it runs, as Go names it: "linux", "windows".
	System string
}

// AppendEnvelope begins a document: an object that the caller goes on with and
// closes.
func AppendEnvelope(b []byte, e *Envelope) []byte {
	version := e.Version
	if version == 0 {
		version = Version
	}
	b = append(b, `{"schema":"`+Name+`","version":`...)
	b = strconv.AppendUint(b, uint64(version), 10)
	b = AppendText(b, "content", e.Content)
	b = AppendText(b, "program", e.Program)
	b = appendTime(b, "time", e.Time)
	b = append(appendKey(b, "host"), '{')
	b = AppendText(b, "name", e.Host.Name)
	return append(AppendText(b, "system", e.Host.System), '}')
}

// EnvelopeField reads the value of a field of an envelope into e, and reports
// whether key is one. Where the document turns out to be no such one, or newer
// than Version, that is the Reader's mistake.
func (r *Reader) EnvelopeField(key []byte, e *Envelope) bool {
	r.peek()
	start := r.at
	switch string(key) {
	case "schema":
		e.Schema = r.Text()
		if r.err == nil && e.Schema != Name {
			r.fail(start, `the schema is not "`+Name+`"`)
		}
	case "version":
		e.Version = uint32(r.Uint(1<<31 - 1))
		if r.err == nil && e.Version > Version {
			r.fail(start, "written by a newer program: version "+strconv.Itoa(int(e.Version))+
				" of the form, this program reads up to "+strconv.Itoa(Version))
		}
	case "content":
		e.Content = r.Text()
	case "program":
		e.Program = r.Text()
	case "time":
		e.Time = r.Time()
	case "host":
		var name, system ExactText
		r.Object(func(key []byte) {
			if !r.TextField(key, "name", &name) {
				r.textOrSkip(key, "system", &system)
			}
		})
		e.Host.Name, e.Host.System = name.s, system.s
	default:
		return false
	}
	return true
}
