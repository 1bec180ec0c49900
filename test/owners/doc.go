// Package owners tests peers of connections and their owners on live namespaces,
// through the whole library, and compares them with ss(8). It has only tests.
package owners
