package win32

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"netstat"
)

// win32Unicode encodes a UNICODE_STRING at base, followed by its text.
func win32Unicode(p *pointers, base uint64, text string) []byte {
	b := make([]byte, p.unicodeText+p.size)
	wide := win32UTF16(text)
	binary.LittleEndian.PutUint16(b, uint16(len(wide)-2))
	binary.LittleEndian.PutUint16(b[2:], uint16(len(wide)))
	to := base + uint64(len(b))
	for n := range p.size {
		b[p.unicodeText+n] = byte(to >> (8 * n))
	}
	return append(b, wide...)
}

// A command line is one string. If access is denied or the system does not support it,
// the command line is empty, without an error.
func TestCommandLine(t *testing.T) {
	const line = `"C:\Program Files\Contoso\x.exe" -k  "naïve 名字" 😀`
	const accessDenied, invalidInfoClass, terminating = 0xc0000022, 0xc0000003, 0xc000010a
	for _, p := range []*pointers{&pointers32, &pointers64} {
		calls := 0
		a := win32Missing()
		a.pointers = p
		a.commandLine = func(pid uint32, buf []byte, size *uint32) (uint64, uint32) {
			calls++
			switch pid {
			case 1:
				code := win32Answer(win32Unicode(p, win32Base, line))(buf, size)
				if code == codeInsufficientBuffer {
					code = statusInfoLengthMismatch
				}
				return win32Base, code
			case 2:
				*size = 0 // does not report the required size
				if len(buf) < 4*50 {
					return 0, statusBufferTooSmall
				}
				return win32Base, win32Answer(win32Unicode(p, win32Base, line))(buf, &[]uint32{uint32(len(buf))}[0])
			case 3:
				return win32Base, win32Answer(win32Unicode(p, win32Base, ""))(buf, size)
			case 4:
				return 0, accessDenied
			case 5:
				return 0, codeAccessDenied
			case 6:
				return 0, invalidInfoClass
			case 7:
				return 0, terminating
			case 8:
				return 0, codeProcNotFound
			}
			return 0, codeInvalidParameter
		}
		for pid, want := range map[uint32]string{1: line, 2: line, 3: "", 4: "", 5: "", 6: "", 7: "", 8: ""} {
			s := win32Source(t, a, Options{})
			s.buf = make([]byte, 50) // too small
			got, err := s.Process(pid, netstat.FactArgs)
			if err != nil || strings.Join(got.Args, "|") != want || (got.Args == nil) != (want == "") || got.Argv0 != "" {
				t.Errorf("%d: %q, %v", pid, got.Args, err)
			}
		}
		if _, err := win32Source(t, a, Options{}).Process(9, netstat.FactArgs); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("no process: %v", err)
		}
		calls = 0
		if got, err := win32Source(t, a, Options{}).Process(1, netstat.FactUser); err != nil || got.Args != nil || calls > 0 {
			t.Errorf("not requested: %+v, %v, %d calls", got, err, calls)
		}
	}
}

func FuzzUnicodeString(f *testing.F) {
	win32Both(func(p *pointers) { f.Add(win32Unicode(p, win32Base, "a b"), uint64(win32Base)) })
	f.Fuzz(func(t *testing.T, memory []byte, base uint64) {
		win32Both(func(p *pointers) { win32Text(t, p.unicodeString(memory, base)) })
	})
}

// win32Block encodes a block of a version resource.
func win32Block(key string, text bool, value []byte, blocks ...[]byte) []byte {
	b := append(make([]byte, versionHeader), win32UTF16(key)...)
	pad := func() {
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
	}
	pad()
	length := len(value)
	if text {
		length /= 2
		b[4] = 1
	}
	binary.LittleEndian.PutUint16(b[2:], uint16(length))
	b = append(b, value...)
	for _, block := range blocks {
		pad()
		b = append(b, block...)
	}
	binary.LittleEndian.PutUint16(b, uint16(len(b)))
	return b
}

