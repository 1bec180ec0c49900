// Package differential compares this project's netstat with net-tools 2.10's,
// byte for byte, in a network of its own. It has only tests, and only for
// Linux; README.md tells how to run them.
package differential
