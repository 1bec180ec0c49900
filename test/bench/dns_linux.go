package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"time"
)

const nameDelay = 20 * time.Millisecond

// serveDNS is a name server on 127.0.0.1 that takes nameDelay for every
// answer, and any number of questions at a time.
func serveDNS() error {
	conn, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		return err
	}
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				continue
			}
			if answer, ok := answerDNS(buffer[:n]); ok {
				time.AfterFunc(nameDelay, func() { conn.WriteTo(answer, from) })
			}
		}
	}()
	return holdReady()
}

// answerDNS answers one question (RFC 1035, section 4.1): a PTR question with
// a name made of its first label, any other with "no such name".
func answerDNS(query []byte) (answer []byte, ok bool) {
	const header = 12
	if len(query) < header || binary.BigEndian.Uint16(query[4:]) != 1 {
		return nil, false
	}
	end := header
	for end < len(query) && query[end] != 0 {
		end += 1 + int(query[end])
	}
	end += 1 + 4
	if end > len(query) {
		return nil, false
	}
	answer = append(answer, query[:end]...)
	binary.BigEndian.PutUint16(answer[2:], 0x8580) // response, authoritative, recursion desired and available
	binary.BigEndian.PutUint16(answer[6:], 0)
	binary.BigEndian.PutUint32(answer[8:], 0)
	const typePTR = 12
	if binary.BigEndian.Uint16(query[end-4:]) != typePTR {
		answer[3] |= 3
		return answer, true
	}
	binary.BigEndian.PutUint16(answer[6:], 1)
	label := query[header+1 : header+1+int(query[header])]
	var name []byte
	for _, l := range []string{fmt.Sprintf("peer-%s", label), "bench", "example"} {
		name = append(append(name, byte(len(l))), l...)
	}
	name = append(name, 0)
	answer = append(answer, 0xc0, header, 0, typePTR, 0, 1, 0, 0, 0, 60)
	answer = binary.BigEndian.AppendUint16(answer, uint16(len(name)))
	return append(answer, name...), true
}
