package win32

import (
	"context"
	"errors"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// WMI is called without a wrapper: the few methods needed are called by their index in
// the tables of virtual functions (wbemcli.h).

// comObject is an instance of any COM interface.
type comObject struct{ methods *[32]uintptr }

// Indexes of methods.
const (
	methodRelease        = 2
	methodConnectServer  = 3  // IWbemLocator
	methodExecQuery      = 20 // IWbemServices
	methodEnumeratorNext = 4  // IEnumWbemClassObject
	methodClassObjectGet = 4  // IWbemClassObject
)

const (
	multithreaded     = 0          // COINIT_MULTITHREADED
	clsctxInproc      = 1          // CLSCTX_INPROC_SERVER
	connectUseMaxWait = 0x80       // WBEM_FLAG_CONNECT_USE_MAX_WAIT
	forwardAtOnce     = 0x30       // WBEM_FLAG_FORWARD_ONLY and RETURN_IMMEDIATELY
	authnWinNT        = 10         // RPC_C_AUTHN_WINNT
	authnLevelCall    = 3          // RPC_C_AUTHN_LEVEL_CALL
	impersonate       = 3          // RPC_C_IMP_LEVEL_IMPERSONATE
	resultTimedOut    = 0x40004    // WBEM_S_TIMEDOUT
	resultOtherMode   = 0x80010106 // RPC_E_CHANGED_MODE
)

const (
	wmiTimeout   = 10 * time.Second
	wmiTurn      = 500 // milliseconds that one call of Next may take
	wmiNamespace = `root\StandardCimv2`
	wmiQuery     = "SELECT LocalAddress, LocalPort, RemoteAddress, RemotePort, AppliedSetting FROM MSFT_NetTCPConnection"
)

var (
	classWbemLocator = windows.GUID{
		Data1: 0x4590f811, Data2: 0x1d3a, Data3: 0x11d0, Data4: [8]byte{0x89, 0x1f, 0, 0xaa, 0, 0x4b, 0x2e, 0x24},
	}
	interfaceWbemLocator = windows.GUID{
		Data1: 0xdc12a687, Data2: 0x737f, Data3: 0x11cf, Data4: [8]byte{0x88, 0x4d, 0, 0xaa, 0, 0x4b, 0x2e, 0x24},
	}
)

// call calls a method. Pointers among the arguments do not move until it returns.
//
//go:uintptrescapes
func (o *comObject) call(method int, args ...uintptr) uint32 {
	r, _, _ := syscall.SyscallN(o.methods[method], append([]uintptr{uintptr(unsafe.Pointer(o))}, args...)...)
	return uint32(r)
}

func (o *comObject) release() {
	if o != nil {
		o.call(methodRelease)
	}
}

// wmiError returns the error for a COM result.
func wmiError(code uint32) error {
	return &winError{code: code}
}

func failed(code uint32) bool { return int32(code) < 0 }

var errTimedOut = errors.New("WMI did not answer in time")

// queryTemplates queries WMI for all TCP connections.
func queryTemplates(ctx context.Context) ([]appliedSetting, error) {
	return queryInTime(ctx, wmiQuery, []string{"LocalAddress", "LocalPort", "RemoteAddress", "RemotePort", "AppliedSetting"},
		func(values []wmiValue) appliedSetting {
			return appliedSetting{
				local: values[0].text, localPort: uint16(values[1].number),
				remote: values[2].text, remotePort: uint16(values[3].number),
				setting: values[4].numberOrNull(),
			}
		})
}

// queryPorts queries WMI for the dynamic port ranges of "tcp" or "udp".
func queryPorts(ctx context.Context, protocol string) ([]portSetting, error) {
	query, properties := portQuery(protocol)
	return queryInTime(ctx, query, properties, readPorts)
}

func portQuery(protocol string) (query string, properties []string) {
	class := "MSFT_NetTCPSetting"
	if protocol == "udp" {
		class = "MSFT_NetUDPSetting"
	}
	properties = []string{"DynamicPortRangeStartPort", "DynamicPortRangeNumberOfPorts"}
	return "SELECT " + properties[0] + ", " + properties[1] + " FROM " + class, properties
}

func readPorts(values []wmiValue) portSetting {
	return portSetting{values[0].portOrNull(), values[1].portOrNull()}
}

// queryInTime returns what read makes of each instance that a query finds. It waits no
// longer than wmiTimeout: WMI may hang, and its thread is then abandoned.
func queryInTime[T any](ctx context.Context, query string, properties []string, read func([]wmiValue) T) ([]T, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, wmiTimeout, errTimedOut)
	defer cancel()
	type answer struct {
		all []T
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		var a answer
		a.err = queryWMI(ctx, wmiNamespace, query, properties, func(values []wmiValue) { a.all = append(a.all, read(values)) })
		answers <- a
	}()
	select {
	case a := <-answers:
		return a.all, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// queryWMI passes the properties of each instance that a query finds to visit.
func queryWMI(ctx context.Context, namespace, query string, properties []string, visit func([]wmiValue)) error {
	// COM is initialized per thread. A thread initialized otherwise works too.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	code := codeOf(coInitializeEx(0, multithreaded))
	if failed(code) && code != resultOtherMode {
		return wmiError(code)
	}
	if !failed(code) {
		defer windows.CoUninitialize()
	}
	if err := errors.Join(procSysAllocString.Find(), procSysFreeString.Find(), procVariantClear.Find()); err != nil {
		return &detailedError{errors.ErrUnsupported, err.Error()}
	}

	var locator *comObject
	if err := coCreateInstance(&classWbemLocator, 0, clsctxInproc, &interfaceWbemLocator, &locator); err != nil {
		return wmiError(codeOf(err))
	}
	defer locator.release()
	server, err := connectWMI(locator, namespace)
	if err != nil {
		return err
	}
	defer server.release()

	language, err := newBSTR("WQL")
	if err != nil {
		return err
	}
	defer sysFreeString(language)
	text, err := newBSTR(query)
	if err != nil {
		return err
	}
	defer sysFreeString(text)
	var list *comObject
	if code := server.call(methodExecQuery, language, text, forwardAtOnce, 0, uintptr(unsafe.Pointer(&list))); failed(code) {
		return wmiError(code)
	}
	defer list.release()
	blanket(list)

	names := make([]*uint16, len(properties))
	for i, p := range properties {
		if names[i], err = windows.UTF16PtrFromString(p); err != nil {
			return err
		}
	}
	values := make([]wmiValue, len(properties))
	for ctx.Err() == nil {
		var instance *comObject
		var n uint32
		code := list.call(methodEnumeratorNext, wmiTurn, 1, uintptr(unsafe.Pointer(&instance)), uintptr(unsafe.Pointer(&n)))
		switch {
		case failed(code):
			return wmiError(code)
		case n == 0 && code == resultTimedOut:
			continue
		case n == 0 || instance == nil:
			return nil
		}
		code = 0
		for i := range names {
			if values[i], code = propertyOf(instance, names[i]); failed(code) {
				break
			}
		}
		instance.release()
		if failed(code) {
			return wmiError(code)
		}
		visit(values)
	}
	return context.Cause(ctx)
}

func newBSTR(text string) (uintptr, error) {
	p, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return 0, err
	}
	return sysAllocString(p)
}

func connectWMI(locator *comObject, namespace string) (*comObject, error) {
	name, err := newBSTR(namespace)
	if err != nil {
		return nil, err
	}
	defer sysFreeString(name)
	var server *comObject
	if code := locator.call(methodConnectServer, name, 0, 0, 0, connectUseMaxWait, 0, 0, uintptr(unsafe.Pointer(&server))); failed(code) {
		return nil, wmiError(code)
	}
	blanket(server)
	return server, nil
}

// blanket lets the server impersonate this user. If that fails, the next call reports
// it.
func blanket(o *comObject) {
	_ = coSetProxyBlanket(o, authnWinNT, 0, nil, authnLevelCall, impersonate, 0, 0)
}

// wmiValue is a property of an instance.
type wmiValue struct {
	variant
	text string
}

func propertyOf(instance *comObject, name *uint16) (wmiValue, uint32) {
	memory := make([]byte, nativePointers().variantSize)
	code := instance.call(methodClassObjectGet, uintptr(unsafe.Pointer(name)), 0, uintptr(unsafe.Pointer(&memory[0])), 0, 0)
	if failed(code) {
		return wmiValue{}, code
	}
	v := wmiValue{variant: decodeVariant(memory)}
	if v.isText {
		v.text = windows.UTF16PtrToString(*(**uint16)(unsafe.Pointer(&memory[variantValue])))
	}
	_ = variantClear(&memory[0])
	return v, codeSuccess
}
