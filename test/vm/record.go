// Package vm runs both programs in a virtual machine with a Debian kernel that has rare
// families: SCTP, DCCP, AX.25, NET/ROM, ROSE, AppleTalk, Bluetooth, SELinux. README.md
// explains how it works. Besides its test it has the types that the test and the
// guest's helper exchange.
package vm

// Case is one command line that the helper runs in the guest.
type Case struct {
	Args []string `json:"args"`
	// Older gives the oracle a /proc with the X.25 and AppleTalk tables at the paths
	// that net-tools 2.10 reads.
	Older bool `json:"older,omitempty"`
	// UID is the user of the programs; 0 is root.
	UID int `json:"uid,omitempty"`
	// Repeats means that the report repeats until the program is killed: Stdout is then
	// the first report alone.
	Repeats bool `json:"repeats,omitempty"`
}

// Run is the result of one run of a program. Exit is -1 if it was killed.
type Run struct {
	Stdout []byte `json:"stdout"`
	Stderr []byte `json:"stderr"`
	Exit   int    `json:"exit"`
}

// Record is a case with the programs' outputs: net-tools before ours and, unless the
// two are equal, after it. All three are repeated, up to a limit, while the two outputs
// of net-tools differ.
type Record struct {
	Case
	Before Run `json:"before"`
	Ours   Run `json:"ours"`
	After  Run `json:"after"`
	// Facts are the kernel's files just before ours ran, by path.
	Facts map[string]string `json:"facts"`
}

// Stage is the result of all cases of one state of the guest.
type Stage struct {
	Records []Record `json:"records"`
	// Owners are the cells of -p by inode, as found by the helper.
	Owners map[string]string `json:"owners"`
}

// FamilyCase is a command line of our netstat and one of ss, to run at about the same
// time.
type FamilyCase struct {
	Args []string `json:"args"`
	SS   []string `json:"ss,omitempty"` // empty if ss does not show the family
}

// FamilyRecord holds their outputs: ss before ours and after it.
type FamilyRecord struct {
	FamilyCase
	Before Run `json:"before"`
	Ours   Run `json:"ours"`
	After  Run `json:"after"`
}

// Facts are the files stored in a record.
var Facts = []string{
	"/proc/net/ax25", "/proc/net/ax25_route",
	"/proc/net/nr", "/proc/net/nr_nodes", "/proc/net/nr_neigh",
	"/proc/net/rose", "/proc/net/rose_nodes", "/proc/net/rose_neigh",
	"/proc/net/x25/socket", "/proc/net/x25/route",
	"/proc/net/atalk/socket", "/proc/net/atalk/route",
	"/proc/net/sctp/eps", "/proc/net/sctp/assocs",
	"/sys/kernel/debug/bluetooth/l2cap", "/sys/kernel/debug/bluetooth/rfcomm",
	"/proc/self/attr/current",
}
