package win32

import (
	"errors"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"netstat"
)

// Open returns a Source for the running system. It only checks the options; errors of
// the system occur when a table is read. The error is an *netstat.OpError for
// unsupported options.
func Open(o Options) (netstat.Source, error) {
	s, err := newSource(o, systemAPI())
	if err != nil {
		return nil, err
	}
	return s, nil
}

func systemAPI() api {
	return api{
		pointers: nativePointers(),
		bare:     callBare,
		extendedTCP: func(buf []byte, size *uint32, family, class uint32) uint32 {
			return codeOf(getExtendedTcpTable(unsafe.SliceData(buf), size, true, family, class, 0))
		},
		extendedUDP: func(buf []byte, size *uint32, family, class uint32) uint32 {
			return codeOf(getExtendedUdpTable(unsafe.SliceData(buf), size, true, family, class, 0))
		},
		tcp2: func(buf []byte, size *uint32, family uint32) uint32 {
			if family == familyInet6 {
				return codeOf(getTcp6Table2(unsafe.SliceData(buf), size, true))
			}
			return codeOf(getTcpTable2(unsafe.SliceData(buf), size, true))
		},
		bound: func(family uint32) ([]byte, uint32) {
			if family == familyInet6 {
				return fromHeap(internalGetBoundTcp6EndpointTable)
			}
			return fromHeap(internalGetBoundTcpEndpointTable)
		},
		udp2: func(family uint32) ([]byte, uint32) {
			if family == familyInet6 {
				return fromHeap(internalGetUdp6Table2)
			}
			return fromHeap(internalGetUdpTable2)
		},
		ownerModule: callOwnerModule,
		estats:      callEstats,
		setTCPEntry: func(row []byte) uint32 { return codeOf(setTcpEntry(unsafe.SliceData(row))) },
		templates:   queryTemplates,
		statistics:  callStatistics,
		adapters: func(buf []byte, size *uint32, flags uint32) (uint64, uint32) {
			memory := unsafe.SliceData(buf)
			code := codeOf(getAdaptersAddresses(windows.AF_UNSPEC, flags, 0, memory, size))
			return addressOf(memory), code
		},
		interfaces: func() ([]byte, uint32) {
			return fromMIB(ifTable, ifSize, func(table **byte) error { return getIfTable2Ex(windows.MibIfTableNormal, table) })
		},
		routes: func(family uint32) ([]byte, uint32) {
			return fromMIB(forwardTable, forwardSize, func(table **byte) error { return getIpForwardTable2(family, table) })
		},
		ipInterfaces: func(family uint32) ([]byte, uint32) {
			return fromMIB(interfaceTable, interfaceSize, func(table **byte) error { return getIpInterfaceTable(family, table) })
		},
		bestRoute: func(index uint32, source, destination, row, best []byte) uint32 {
			return codeOf(getBestRoute2(nil, index, unsafe.SliceData(source), unsafe.SliceData(destination), 0, unsafe.SliceData(row), unsafe.SliceData(best)))
		},
		unicast: func(family uint32) ([]byte, uint32) {
			return fromMIB(unicastTable, unicastSize, func(table **byte) error { return getUnicastIpAddressTable(family, table) })
		},
		neighbors: func(family uint32) ([]byte, uint32) {
			return fromMIB(neighborTable, neighborSize, func(table **byte) error { return getIpNetTable2(family, table) })
		},
		portSettings: queryPorts,
		persistent:   readPersistent,
		processes:    listProcesses,
		commandLine:  commandLineOf,
		image:        imageOf,
		started:      startOf,
		accountOf:    accountOf,
		accountName:  accountName,
		services:     listServices,
		packageName:  packageOf,
		fileStamp:    stampOf,
		version:      versionResource,
		verifyFile:   verifyFile, verifyCatalog: verifyCatalog,
		build: func() uint32 {
			_, _, build := windows.RtlGetNtVersionNumbers()
			return build
		},
		errorText: func(code uint32) string {
			text := syscall.Errno(code).Error()
			if strings.HasPrefix(text, "winapi error") { // the system has no text
				return ""
			}
			return strings.TrimRight(text, ".")
		},
	}
}

// codeOf converts the error of a generated function to a code.
func codeOf(err error) uint32 {
	var errno syscall.Errno
	var status windows.NTStatus
	switch {
	case err == nil:
		return codeSuccess
	case errors.As(err, &errno) && errno != 0:
		return uint32(errno)
	case errors.As(err, &status):
		return uint32(status)
	}
	return codeProcNotFound // LazyProc.Find on a missing DLL
}

