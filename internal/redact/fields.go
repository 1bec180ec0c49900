package redact

import "reflect"

// rule says how a field is replaced.
type rule uint8

const (
	// unnamed is the rule of a field that the table does not name: its text is replaced
	// like strict, its address like address. TestFields fails for such a field.
	unnamed  rule = iota
	keep          // a word of the kernel or the program, not personal
	text          // Redactor.Text
	strict        // Redactor.Strict
	address       // Redactor.Addr, of a prefix Redactor.Prefix
	host          // an address with the length of its network
	hardware      // a hardware address
	digits        // an address of digits
	args          // a command line
	number        // a number that is an address
	version       // a version: kept if it has only digits and dots
	setting       // a setting of a kind of interface: kept unless it is an address
)

// fields names every field of the model that is a text, a byte list or an address, and
// each number that is an address. Numbers not named here, ports, times and flags are kept.
var fields = [...]struct {
	name string
	rule rule
}{
	{"Addr.IP", address},
	{"Addr.Name", text},
	{"TCPInfo.Congestion", keep},

	{"SCTPDetail.AssocState", keep},
	{"AX25Detail.Device", text},
	{"AX25Detail.Digipeaters", strict},
	{"NetROMDetail.Device", text},
	{"NetROMDetail.User", strict},
	{"ROSEDetail.Device", text},
	{"ROSEDetail.LocalCall", strict},
	{"ROSEDetail.RemoteCall", strict},
	{"X25Detail.Device", text},
	{"TLSDetail.Version", keep},
	{"TLSDetail.Cipher", keep},
	{"TLSDetail.Receive", keep},
	{"TLSDetail.Transmit", keep},
	{"DCCPDetail.DCCPState", keep},
	{"CANDetail.Device", text},
	{"CANDetail.Protocol", keep},
	{"PacketDetail.Device", text},
	{"PacketMembership.Address", hardware},
	{"XDPDetail.Device", text},
	{"SMCDetail.SMCState", keep},
	{"SMCLink.Device", text},
	{"SMCLink.GID", strict},
	{"SMCLink.PeerGID", strict},
	{"SMCBuffer.GID", number},
	{"SMCBuffer.PeerGID", number},
	{"TIPCDetail.Node", number},
	{"TIPCPeer.Node", number},
	{"WindowsDetail.Template", text},
	{"WindowsDetail.Module", text},
	{"WindowsDetail.ModulePath", text},

	{"Process.Argv0", text},
	{"Process.Args", args},
	{"Process.Comm", text},
	{"Process.Context", text},
	{"Process.Executable", text},
	{"Process.Services", text},
	{"Process.Company", text},
	{"Process.Version", version},
	{"Process.Signer", text},
	{"Process.Package", text},
	{"Process.User", text},
	{"Process.Cgroup", text},
	{"Process.Unit", text},
	{"Process.UserUnit", text},
	{"Process.Slice", text},
	{"Container.Runtime", keep},
	{"Container.ID", text},
	{"Container.Pod", text},

	{"Route.Destination", address},
	{"Route.Source", address},
	{"Route.Gateway", address},
	{"Route.Interface", text},
	{"CachedRoute.PreferredSource", address},
	{"RouteDetail.TableName", text},
	{"RouteDetail.VRF", text},
	{"RouteDetail.PreferredSource", address},
	{"RouteDetail.CongestionControl", keep},
	{"NextHop.Gateway", address},
	{"NextHop.Interface", text},
	{"NextHop.Encap", keep},
	{"NextHop.EncapTarget", strict},

	{"Rule.From", address},
	{"Rule.To", address},
	{"Rule.Input", text},
	{"Rule.Output", text},
	{"Rule.TableName", text},
	{"Rule.VRF", text},

	{"AX25Route.Destination", text},
	{"AX25Route.Device", text},
	{"AX25Route.Digipeaters", strict},
	{"NetROMRoute.Destination", text},
	{"NetROMRoute.Mnemonic", strict},
	{"RareNeighbour.Callsign", strict},
	{"RareNeighbour.Device", text},
	{"ROSERoute.Destination", digits},
	{"X25Route.Destination", digits},
	{"X25Route.Device", text},
	{"IPXRoute.Destination", text},
	{"IPXRoute.RouterNet", text},
	{"IPXRoute.RouterNode", text},
	{"AppleTalkRoute.Destination", text},
	{"AppleTalkRoute.Gateway", text},
	{"AppleTalkRoute.Device", text},

	{"Interface.Name", text},
	{"Interface.AltNames", text},
	{"Interface.Alias", strict},
	{"Interface.Description", text},
	{"Interface.HardwareAddr", hardware},
	{"InterfaceAddr.Prefix", host},
	{"InterfaceAddr.Peer", address},
	{"InterfaceAddr.Broadcast", address},
	{"InterfaceAddr.Label", text},
	{"AddrDetail.Peer", address},
	{"Link.Kind", keep},
	{"Link.SlaveKind", keep},
	{"LinkSetting.Name", keep},
	{"LinkSetting.Text", setting},
	{"LinkRef.Name", text},
	{"Link.LowerNetns", text},
	{"Link.QueueDiscipline", keep},
	{"Link.PermanentAddr", hardware},
	{"Link.Broadcast", hardware},
	{"Link.ParentBus", keep},
	{"Link.ParentDevice", text},
	{"Link.PortName", text},
	{"Link.GUID", strict},
	{"Link.NetworkGUID", strict},
	{"Link.Driver", keep},
	{"Link.DriverVersion", keep},
	{"Link.Firmware", keep},
	{"Link.BusInfo", text},
	{"NodeAddr.Network", number},
	{"NodeAddr.Node", number},

	{"Membership.Interface", text},
	{"Membership.Group", address},
	{"Neighbor.Address", address},
	{"Neighbor.HardwareAddr", hardware},
	{"Neighbor.Interface", text},

	{"Counter.Group", keep},
	{"Counter.Name", keep},
	{"Measure.Name", keep},

	{"NATSession.AssocState", keep},
	{"NATTuple.Source", address},
	{"NATTuple.Destination", address},
	{"TrackedConnection.State", keep},
	{"TrackedConnection.Helper", keep},
	{"TrackedConnection.SecurityContext", text},
	{"TrackedDirection.Source", address},
	{"TrackedDirection.Destination", address},
	{"TrackedMaster.Source", address},
	{"TrackedMaster.Destination", address},
}

func ruleOf(t reflect.Type, field string) rule {
	name := t.Name() + "." + field
	for i := range fields {
		if fields[i].name == name {
			return fields[i].rule
		}
	}
	return unnamed
}
