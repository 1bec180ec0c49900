// Package view tests selecting, joining and ordering through the whole library: on
// snapshots, against the contents of their documents, and on live sockets, against what
// was done and the output of ss(8). It has only tests.
package view
