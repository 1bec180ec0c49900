// Package release makes a release for few systems, in two folders, and tests what is in it:
// the bytes are the same, the packages install and leave the system as it was.
package release
