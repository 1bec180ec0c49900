package netstat

import "testing"

// Name returns what is shown, compared and filtered as the name of a process.
func TestProcessName(t *testing.T) {
	for _, c := range []struct{ argv0, comm, want string }{
		{"nginx", "x", "nginx"},
		{"/usr/sbin/sshd", "sshd", "sshd"},
		{"nginx: master process /usr/sbin/nginx -g daemon off;", "nginx", "nginx"},
		{"sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", "sshd", "sshd"},
		{"/opt/chrome/chrome --type=zygote /etc/x", "chrome", "chrome"},
		{"-bash", "bash", "-bash"},
		{"a - b.exe", "", "a - b.exe"},
		{"a -", "", "a -"},
		{"sh/x", "", "sh/x"},
		{": x", "", ": x"},
		{" -x", "", " -x"},
		{"", "kworker/0:1", "kworker/0:1"},
		{"/usr/bin/", "x", "x"},
		{"/", "", ""},
		{"", "", ""},
	} {
		if got := (&Process{Argv0: c.argv0, Comm: c.comm, Executable: "/bin/other"}).Name(); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.argv0, c.comm, got, c.want)
		}
	}
}

func TestSignatureString(t *testing.T) {
	for s, want := range map[Signature]string{
		SignatureUnknown: "", SignatureValid: "valid", SignatureInvalid: "invalid",
		SignatureInvalid + 1: "", 255: "",
	} {
		if got := s.String(); got != want {
			t.Errorf("%d: %q, want %q", s, got, want)
		}
	}
}
