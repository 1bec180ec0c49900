// Package events tests --events on live namespaces: what the program prints is compared
// with what the tests did to sockets. It has only tests.
package events