func win32Fixed(a, b, c, d uint16) []byte {
	v := make([]byte, versionFixed)
	binary.LittleEndian.PutUint32(v, versionSignature)
	binary.LittleEndian.PutUint32(v[versionMS:], uint32(a)<<16|uint32(b))
	binary.LittleEndian.PutUint32(v[versionLS:], uint32(c)<<16|uint32(d))
	return v
}

func win32Strings(language string, pairs ...string) []byte {
	var blocks [][]byte
	for i := 0; i < len(pairs); i += 2 {
		blocks = append(blocks, win32Block(pairs[i], true, win32UTF16(pairs[i+1])))
	}
	return win32Block(language, true, nil, blocks...)
}

func win32Translation(words ...uint16) []byte {
	var value []byte
	for _, w := range words {
		value = binary.LittleEndian.AppendUint16(value, w)
	}
	return win32Block("VarFileInfo", true, nil, win32Block("Translation", false, value))
}

func TestVersion(t *testing.T) {
	made, err := os.ReadFile("testdata/version.bin")
	if err != nil {
		t.Fatal(err)
	}
	root := func(fixed []byte, blocks ...[]byte) []byte {
		return win32Block("VS_VERSION_INFO", false, fixed, blocks...)
	}
	tables := func(tables ...[]byte) []byte { return win32Block("StringFileInfo", true, nil, tables...) }
	german := win32Strings("040704b0", "FileDescription", "Dienst", "CompanyName", " Contoso GmbH ")
	english := win32Strings("040904B0", "CompanyName", "Contoso, Ltd.", "FileVersion", "1.2 (build)")
	inBytes := win32Block("CompanyName", true, win32UTF16("Contoso, Ltd."))
	binary.LittleEndian.PutUint16(inBytes[2:], 2*word16(inBytes, 2))
	inBytes = win32Block("040904B0", true, nil, inBytes, win32Block("FileVersion", true, win32UTF16("1.2 (build)")))
	for _, c := range []struct {
		name, company, version string
		resource               []byte
	}{
		{"as compiled", "Contoso GmbH 名", "1.2.3.65535", made},
		{"with trailing space, as Windows returns it", "Contoso GmbH 名", "1.2.3.65535", append(slices.Clone(made), make([]byte, 200)...)},
		{"first language", "Contoso GmbH", "10.0.22621.1", root(win32Fixed(10, 0, 22621, 1), tables(english, german), win32Translation(0x407, 0x4b0, 0x409, 0x4b0))},
		{"language without texts", "Contoso, Ltd.", "10.0.22621.1", root(win32Fixed(10, 0, 22621, 1), tables(german, english), win32Translation(0x411, 0x4b0))},
		{"no list of languages", "Contoso, Ltd.", "1.2 (build)", root(nil, tables(german, english))},
		{"no English", "Contoso GmbH", "", root(nil, tables(german))},
		{"languages first", "Contoso GmbH", "0.1.0.0", root(win32Fixed(0, 1, 0, 0), win32Translation(0x407, 0x4b0), tables(english, german))},
		{"all-zero version", "Contoso, Ltd.", "1.2 (build)", root(win32Fixed(0, 0, 0, 0), tables(english))},
		{"lengths in bytes", "Contoso, Ltd.", "1.2 (build)", root(nil, tables(inBytes))},
		{"no texts", "", "10.0.0.1", root(win32Fixed(10, 0, 0, 1))},
		{"no texts in them", "", "10.0.0.1", root(win32Fixed(10, 0, 0, 1), tables())},
		{"other resource", "", "", []byte("PE..")},
		{"nothing", "", "", nil},
		{"cut off", "", "", made[:50]},
	} {
		if company, version := decodeVersion(c.resource); company != c.company || version != c.version {
			t.Errorf("%s: %q, %q; want %q, %q", c.name, company, version, c.company, c.version)
		}
	}
}

