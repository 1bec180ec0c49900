package win32

import (
	"encoding/binary"
	"strconv"
	"strings"

	"netstat"
)

// fileStamp tells a file from what another one was under its path.
type fileStamp struct {
	written uint64 // FILETIME
	size    uint64
}

// imageFile is what is known of the file of a program. It is kept: to check a signature
// is to read all of the file.
type imageFile struct {
	stamp            fileStamp
	known            netstat.ProcessFacts // of FactImage and FactSignature
	company, version string
	signature        netstat.Signature
	signer           string
}

// image sets what the file of a program tells: Company and Version, Signature and Signer. Of a file
// that may not be read they stay as they are.
func (s *source) image(p *netstat.Process, path string, facts netstat.ProcessFacts) {
	if strings.IndexByte(path, '\\') < 0 { // a name alone
		return
	}
	stamp, code := s.api.fileStamp(path)
	if code != codeSuccess {
		return
	}
	f := s.images[path]
	if f == nil || f.stamp != stamp {
		f = &imageFile{stamp: stamp}
		if s.images == nil {
			s.images = make(map[string]*imageFile)
		}
		s.images[path] = f
	}
	if missing := facts &^ f.known; missing&netstat.FactImage != 0 {
		f.company, f.version = s.versionOf(path)
	}
	if missing := facts &^ f.known; missing&netstat.FactSignature != 0 {
		f.signature, f.signer = s.signatureOf(path)
	}
	f.known |= facts & (netstat.FactImage | netstat.FactSignature)
	if facts&netstat.FactImage != 0 {
		p.Company, p.Version = f.company, f.version
	}
	if facts&netstat.FactSignature != 0 {
		p.Signature, p.Signer = f.signature, f.signer
	}
}

// signatureOf checks the signature of a file: that in the file, or else that of a catalog
// which has its hash, as most of Windows' own programs are signed.
func (s *source) signatureOf(path string) (netstat.Signature, string) {
	signer, code := s.api.verifyFile(path)
	if unsigned(code) {
		// Catalogs for Windows 8 and later have hashes by SHA-256, those before by SHA-1.
		for _, algorithm := range [...]string{"SHA256", ""} {
			inCatalog, verdict := s.api.verifyCatalog(path, algorithm)
			switch verdict {
			case codeNotFound, codeProcNotFound, codeCallNotImplemented: // before Windows 8, Wine 8.0
				continue
			}
			signer, code = inCatalog, verdict
			break
		}
	}
	signature := signatureStatus(code)
	if signature != netstat.SignatureValid {
		signer = ""
	}
	return signature, signer
}

func unsigned(code uint32) bool {
	return code == codeNoSignature || code == codeSubjectForm || code == codeProviderUnknown
}

func signatureStatus(code uint32) netstat.Signature {
	switch code {
	case codeSuccess:
		return netstat.SignatureValid
	case codeNoSignature, codeSubjectForm, codeProviderUnknown:
		return netstat.SignatureUnsigned
	case codeBadDigest:
		return netstat.SignatureAltered
	case codeCertExpired:
		return netstat.SignatureExpired
	case codeUntrustedRoot, codeCertChaining, codeUntrustedTestRoot, codeUntrustedAuthority,
		codeExplicitDistrust, codeSubjectNotTrusted:
		return netstat.SignatureUntrusted
	case codeCertRevoked, codeCryptRevoked:
		return netstat.SignatureRevoked
	}
	if code < 0x80000000 { // no verdict: the file could not be opened, the function is missing
		return netstat.SignatureUnknown
	}
	return netstat.SignatureInvalid
}

// versionOf reads the version resource of a file; both texts are empty where it has none.
func (s *source) versionOf(path string) (company, version string) {
	var size uint32
	buf, code := s.grow(func(buf []byte, want *uint32) uint32 {
		code := s.api.version(path, buf, want)
		size = *want
		return code
	})
	defer s.release(buf)
	if code != codeSuccess {
		return "", ""
	}
	return decodeVersion(buf[:min(uint64(size), uint64(len(buf)))])
}

