// Package stack gives the main goroutine room for the whole run.
//
// A goroutine starts with 2 KiB of stack and doubles it when it does not suffice: 4, 8, 16,
// 32 KiB. Each step copies the stack, unwinds it with tables that are not in memory yet, and
// for the first three the runtime divides 32 KiB of new memory into stacks of that size, so
// that all of its pages are touched. One step to the final size takes 20 page faults less
// than four, of 300 in a whole "netstat -tln".
//
// The package imports nothing, so that it is initialized before the packages of the standard
// library that need much stack. It is not for other goroutines.
package stack

func init() { grow(false) }

// size is what the deepest call of a report needs, with the doubling of what is asked for.
const size = 17 << 10

// grow needs size bytes of stack, none of which it uses.
//
//go:noinline
func grow(use bool) byte {
	if !use {
		return 0
	}
	var room [size]byte
	touch(&room)
	return room[0]
}

//go:noinline
func touch(room *[size]byte) { room[0] = 1 }
