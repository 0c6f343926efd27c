// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"bytes"
	"encoding/json"
	"strconv"
	"sync"
)

// EventRef says which alert a plan or an outcome is about.
type EventRef struct {
	ID       string `json:"id"`
	Rule     string `json:"rule"`
	Source   string `json:"source"`
	Priority string `json:"priority"`
	Time     string `json:"time"`
}

// Node is a parameter of a planned step: V where the value is known, else Raw says what it waits for (docs/plan.md).
type Node struct {
	V   any
	Raw json.RawMessage
}

// UnmarshalJSON keeps the text, and takes the value out of it.
func (n *Node) UnmarshalJSON(text []byte) error {
	n.Raw = append(json.RawMessage(nil), text...)
	var known struct{ V any }
	err := json.Unmarshal(text, &known)
	n.V = known.V
	return err
}

// StepError is why a step cannot be done.
type StepError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Step is one action of a plan.
type Step struct {
	Step       string          `json:"step"`
	ActionID   string          `json:"action_id"`
	Name       string          `json:"name"`
	Use        string          `json:"use"`
	Target     json.RawMessage `json:"target"`
	Parameters map[string]Node `json:"parameters"`
	When       string          `json:"when"`
	Error      *StepError      `json:"error"`
}

// PlannedRule is a rule that matched: what stands before its steps (Gate), and the steps.
type PlannedRule struct {
	Rule      string          `json:"rule"`
	Urgency   string          `json:"urgency"`
	DryRun    bool            `json:"dry_run"`
	Undecided bool            `json:"undecided"`
	Gate      json.RawMessage `json:"gate"`
	Steps     []Step          `json:"steps"`
	OnFailure []Step          `json:"on_failure"`
	Notify    []Step          `json:"notify"`
}

// Observed is a rule whose sequence an alert only feeds.
type Observed struct {
	Rule string            `json:"rule"`
	Item int               `json:"item"`
	Key  []json.RawMessage `json:"key"`
}

type planData struct {
	Event    EventRef      `json:"event"`
	Playbook string        `json:"playbook"`
	Rules    []PlannedRule `json:"rules"`
	Observed []Observed    `json:"observed"`
}

type planState struct {
	once sync.Once
	data planData
}

// Plan is what will be done for one alert.
type Plan struct {
	Line  int    // of the batch, from 1
	JSON  []byte // canonical: the same bytes from every machine and binding
	state *planState
}

func newPlan(line int, text []byte) Plan { return Plan{Line: line, JSON: text, state: &planState{}} }

// read takes the text apart when somebody first asks: most plans of a batch are only passed on.
func (p Plan) read() *planData {
	if p.state == nil {
		return &planData{}
	}
	p.state.once.Do(func() { _ = json.Unmarshal(p.JSON, &p.state.data) })
	return &p.state.data
}

// Event is the alert.
func (p Plan) Event() EventRef { return p.read().Event }

// Playbook is the digest of the playbook that planned.
func (p Plan) Playbook() string { return p.read().Playbook }

// Rules are the rules that matched.
func (p Plan) Rules() []PlannedRule { return p.read().Rules }

// Observed are the rules whose sequence this alert only feeds.
func (p Plan) Observed() []Observed { return p.read().Observed }

// Steps are all steps of all rules, in order.
func (p Plan) Steps() []Step {
	var all []Step
	for _, rule := range p.Rules() {
		all = append(all, rule.Steps...)
	}
	return all
}

var errorLine, lineKey = []byte(`{"error":`), []byte(`{"line":`)

// plansOf splits what a batch gave. The plans share its bytes.
func plansOf(batch []byte) ([]Plan, error) {
	var plans []Plan
	var refused []Refused
	for len(batch) != 0 {
		end := bytes.IndexByte(batch, '\n')
		if end < 0 {
			end = len(batch) - 1
		}
		line := batch[:end]
		batch = batch[end+1:]
		if bytes.HasPrefix(line, errorLine) {
			refused = append(refused, refusedOf(line))
			continue
		}
		comma := bytes.IndexByte(line, ',')
		number, err := strconv.Atoi(string(line[len(lineKey):comma]))
		if err != nil {
			return nil, err
		}
		line[comma] = '{' // {"line":N,"event":… without its line
		plans = append(plans, newPlan(number, line[comma:len(line):len(line)]))
	}
	if refused != nil {
		return plans, &RefusedError{refused}
	}
	return plans, nil
}

func refusedOf(line []byte) Refused {
	var data struct {
		Line  int
		Error struct {
			Code, Message string
			Column        int
		}
	}
	_ = json.Unmarshal(line, &data)
	return Refused{data.Line, data.Error.Column, data.Error.Code, data.Error.Message}
}
