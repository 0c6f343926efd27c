// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Parameter is a parameter of an action type; docs/actions.md has what its fields mean.
type Parameter struct {
	Type     string   `json:"type"` // string, integer, boolean, duration, strings, map, ranges, secret, any
	Required bool     `json:"required,omitempty"`
	Default  any      `json:"default,omitempty"`
	Choices  []string `json:"choices,omitempty"`
	Sink     string   `json:"sink,omitempty"`
	Secret   bool     `json:"secret,omitempty"`
	Target   bool     `json:"target,omitempty"`
}

// ActionType is an action type of the host's own: what a playbook may say about it.
type ActionType struct {
	Name        string               `json:"name"`   // family:action
	Effect      string               `json:"effect"` // what doing it twice means: idempotent, keyed, verifiable, unsafe, read
	Destructive bool                 `json:"destructive"`
	Notifies    bool                 `json:"notifies,omitempty"`
	Description string               `json:"description,omitempty"`
	OutputName  string               `json:"output_name,omitempty"`
	Undo        string               `json:"undo,omitempty"`
	Parameters  map[string]Parameter `json:"parameters"`
}

// File is a playbook file: its text, or with a nil Text a file to read.
type File struct {
	Name string
	Text []byte
}

// Option is an option of a playbook.
type Option func(*playbookOptions)

type playbookOptions struct {
	types  []ActionType
	before []File
}

// WithTypes adds action types of the host's own.
func WithTypes(types ...ActionType) Option {
	return func(o *playbookOptions) { o.types = append(o.types, types...) }
}

// WithFiles compiles other files before: lists and macros that the playbook uses.
func WithFiles(files ...File) Option {
	return func(o *playbookOptions) { o.before = append(o.before, files...) }
}

// Playbook is compiled playbook files. It does not change.
type Playbook struct {
	h        *handle
	catalog  *handle
	types    map[string]ActionType
	warnings []Diagnostic
}

// LoadPlaybook compiles a file. What is wrong is a *CompileError with file, line and column of everything.
func LoadPlaybook(path string, options ...Option) (*Playbook, error) {
	return compile(File{Name: path}, options)
}

// ParsePlaybook compiles a text; origin is what diagnostics call it, and relative paths in it are looked up beside it.
func ParsePlaybook(origin, text string, options ...Option) (*Playbook, error) {
	return compile(File{Name: origin, Text: append([]byte{}, text...)}, options)
}

func compile(last File, options []Option) (*Playbook, error) {
	var o playbookOptions
	for _, option := range options {
		option(&o)
	}
	catalog, err := cCatalogNew()
	if err != nil {
		return nil, err
	}
	p := &Playbook{catalog: catalog, types: map[string]ActionType{}}
	for _, t := range o.types {
		if err := p.addType(t); err != nil {
			catalog.close()
			return nil, err
		}
	}
	h, diagnostics, err := cCompile(catalog, append(o.before[:len(o.before):len(o.before)], last))
	if err != nil {
		catalog.close()
		if errors.Is(err, ErrCompile) {
			return nil, &CompileError{diagnosticsOf(diagnostics), err}
		}
		return nil, err
	}
	p.h, p.warnings = h, diagnosticsOf(diagnostics)
	return p, nil
}

func (p *Playbook) addType(t ActionType) error {
	if t.Parameters == nil {
		t.Parameters = map[string]Parameter{}
	}
	schema, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("action type %s: %w", t.Name, err)
	}
	p.types[t.Name] = t
	return cCatalogAdd(p.catalog, schema)
}

// Warnings are what was found in a playbook that compiled.
func (p *Playbook) Warnings() []Diagnostic { return p.warnings }

// PlanJSON plans all alerts of a batch, in any form, in one call: a line of JSON for each that has a plan or cannot be read. These are
// the bytes that `falcoir plan --json` prints.
func (p *Playbook) PlanJSON(alerts []byte) ([]byte, error) { return cPlanJSON(p.h, alerts) }

// Plan plans a batch of alerts; one that no rule matches has no plan. Where some cannot be read it gives the plans of the others and
// a *RefusedError.
func (p *Playbook) Plan(alerts []byte) ([]Plan, error) {
	batch, err := cPlanJSON(p.h, alerts)
	if err != nil {
		return nil, err
	}
	return plansOf(batch)
}

// SimulateJSON is PlanJSON with what the gate would say of each rule ("verdicts"): the alerts come one after another before a gate
// with no past. at is the clock at the first of them; the zero time: the alerts' own times. Nothing is done.
func (p *Playbook) SimulateJSON(alerts []byte, at time.Time) ([]byte, error) {
	ns := atAlerts
	if !at.IsZero() {
		ns = at.UnixNano()
	}
	return cSimulateJSON(p.h, alerts, ns)
}

// ExplainJSON says why each rule matches an alert or does not: the tree of its condition with the verdict of each part
// (docs/explain.md).
func (p *Playbook) ExplainJSON(e *Event) ([]byte, error) { return cExplain(p.h, e.h) }

// PlanEvent plans one alert; nil where no rule matches.
func (p *Playbook) PlanEvent(e *Event) (*Plan, error) {
	text, err := cPlanEvent(p.h, e.h)
	if text == nil || err != nil {
		return nil, err
	}
	plan := newPlan(0, text)
	return &plan, nil
}

// JSON is what the playbook holds: digest, rules in their order, outputs, tests; no secret.
func (p *Playbook) JSON() ([]byte, error) { return cPlaybookJSON(p.h) }

// ActionTypes are all types that this playbook may use, as a JSON array.
func (p *Playbook) ActionTypes() ([]byte, error) { return cCatalogJSON(p.catalog) }

// Close gives the memory back; engines that use the playbook keep it. It may be called again.
func (p *Playbook) Close() error {
	p.h.close()
	p.catalog.close()
	return nil
}
