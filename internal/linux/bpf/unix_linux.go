package bpf

import (
	"fmt"
	"io"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	cmdMapCreate   = 0
	mapTypeArray   = 2
	mapTypeRingbuf = 27
	mapMmapable    = 1 << 10 // BPF_F_MMAPABLE
)

// Unix is a pass over the unix sockets in a network namespace.
type Unix struct {
	room int
	data []byte
	end  io.ReadCloser
}

var unixSockets layout[unixLayout]

// OpenUnix begins a pass over the unix sockets in this thread's network
// namespace, with room for that many records. Another process reads the
// iterator; see catReader.
func OpenUnix(room int) (*Unix, error) {
	layout, err := unixSockets.get(true, parseUnixLayout)
	if err != nil {
		return nil, err
	}
	return openUnix(layout, room)
}

func openUnix(layout unixLayout, room int) (*Unix, error) {
	array, err := createArray(UnixSize, room)
	if err != nil {
		return nil, err
	}
	defer unix.Close(array)
	iter, err := openIterator(unixProgram(layout, array), layout.iterFunc)
	if err != nil {
		return nil, err
	}
	defer unix.Close(iter)
	page := unix.Getpagesize()
	data, err := unix.Mmap(array, 0, (room*UnixSize+page-1)&^(page-1), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	end, err := cat(iter)
	if err != nil {
		unix.Munmap(data)
		return nil, err
	}
	return &Unix{room: room, data: data, end: end}, nil
}

// Records waits for the end of the pass and returns its records, each of
// UnixSize bytes. They are valid until Close.
func (u *Unix) Records() ([]byte, error) {
	var mark [unixMarkSize + 1]byte
	n, written := 0, 0
	for n < len(mark) {
		m, err := u.end.Read(mark[n:])
		n += m
		if err == io.EOF {
			break
		}
		if err == ErrStuck {
			// A long pass has written more records meanwhile.
			before := written
			if written = u.written(written); written > before {
				continue
			}
		}
		if err != nil {
			return nil, err
		}
	}
	count, ok := unixCount(mark[:n], u.room)
	if !ok {
		return nil, ErrUnixShort
	}
	return u.data[:count*UnixSize], nil
}

// written returns the number of records from the first that the program has
// begun, given a number of which that is known.
func (u *Unix) written(from int) int {
	for from < u.room && u.data[from*UnixSize+UnixKind] != 0 {
		from++
	}
	return from
}

// Close ends the pass.
func (u *Unix) Close() error {
	err := u.end.Close()
	if unmapErr := unix.Munmap(u.data); err == nil {
		err = unmapErr
	}
	return err
}

// createArray returns a descriptor of an array of zeros that a program writes
// and this process maps.
func createArray(size, entries int) (int, error) {
	return createMap(mapTypeArray, 4, uint32(size), uint32(entries), mapMmapable)
}

func createMap(mapType, keySize, valueSize, entries, flags uint32) (int, error) {
	create := struct { // the part of union bpf_attr for BPF_MAP_CREATE
		mapType, keySize, valueSize, maxEntries, flags, innerMap, numaNode uint32
		name                                                               [16]byte
	}{
		mapType: mapType, keySize: keySize, valueSize: valueSize, maxEntries: entries, flags: flags,
		name: [16]byte{'n', 'e', 't', 's', 't', 'a', 't'},
	}
	fd, err := syscallBPF(cmdMapCreate, unsafe.Pointer(&create), unsafe.Sizeof(create))
	if err != nil {
		return -1, fmt.Errorf("create BPF map: %w", err)
	}
	return fd, nil
}
