// Package licenses holds the licence texts of this program and of what is linked into it.
// The binary carries them, because they must accompany every copy. The system loads their
// pages only if they are read.
package licenses

import _ "embed"

var (
	//go:embed notice.txt
	notice string
	//go:embed apache-2.0.txt
	apache string
	//go:embed go.txt
	bsd string
)

// Work is a part of the program with a licence of its own.
type Work struct {
	// Module is the path of its module, "std" for Go's runtime and standard library, or
	// "netstat" for this program.
	Module string
	// License is its licence, an identifier of SPDX.
	License string
	// Name names it in a text.
	Name string
}

// Works lists the parts of the program on every system.
var Works = [...]Work{
	{"netstat", "Apache-2.0", "netstat"},
	{"std", "BSD-3-Clause", "the runtime and standard library of Go"},
	{"golang.org/x/sys", "BSD-3-Clause", "golang.org/x/sys"},
}

// Text returns the notices and licences in full.
func Text() string {
	return notice + "\n" + linked() + "\n" + apache
}

// linked returns the notices of what is linked into the program.
func linked() string {
	text := "This program contains "
	for i, w := range Works[1:] {
		if i > 0 {
			text += ", and "
		}
		text += w.Name
	}
	return text + ", under this licence:\n\n" + bsd
}
