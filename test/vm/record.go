// Package vm runs both programs in a virtual machine with a kernel of Debian's
// that has what few kernels have: SCTP, DCCP, AX.25, NET/ROM, ROSE, AppleTalk,
// Bluetooth, SELinux. README.md tells how it works. What is here besides its
// test is what the test and the guest's helper say to each other.
package vm

// Case is one command line that the helper runs in the guest.
type Case struct {
	Args []string `json:"args"`
	// Older says that the oracle gets a /proc where the tables of X.25 and
	// AppleTalk have the names at which net-tools 2.10 looks for them.
	Older bool `json:"older,omitempty"`
	// UID is who runs the programs; 0 is root.
	UID int `json:"uid,omitempty"`
	// Repeats says that the report is repeated until the program is ended:
	// Stdout is then the first report alone.
	Repeats bool `json:"repeats,omitempty"`
}

// Run is what one run of a program gave. Exit is -1 if it was ended.
type Run struct {
	Stdout []byte `json:"stdout"`
	Stderr []byte `json:"stderr"`
	Exit   int    `json:"exit"`
}

// Record is a case with what the programs said: net-tools before ours and,
// unless both said the same, after it; all three again, up to some limit, as
// long as net-tools did not say the same twice.
type Record struct {
	Case
	Before Run `json:"before"`
	Ours   Run `json:"ours"`
	After  Run `json:"after"`
	// Facts are the kernel's files as they were just before ours ran, by path.
	Facts map[string]string `json:"facts"`
}

// Stage is the result of all cases of one state of the guest.
type Stage struct {
	Records []Record `json:"records"`
	// Owners are the cells of -p by inode, as the helper found them.
	Owners map[string]string `json:"owners"`
}

// FamilyCase is what the helper asks of our netstat and of ss, at about the same
// time.
type FamilyCase struct {
	Args []string `json:"args"`
	SS   []string `json:"ss,omitempty"` // none where ss does not show the family
}

// FamilyRecord is what they said: ss before ours and after it.
type FamilyRecord struct {
	FamilyCase
	Before Run `json:"before"`
	Ours   Run `json:"ours"`
	After  Run `json:"after"`
}

// Facts are the files that a record keeps.
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
