package netstat

import "time"

// WindowsDetail holds the fields of a TCP or UDP socket on Windows beyond those of
// Socket. Each field is set only if Need requests it.
type WindowsDetail struct {
	// Created is when the socket was bound or the connection was made
	// (liCreateTimestamp of MIB_TCPROW_OWNER_MODULE and similar structures), not when
	// the state last changed; zero if unknown.
	Created time.Time
	Offload OffloadState
	// Template is the name of the TCP settings applied to the connection
	// (AppliedSetting of MSFT_NetTCPConnection): "Internet", "Datacenter", …, "Not
	// Applicable"; empty if unknown.
	Template string
	// Module is the component that created the socket, such as a service
	// (GetOwnerModuleFromTcpEntry and similar functions); ModulePath is its file. Both
	// are empty if unknown. Other users choose them: pass them through ascii.AppendSafe
	// before printing them on a terminal.
	Module, ModulePath string
}

func (*WindowsDetail) detail() {}

// OffloadState is the state of a TCP connection's offload to a network card
// (TCP_CONNECTION_OFFLOAD_STATE in tcpmib.h).
type OffloadState uint8

const (
	OffloadUnknown OffloadState = iota
	OffloadInHost
	OffloadOffloading
	OffloadOffloaded
	OffloadUploading
)

var offloadNames = [...]string{"", "in-host", "offloading", "offloaded", "uploading"}

// String returns the lower-case name, or "" for OffloadUnknown and undefined values.
func (o OffloadState) String() string {
	if int(o) < len(offloadNames) {
		return offloadNames[o]
	}
	return ""
}
