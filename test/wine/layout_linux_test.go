package wine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// undeclared are structures missing from the compiler's headers: they came with the SDK
// of Windows Server 2022.
const undeclared = `
typedef struct { DWORD dwLocalAddr, dwLocalPort, dwOwningPid; LARGE_INTEGER liCreateTimestamp;
	int dwFlags; ULONGLONG OwningModuleInfo[16]; DWORD dwRemoteAddr, dwRemotePort; } MIB_UDPROW2;
typedef struct { DWORD dwNumEntries; MIB_UDPROW2 table[1]; } MIB_UDPTABLE2;
typedef struct { UCHAR ucLocalAddr[16]; DWORD dwLocalScopeId, dwLocalPort, dwOwningPid; LARGE_INTEGER liCreateTimestamp;
	int dwFlags; ULONGLONG OwningModuleInfo[16]; UCHAR ucRemoteAddr[16]; DWORD dwRemoteScopeId, dwRemotePort; } MIB_UDP6ROW2;
typedef struct { DWORD dwNumEntries; MIB_UDP6ROW2 table[1]; } MIB_UDP6TABLE2;
`

// TestLayout compiles the layout that internal/win32 assumes of Windows' structures,
// for 64-bit and 32-bit programs. There is no compiler for arm64, where sizes and
// alignment of all types are those of amd64.
func TestLayout(t *testing.T) {
	text, err := os.ReadFile("../../internal/win32/testdata/layout.txt")
	if err != nil {
		t.Fatal(err)
	}
	for bits, option := range map[string]string{"64": "-m64", "32": "-m32"} {
		var c strings.Builder
		c.WriteString("#define _WIN32_WINNT 0x0A00\n#include <stddef.h>\n#include <winsock2.h>\n#include <ws2tcpip.h>\n" +
			"#include <windows.h>\n#include <iphlpapi.h>\n#include <netioapi.h>\n#include <winsvc.h>\n#include <oaidl.h>\n#include <winternl.h>\n#include <wintrust.h>\n#include <mscat.h>\n" + undeclared)
		n := 0
		for line := range strings.Lines(string(text)) {
			var width, name string
			var value int
			if _, err := fmt.Sscanf(line, "%s %s %d", &width, &name, &value); err != nil || width != "all" && width != "value" && width != bits {
				continue
			}
			n++
			expr := "sizeof(" + name + ")"
			if typ, field, ok := strings.Cut(name, "."); ok {
				expr = "offsetof(" + typ + ", " + field + ")"
			}
			if width == "value" { // of an enumeration
				expr = name
			}
			fmt.Fprintf(&c, "_Static_assert(%s == %d, \"%s\");\n", expr, value, name)
		}
		if n < 150 {
			t.Errorf("%s bits: only %d lines of layout.txt were parsed", bits, n)
		}
		source := filepath.Join(t.TempDir(), "layout.c")
		if err := os.WriteFile(source, []byte(c.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(compiler, option, "-fsyntax-only", source).CombinedOutput(); err != nil {
			t.Errorf("%s bits: %v\n%s", bits, err, out)
		}
	}
}
