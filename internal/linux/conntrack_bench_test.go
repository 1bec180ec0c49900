package linux

import (
	"context"
	"testing"
)

func BenchmarkConntrack(b *testing.B) {
	const rows = 200
	var batch [][]byte
	for range rows {
		batch = append(batch, tracked(gateway, attr(7, be32(120)), attr(3, be32(14)), attr(4|0x8000, attr(1|0x8000, attr(1, []byte{3})))))
	}
	conn := &scriptedConn{replies: []reply{datagram(batch...), datagram(done(0))}}
	s := fakeSource(b, Options{}, conn, nil)
	b.ReportAllocs()
	for b.Loop() {
		conn.at = 0
		n := 0
		for range s.NATSessions(context.Background()) {
			n++
		}
		if n != rows {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
