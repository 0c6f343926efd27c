// SPDX-License-Identifier: Apache-2.0

// Package falcoir answers Falco alerts: it reads them, judges them by a playbook, plans, and acts. It is libfalcoir, a C library,
// found by pkg-config; with the build tag falcoir_static it is linked statically.
//
//	playbook, err := falcoir.LoadPlaybook("playbook.yaml")
//	plans, err := playbook.Plan(alerts)
//
// All objects may be used from any goroutine at once. Close gives an object's memory back, in any order and never under a goroutine
// that is still inside of it; what is not closed is closed by the garbage collector. docs/go.md is the guide.
package falcoir
