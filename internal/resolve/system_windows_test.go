package resolve

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestWindowsFiles puts the databases in the directory of Windows.
func TestWindowsFiles(t *testing.T) {
	// Not t.TempDir, which fails under Wine 8.0, because Wine cannot remove
	// by handle.
	root, err := os.MkdirTemp("", "etc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	dir := filepath.Join(root, "System32", "drivers", "etc")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"services": "# Copyright\r\nepmap              135/tcp    loc-srv                #DCE endpoint resolution\r\n",
		"protocol": "icmp       1     ICMP\r\n",
		"networks": "loopback                 127\r\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("SystemRoot", root)
	r := New(Options{})
	wantService(t, r, 135, "tcp", "epmap")
	if name, ok := r.Protocol(1); name != "icmp" || !ok {
		t.Errorf("protocol 1: %q, %v", name, ok)
	}
	if name, ok := r.Network(netip.MustParseAddr("127.0.0.0")); name != "loopback" || !ok {
		t.Errorf("network: %q, %v", name, ok)
	}
	// There are no names of users, and no process is started to find one.
	if name, ok := r.User(0); ok {
		t.Errorf("user: %q", name)
	}
}

// TestWindowsHosts queries the system's resolver.
func TestWindowsHosts(t *testing.T) {
	r := New(Options{Timeout: time.Minute})
	for _, ip := range []string{"127.0.0.1", "::ffff:127.0.0.1"} {
		if name, ok := r.Host(netip.MustParseAddr(ip)); name == "" || !ok {
			t.Errorf("%s: %q, %v", ip, name, ok)
		}
	}
	if name, ok := r.Host(netip.MustParseAddr("192.0.2.222")); ok {
		t.Errorf("a name for an unused address: %q", name)
	}
}
