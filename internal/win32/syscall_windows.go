package win32

// Functions that x/sys/windows does not bind. The question mark makes a missing entry
// point an error of the call (ERROR_PROC_NOT_FOUND) instead of a panic: Windows 7, Wine
// and future systems each lack some.

//sys getTcpTable(table *byte, size *uint32, order bool) (errcode error) = iphlpapi.GetTcpTable?
//sys getTcp6Table(table *byte, size *uint32, order bool) (errcode error) = iphlpapi.GetTcp6Table?
//sys getUdpTable(table *byte, size *uint32, order bool) (errcode error) = iphlpapi.GetUdpTable?
//sys getUdp6Table(table *byte, size *uint32, order bool) (errcode error) = iphlpapi.GetUdp6Table?
//sys getExtendedTcpTable(table *byte, size *uint32, order bool, family uint32, class uint32, reserved uint32) (errcode error) = iphlpapi.GetExtendedTcpTable?
//sys getExtendedUdpTable(table *byte, size *uint32, order bool, family uint32, class uint32, reserved uint32) (errcode error) = iphlpapi.GetExtendedUdpTable?
//sys getTcpTable2(table *byte, size *uint32, order bool) (errcode error) = iphlpapi.GetTcpTable2?
//sys getTcp6Table2(table *byte, size *uint32, order bool) (errcode error) = iphlpapi.GetTcp6Table2?
//sys getOwnerModuleFromTcpEntry(row *byte, class uint32, buf *byte, size *uint32) (errcode error) = iphlpapi.GetOwnerModuleFromTcpEntry?
//sys getOwnerModuleFromTcp6Entry(row *byte, class uint32, buf *byte, size *uint32) (errcode error) = iphlpapi.GetOwnerModuleFromTcp6Entry?
//sys getOwnerModuleFromUdpEntry(row *byte, class uint32, buf *byte, size *uint32) (errcode error) = iphlpapi.GetOwnerModuleFromUdpEntry?
//sys getOwnerModuleFromUdp6Entry(row *byte, class uint32, buf *byte, size *uint32) (errcode error) = iphlpapi.GetOwnerModuleFromUdp6Entry?
//sys getPerTcpConnectionEStats(row *byte, kind uint32, rw *byte, rwVersion uint32, rwSize uint32, ros *byte, rosVersion uint32, rosSize uint32, rod *byte, rodVersion uint32, rodSize uint32) (errcode error) = iphlpapi.GetPerTcpConnectionEStats?
//sys getPerTcp6ConnectionEStats(row *byte, kind uint32, rw *byte, rwVersion uint32, rwSize uint32, ros *byte, rosVersion uint32, rosSize uint32, rod *byte, rodVersion uint32, rodSize uint32) (errcode error) = iphlpapi.GetPerTcp6ConnectionEStats?
//sys setTcpEntry(row *byte) (errcode error) = iphlpapi.SetTcpEntry?
//sys internalGetBoundTcpEndpointTable(table **byte, heap windows.Handle, flags uint32) (errcode error) = iphlpapi.InternalGetBoundTcpEndpointTable?
//sys internalGetBoundTcp6EndpointTable(table **byte, heap windows.Handle, flags uint32) (errcode error) = iphlpapi.InternalGetBoundTcp6EndpointTable?
//sys internalGetUdpTable2(table **byte, heap windows.Handle, flags uint32) (errcode error) = iphlpapi.InternalGetUdpTable2?
//sys internalGetUdp6Table2(table **byte, heap windows.Handle, flags uint32) (errcode error) = iphlpapi.InternalGetUdp6Table2?
//sys getIpStatisticsEx(stats *byte, family uint32) (errcode error) = iphlpapi.GetIpStatisticsEx?
//sys getIcmpStatisticsEx(stats *byte, family uint32) (errcode error) = iphlpapi.GetIcmpStatisticsEx?
//sys getTcpStatisticsEx(stats *byte, family uint32) (errcode error) = iphlpapi.GetTcpStatisticsEx?
//sys getUdpStatisticsEx(stats *byte, family uint32) (errcode error) = iphlpapi.GetUdpStatisticsEx?
//sys getAdaptersAddresses(family uint32, flags uint32, reserved uintptr, buf *byte, size *uint32) (errcode error) = iphlpapi.GetAdaptersAddresses?
//sys getIfTable2Ex(level uint32, table **byte) (errcode error) = iphlpapi.GetIfTable2Ex?
//sys getIpForwardTable2(family uint32, table **byte) (errcode error) = iphlpapi.GetIpForwardTable2?
//sys getIpInterfaceTable(family uint32, table **byte) (errcode error) = iphlpapi.GetIpInterfaceTable?
//sys getBestRoute2(luid *byte, index uint32, source *byte, destination *byte, options uint32, row *byte, best *byte) (errcode error) = iphlpapi.GetBestRoute2?
//sys getUnicastIpAddressTable(family uint32, table **byte) (errcode error) = iphlpapi.GetUnicastIpAddressTable?
//sys getIpNetTable2(family uint32, table **byte) (errcode error) = iphlpapi.GetIpNetTable2?
//sys freeMibTable(table *byte) (err error) [failretval==^uintptr(0)] = iphlpapi.FreeMibTable?