// addressOf returns the address of memory that does not move: Go's heap, while it is
// referenced.
func addressOf(memory *byte) uint64 { return uint64(uintptr(unsafe.Pointer(memory))) }

// fromHeap calls a function that allocates a table, and returns the whole allocation.
func fromHeap(call func(table **byte, heap windows.Handle, flags uint32) error) ([]byte, uint32) {
	heap, err := getProcessHeap()
	if err != nil {
		return nil, codeOf(err)
	}
	var table *byte
	if err := call(&table, heap, 0); err != nil {
		return nil, codeOf(err)
	}
	if table == nil {
		return nil, codeNoData
	}
	defer func() { _ = heapFree(heap, 0, table) }()
	size, err := heapSize(heap, 0, table)
	if err != nil {
		return nil, codeOf(err)
	}
	return append([]byte(nil), unsafe.Slice(table, size)...), codeSuccess
}

// fromMIB calls a function that returns a table of rows, whose size follows from the
// row count only.
func fromMIB(first, size int, call func(table **byte) error) ([]byte, uint32) {
	var table *byte
	if err := call(&table); err != nil {
		return nil, codeOf(err)
	}
	if table == nil {
		return nil, codeNoData
	}
	defer func() { _ = freeMibTable(table) }()
	n := int(word(unsafe.Slice(table, 4), 0))
	if n == 0 {
		return make([]byte, first), codeSuccess
	}
	return append([]byte(nil), unsafe.Slice(table, first+n*size)...), codeSuccess
}

func callOwnerModule(r *tableReader, row, buf []byte, size *uint32) (uint64, uint32) {
	const basic = 0 // TCPIP_OWNER_MODULE_INFO_BASIC
	call := getOwnerModuleFromTcpEntry
	switch r.table {
	case netstat.TCP6Table:
		call = getOwnerModuleFromTcp6Entry
	case netstat.UDP4Table:
		call = getOwnerModuleFromUdpEntry
	case netstat.UDP6Table:
		call = getOwnerModuleFromUdp6Entry
	}
	memory := unsafe.SliceData(buf)
	code := codeOf(call(unsafe.SliceData(row), basic, memory, size))
	return addressOf(memory), code
}

func callEstats(r *tableReader, row []byte, kind uint32, rw, ros, rod []byte) uint32 {
	call := getPerTcpConnectionEStats
	if r.table == netstat.TCP6Table {
		call = getPerTcp6ConnectionEStats
	}
	// A pointer without a length is rejected, and so is the reverse.
	memory := func(b []byte) (*byte, uint32) {
		if len(b) == 0 {
			return nil, 0
		}
		return unsafe.SliceData(b), uint32(len(b))
	}
	rwAt, rwSize := memory(rw)
	rosAt, rosSize := memory(ros)
	rodAt, rodSize := memory(rod)
	return codeOf(call(unsafe.SliceData(row), kind, rwAt, 0, rwSize, rosAt, 0, rosSize, rodAt, 0, rodSize))
}

func callBare(r *tableReader, buf []byte, size *uint32) uint32 {
	call := getTcpTable
	switch r.table {
	case netstat.TCP6Table:
		call = getTcp6Table
	case netstat.UDP4Table:
		call = getUdpTable
	case netstat.UDP6Table:
		call = getUdp6Table
	}
	return codeOf(call(unsafe.SliceData(buf), size, true))
}

func callStatistics(which statistic, buf []byte, family uint32) uint32 {
	call := getIpStatisticsEx
	switch which {
	case statisticICMP:
		call = getIcmpStatisticsEx
	case statisticTCP:
		call = getTcpStatisticsEx
	case statisticUDP:
		call = getUdpStatisticsEx
	}
	return codeOf(call(unsafe.SliceData(buf), family))
}

