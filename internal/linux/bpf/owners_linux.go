package bpf

var plainOwners, ringOwners layout[ownerLayout]

// OpenOwners begins a pass over the sockets that processes have open. With
// threads it includes files held only by a thread, with rings it includes
// io_uring rings. It returns a descriptor; [OwnerRecords] decodes what is read
// from it. With reading it reads the kernel's type information if that cannot
// be mapped, which takes longer.
func OpenOwners(reading, threads, rings bool) (int, error) {
	parse, known := parseOwnerLayout, &plainOwners
	if rings {
		parse, known = parseRingLayout, &ringOwners
	}
	layout, err := known.get(reading, parse)
	if err != nil {
		return -1, err
	}
	return openIterator(ownerProgram(layout, threads, rings), layout.iterFunc)
}
