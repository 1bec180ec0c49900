package diagnose

import (
	"strings"
	"testing"

	"netstat/test/live"
)

// --netns looks into every namespace, and says in which one it found something.
func TestNamespaces(t *testing.T) {
	if !live.InNamespacesWithProgram(t) {
		return
	}
	for _, ns := range []string{"full", "idle"} {
		live.Run(t, "ip", "netns", "add", ns)
		live.Run(t, "ip", "-n", ns, "link", "set", "lo", "up")
	}
	_, end := live.Python(t, "full", "COUNT = 8"+fill)
	defer end()
	for _, list := range []string{"full,idle", "idle,full", "all"} {
		answer := live.Netstat(t, "--netns", list, "--diagnose=accept-queue,0.05", "--fail-on=critical", "--format=tsv", "--columns=netns,severity,process,command")
		const head, want = "netns\tseverity\tprocess\tcommand\n", "\nfull\tcritical\tpython3\tnetstat "
		_, line, found := strings.Cut(answer.Out, want)
		// Namespaces of other tests may be there, and have findings of their own.
		others := list == "all"
		if answer.Status != 2 || !strings.HasPrefix(answer.Out, head) || !found || !others && strings.Count(answer.Out, "\n") != 2 {
			t.Errorf("--netns %s: %+v", list, answer)
		}
		// The command line shows the same socket.
		line, _, _ = strings.Cut(line, "\n")
		if shown := live.Netstat(t, strings.Fields(line)...); !strings.Contains(shown.Out, "127.0.0.1:8080") {
			t.Errorf("%s: %+v", line, shown)
		}
	}
	if answer := live.Netstat(t, "--netns", "idle", "--diagnose=accept-queue,0.05"); answer.Status != 0 || answer.Out != "nothing found: 1 of 1 rules looked\n" {
		t.Errorf("idle: %+v", answer)
	}
}
