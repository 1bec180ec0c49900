// Package watch tests --watch: its screens and keys with made-up hosts, on a pseudo
// terminal and in tmux, and its rates with real traffic.
package watch
