// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"encoding/json"
	"strings"
)

type conditionList struct {
	name  string
	items []string
}

type fieldType struct {
	name, kind string
	list       bool
}

type conditionOptions struct {
	macros     [][2]string
	lists      []conditionList
	types      []fieldType
	regexSteps uint32
	maxDepth   uint32
}

// ConditionOption is a macro, a list or a type that a condition may use; each sees those before it.
type ConditionOption func(*conditionOptions)

// Macro names a condition.
func Macro(name, condition string) ConditionOption {
	return func(o *conditionOptions) { o.macros = append(o.macros, [2]string{name, condition}) }
}

// List names a list of values.
func List(name string, items ...string) ConditionOption {
	return func(o *conditionOptions) { o.lists = append(o.lists, conditionList{name, items}) }
}

// FieldType gives the type of a field that Falco's table does not have, as "UINT64" or "LIST(CHARBUF)".
func FieldType(name, kind string) ConditionOption {
	list := strings.HasPrefix(kind, "LIST(") && strings.HasSuffix(kind, ")")
	if list {
		kind = kind[len("LIST(") : len(kind)-1]
	}
	return func(o *conditionOptions) { o.types = append(o.types, fieldType{name, kind, list}) }
}

// RegexSteps bounds one regular expression on one value.
func RegexSteps(n uint32) ConditionOption { return func(o *conditionOptions) { o.regexSteps = n } }

// MaxDepth bounds parentheses and transformers.
func MaxDepth(n uint32) ConditionOption { return func(o *conditionOptions) { o.maxDepth = n } }

// Condition is a condition in Falco's language, alone.
type Condition struct{ h *handle }

// CompileCondition compiles one: CompileCondition("proc.name in (bash, sh)").
func CompileCondition(text string, options ...ConditionOption) (*Condition, error) {
	var o conditionOptions
	for _, option := range options {
		option(&o)
	}
	h, err := cConditionNew(text, &o)
	if err != nil {
		return nil, err
	}
	return &Condition{h}, nil
}

// Matches says whether an alert matches. A regular expression that hit its step limit is an error (ErrLimit): it is neither.
func (c *Condition) Matches(e *Event) (bool, error) {
	verdict, err := cConditionEval(c.h, e.h)
	if err == nil && verdict == 2 {
		err = &Error{Code: int(ErrLimit), Message: "a regular expression hit its step limit, so the condition is undecided"}
	}
	return err == nil && verdict == 1, err
}

// Warnings are what is allowed and seldom meant, in order of place.
func (c *Condition) Warnings() ([]Diagnostic, error) {
	raw, err := cConditionWarnings(c.h)
	if err != nil {
		return nil, err
	}
	all := diagnosticsOf(raw)
	for i := range all {
		all[i].Severity = "warning"
	}
	return all, nil
}

// String is the condition with macros and lists expanded; compiling that gives the same verdicts.
func (c *Condition) String() string {
	text, _ := cConditionString(c.h)
	return string(text)
}

// Close gives the memory back. It may be called again.
func (c *Condition) Close() error { c.h.close(); return nil }

// Field is one of Falco's fields, as conditions know it.
type Field struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	List     bool   `json:"list"`
	Argument string `json:"argument"`
	Class    string `json:"class"`
	Sources  string `json:"sources"`
}

// Fields are all of them, in order of name.
func Fields() ([]Field, error) {
	raw, err := cFieldsJSON()
	if err != nil {
		return nil, err
	}
	var all []Field
	return all, json.Unmarshal(raw, &all)
}

// Syntax is how a template is written.
type Syntax int32

// Syntaxes.
const (
	SyntaxFalcoir Syntax = 0
	SyntaxFalco   Syntax = 1
	SyntaxTalon   Syntax = 2
)

// Sink is where a rendered value goes; it decides how values are escaped.
type Sink int32

// Sinks.
const (
	SinkText     Sink = 0
	SinkJSON     Sink = 1
	SinkURL      Sink = 2
	SinkHeader   Sink = 3
	SinkForm     Sink = 4
	SinkArgv     Sink = 5
	SinkK8sName  Sink = 6
	SinkK8sLabel Sink = 7
	SinkSlack    Sink = 8
	SinkHTML     Sink = 9
	SinkMarkdown Sink = 10
	SinkRaw      Sink = 11
)

// Template is a template, alone.
type Template struct{ h *handle }

// CompileTemplate compiles one: CompileTemplate("{{proc.cmdline}}", falcoir.SyntaxFalcoir, falcoir.SinkJSON).
func CompileTemplate(text string, syntax Syntax, sink Sink) (*Template, error) {
	h, err := cTemplateNew(text, syntax, sink)
	if err != nil {
		return nil, err
	}
	return &Template{h}, nil
}

// Render renders it for an alert.
func (t *Template) Render(e *Event) (string, error) {
	out, err := cTemplateRender(t.h, e.h)
	return string(out), err
}

// Close gives the memory back. It may be called again.
func (t *Template) Close() error { t.h.close(); return nil }