func FuzzVersion(f *testing.F) {
	made, err := os.ReadFile("testdata/version.bin")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(made)
	f.Add(win32Block("VS_VERSION_INFO", false, win32Fixed(1, 2, 3, 4), win32Translation(1, 2)))
	f.Fuzz(func(t *testing.T, b []byte) {
		company, version := decodeVersion(b)
		win32Text(t, company)
		win32Text(t, version)
	})
}

// The signature is the one in the file, or else that of a catalog. Only a good one has
// a signer.
func TestSignature(t *testing.T) {
	type answer struct {
		signer string
		code   uint32
	}
	none := answer{"", codeNotFound}
	for _, c := range []struct {
		name              string
		file, sha256, old answer
		want              netstat.Signature
		signer            string
		asked             string
	}{
		{"in the file", answer{"Contoso", 0}, none, none, netstat.SignatureValid, "Contoso", "file"},
		{"in a catalog", answer{"", codeNoSignature}, answer{"Microsoft Windows", 0}, none, netstat.SignatureValid, "Microsoft Windows", "file SHA256"},
		{"in a SHA-1 catalog", answer{"", codeSubjectForm}, none, answer{"Microsoft Windows", 0}, netstat.SignatureValid, "Microsoft Windows", "file SHA256 SHA1"},
		{"before Windows 8", answer{"", codeNoSignature}, answer{"", codeProcNotFound}, answer{"Microsoft Windows", 0}, netstat.SignatureValid, "Microsoft Windows", "file SHA256 SHA1"},
		{"Wine 8.0", answer{"", codeNoSignature}, answer{"", codeCallNotImplemented}, none, netstat.SignatureUnsigned, "", "file SHA256 SHA1"},
		{"in neither", answer{"", codeProviderUnknown}, none, none, netstat.SignatureUnsigned, "", "file SHA256 SHA1"},
		{"altered", answer{"Contoso", codeBadDigest}, none, none, netstat.SignatureAltered, "", "file"},
		{"expired", answer{"Contoso", codeCertExpired}, none, none, netstat.SignatureExpired, "", "file"},
		{"unknown root", answer{"Contoso", codeUntrustedRoot}, none, none, netstat.SignatureUntrusted, "", "file"},
		{"no chain", answer{"", codeCertChaining}, none, none, netstat.SignatureUntrusted, "", "file"},
		{"blocked", answer{"", codeExplicitDistrust}, none, none, netstat.SignatureUntrusted, "", "file"},
		{"revoked", answer{"Contoso", codeCertRevoked}, none, none, netstat.SignatureRevoked, "", "file"},
		{"other error", answer{"Contoso", 0x80096005}, none, none, netstat.SignatureInvalid, "", "file"},
		{"a bad catalog", answer{"", codeNoSignature}, answer{"x", codeUntrustedRoot}, none, netstat.SignatureUntrusted, "", "file SHA256"},
		{"catalogs not available", answer{"", codeNoSignature}, answer{"", codeAccessDenied}, none, netstat.SignatureUnknown, "", "file SHA256"},
		{"access denied", answer{"", codeAccessDenied}, none, none, netstat.SignatureUnknown, "", "file"},
		{"function missing", answer{"", codeProcNotFound}, none, none, netstat.SignatureUnknown, "", "file"},
	} {
		var asked []string
		a := win32Missing()
		a.verifyFile = func(path string) (string, uint32) {
			asked = append(asked, "file")
			return c.file.signer, c.file.code
		}
		a.verifyCatalog = func(path, algorithm string) (string, uint32) {
			if algorithm == "" {
				asked = append(asked, "SHA1")
				return c.old.signer, c.old.code
			}
			asked = append(asked, algorithm)
			return c.sha256.signer, c.sha256.code
		}
		got, signer := win32Source(t, a, Options{}).signatureOf(`C:\x.exe`)
		if got != c.want || signer != c.signer || strings.Join(asked, " ") != c.asked {
			t.Errorf("%s: %v, %q, asked %q", c.name, got, signer, asked)
		}
	}
}

