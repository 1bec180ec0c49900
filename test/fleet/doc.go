// Package fleet loads a made-up fleet and this host into a real PostgreSQL with
// contrib/fleet, and compares its queries with what the fleet is made of.
package fleet
