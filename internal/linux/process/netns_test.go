package process

import (
	"strings"
	"testing"
)

func TestParseNamespaceMount(t *testing.T) {
	for line, want := range map[string]namespaceMount{
		`511 24 0:4 net:[4026532299] /run/netns/blue rw shared:5 - nsfs nsfs rw`: {4026532299, "/run/netns/blue"},
		`511 24 0:4 net:[7] /a\040b\011c\012d\134e rw - nsfs nsfs rw`:            {7, "/a b\tc\nd\\e"},
		`511 24 0:4 net:[7] /a\04 rw - nsfs nsfs rw`:                             {7, `/a\04`},
		`511 24 0:4 net:[7] /a\999 rw - nsfs nsfs rw`:                            {7, `/a\999`},
		`511 24 0:4 mnt:[7] /x rw - nsfs nsfs rw`:                                {},
		`511 24 0:4 net:[0] /x rw - nsfs nsfs rw`:                                {},
		`511 24 0:4 net:[x] /x rw - nsfs nsfs rw`:                                {},
		`511 24 0:4 net:[7] /x rw - ext4 nsfs rw`:                                {},
		`511 24 0:4 net:[7] - nsfs nsfs rw`:                                      {},
		`511 24 0:4 net:[7] /x rw`:                                               {},
		``:                                                                       {},
	} {
		if m, ok := parseNamespaceMount([]byte(line)); m != want && ok || ok != (want.inode != 0) {
			t.Errorf("%s: %+v, %v", line, m, ok)
		}
	}
}

func FuzzNamespaceMount(f *testing.F) {
	f.Add([]byte(`511 24 0:4 net:[4026532299] /run/netns/a\040b rw shared:5 - nsfs nsfs rw`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, ok := parseNamespaceMount(b)
		if ok && (m.inode == 0 || m.path == "" || len(m.path) > len(b) || !strings.Contains(string(b), "nsfs")) {
			t.Fatalf("%+v", m)
		}
	})
}
