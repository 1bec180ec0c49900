package win32

import (
	"encoding/binary"
	"strconv"
	"strings"

	"netstat"
)

// fileStamp distinguishes a file from an earlier file at the same path.
type fileStamp struct {
	written uint64 // FILETIME
	size    uint64
}

// imageFile holds the known facts of a program file. It is cached: checking a signature
// reads the whole file.
type imageFile struct {
	stamp            fileStamp
	known            netstat.ProcessFacts // subset of FactImage and FactSignature
	company, version string
	signature        netstat.Signature
	signer           string
}

// image sets the facts of a program file: Company and Version, Signature and Signer. If
// the file cannot be read, they stay unchanged.
func (s *source) image(p *netstat.Process, path string, facts netstat.ProcessFacts) {
	if strings.IndexByte(path, '\\') < 0 { // only a file name
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

// signatureOf checks the signature in a file, or else that of a catalog with its hash;
// most of Windows' own programs are signed that way.
func (s *source) signatureOf(path string) (netstat.Signature, string) {
	signer, code := s.api.verifyFile(path)
	if unsigned(code) {
		// Catalogs for Windows 8 and later have SHA-256 hashes, earlier ones SHA-1.
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
	if code < 0x80000000 { // no verdict: the file could not be opened, or the function is missing
		return netstat.SignatureUnknown
	}
	return netstat.SignatureInvalid
}

// versionOf reads the version resource of a file; both texts are empty if it has none.
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

// versionBlock is one of the blocks of a version resource (VS_VERSIONINFO,
// StringFileInfo, StringTable, String, VarFileInfo and Var).
type versionBlock struct {
	key   string
	value []byte
	rest  []byte // nested blocks
}

const (
	versionHeader    = 6          // length of the block, length of the value, type
	versionSignature = 0xfeef04bd // of VS_FIXEDFILEINFO
	versionFixed     = 52         // its size
	versionMS        = 8          // dwFileVersionMS
	versionLS        = 12         // dwFileVersionLS
)

// nextBlock cuts a block off b; ok is false if there is none.
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
		valueLength *= 2 // some compilers count bytes; the end of the block limits those
	}
	valueLength = min(valueLength, len(b))
	block.value, block.rest = b[:valueLength], b[min(aligned(valueLength), len(b)):]
	return block, after, true
}

func word16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }

// aligned rounds up to 32 bits. Blocks start at such offsets, so this also works
// relative to a block.
func aligned(n int) int { return (n + 3) &^ 3 }

// within returns the block with the given key.
func within(blocks []byte, key string) (block versionBlock, ok bool) {
	for {
		block, blocks, ok = nextBlock(blocks)
		if !ok || strings.EqualFold(block.key, key) {
			return block, ok
		}
	}
}

// decodeVersion decodes a version resource: company name and version number. For texts
// in several languages it does as Microsoft's documentation and .NET: the first
// language listed by the resource, then English, then any.
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

// hex4 formats a number as four hexadecimal digits.
func hex4(n uint16) string {
	text := strconv.FormatUint(uint64(n), 16)
	return "0000"[len(text):] + text
}
