package wine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecord records two rounds and answers from them.
func TestRecord(t *testing.T) {
	exe := commandExe(t)
	dir := filepath.Join(t.TempDir(), "rounds")
	r, err := shared.Run(exe, "--record="+dir, "--limit=2", "1")
	if err != nil || r.Code != 0 {
		t.Fatalf("status %d, %v: %s", r.Code, err, r.Stderr)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 || entries[0].Name() != ".lock" || !strings.HasSuffix(entries[2].Name(), "Z.json.zst") {
		t.Fatalf("%v, %v", entries, err)
	}
	r, err = shared.Run(exe, "--replay", dir, "--at=-1s", "-an")
	if err != nil || r.Code != 0 || !strings.Contains(string(r.Stdout), "Active Connections") {
		t.Errorf("status %d, %v: %s%s", r.Code, err, r.Stdout, r.Stderr)
	}
}
