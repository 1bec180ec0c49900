package main

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// receive receives the dumps behind -ant (linux/inet_diag.h), tcp4 and tcp6, and
// discards them. No program that shows them can be faster.
func receive() error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_INET_DIAG)
	if err != nil {
		return err
	}
	buffer := make([]byte, 64<<10)
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		if err := unix.Sendto(fd, dumpRequest(family), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return err
		}
		for {
			n, err := unix.Read(fd, buffer)
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if err != nil {
				return err
			}
			done, err := lastOfDump(buffer[:n])
			if err != nil {
				return err
			}
			if done {
				break
			}
		}
	}
	return nil
}

const (
	headerLen   = 16
	requestLen  = headerLen + 56
	doneLen     = headerLen + 4
	diagByFam   = 20
	allStates   = 0xffe // 1 ESTABLISHED to 11 CLOSING
	dumpOrdered = unix.NLM_F_REQUEST | unix.NLM_F_DUMP
)

func dumpRequest(family byte) []byte {
	b := make([]byte, requestLen)
	binary.NativeEndian.PutUint32(b[0:], requestLen)
	binary.NativeEndian.PutUint16(b[4:], diagByFam)
	binary.NativeEndian.PutUint16(b[6:], dumpOrdered)
	b[headerLen] = family
	b[headerLen+1] = unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(b[headerLen+4:], allStates)
	return b
}

// lastOfDump detects the end of a dump without walking its messages: the end is the
// last message of its datagram, and an error comes alone.
func lastOfDump(b []byte) (bool, error) {
	if len(b) < doneLen {
		return false, fmt.Errorf("netlink datagram of %d bytes", len(b))
	}
	if binary.NativeEndian.Uint16(b[4:]) == unix.NLMSG_ERROR {
		return false, unix.Errno(-int32(binary.NativeEndian.Uint32(b[headerLen:])))
	}
	tail := b[len(b)-doneLen:]
	return binary.NativeEndian.Uint32(tail) == doneLen && binary.NativeEndian.Uint16(tail[4:]) == unix.NLMSG_DONE, nil
}
