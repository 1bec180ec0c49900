package redact

import (
	"encoding/binary"
	"encoding/hex"
	"testing"
)

// sipVectors are the hashes of the bytes 0, 1, 2, …, from one byte on, with the key 0, 1, …,
// 15: the reference vectors of SipHash-2-4, the lowest byte first.
var sipVectors = [...]string{
	"fd67dc93c539f874", "5a4fa9d909806c0d", "2d7efbd796666785", "b7877127e09427cf", "8da699cd64557618",
	"cee3fe586e46c9cb", "37d1018bf50002ab", "6224939a79f5f593", "b0e4a90bdf82009e", "f3b9dd94c5bb5d7a",
	"a7ad6b22462fb3f4", "fbe50e86bc8f1e75", "903d84c02756ea14", "eef27a8e90ca23f7", "e545be4961ca29a1",
}

func TestSipHash(t *testing.T) {
	var key Key
	for i := range key {
		key[i] = byte(i)
	}
	h := newHasher(key)
	var text []byte // what follows the first byte, the domain
	for i, want := range sipVectors {
		if got := hex.EncodeToString(binary.LittleEndian.AppendUint64(nil, h.sum(0, text))); got != want {
			t.Errorf("%d bytes: %s, want %s", i+1, got, want)
		}
		text = append(text, byte(i+1))
	}
}
