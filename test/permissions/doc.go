// Package permissions tests which capabilities each ability of the program needs.
// docs/permissions.md has the table.
package permissions
