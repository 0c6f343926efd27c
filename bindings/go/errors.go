// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Error is what the library says when something goes wrong. errors.Is(err, falcoir.ErrLimit) asks for a kind of it.
type Error struct {
	Code    int    // negative; Name is its name
	Message string // one sentence
	Origin  string // which input, where there is one to name
	Line    int    // from 1; 0: no place to name
	Column  int
	Offset  int64
	Err     error // what is behind it, if it is an error of Go's
}

// Name is the code's name, as "FIR_ELIMIT".
func (e *Error) Name() string { return codeName(e.Code) }

func (e *Error) Error() string {
	place := ""
	if e.Origin != "" {
		place = e.Origin + ":"
	}
	if e.Line != 0 {
		place += fmt.Sprintf("%d:%d:", e.Line, e.Column)
	}
	if place != "" {
		place += " "
	}
	if e.Message == "" {
		return place + e.Name()
	}
	return place + e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Is says whether target is the kind of error that e is.
func (e *Error) Is(target error) bool {
	k, ok := target.(kind)
	return ok && int(k) == e.Code
}

// kind is a code as an error to compare with.
type kind int

func (k kind) Error() string { return codeName(int(k)) }

// Kinds of errors, by what a caller can do.
const (
	ErrMemory      kind = -1  // memory ran out; nothing was lost, try again
	ErrInvalid     kind = -2  // the call is wrong
	ErrLimit       kind = -3  // a limit was hit; the message names it
	ErrParse       kind = -4  // the input is not what it should be
	ErrCompile     kind = -5  // a condition, template or playbook does not compile
	ErrType        kind = -6  // a value does not fit where it should go
	ErrNotFound    kind = -7  // there is no such thing
	ErrAgain       kind = -8  // not now: the queue is full, nothing was taken
	ErrBusy        kind = -9  // somebody else polls
	ErrState       kind = -10 // not in a state for this call
	ErrTimeout     kind = -11 // a deadline passed
	ErrCancelled   kind = -12 // it was cancelled
	ErrCallback    kind = -13 // a function of the host failed
	ErrDenied      kind = -14 // a guard or the configuration forbids it
	ErrAction      kind = -15 // an action failed
	ErrTransport   kind = -16 // the network or TLS failed
	ErrIO          kind = -17 // a file or the store failed
	ErrUnsupported kind = -18 // this build or version cannot do it
	ErrVersion     kind = -19 // header and library do not fit together
	ErrInternal    kind = -20 // a bug of the library's
)

// ErrClosed says that an object was used after Close.
var ErrClosed error = &Error{Code: int(ErrState), Message: "it is closed"}

// Diagnostic is one thing that is wrong with a playbook, or may be.
type Diagnostic struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"` // error, warning
	Code     string `json:"code"`
	Message  string `json:"message"`
	Hint     string `json:"hint"`
}

func (d Diagnostic) String() string {
	text := fmt.Sprintf("%s:%d:%d: %s: %s [%s]", d.File, d.Line, d.Column, d.Severity, d.Message, d.Code)
	if d.Hint != "" {
		text += "\n  " + d.Hint
	}
	return text
}

// CompileError is a playbook that does not compile, with all that is wrong in it, warnings too.
type CompileError struct {
	Diagnostics []Diagnostic
	err         error
}

func (e *CompileError) Error() string {
	lines := make([]string, len(e.Diagnostics))
	for i, d := range e.Diagnostics {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

func (e *CompileError) Unwrap() error { return e.err }

// Refused is an alert that could not be read, and why.
type Refused struct {
	Line    int
	Column  int
	Code    string
	Message string
}

// RefusedError says that some alerts of a batch could not be read. The others were.
type RefusedError struct{ Refused []Refused }

func (e *RefusedError) Error() string {
	first := e.Refused[0]
	return fmt.Sprintf("%d alerts could not be read, the first at line %d: %s", len(e.Refused), first.Line, first.Message)
}

// Is makes errors.Is(err, ErrParse) true.
func (e *RefusedError) Is(target error) bool { return target == ErrParse }

// PanicError is a panic of a host's action.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

// Final makes an error of an action one that another attempt cannot help.
func Final(err error) error { return finalError{err} }

func isFinal(err error) bool {
	var f finalError
	return errors.As(err, &f)
}

func diagnosticsOf(raw []byte) []Diagnostic {
	var all []Diagnostic
	_ = json.Unmarshal(raw, &all)
	return all
}
