// Package differential compares this project's netstat with net-tools 2.10's, byte for
// byte, in its own network namespace. It has only tests, and only for Linux; README.md
// explains how to run them.
package differential
