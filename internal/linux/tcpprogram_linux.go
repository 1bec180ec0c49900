package linux

import (
	"io"

	"golang.org/x/sys/unix"
)

// openTCPIterator is source.openTCP.
func openTCPIterator(family uint8, reading bool) (io.ReadCloser, error) {
	layout, err := bpfKernelLayout(reading, parseTCPLayout)
	if err != nil {
		return nil, err
	}
	iter, err := bpfOpenIterator(tcpProgram(layout, family), layout.iterFunc)
	if err != nil {
		return nil, err
	}
	defer unix.Close(iter)
	return catTCP(iter)
}
