package schema

import (
	"strconv"
	"time"
)

// Envelope is the start of every document.
type Envelope struct {
	// Schema is Name in every document of this form. AppendEnvelope ignores it and
	// writes Name.
	Schema string
	// Version is the version of the form. AppendEnvelope writes Version for 0.
	Version uint32
	// Content is the type of the document: "snapshot", "sockets", "routes", ….
	Content string
	// Program is the name and version of the program that wrote the document.
	Program string
	// Time is the time of the query.
	Time time.Time
	Host Host
}

// Host identifies the host of a document.
type Host struct {
	// Name is the host name; empty if unknown.
	Name string
	// System is the operating system as named by Go: "linux", "windows".
	System string
}

// AppendEnvelope starts a document: an object that the caller continues and closes.
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

// EnvelopeField reads the value of an envelope field into e and reports whether key is
// one. The Reader fails if the document has another schema or a version newer than
// Version.
func (r *Reader) EnvelopeField(key []byte, e *Envelope) bool {
	r.peek()
	start := r.at
	switch string(key) {
	case "schema":
		e.Schema = r.Text()
		if r.err == nil && e.Schema != Name {
			r.fail(start, `schema is not "`+Name+`"`)
		}
	case "version":
		e.Version = uint32(r.Uint(1<<31 - 1))
		if r.err == nil && e.Version > Version {
			r.fail(start, "written by a newer program: format version "+strconv.Itoa(int(e.Version))+
				", this program reads up to "+strconv.Itoa(Version))
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
