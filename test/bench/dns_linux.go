package main

import (
	"encoding/binary"
	"net"
	"strings"
	"time"
)

const nameDelay = 20 * time.Millisecond

// serveDNS is a name server on 127.0.0.1 that delays every answer by nameDelay and
// serves any number of queries concurrently.
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
				time.AfterFunc(nameDelay, func() {
					_, _ = conn.WriteTo(answer, from) // the client asks again
				})
			}
		}
	}()
	return holdReady()
}

// answerDNS answers one query (RFC 1035, section 4.1): a PTR query with a name made
// from the address, any other with NXDOMAIN.
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
	var name []byte
	for _, label := range []string{hostLabel(query[header:]), "peers", "example"} {
		name = append(append(name, byte(len(label))), label...)
	}
	name = append(name, 0)
	answer = append(answer, 0xc0, header, 0, typePTR, 0, 1, 0, 0, 0, 60)
	answer = binary.BigEndian.AppendUint16(answer, uint16(len(name)))
	return append(answer, name...), true
}

// hostLabel joins the first four labels of a name, the IPv4 address of a PTR name, so
// that every address gets a unique name.
func hostLabel(name []byte) string {
	var labels []string
	for len(labels) < 4 && name[0] != 0 {
		labels = append(labels, string(name[1:1+name[0]]))
		name = name[1+name[0]:]
	}
	return strings.Join(labels, "-")
}
