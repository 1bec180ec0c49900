package bpf

import (
	"io"

	"golang.org/x/sys/unix"
)

// OpenTCP is source.openTCP.
func OpenTCP(family uint8, reading bool) (io.ReadCloser, error) {
	layout, err := readLayout(reading, parseTCPLayout)
	if err != nil {
		return nil, err
	}
	iter, err := openIterator(tcpProgram(layout, family), layout.iterFunc)
	if err != nil {
		return nil, err
	}
	defer unix.Close(iter)
	return cat(iter)
}
