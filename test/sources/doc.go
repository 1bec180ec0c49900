// Package sources tests the fallback sources of tables: each is read from its second
// source if the first is not available. It has only tests.
package sources