// readPersistent reads the stored IPv4 routes. Missing keys and values count as empty.
func readPersistent() (persistentRoutes, error) {
	const parameters = `SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`
	var stored persistentRoutes
	var failed error
	open := func(path string) (registry.Key, bool) {
		k, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.READ)
		if err != nil && !errors.Is(err, registry.ErrNotExist) {
			failed = err
		}
		return k, err == nil
	}
	if k, ok := open(parameters + `\PersistentRoutes`); ok {
		defer k.Close()
		names, err := k.ReadValueNames(0)
		if err != nil {
			failed = err
		}
		stored.routes = names
	}
	k, ok := open(parameters + `\Interfaces`)
	if !ok {
		return stored, failed
	}
	defer k.Close()
	names, err := k.ReadSubKeyNames(0)
	if err != nil {
		failed = err
	}
	for _, name := range names {
		k, ok := open(parameters + `\Interfaces\` + name)
		if !ok {
			continue
		}
		// With DHCP the lease's gateway applies, even if another is stored.
		if dhcp, _, err := k.GetIntegerValue("EnableDHCP"); err != nil || dhcp == 0 {
			gateways, _, _ := k.GetStringsValue("DefaultGateway")
			metrics, _, _ := k.GetStringsValue("DefaultGatewayMetric")
			for i, address := range gateways {
				g := staticGateway{address: address}
				if i < len(metrics) {
					g.metric = metrics[i]
				}
				if address != "" {
					stored.gateways = append(stored.gateways, g)
				}
			}
		}
		if err := k.Close(); err != nil {
			failed = err
		}
	}
	return stored, failed
}

func listProcesses() (map[uint32]string, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = windows.CloseHandle(snapshot) }()
	var e windows.ProcessEntry32
	e.Size = uint32(unsafe.Sizeof(e))
	all := make(map[uint32]string)
	for err = windows.Process32First(snapshot, &e); err == nil; err = windows.Process32Next(snapshot, &e) {
		all[e.ProcessID] = windows.UTF16ToString(e.ExeFile[:])
	}
	if !errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		return nil, err
	}
	return all, nil
}

// withProcess calls f with a process handle opened with minimal access rights.
func withProcess(pid uint32, f func(h windows.Handle) error) uint32 {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return codeOf(err)
	}
	defer func() { _ = windows.CloseHandle(h) }()
	return codeOf(f(h))
}

func commandLineOf(pid uint32, buf []byte, size *uint32) (base uint64, code uint32) {
	return processText(pid, windows.ProcessCommandLineInformation, buf, size)
}

// processText reads information about a process that is a UNICODE_STRING.
func processText(pid uint32, class int32, buf []byte, size *uint32) (base uint64, code uint32) {
	memory := unsafe.SliceData(buf)
	code = withProcess(pid, func(h windows.Handle) error {
		return ntQueryInformationProcess(h, class, memory, *size, size)
	})
	return addressOf(memory), code
}

func imageOf(pid uint32) (path string, code uint32) {
	code = withProcess(pid, func(h windows.Handle) error {
		buf := make([]uint16, 1024)
		for {
			n := uint32(len(buf))
			err := windows.QueryFullProcessImageName(h, 0, &buf[0], &n)
			if err == nil {
				path = windows.UTF16ToString(buf[:n])
			}
			if !errors.Is(err, windows.ERROR_INSUFFICIENT_BUFFER) || len(buf) >= windows.MAX_LONG_PATH {
				return err
			}
			buf = make([]uint16, windows.MAX_LONG_PATH)
		}
	})
	return path, code
}

func startOf(pid uint32) (filetime uint64, code uint32) {
	code = withProcess(pid, func(h windows.Handle) error {
		var created, exited, kernel, user windows.Filetime
		err := windows.GetProcessTimes(h, &created, &exited, &kernel, &user)
		filetime = uint64(created.HighDateTime)<<32 | uint64(created.LowDateTime)
		return err
	})
	return filetime, code
}

func accountOf(pid uint32) (sid string, code uint32) {
	code = withProcess(pid, func(h windows.Handle) error {
		var token windows.Token
		if err := windows.OpenProcessToken(h, windows.TOKEN_QUERY, &token); err != nil {
			return err
		}
		defer func() { _ = token.Close() }()
		user, err := token.GetTokenUser()
		if err == nil {
			sid = user.User.Sid.String()
		}
		return err
	})
	return sid, code
}

func accountName(sid string) string {
	s, err := windows.StringToSid(sid)
	if err != nil {
		return ""
	}
	account, domain, _, err := s.LookupAccount("")
	switch {
	case err != nil:
		return ""
	case domain == "":
		return account
	}
	return domain + `\` + account
}

func listServices(buf []byte, size, count *uint32) (uint64, uint32) {
	manager, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT|windows.SC_MANAGER_ENUMERATE_SERVICE)
	if err != nil {
		return 0, codeOf(err)
	}
	defer func() { _ = windows.CloseServiceHandle(manager) }()
	memory := unsafe.SliceData(buf)
	err = windows.EnumServicesStatusEx(manager, windows.SC_ENUM_PROCESS_INFO, windows.SERVICE_WIN32,
		windows.SERVICE_ACTIVE, memory, *size, size, count, nil, nil)
	return addressOf(memory), codeOf(err)
}

// nativePointers returns the layout of the running program.
func nativePointers() *pointers {
	if ^uintptr(0)>>32 == 0 {
		return &pointers32
	}
	return &pointers64
}
