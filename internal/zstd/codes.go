package zstd

import "math/bits"

// code is the base and the number of extra bits of a length code.
type code struct {
	base uint32
	bits uint8
}

// literalCodes and matchCodes are the codes of the lengths of literals and matches: RFC
// 8878, section 3.1.1.3.2.1.1.
var (
	literalCodes = [36]code{
		{0, 0}, {1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}, {6, 0}, {7, 0}, {8, 0}, {9, 0}, {10, 0}, {11, 0},
		{12, 0}, {13, 0}, {14, 0}, {15, 0}, {16, 1}, {18, 1}, {20, 1}, {22, 1}, {24, 2}, {28, 2}, {32, 3},
		{40, 3}, {48, 4}, {64, 6}, {128, 7}, {256, 8}, {512, 9}, {1024, 10}, {2048, 11}, {4096, 12},
		{8192, 13}, {16384, 14}, {32768, 15}, {65536, 16},
	}
	matchCodes = [53]code{
		{3, 0}, {4, 0}, {5, 0}, {6, 0}, {7, 0}, {8, 0}, {9, 0}, {10, 0}, {11, 0}, {12, 0}, {13, 0}, {14, 0},
		{15, 0}, {16, 0}, {17, 0}, {18, 0}, {19, 0}, {20, 0}, {21, 0}, {22, 0}, {23, 0}, {24, 0}, {25, 0},
		{26, 0}, {27, 0}, {28, 0}, {29, 0}, {30, 0}, {31, 0}, {32, 0}, {33, 0}, {34, 0}, {35, 1}, {37, 1},
		{39, 1}, {41, 1}, {43, 2}, {47, 2}, {51, 3}, {59, 3}, {67, 4}, {83, 4}, {99, 5}, {131, 7}, {259, 8},
		{515, 9}, {1027, 10}, {2051, 11}, {4099, 12}, {8195, 13}, {16387, 14}, {32771, 15}, {65539, 16},
	}
)

// maxOffsetCode is the largest code of an offset: a base and a frame, or the window, have less
// than 25 bits.
const maxOffsetCode = 24

// literalCode returns the code of a length of literals.
func literalCode(n uint32) uint8 {
	if n < 16 {
		return uint8(n)
	}
	if n >= 64 {
		return uint8(bits.Len32(n)) + 18
	}
	c := uint8(16)
	for literalCodes[c+1].base <= n {
		c++
	}
	return c
}

// matchCode returns the code of the length of a match.
func matchCode(n uint32) uint8 {
	if n < 35 {
		return uint8(n - 3)
	}
	if n >= 131 {
		return uint8(bits.Len32(n-3)) + 35
	}
	c := uint8(32)
	for matchCodes[c+1].base <= n {
		c++
	}
	return c
}

// The distributions of codes that both sides know: RFC 8878, section 3.1.1.3.2.2.
var (
	literalDefault = [...]int16{
		4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
	}
	matchDefault = [...]int16{
		1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
	}
	offsetDefault = [...]int16{
		1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
	}
)

const (
	lengthDefaultLog = 6
	offsetDefaultLog = 5
	// Largest accuracy of the distributions in a block.
	lengthMaxLog = 9
	offsetMaxLog = 8
)
