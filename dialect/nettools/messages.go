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
	return safe(strings.ReplaceAll(err.Error(), "\n", " "))
}

// errorText is an error as strerror(3) words it: the same words, with a
// capital letter.
func errorText(err error) string {
	text := safe(err.Error())
	if text != "" && 'a' <= text[0] && text[0] <= 'z' {
		text = string(text[0]-'a'+'A') + text[1:]
	}
	return text
}

func safe(s string) string { return string(appendSafe(nil, s)) }
