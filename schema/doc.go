// Package schema is the JSON form of the model: what a snapshot stores and what JSON
// output prints. docs/json.md documents every field; docs/netstat.schema.json is the
// machine-readable schema.
//
// Appenders write compact objects without reflection or allocation, so that a million
// rows stream. A [Reader] reads them back field by field. An absent value (an empty
// text, a fact that was not requested or not supported) is omitted, not written as 0.
//
// Text is exact. A JSON string cannot hold bytes that are not UTF-8: they appear as
// U+FFFD, and a second field with the suffix "_bytes" holds all bytes of the text in
// base64. Characters that affect a terminal are escaped.
//
// The package does not handle files or command lines.
package schema

// Name is the value of the field "schema" of every document.
const Name = "netstat"

// Version is the version of the form that this package writes, and the newest that it
// reads. New fields do not increase it: readers ignore unknown fields. Removing a field
// or changing its meaning does.
const Version = 1
