// Package limits tests the program where it may open few files, start few
// threads or use little address space: it shows what it can, says what it
// cannot, and the runtime does not end it. It has tests only.
package limits