// A file is read once until it changes, and only for requested facts.
func TestImage(t *testing.T) {
	var asked []string
	stamp := fileStamp{written: 1, size: 2}
	a := win32Missing()
	a.image = func(pid uint32) (string, uint32) {
		switch pid {
		case 10, 11:
			return `C:\x.exe`, codeSuccess
		case 12:
			return "", codeAccessDenied
		case 13:
			return `C:\gone.exe`, codeSuccess
		}
		return "", codeInvalidParameter
	}
	a.processes = func() (map[uint32]string, error) { return map[uint32]string{12: "denied.exe"}, nil }
	a.fileStamp = func(path string) (fileStamp, uint32) {
		if path == `C:\gone.exe` {
			return fileStamp{}, 2
		}
		return stamp, codeSuccess
	}
	a.version = func(path string, buf []byte, size *uint32) uint32 {
		asked = append(asked, "version")
		return win32Answer(win32Block("VS_VERSION_INFO", false, win32Fixed(1, 0, 0, uint16(stamp.written)),
			win32Block("StringFileInfo", true, nil, win32Strings("040904B0", "CompanyName", "Contoso"))))(buf, size)
	}
	a.verifyFile = func(string) (string, uint32) {
		asked = append(asked, "signature")
		return "Contoso Ltd", codeSuccess
	}
	a.packageName = func(pid uint32) (string, uint32) {
		asked = append(asked, "package")
		switch pid {
		case 10:
			return "Contoso.X_1.0.0.0_x64__8wekyb3d8bbwe", codeSuccess
		case 11, 12, 13, 4:
			return "", codeNoPackage
		}
		return "", codeInvalidParameter
	}
	s := win32Source(t, a, Options{})
	s.buf = make([]byte, 16) // too small
	const all = netstat.FactImage | netstat.FactSignature | netstat.FactPackage
	for _, c := range []struct {
		pid     uint32
		facts   netstat.ProcessFacts
		written uint64
		want    string
		asked   string
		is      error
	}{
		{10, netstat.FactUser, 1, "||||", "", nil},
		{10, netstat.FactImage, 1, "Contoso|1.0.0.1|||", "version version", nil},
		{10, netstat.FactImage, 1, "Contoso|1.0.0.1|||", "", nil},
		{10, all, 1, "Contoso|1.0.0.1|valid|Contoso Ltd|Contoso.X_1.0.0.0_x64__8wekyb3d8bbwe", "package signature", nil},
		{11, all, 1, "Contoso|1.0.0.1|valid|Contoso Ltd|", "package", nil},
		{11, netstat.FactSignature, 2, "||valid|Contoso Ltd|", "signature", nil},
		{11, netstat.FactImage, 2, "Contoso|1.0.0.2|||", "version", nil},
		{12, all, 2, "||||", "package", nil},
		{13, all, 2, "||||", "package", nil},
		{14, netstat.FactPackage, 2, "||||", "package", fs.ErrNotExist},
		{14, netstat.FactImage, 2, "||||", "", fs.ErrNotExist},
		{4, all, 2, "||||", "package", nil},
		{0, all, 2, "||||", "", nil},
	} {
		asked, stamp.written = nil, c.written
		p, err := s.Process(c.pid, c.facts)
		got := strings.Join([]string{p.Company, p.Version, p.Signature.String(), p.Signer, p.Package}, "|")
		slices.Sort(asked)
		if got != c.want || strings.Join(asked, " ") != c.asked || !errors.Is(err, c.is) {
			t.Errorf("%d, facts %b: %s, called %q, error %v; want %s, called %q", c.pid, c.facts, got, asked, err, c.want, c.asked)
		}
	}
}
