package wine

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netstat"
)

// resources compiles resources for Windows programs.
const resources = "x86_64-w64-mingw32-windres"

//go:embed program/main.c
var programSource []byte

//go:embed program/wintrust.c
var wintrustSource []byte

// program builds an unsigned program that has a version resource.
func program(t *testing.T, dir string) string {
	t.Helper()
	rc, err := os.ReadFile("../../internal/win32/testdata/version.rc")
	if err != nil {
		t.Fatal(err)
	}
	source, script := filepath.Join(dir, "main.c"), filepath.Join(dir, "version.rc")
	object, exe := filepath.Join(dir, "version.o"), filepath.Join(dir, "unsigned.exe")
	for path, text := range map[string][]byte{source: programSource, script: rc} {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range [][]string{
		{resources, script, object},
		{compiler, "-O2", "-s", "-Wall", "-Werror", "-o", exe, source, object},
	} {
		if out, err := shared.native(line[0], line[1:]...); err != nil {
			t.Fatalf("%q: %v\n%s", line, err, out)
		}
	}
	return exe
}

// certificate creates a self-signed certificate to sign programs with.
func certificate(t *testing.T, dir string) (cert, key, der string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048) // Wine checks no other key type
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{"Contoso"}, CommonName: "Contoso Signing 名"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	}
	made, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key, der = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.der")
	for path, text := range map[string][]byte{
		cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made}),
		key:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), der: made,
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key, der
}

// ask starts a program and returns what the back end reports about its process.
func (h *Host) ask(t *testing.T, env []string, helper, exe string) (p netstat.Process) {
	t.Helper()
	running, err := h.Begin(exe, "a", "b c")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := running.Stop(); err != nil {
			t.Error(err)
		}
	}()
	pid, err := bufio.NewReader(running.Stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.RunEnv(env, helper, "process", strings.TrimSpace(pid))
	if err != nil || r.Code != 0 || len(r.Stderr) > 0 {
		t.Fatalf("%s: %v, status %d\n%s", exe, err, r.Code, r.Stderr)
	}
	if err := json.Unmarshal(r.Stdout, &p); err != nil {
		t.Fatalf("%v in %s", err, r.Stdout)
	}
	if !strings.HasSuffix(p.Executable, `\`+filepath.Base(exe)) || p.Company != "Contoso GmbH 名" || p.Version != "1.2.3.65535" || p.Package != "" {
		t.Errorf("%s: %+v", exe, p)
	}
	// Wine 8.0 does not report command lines.
	if len(p.Args) > 1 || len(p.Args) == 1 && !strings.HasSuffix(p.Args[0], `unsigned.exe" a "b c"`) && !strings.Contains(p.Args[0], " a ") {
		t.Errorf("%s: command line %q", exe, p.Args)
	}
	return p
}

// TestProgram compares what the back end reports about programs with what was put into
// them: a version resource by mingw, a signature by osslsigncode.
func TestProgram(t *testing.T) {
	dir := t.TempDir()
	unsigned := program(t, dir)
	cert, key, _ := certificate(t, dir)
	signed, altered := filepath.Join(dir, "signed.exe"), filepath.Join(dir, "altered.exe")
	if out, err := shared.native("osslsigncode", "sign", "-certs", cert, "-key", key, "-h", "sha256", "-in", unsigned, "-out", signed); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	bytesOf, err := os.ReadFile(signed)
	if err != nil {
		t.Fatal(err)
	}
	const inside = "This program cannot be run"
	if !bytes.Contains(bytesOf, []byte(inside)) {
		t.Fatal("nothing to change")
	}
	if err := os.WriteFile(altered, bytes.Replace(bytesOf, []byte(inside), []byte("That program cannot be run"), 1), 0o755); err != nil {
		t.Fatal(err)
	}
	for exe, want := range map[string]struct {
		signature netstat.Signature
		signer    string
	}{
		unsigned: {netstat.SignatureUnsigned, ""},
		signed:   {netstat.SignatureValid, "Contoso Signing 名"}, // Wine trusts self-signed certificates
		altered:  {netstat.SignatureAltered, ""},
	} {
		if p := shared.ask(t, nil, shared.helper, exe); p.Signature != want.signature || p.Signer != want.signer {
			t.Errorf("%s: %v, %q; want %v, %q", exe, p.Signature, p.Signer, want.signature, want.signer)
		}
	}
}

// TestProgramCatalog uses a wintrust.dll with catalogs instead of Wine's, which has
// none.
func TestProgramCatalog(t *testing.T) {
	dir := t.TempDir()
	h, err := StartHere(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := h.Replace("wintrust", wintrustSource, shared.helper, "-lcrypt32"); err != nil {
		t.Fatal(err)
	}
	_, _, der := certificate(t, dir)
	p := h.ask(t, []string{"CERT=Z:" + der}, shared.helper, program(t, dir))
	if p.Signature != netstat.SignatureValid || p.Signer != "Contoso Signing 名" {
		t.Errorf("%v, %q", p.Signature, p.Signer)
	}
}
