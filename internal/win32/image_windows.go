package win32

import (
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

func packageOf(pid uint32) (name string, code uint32) {
	code = withProcess(pid, func(h windows.Handle) error {
		var buf [128]uint16 // PACKAGE_FULL_NAME_MAX_LENGTH and a NUL
		n := uint32(len(buf))
		err := getPackageFullName(h, &n, &buf[0])
		if err == nil {
			name = windows.UTF16ToString(buf[:])
		}
		return err
	})
	return name, code
}

// filePath returns the path of a program as this process must open it. Windows
// redirects 32-bit processes that open its system directory.
func filePath(path string) (*uint16, error) {
	if runtime.GOARCH == "386" {
		var wow64 bool
		system, err := windows.GetSystemDirectory()
		if err == nil {
			err = windows.IsWow64Process(windows.CurrentProcess(), &wow64)
		}
		if err == nil && wow64 && len(path) > len(system) && strings.EqualFold(path[:len(system)], system) && path[len(system)] == '\\' {
			directory, err := windows.GetSystemWindowsDirectory()
			if err == nil {
				path = directory + `\Sysnative` + path[len(system):]
			}
		}
	}
	return windows.UTF16PtrFromString(path)
}

func stampOf(path string) (fileStamp, uint32) {
	name, err := filePath(path)
	if err != nil {
		return fileStamp{}, codeOf(err)
	}
	var data windows.Win32FileAttributeData
	if err := windows.GetFileAttributesEx(name, windows.GetFileExInfoStandard, (*byte)(unsafe.Pointer(&data))); err != nil {
		return fileStamp{}, codeOf(err)
	}
	return fileStamp{
		written: uint64(data.LastWriteTime.HighDateTime)<<32 | uint64(data.LastWriteTime.LowDateTime),
		size:    uint64(data.FileSizeHigh)<<32 | uint64(data.FileSizeLow),
	}, codeSuccess
}

func versionResource(path string, buf []byte, size *uint32) uint32 {
	name, err := filePath(path)
	if err != nil {
		return codeOf(err)
	}
	room := *size
	if *size, err = getFileVersionInfoSize(name, nil); err != nil {
		return codeOf(err)
	}
	if *size > room {
		return codeInsufficientBuffer
	}
	return codeOf(getFileVersionInfo(name, 0, *size, unsafe.SliceData(buf)))
}

// withFile calls f with the path and a handle of a readable file.
func withFile(path string, f func(name *uint16, h windows.Handle) error) uint32 {
	name, err := filePath(path)
	if err != nil {
		return codeOf(err)
	}
	const share = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE
	h, err := windows.CreateFile(name, windows.GENERIC_READ, share, nil, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return codeOf(err)
	}
	defer func() { _ = windows.CloseHandle(h) }()
	return codeOf(f(name, h))
}

func verifyFile(path string) (signer string, code uint32) {
	code = withFile(path, func(name *uint16, h windows.Handle) (err error) {
		info := windows.WinTrustFileInfo{FilePath: name, File: h}
		info.Size = uint32(unsafe.Sizeof(info))
		signer, err = verify(windows.WTD_CHOICE_FILE, unsafe.Pointer(&info))
		return err
	})
	return signer, code
}

// verify checks a signature without the network and returns its signer.
func verify(choice uint32, subject unsafe.Pointer) (signer string, err error) {
	data := windows.WinTrustData{
		UIChoice: windows.WTD_UI_NONE, RevocationChecks: windows.WTD_REVOKE_NONE,
		UnionChoice: choice, FileOrCatalogOrBlobOrSgnrOrCert: subject,
		StateAction: windows.WTD_STATEACTION_VERIFY,
		ProvFlags:   windows.WTD_REVOCATION_CHECK_NONE | windows.WTD_CACHE_ONLY_URL_RETRIEVAL,
	}
	data.Size = uint32(unsafe.Sizeof(data))
	err = winVerifyTrust(windows.InvalidHandle, &windows.WINTRUST_ACTION_GENERIC_VERIFY_V2, &data)
	if err == nil {
		signer = signerOf(data.StateData)
	}
	data.StateAction = windows.WTD_STATEACTION_CLOSE
	_ = winVerifyTrust(windows.InvalidHandle, &windows.WINTRUST_ACTION_GENERIC_VERIFY_V2, &data)
	return signer, err
}

// signerOf returns the signer's name as Windows shows it.
func signerOf(state windows.Handle) string {
	data, err := wtHelperProvDataFromStateData(state)
	if err != nil {
		return ""
	}
	signer, err := wtHelperGetProvSignerFromChain(data, 0, false, 0)
	if err != nil {
		return ""
	}
	chained, err := wtHelperGetProvCertFromChain(signer, 0)
	if err != nil {
		return ""
	}
	// The pointer is not to Go memory, so this is not a conversion of a number.
	cert := *(**providerCert)(unsafe.Pointer(&chained))
	const simpleDisplayType = 4 // CERT_NAME_SIMPLE_DISPLAY_TYPE
	var buf [256]uint16
	if _, err := certGetNameString(cert.cert, simpleDisplayType, 0, 0, &buf[0], uint32(len(buf))); err != nil {
		return ""
	}
	return windows.UTF16ToString(buf[:])
}

// providerCert is the start of CRYPT_PROVIDER_CERT.
type providerCert struct {
	_    uint32  // its size
	cert uintptr // PCCERT_CONTEXT
}

// catalogInfo is CATALOG_INFO.
type catalogInfo struct {
	size uint32
	file [windows.MAX_PATH]uint16
}

// trustCatalog is WINTRUST_CATALOG_INFO.
type trustCatalog struct {
	size, version               uint32
	file, memberTag, memberFile *uint16
	member                      windows.Handle
	hash                        *byte
	hashSize                    uint32
	context                     uintptr
	admin                       windows.Handle
}

// driverAction is DRIVER_ACTION_VERIFY, the subsystem of Windows' own catalogs.
var driverAction = windows.GUID{
	Data1: 0xf750e6c3, Data2: 0x38ee, Data3: 0x11d1, Data4: [8]byte{0x85, 0xe5, 0x00, 0xc0, 0x4f, 0xc2, 0x95, 0xee},
}

func verifyCatalog(path, algorithm string) (signer string, code uint32) {
	code = withFile(path, func(name *uint16, h windows.Handle) error {
		var admin windows.Handle
		var hash [64]byte
		size := uint32(len(hash))
		if algorithm == "" {
			if err := cryptCATAdminAcquireContext(&admin, &driverAction, 0); err != nil {
				return err
			}
		} else {
			wide, err := windows.UTF16PtrFromString(algorithm)
			if err == nil {
				err = cryptCATAdminAcquireContext2(&admin, &driverAction, wide, 0, 0)
			}
			if err != nil {
				return err
			}
		}
		defer func() { _ = cryptCATAdminReleaseContext(admin, 0) }()
		var err error
		if algorithm == "" {
			err = cryptCATAdminCalcHashFromFileHandle(h, &size, &hash[0], 0)
		} else {
			err = cryptCATAdminCalcHashFromFileHandle2(admin, h, &size, &hash[0], 0)
		}
		if err != nil {
			return err
		}
		signer, err = verifyByHash(admin, name, h, hash[:size])
		return err
	})
	return signer, code
}

// verifyByHash checks the catalogs with a hash until one is good. If there is none, the
// error is ERROR_NOT_FOUND.
func verifyByHash(admin windows.Handle, name *uint16, h windows.Handle, hash []byte) (signer string, err error) {
	tag := make([]uint16, 0, 2*len(hash)+1)
	for _, b := range hash {
		const digits = "0123456789ABCDEF"
		tag = append(tag, uint16(digits[b>>4]), uint16(digits[b&15]))
	}
	tag = append(tag, 0)
	err = windows.ERROR_NOT_FOUND
	var previous windows.Handle // released by the next call
	for {
		catalog, none := cryptCATAdminEnumCatalogFromHash(admin, &hash[0], uint32(len(hash)), 0, &previous)
		if none != nil {
			return "", err
		}
		var info catalogInfo
		info.size = uint32(unsafe.Sizeof(info))
		if err = cryptCATCatalogInfoFromContext(catalog, &info, 0); err == nil {
			subject := trustCatalog{
				file: &info.file[0], memberTag: &tag[0], memberFile: name, member: h,
				hash: &hash[0], hashSize: uint32(len(hash)), admin: admin,
			}
			subject.size = uint32(unsafe.Sizeof(subject))
			if signer, err = verify(windows.WTD_CHOICE_CATALOG, unsafe.Pointer(&subject)); err == nil {
				_ = cryptCATAdminReleaseCatalogContext(admin, catalog, 0)
				return signer, nil
			}
		}
		previous = catalog
	}
}