// versionBlock is one of the blocks that a version resource is made of (VS_VERSIONINFO,
// StringFileInfo, StringTable, String, VarFileInfo and Var).
type versionBlock struct {
	key   string
	value []byte
	rest  []byte // blocks in it
}

const (
	versionHeader    = 6          // lengths of the block and of its value, type
	versionSignature = 0xfeef04bd // of VS_FIXEDFILEINFO
	versionFixed     = 52         // its size
	versionMS        = 8          // dwFileVersionMS
	versionLS        = 12         // dwFileVersionLS
)

// nextBlock cuts a block off b; ok is false where there is none.
func nextBlock(b []byte) (block versionBlock, after []byte, ok bool) {
	if len(b) < versionHeader {
		return block, nil, false
	}
	length, valueLength, text := int(word16(b, 0)), int(word16(b, 2)), word16(b, 4) == 1
	if length < versionHeader || length > len(b) {
		return block, nil, false
	}
	after = b[min(aligned(length), len(b)):]
	b = b[:length]
	end := versionHeader
	for end+2 <= len(b) && word16(b, end) != 0 {
		end += 2
	}
	block.key = utf16Text(b[versionHeader:end])
	b = b[min(aligned(end+2), len(b)):]
	if text {
		valueLength *= 2 // though some compilers count bytes, for which the end of the block is
	}
	valueLength = min(valueLength, len(b))
	block.value, block.rest = b[:valueLength], b[min(aligned(valueLength), len(b)):]
	return block, after, true
}

func word16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }

// aligned rounds up to 32 bits. Blocks begin at such places, so that this can be
// counted from their own beginning.
func aligned(n int) int { return (n + 3) &^ 3 }

// within returns the block with a key among others.
func within(blocks []byte, key string) (block versionBlock, ok bool) {
	for {
		block, blocks, ok = nextBlock(blocks)
		if !ok || strings.EqualFold(block.key, key) {
			return block, ok
		}
	}
}

// decodeVersion decodes a version resource: the name of the company and the number of the
// version. Texts in several languages are asked for as Microsoft's documentation and
// .NET do: in the first language that the resource lists, in English, in any.
func decodeVersion(b []byte) (company, version string) {
	root, _, ok := nextBlock(b)
	if !ok {
		return "", ""
	}
	if v := root.value; len(v) >= versionFixed && word(v, 0) == versionSignature && quad(v, versionMS) != 0 {
		version = versionText(word(v, versionMS), word(v, versionLS))
	}
	strs, ok := within(root.rest, "StringFileInfo")
	if !ok {
		return "", version
	}
	tables := make([]string, 0, 4)
	if vars, ok := within(root.rest, "VarFileInfo"); ok {
		if list, ok := within(vars.rest, "Translation"); ok && len(list.value) >= 4 {
			tables = append(tables, hex4(word16(list.value, 0))+hex4(word16(list.value, 2)))
		}
	}
	tables = append(tables, "040904B0", "040904E4", "04090000")
	table, ok := versionBlock{}, false
	for _, key := range tables {
		if table, ok = within(strs.rest, key); ok {
			break
		}
	}
	if !ok {
		if table, _, ok = nextBlock(strs.rest); !ok {
			return "", version
		}
	}
	if text, ok := within(table.rest, "CompanyName"); ok {
		company = strings.TrimSpace(utf16Text(text.value))
	}
	if version == "" {
		if text, ok := within(table.rest, "FileVersion"); ok {
			version = strings.TrimSpace(utf16Text(text.value))
		}
	}
	return company, version
}

func versionText(ms, ls uint32) string {
	b := strconv.AppendUint(nil, uint64(ms>>16), 10)
	for _, n := range [...]uint32{ms & 0xffff, ls >> 16, ls & 0xffff} {
		b = strconv.AppendUint(append(b, '.'), uint64(n), 10)
	}
	return string(b)
}

// hex4 is a number as four hexadecimal digits.
func hex4(n uint16) string {
	text := strconv.FormatUint(uint64(n), 16)
	return "0000"[len(text):] + text
}
