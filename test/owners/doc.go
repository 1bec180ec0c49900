// Package owners tests, on live namespaces, the other ends of connections and
// their owners through the whole library, beside what ss(8) says. It has tests
// only.
package owners
