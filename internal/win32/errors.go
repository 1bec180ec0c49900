package win32

import (
	"errors"
	"io/fs"
	"strconv"

	"netstat"
)

// Codes of winerror.h that this package handles.
const (
	codeSuccess            = 0
	codeInvalidFunction    = 1
	codeAccessDenied       = 5
	codeNotSupported       = 50
	codeInvalidParameter   = 87
	codeCallNotImplemented = 120
	codeBufferOverflow     = 111
	codeInsufficientBuffer = 122
	codeProcNotFound       = 127
	codeNoData             = 232
	codeMoreData           = 234
	codePartialCopy        = 299
	codeNotFound           = 1168
	codeNoPackage          = 15700
	codeInvalidNamespace   = 0x8004100e // WBEM_E_INVALID_NAMESPACE
	codeInvalidClass       = 0x80041010 // WBEM_E_INVALID_CLASS
)

// Codes of winerror.h about signatures.
const (
	codeBadDigest          = 0x80096010 // TRUST_E_BAD_DIGEST
	codeCryptRevoked       = 0x80092010 // CRYPT_E_REVOKED
	codeProviderUnknown    = 0x800b0001 // TRUST_E_PROVIDER_UNKNOWN
	codeSubjectForm        = 0x800b0003 // TRUST_E_SUBJECT_FORM_UNKNOWN
	codeSubjectNotTrusted  = 0x800b0004 // TRUST_E_SUBJECT_NOT_TRUSTED
	codeNoSignature        = 0x800b0100 // TRUST_E_NOSIGNATURE
	codeCertExpired        = 0x800b0101 // CERT_E_EXPIRED
	codeUntrustedRoot      = 0x800b0109 // CERT_E_UNTRUSTEDROOT
	codeCertChaining       = 0x800b010a // CERT_E_CHAINING
	codeCertRevoked        = 0x800b010c // CERT_E_REVOKED
	codeUntrustedTestRoot  = 0x800b010d // CERT_E_UNTRUSTEDTESTROOT
	codeExplicitDistrust   = 0x800b0111 // TRUST_E_EXPLICIT_DISTRUST
	codeUntrustedAuthority = 0x800b0112 // CERT_E_UNTRUSTEDCA
)

// Codes of ntstatus.h, returned by functions of ntdll.
const (
	statusInfoLengthMismatch = 0xc0000004
	statusBufferTooSmall     = 0xc0000023
)

// winError is a Windows error code. On Windows, text is the system's description.
type winError struct {
	code uint32
	text string
}

func (e *winError) Error() string {
	var number string
	if e.code >= 0x80000000 { // an HRESULT
		number = "0x" + strconv.FormatUint(uint64(e.code), 16)
	} else {
		number = strconv.FormatUint(uint64(e.code), 10)
	}
	if e.text == "" {
		return "Windows error " + number
	}
	return e.text + " (Windows error " + number + ")"
}

// Is maps known codes to the errors of errors.Is with the same meaning.
func (e *winError) Is(target error) bool {
	switch e.code {
	case codeAccessDenied:
		return target == fs.ErrPermission
	case codeInvalidFunction, codeNotSupported, codeCallNotImplemented, codeProcNotFound:
		return target == errors.ErrUnsupported
	}
	return false
}

// win returns the error for a code other than success.
func (s *source) win(code uint32) error {
	e := &winError{code: code}
	if s.api.errorText != nil {
		e.text = s.api.errorText(code)
	}
	return e
}

func opError(op string, t netstat.Table, err error) *netstat.OpError {
	return &netstat.OpError{Op: op, Table: t, Err: err}
}

func reportWarning(report func(*netstat.OpError), op string, t netstat.Table, err error) {
	if report != nil {
		report(opError(op, t, err))
	}
}

// detailedError is a known error with a specific text.
type detailedError struct {
	kind error
	text string
}

func (e *detailedError) Error() string { return e.kind.Error() + ": " + e.text }
func (e *detailedError) Unwrap() error { return e.kind }

// unsupportedError is an error that wraps errors.ErrUnsupported and says what is not
// supported.
type unsupportedError string

func (e unsupportedError) Error() string { return string(e) }
func (e unsupportedError) Unwrap() error { return errors.ErrUnsupported }

// errNotHere is the error of a table that Windows does not have.
const errNotHere unsupportedError = "not supported on Windows"

// errNotTold is the error for facts that Windows does not report for any socket.
var errNotTold = &detailedError{errors.ErrUnsupported, "not available on Windows"}
