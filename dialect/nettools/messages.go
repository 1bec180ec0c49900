package nettools

import (
	"io"
	"strconv"
	"strings"
)

// The messages of net-tools 2.10, each a line that scripts may look for.

func unsupported(what string) string {
	return "netstat: no support for `" + what + "' on this system.\n"
}

// warnDenied says what a search for owners could not see; seen tells whether
// it saw any socket at all.
func warnDenied(w io.Writer, seen bool, euid int) {
	if !seen {
		_, _ = io.WriteString(w, `(No info could be read for "-p": geteuid()=`+strconv.Itoa(euid)+" but you should be root.)\n")
		return
	}
	_, _ = io.WriteString(w, "(Not all processes could be identified, non-owned process info\n"+
		" will not be shown, you would have to be root to see it all.)\n")
}

// OneLine returns an error's text, fit for one line of a terminal.
func OneLine(err error) string {
	return string(appendSafe(nil, strings.ReplaceAll(err.Error(), "\n", " ")))
}
