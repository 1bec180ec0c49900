package microsoft

import (
	"strings"

	"netstat/options"
)

// synopsis names every option. Microsoft's own synopsis omits -c, -d, -q and
// -v.
const synopsis = "NETSTAT [-a] [-b] [-c] [-d] [-e] [-f] [-i] [-n] [-o] [-p proto] [-q] [-r] [-s] [-t] [-v] [-x] [-y] [interval]"

// usageColumn is the column where the text of an option begins.
const usageColumn = 16

// usage returns the help text in Microsoft's layout (Windows 10.0.22000): a
// blank line, the purpose of the program, the synopsis, and a paragraph for
// each option.
func usage(t *texts) string {
	var b strings.Builder
	b.WriteString("\n" + t.purpose + "\n\n" + synopsis + "\n\n")
	for _, o := range t.options {
		b.WriteString("  " + o.name + strings.Repeat(" ", usageColumn-2-len(o.name)))
		b.WriteString(strings.ReplaceAll(o.text, "\n", "\n"+strings.Repeat(" ", usageColumn)) + "\n")
	}
	b.WriteString("\n" + t.beyond + "\n" + options.Usage(t.chinese, true) + "\n")
	return b.String()
}
