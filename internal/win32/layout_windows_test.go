package win32

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// TestNativeLayout compares layout.go with the declarations of x/sys for the
// architecture of the test.
func TestNativeLayout(t *testing.T) {
	p := nativePointers()
	if p.size != int(unsafe.Sizeof(uintptr(0))) {
		t.Fatalf("the layout of pointers of %d bytes", p.size)
	}
	var a windows.IpAdapterAddresses
	var u windows.IpAdapterUnicastAddress
	var m windows.IpAdapterMulticastAddress
	var service windows.ENUM_SERVICE_STATUS_PROCESS
	var route windows.MibIpForwardRow2
	var iface windows.MibIfRow2
	var ip windows.MibIpInterfaceRow
	var text windows.NTUnicodeString
	checks := []struct {
		name         string
		ours, theirs uintptr
	}{
		{"adapter IfIndex", adapterIndex, unsafe.Offsetof(a.IfIndex)},
		{"adapter Next", uintptr(p.adapterNext), unsafe.Offsetof(a.Next)},
		{"adapter FirstUnicastAddress", uintptr(p.adapterUnicast), unsafe.Offsetof(a.FirstUnicastAddress)},
		{"adapter FirstMulticastAddress", uintptr(p.adapterMulticast), unsafe.Offsetof(a.FirstMulticastAddress)},
		{"adapter Description", uintptr(p.adapterDescription), unsafe.Offsetof(a.Description)},
		{"adapter FriendlyName", uintptr(p.adapterFriendlyName), unsafe.Offsetof(a.FriendlyName)},
		{"adapter PhysicalAddress", uintptr(p.adapterPhys), unsafe.Offsetof(a.PhysicalAddress)},
		{"adapter Flags", uintptr(p.adapterFlags), unsafe.Offsetof(a.Flags)},
		{"adapter Mtu", uintptr(p.adapterMTU), unsafe.Offsetof(a.Mtu)},
		{"adapter Ipv6IfIndex", uintptr(p.adapterIndex6), unsafe.Offsetof(a.Ipv6IfIndex)},
		{"unicast Address", uintptr(p.addressSockaddr), unsafe.Offsetof(u.Address)},
		{"unicast OnLinkPrefixLength", uintptr(p.unicastPrefixLength), unsafe.Offsetof(u.OnLinkPrefixLength)},
		{"multicast Address", uintptr(p.addressSockaddr), unsafe.Offsetof(m.Address)},
		{"service", uintptr(p.serviceSize), unsafe.Sizeof(service)},
		{"service ProcessId", uintptr(p.servicePID), unsafe.Offsetof(service.ServiceStatusProcess) + unsafe.Offsetof(service.ServiceStatusProcess.ProcessId)},
		{"text", uintptr(p.unicodeText), unsafe.Offsetof(text.Buffer)},
		{"route", forwardSize, unsafe.Sizeof(route)},
		{"route InterfaceIndex", forwardIndex, unsafe.Offsetof(route.InterfaceIndex)},
		{"route DestinationPrefix", forwardPrefix, unsafe.Offsetof(route.DestinationPrefix)},
		{"route NextHop", forwardNextHop, unsafe.Offsetof(route.NextHop)},
		{"route Metric", forwardMetric, unsafe.Offsetof(route.Metric)},
		{"route Origin", forwardOrigin, unsafe.Offsetof(route.Origin)},
		{"interface Description", ifDescription, unsafe.Offsetof(iface.Description)},
		{"interface Type", ifType, unsafe.Offsetof(iface.Type)},
		{"interface AdminStatus", ifAdminStatus, unsafe.Offsetof(iface.AdminStatus)},
	}
	var data windows.WinTrustData
	var file windows.WinTrustFileInfo
	var catalog trustCatalog
	trust := map[string]uintptr{
		"WINTRUST_DATA.dwUIChoice":                   unsafe.Offsetof(data.UIChoice),
		"WINTRUST_DATA.dwUnionChoice":                unsafe.Offsetof(data.UnionChoice),
		"WINTRUST_DATA.pFile":                        unsafe.Offsetof(data.FileOrCatalogOrBlobOrSgnrOrCert),
		"WINTRUST_DATA.dwStateAction":                unsafe.Offsetof(data.StateAction),
		"WINTRUST_DATA.hWVTStateData":                unsafe.Offsetof(data.StateData),
		"WINTRUST_DATA.dwProvFlags":                  unsafe.Offsetof(data.ProvFlags),
		"WINTRUST_FILE_INFO":                         unsafe.Sizeof(file),
		"WINTRUST_FILE_INFO.pcwszFilePath":           unsafe.Offsetof(file.FilePath),
		"WINTRUST_FILE_INFO.hFile":                   unsafe.Offsetof(file.File),
		"WINTRUST_CATALOG_INFO":                      unsafe.Sizeof(catalog),
		"WINTRUST_CATALOG_INFO.pcwszCatalogFilePath": unsafe.Offsetof(catalog.file),
		"WINTRUST_CATALOG_INFO.pcwszMemberTag":       unsafe.Offsetof(catalog.memberTag),
		"WINTRUST_CATALOG_INFO.pcwszMemberFilePath":  unsafe.Offsetof(catalog.memberFile),
		"WINTRUST_CATALOG_INFO.hMemberFile":          unsafe.Offsetof(catalog.member),
		"WINTRUST_CATALOG_INFO.pbCalculatedFileHash": unsafe.Offsetof(catalog.hash),
		"WINTRUST_CATALOG_INFO.cbCalculatedFileHash": unsafe.Offsetof(catalog.hashSize),
		"WINTRUST_CATALOG_INFO.hCatAdmin":            unsafe.Offsetof(catalog.admin),
		"CATALOG_INFO":                               unsafe.Sizeof(catalogInfo{}),
		"CATALOG_INFO.wszCatalogFile":                unsafe.Offsetof(catalogInfo{}.file),
		"CRYPT_PROVIDER_CERT.pCert":                  unsafe.Offsetof(providerCert{}.cert),
	}
	for _, f := range layoutTrust {
		n := f.at32
		if p.size == 8 {
			n = f.at64
		}
		if at, ok := trust[f.name]; !ok || int(at) != n {
			t.Errorf("%s: %d, want %d", f.name, at, n)
		}
	}
	if p.size == 8 {
		// On 386 Go aligns 64-bit integers to 4 bytes and Windows to 8, so these
		// declarations are wrong there.
		checks = append(checks, []struct {
			name         string
			ours, theirs uintptr
		}{
			{"adapter Ipv4Metric", uintptr(p.adapterMetric4), unsafe.Offsetof(a.Ipv4Metric)},
			{"interface", ifSize, unsafe.Sizeof(iface)},
			{"interface InOctets", ifInOctets, unsafe.Offsetof(iface.InOctets)},
			{"interface OutErrors", ifOutErrors, unsafe.Offsetof(iface.OutErrors)},
			// Its size is wrong in x/sys v0.49.0: the offload flags are one byte each.
			{"IP interface InterfaceIndex", interfaceIndexOffset, unsafe.Offsetof(ip.InterfaceIndex)},
			{"IP interface Metric", interfaceMetric, unsafe.Offsetof(ip.Metric)},
			{"interface table", ifTable, unsafe.Offsetof(windows.MibIfTable2{}.Table)},
			{"route table", forwardTable, unsafe.Offsetof(windows.MibIpForwardTable2{}.Table)},
		}...)
	}
	for _, c := range checks {
		if c.ours != c.theirs {
			t.Errorf("%s: %d, x/sys has %d", c.name, c.ours, c.theirs)
		}
	}
}
