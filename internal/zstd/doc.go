// Package zstd reads and writes Zstandard frames (RFC 8878): snapshots are long and
// repeat themselves.
//
// A [Writer] compresses fast, with a fixed effort. A [Reader] reads frames of any writer
// whose window is not larger than 8 MiB and that need no dictionary, or a text as one. Both
// use a bounded amount of memory. A [Base] compresses a text that resembles another one.
// The package builds no table before its first use, so that a program
// that does not compress pays nothing for it.
package zstd

import "errors"

const (
	magic = 0xFD2FB528
	// The magic numbers of skippable frames differ in the last four bits.
	skippableMagic = 0x184D2A50
	skippableMask  = 0xFFFFFFF0

	// maxBlock is the largest number of bytes that a block holds when decoded.
	maxBlock = 128 << 10
	// maxWindow is the largest window that a Reader accepts. RFC 8878 recommends to
	// support this size.
	maxWindow = 8 << 20
)

// Magic starts each frame with data.
const Magic = "\x28\xb5\x2f\xfd"

// The types of blocks.
const (
	blockRaw = iota
	blockRLE
	blockCompressed
)

// The types of literals.
const (
	literalsRaw = iota
	literalsRLE
	literalsCompressed
	literalsTreeless
)

// The ways to say how the codes of sequences are distributed.
const (
	modePredefined = iota
	modeRLE
	modeFSE
	modeRepeat
)

// ErrCorrupt means that the input is not a valid frame, or damaged.
var ErrCorrupt error = corruptError{}

type corruptError struct{}

func (corruptError) Error() string { return "damaged zstd data" }

// ErrWindow means that a frame needs a window larger than 8 MiB.
var ErrWindow error = windowError{}

type windowError struct{}

func (windowError) Error() string { return "zstd window larger than 8 MiB" }

// ErrDictionary means that a frame needs a dictionary.
var ErrDictionary error = dictionaryError{}

type dictionaryError struct{}

func (dictionaryError) Error() string { return "zstd frame needs a dictionary" }

func (dictionaryError) Unwrap() error { return errors.ErrUnsupported }