//sys ntQueryInformationProcess(process windows.Handle, class int32, buf *byte, size uint32, returned *uint32) (ntstatus error) = ntdll.NtQueryInformationProcess?

//sys getProcessHeap() (heap windows.Handle, err error) = kernel32.GetProcessHeap
//sys heapSize(heap windows.Handle, flags uint32, memory *byte) (size uintptr, err error) [failretval==^uintptr(0)] = kernel32.HeapSize
//sys heapFree(heap windows.Handle, flags uint32, memory *byte) (err error) = kernel32.HeapFree
//sys wideCharToMultiByte(codePage uint32, flags uint32, wide *uint16, wideLen int32, out *byte, outLen int32, missing *byte, missed *int32) (n int32, err error) = kernel32.WideCharToMultiByte
//sys getOEMCP() (codePage uint32) = kernel32.GetOEMCP
//sys getPackageFullName(process windows.Handle, length *uint32, name *uint16) (errcode error) = kernel32.GetPackageFullName?

//sys getFileVersionInfoSize(path *uint16, ignored *uint32) (size uint32, err error) = version.GetFileVersionInfoSizeW?
//sys getFileVersionInfo(path *uint16, ignored uint32, size uint32, buf *byte) (err error) = version.GetFileVersionInfoW?

//sys winVerifyTrust(window windows.Handle, action *windows.GUID, data *windows.WinTrustData) (errcode error) = wintrust.WinVerifyTrust?
//sys wtHelperProvDataFromStateData(state windows.Handle) (data uintptr, err error) = wintrust.WTHelperProvDataFromStateData?
//sys wtHelperGetProvSignerFromChain(data uintptr, i uint32, counter bool, j uint32) (signer uintptr, err error) = wintrust.WTHelperGetProvSignerFromChain?
//sys wtHelperGetProvCertFromChain(signer uintptr, i uint32) (cert uintptr, err error) = wintrust.WTHelperGetProvCertFromChain?
//sys certGetNameString(cert uintptr, kind uint32, flags uint32, parameter uintptr, name *uint16, size uint32) (n uint32, err error) = crypt32.CertGetNameStringW?
//sys cryptCATAdminAcquireContext(admin *windows.Handle, subsystem *windows.GUID, flags uint32) (err error) = wintrust.CryptCATAdminAcquireContext?
//sys cryptCATAdminAcquireContext2(admin *windows.Handle, subsystem *windows.GUID, algorithm *uint16, policy uintptr, flags uint32) (err error) = wintrust.CryptCATAdminAcquireContext2?
//sys cryptCATAdminReleaseContext(admin windows.Handle, flags uint32) (err error) = wintrust.CryptCATAdminReleaseContext?
//sys cryptCATAdminCalcHashFromFileHandle(file windows.Handle, size *uint32, hash *byte, flags uint32) (err error) = wintrust.CryptCATAdminCalcHashFromFileHandle?
//sys cryptCATAdminCalcHashFromFileHandle2(admin windows.Handle, file windows.Handle, size *uint32, hash *byte, flags uint32) (err error) = wintrust.CryptCATAdminCalcHashFromFileHandle2?
//sys cryptCATAdminEnumCatalogFromHash(admin windows.Handle, hash *byte, size uint32, flags uint32, previous *windows.Handle) (catalog windows.Handle, err error) = wintrust.CryptCATAdminEnumCatalogFromHash?
//sys cryptCATAdminReleaseCatalogContext(admin windows.Handle, catalog windows.Handle, flags uint32) (err error) = wintrust.CryptCATAdminReleaseCatalogContext?
//sys cryptCATCatalogInfoFromContext(catalog windows.Handle, info *catalogInfo, flags uint32) (err error) = wintrust.CryptCATCatalogInfoFromContext?

//sys coInitializeEx(reserved uintptr, concurrency uint32) (errcode error) = ole32.CoInitializeEx?
//sys coCreateInstance(class *windows.GUID, outer uintptr, context uint32, iid *windows.GUID, object **comObject) (errcode error) = ole32.CoCreateInstance?
//sys coSetProxyBlanket(proxy *comObject, authn uint32, authz uint32, principal *uint16, level uint32, impersonation uint32, auth uintptr, capabilities uint32) (errcode error) = ole32.CoSetProxyBlanket?
//sys sysAllocString(text *uint16) (bstr uintptr, err error) = oleaut32.SysAllocString?
//sys sysFreeString(bstr uintptr) = oleaut32.SysFreeString
//sys variantClear(v *byte) (errcode error) = oleaut32.VariantClear?
