package bpf

// OpenOwners begins a pass over the sockets that processes have open, and
// the rings too if rings is set, of threads that have files of their own too if
// threads is set. It returns a descriptor, what is read from which is for
// [OwnerRecords]. reading says that the kernel's type information may be read where
// it cannot be mapped, which takes longer.
func OpenOwners(reading, threads, rings bool) (int, error) {
	parse := parseOwnerLayout
	if rings {
		parse = parseRingLayout
	}
	layout, err := readLayout(reading, parse)
	if err != nil {
		return -1, err
	}
	return openIterator(ownerProgram(layout, threads, rings), layout.iterFunc)
}
