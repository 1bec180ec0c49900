package wine

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestMetrics checks that tables that Windows does not have are no failures of metrics. Of
// Wine alone connections have no statistics, and WMI may be slow.
func TestMetrics(t *testing.T) {
	out, errs, _ := commandRun(t, nil, "--format=openmetrics")
	if strings.Contains(errs, "not supported on Windows") || !strings.HasSuffix(strings.TrimSpace(out), "# EOF") {
		t.Errorf("%q, %.200s", errs, out)
	}
	for _, part := range []string{"sockets", "owners", "counters", "interfaces", "findings"} {
		if !strings.Contains(out, `netstat_collection_success{part="`+part+`"} 1`) {
			t.Errorf("part %s failed", part)
		}
	}
}

// TestRedact checks that a redacted snapshot has no name of the host and still answers, and
// that the messages in it keep their words.
func TestRedact(t *testing.T) {
	file := filepath.Join(t.TempDir(), "redacted.json")
	commandTry(t, func() string {
		if _, errs, code := commandRun(t, nil, "--snapshot", file, "--redact"); code != 0 {
			t.Fatalf("status %d, %s", code, errs)
		}
		live, _, _ := commandRun(t, nil, "-an", "--count")
		replayed, errs, code := commandRun(t, nil, "--replay", file, "-an", "--count")
		if code != 0 || replayed != live {
			return fmt.Sprintf("%q, live %q, status %d, %s", replayed, live, code, errs)
		}
		return ""
	})
	if _, errs, _ := commandRun(t, nil, "--replay", file, "--snapshot", file); !strings.Contains(errs, "read templates of tcp: Windows error 0x8004100e") {
		t.Errorf("messages of the snapshot: %q", errs)
	}
}
