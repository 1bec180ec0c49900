// Package view tests the selecting, joining and ordering of package view through
// the whole library: on recorded hosts, against what their documents say, and on
// live sockets, against what was done and what ss(8) says. It has tests only.
package view
