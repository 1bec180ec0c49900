package filter

import (
	"os/exec"
	"strings"
	"testing"

	"netstat/filter"
)

// TestAddresses compares every form of an address: whether ss accepts it, and what it
// matches.
func TestAddresses(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	w := &world{T: t}
	w.make()
	src, env := w.open()
	env.Host = nil

	var forms []string
	add := func(of ...string) { forms = append(forms, of...) }
	// Only ports that could be read as part of the address matter.
	ports := []string{"", ":", ":*", ":22", ":http", "::443", ":nonesuch"}
	for _, address := range []string{
		"::", "::1", "2001:db8::", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "fe80::", "::ffff:127.0.0.2", "::127.0.0.1",
		"2001:db8", "2001:db8:", ":::", "1::2::3", "::g", "12345::", "::1%lo", "10.1.2.3", "10.1", "*", "", "any",
	} {
		for _, bits := range []string{"", "/0", "/1", "/32", "/96", "/128", "/129", "/-1", "/"} {
			for _, port := range ports {
				form := address + bits + port
				// An empty form is no value, and a slash starts the path of a unix
				// socket.
				if form != "" && form[0] != '/' {
					add(form)
				}
				if bits == "" || bits == "/32" && address != "*" {
					add("inet6:"+form, "["+address+bits+"]"+port)
				}
			}
		}
	}
	for _, bits := range []string{
		"00", "01", "020", "0177", "00177", "0200", "0201", "041", "08", "018", "0x7f", "0X10", "0x", "+16", "+020", "+0x10", "+", "++1",
		" 16", "16x", "128x", "0b1", "0o7", "16.",
	} {
		add("::1/"+bits, "2001:db8::1/"+bits+":22", "[2001:db8::1/"+bits+"]:22", "127.0.0.2/"+bits, "10.1.2.3/"+bits+":22")
	}
	taken := 0
	for _, form := range forms {
		text := "src " + form
		_, err := filter.Parse(text, env)
		refused := exec.Command("ss", "-Htan", text).Run() != nil
		switch {
		case (err != nil) != refused:
			t.Errorf("%q: rejected by ss: %v, by us: %v", text, refused, err)
		case err == nil:
			taken++
			w.compare(src, env, "t", text)
		}
	}
	t.Logf("%d forms, %d accepted", len(forms), taken)

	// Differences documented in docs/filters.md.
	for text, ours := range map[string]bool{
		"src [::1]/128": true, "src [::1]/128:22": true, "src ::1:22-80": true, "src 2001:db8::/32:22-443": true,
		"src [*/32]": false, "src 80": false, "src 10:443": false, "src [::1]22": false, "src 0x7f.0.0.1": false, "src 127.0.0.01": false, "src ::1/-0": false, "src 10.1.2.3/255.0.0.0": false,
		"src ::1:65536": false, "sport = :": false, "sport *:80": false,
	} {
		_, err := filter.Parse(text, env)
		if refused := exec.Command("ss", append([]string{"-Htan"}, strings.Fields(text)...)...).Run() != nil; (err == nil) != ours || refused != ours {
			t.Errorf("%q: rejected by ss: %v, by us: %v", text, refused, err)
		}
	}
}
