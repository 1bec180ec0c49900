// Package schema is the one JSON form of the model: what a snapshot stores and
// what JSON output prints. docs/json.md documents every field, and
// docs/netstat.schema.json is the same for machines.
//
// Appenders write compact objects: no reflection, no allocation, so that a
// million rows stream. A [Reader] reads them back, field for field. What a
// value does not have (an empty text, a fact that was not asked for or that
// the system does not keep) is left out of its object, and not written as 0.
//
// Text is exact. A JSON string cannot hold bytes that are not UTF-8: they show
// as U+FFFD there, and a second field, whose name ends in "_bytes", has all
// bytes of the text in base64. Characters that act on a terminal are escaped.
//
// The package knows neither files nor command lines.
package schema

// Name is the value of the field "schema" of every document.
const Name = "netstat"

// Version is the version of the form that this package writes, and the newest
// that it reads. New fields do not raise it: readers pass over what they do not
// know. A field that goes or changes its meaning does.
const Version = 1
