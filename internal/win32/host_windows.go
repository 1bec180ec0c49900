package win32

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Elevated reports whether this process runs with administrator rights.
func Elevated() bool { return windows.GetCurrentProcessToken().IsElevated() }

// ElevationText returns the system's text of ERROR_ELEVATION_REQUIRED in the user's
// language, or "" if it has none (Wine 8.0).
func ElevationText() string {
	buf := make([]uint16, 512)
	const flags = windows.FORMAT_MESSAGE_FROM_SYSTEM | windows.FORMAT_MESSAGE_IGNORE_INSERTS
	n, err := windows.FormatMessage(flags, 0, uint32(windows.ERROR_ELEVATION_REQUIRED), 0, buf, nil)
	if err != nil {
		return ""
	}
	for n > 0 && buf[n-1] <= ' ' {
		n--
	}
	return windows.UTF16ToString(buf[:n])
}

// Language returns the user's preferred language, such as "zh-CN", or "" if unknown.
func Language() string {
	languages, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(languages) == 0 {
		return ""
	}
	return languages[0]
}

// HostName returns the DNS name of this host without its domain, in its original case,
// or "" if unknown.
func HostName() string {
	buf := make([]uint16, 256)
	n := uint32(len(buf))
	if windows.GetComputerNameEx(windows.ComputerNameDnsHostname, &buf[0], &n) != nil {
		return ""
	}
	return windows.UTF16ToString(buf[:n])
}

const codePageUTF8 = 65001

// Output returns a writer for UTF-8 text that displays correctly in f. For a console,
// package os converts to UTF-16, even if a character is split over writes. For anything
// else the text is encoded in the console's output code page or, without a console, in
// the system's OEM code page. Writing to a pipe without a reader is syscall.EPIPE, as
// on other systems.
func Output(f *os.File) io.Writer {
	codePage, console := outputCodePage(f)
	switch {
	case console:
		return f
	case codePage == codePageUTF8:
		return pipeWriter{f}
	}
	return &textWriter{
		w: pipeWriter{f}, encode: func(dst, text []byte) []byte { return encodeText(dst, text, codePage) },
	}
}

// Shows reports whether [Output] writes all of a text unchanged. text is called only if
// that has to be tried.
func Shows(f *os.File, text func() string) bool {
	codePage, console := outputCodePage(f)
	return console || codePage == codePageUTF8 || encodable(text(), codePage)
}

// encodable reports whether a code page has all characters of a text, by encoding and
// decoding it: a missing character becomes another one, usually a question mark.
func encodable(text string, codePage uint32) bool {
	if text == "" {
		return true
	}
	encoded := encodeText(nil, []byte(text), codePage)
	wide := make([]uint16, len(encoded)) // a character takes at least one byte
	n, err := windows.MultiByteToWideChar(codePage, 0, &encoded[0], int32(len(encoded)), &wide[0], int32(len(wide)))
	return err == nil && slices.Equal(wide[:n], utf16.Encode([]rune(text)))
}

func outputCodePage(f *os.File) (codePage uint32, console bool) {
	var mode uint32
	if windows.GetConsoleMode(windows.Handle(f.Fd()), &mode) == nil {
		return 0, true
	}
	codePage, err := windows.GetConsoleOutputCP()
	if err != nil || codePage == 0 {
		codePage = getOEMCP()
	}
	return codePage, false
}

// pipeWriter gives errors the form that they have on other systems.
type pipeWriter struct{ w io.Writer }

// Write implements io.Writer.
func (p pipeWriter) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	return n, writeError(err)
}

func writeError(err error) error {
	for _, gone := range [...]error{windows.ERROR_BROKEN_PIPE, windows.ERROR_NO_DATA, windows.ERROR_PIPE_NOT_CONNECTED} {
		if errors.Is(err, gone) {
			return syscall.EPIPE
		}
	}
	// On Windows too, package os names the streams /dev/stdout and /dev/stderr.
	var path *fs.PathError
	if errors.As(err, &path) {
		return &fs.PathError{Op: path.Op, Path: strings.TrimPrefix(path.Path, "/dev/"), Err: path.Err}
	}
	return err
}

// encodeText appends UTF-8 text in a code page. A missing character becomes the default
// one, a question mark.
func encodeText(dst, text []byte, codePage uint32) []byte {
	wide := utf16.Encode([]rune(string(text)))
	n, err := wideCharToMultiByte(codePage, 0, &wide[0], int32(len(wide)), nil, 0, nil, nil)
	if err != nil {
		return append(dst, text...)
	}
	start := len(dst)
	dst = append(dst, make([]byte, n)...)
	n, err = wideCharToMultiByte(codePage, 0, &wide[0], int32(len(wide)), unsafe.SliceData(dst[start:]), n, nil, nil)
	if err != nil {
		return append(dst[:start], text...)
	}
	return dst[:start+int(n)]
}
