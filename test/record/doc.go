// Package record runs --record with the whole program: killed at random moments, on a full
// disk, interrupted.
package record
