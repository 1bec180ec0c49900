// Package limits tests the program where it may open few files, start few threads or
// use little address space: it shows what it can, reports what it cannot, and is not
// aborted by the runtime. It has only tests.
package limits
