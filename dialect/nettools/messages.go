package nettools

import (
	"io"
	"strconv"
)

// These are messages of net-tools 2.10. Scripts may search for their lines.

func unsupported(what string) string {
	return "netstat: no support for `" + what + "' on this system.\n"
}

// warnDenied reports what a search for owners could not see. seen is true if
// the search saw any socket.
func warnDenied(w io.Writer, seen bool, euid int) {
	if !seen {
		_, _ = io.WriteString(w, `(No info could be read for "-p": geteuid()=`+strconv.Itoa(euid)+" but you should be root.)\n")
		return
	}
	_, _ = io.WriteString(w, "(Not all processes could be identified, non-owned process info\n"+
		" will not be shown, you would have to be root to see it all.)\n")
}

// errorText returns an error's text as strerror(3) words it, with a capital
// letter.
func errorText(err error) string {
	text := safe(err.Error())
	if text != "" && 'a' <= text[0] && text[0] <= 'z' {
		text = string(text[0]-'a'+'A') + text[1:]
	}
	return text
}

func safe(s string) string { return string(appendSafe(nil, s)) }
