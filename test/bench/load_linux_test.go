package main

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func TestDivide(t *testing.T) {
	for _, pairs := range []int{0, 1, 200, 500, 54_000, 504_000} {
		sum := 0
		for _, n := range divide(pairs) {
			if n > pairsPerProcess {
				t.Errorf("divide(%d): %d pairs in one process", pairs, n)
			}
			sum += n
		}
		if sum != pairs {
			t.Errorf("divide(%d) sums to %d", pairs, sum)
		}
	}
}

func TestAnswerDNS(t *testing.T) {
	question := []byte("\x012\x010\x03128\x03127\x07in-addr\x04arpa\x00\x00\x0c\x00\x01")
	query := append([]byte{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1}, question...)
	query = append(query, 0, 0, 41, 0, 0, 0, 0, 0, 0, 0, 0) // EDNS, which is not echoed
	got, ok := answerDNS(query)
	want := append([]byte{0x12, 0x34, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, question...)
	want = append(want, "\xc0\x0c\x00\x0c\x00\x01\x00\x00\x00\x3c\x00\x1b\x0b2-0-128-127\x05peers\x07example\x00"...)
	if !ok || !bytes.Equal(got, want) {
		t.Errorf("answer %q, want %q", got, want)
	}
	for n := range len(query) - 11 {
		if _, ok := answerDNS(query[:n]); ok {
			t.Errorf("answered the first %d bytes", n)
		}
	}
}

func TestLastOfDump(t *testing.T) {
	message := func(kind uint16, length int) []byte {
		b := make([]byte, length)
		binary.NativeEndian.PutUint32(b, uint32(length))
		binary.NativeEndian.PutUint16(b[4:], kind)
		return b
	}
	row, done := message(20, 88), message(3, doneLen)
	if got, err := lastOfDump(row); got || err != nil {
		t.Errorf("a row: %v, %v", got, err)
	}
	if got, err := lastOfDump(append(row, done...)); !got || err != nil {
		t.Errorf("the end after a row: %v, %v", got, err)
	}
	refusal := message(2, 36)
	binary.NativeEndian.PutUint32(refusal[headerLen:], ^uint32(0)) // -EPERM
	if _, err := lastOfDump(refusal); err == nil {
		t.Error("an error message was accepted")
	}
	if _, err := lastOfDump(nil); err == nil {
		t.Error("an empty datagram was accepted")
	}
}

// Every load must leave a process below the limit of open files.
func TestLoadCommands(t *testing.T) {
	for _, c := range []struct {
		role  string
		load  load
		pairs int
	}{
		{roleTCP, load{Connections: 54_000, PerSource: 1000}, 54_000},
		{roleUDP, load{UDPPairs: 25_000}, 25_000},
		{roleUnix, load{UnixPairs: 50_000}, 50_000},
	} {
		commands, err := loadCommands(c.load)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, args := range commands {
			n, err := numbers(args[1:])
			if err != nil || args[0] != c.role || n[1] > pairsPerProcess {
				t.Errorf("%s: process %q, %v", c.role, args, err)
				continue
			}
			sum += n[1]
		}
		if sum != c.pairs {
			t.Errorf("%s: %d pairs, want %d", c.role, sum, c.pairs)
		}
	}
}
