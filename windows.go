package netstat

import "time"

// WindowsDetail is what Windows tells of a TCP or UDP socket beyond a Socket.
// Each field is fetched only where Need asks for it.
type WindowsDetail struct {
	// Created is when the socket was bound or the connection made
	// (liCreateTimestamp of MIB_TCPROW_OWNER_MODULE and its kin); zero where
	// not known. It is not the time of the last change of state.
	Created time.Time
	Offload OffloadState
	// Template is the name of the TCP settings applied to the connection
	// (AppliedSetting of MSFT_NetTCPConnection): "Internet", "Datacenter", …,
	// "Not Applicable"; empty where not known.
	Template string
	// Module is the component that made the socket, such as a service
	// (GetOwnerModuleFromTcpEntry and its kin), ModulePath its file. Both are
	// empty where Windows does not tell. They come from other users: pass
	// them through ascii.AppendSafe before a terminal sees them.
	Module, ModulePath string
}

func (*WindowsDetail) detail() {}

// OffloadState says whether a network card does the work of a TCP connection
// (TCP_CONNECTION_OFFLOAD_STATE of tcpmib.h).
type OffloadState uint8

const (
	OffloadUnknown OffloadState = iota
	OffloadInHost
	OffloadOffloading
	OffloadOffloaded
	OffloadUploading
)

var offloadNames = [...]string{"", "in-host", "offloading", "offloaded", "uploading"}

// String returns the lower-case name, empty for OffloadUnknown and a number
// without one.
func (o OffloadState) String() string {
	if int(o) < len(offloadNames) {
		return offloadNames[o]
	}
	return ""
}
