package redact

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// NewKey returns a random key of the system.
func NewKey() (key Key, err error) {
	// RtlGenRandom has no other name in advapi32.dll.
	generate := windows.NewLazySystemDLL("advapi32.dll").NewProc("SystemFunction036")
	if err := generate.Find(); err != nil {
		return key, err
	}
	if ok, _, err := generate.Call(uintptr(unsafe.Pointer(&key[0])), uintptr(len(key))); byte(ok) == 0 {
		return key, os.NewSyscallError("RtlGenRandom", err)
	}
	return key, nil
}
