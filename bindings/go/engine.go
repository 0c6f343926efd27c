// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/cgo"
	"sort"
	"sync"
	"time"
)

// EngineOptions are an engine's. Zero means the default.
type EngineOptions struct {
	DryRun         bool          // plan, and report every step as would_run
	Env            bool          // secrets of the form {env: NAME} may be read from the environment
	AsOfAlerts     bool          // ages and cool-downs go by the alerts' own times, not the clock: for recorded alerts
	AttemptTimeout time.Duration // of one attempt; 10 s
	MaxQueued      uint64        // alerts accepted and not finished; 100,000
	MaxOutcomes    uint64        // outcomes kept; 100,000
	MaxInFlight    uint32        // requests to one host at once; 8
	DataDir        string        // where the journal is, so that what is accepted survives the process; "": the configuration's, or none
	Written        bool          // accepted means with the system, not on the disk: it survives the process, not the power
	// Log gets a JSON object for each log line; level 1 is an error, 2 a warning, 3 information. It may not call the engine.
	Log func(level int, line []byte)
}

// Engine acts on alerts by a playbook. Nothing happens by itself: Outcomes and Poll do the work, or Run does.
type Engine struct {
	h     *handle
	host  *host
	types map[string]ActionType

	mu      sync.Mutex
	cursor  uint64
	running int
}

// slice is how long a goroutine stays inside of the library: so soon it hears that its context is done.
const slice = 50 * time.Millisecond

// NewEngine makes an engine. The options may be nil.
func NewEngine(p *Playbook, options *EngineOptions) (*Engine, error) {
	if options == nil {
		options = &EngineOptions{}
	}
	if options.AttemptTimeout < 0 {
		return nil, &Error{Code: int(ErrInvalid), Message: "AttemptTimeout is negative"}
	}
	e := &Engine{host: newHost(options.Log), types: p.types}
	name := cgo.NewHandle(e.host)
	h, err := cEngineNew(options, uintptr(name), p.catalog, p.h)
	if err != nil {
		forget(uintptr(name))
		return nil, err
	}
	e.h = h
	return e, nil
}

// RegisterAction gives the function of an action type that the playbook was compiled with; before the first Submit.
func (e *Engine) RegisterAction(name string, act ActionFunc) error {
	return e.Register(name, Action{Act: act})
}

// Register is RegisterAction with the functions for more than the act itself.
func (e *Engine) Register(name string, functions Action) error {
	t, known := e.types[name]
	if !known || functions.Act == nil {
		return &Error{Code: int(ErrNotFound), Message: fmt.Sprintf("%q is no type that the playbook was compiled with, or has no function", name)}
	}
	a := &action{steps: functions.functions(), blocks: functions.Blocks}
	for parameter := range t.Parameters {
		a.parameters = append(a.parameters, parameter)
	}
	sort.Strings(a.parameters)
	return e.host.register(e.h, name, a)
}

// RuleStatus is a rule that does not simply go on, and why: cooling, below_threshold, needs_approval and others.
type RuleStatus struct {
	Rule   string `json:"rule"`
	Status string `json:"status"`
}

// Receipt is what became of one alert of Submit.
type Receipt struct {
	Line   int          `json:"line"`
	Status string       `json:"status"` // accepted, no_match, refused, stale, duplicate
	Rules  []RuleStatus `json:"rules"`
	Event  EventRef     `json:"event"`
	Error  *StepError   `json:"error"`
}

// Submit accepts one or many alerts, in any form; it returns when they are safe. ErrAgain: the queue is full, nothing was taken.
func (e *Engine) Submit(alerts []byte) ([]Receipt, error) {
	raw, err := cEngineSubmit(e.h, alerts)
	if err != nil {
		return nil, err
	}
	receipts := []Receipt{}
	for d := json.NewDecoder(bytes.NewReader(raw)); d.More(); {
		var r Receipt
		if err := d.Decode(&r); err != nil {
			return receipts, err
		}
		receipts = append(receipts, r)
	}
	return receipts, nil
}

// SubmitEvent accepts one alert that was read already, with what is known of its form.
func (e *Engine) SubmitEvent(event *Event) error { return cEngineSubmitEvent(e.h, event.h) }

// Dispatch plans one alert by a playbook and acts on that plan; false: it has none.
func (e *Engine) Dispatch(p *Playbook, event *Event) (bool, error) {
	return cEngineDispatch(e.h, p.h, event.h)
}

// SetPlaybook changes the playbook from now on; what is under way ends by the one that planned it.
func (e *Engine) SetPlaybook(p *Playbook) error { return cEngineSetPlaybook(e.h, p.h) }

// Poll does what is due, and waits at most so long for something to do. more is false when nothing is left to do at all. ErrBusy:
// another goroutine polls.
func (e *Engine) Poll(ctx context.Context, wait time.Duration) (more bool, err error) {
	if wait < 0 {
		return false, &Error{Code: int(ErrInvalid), Message: "the time to wait is negative"}
	}
	for deadline := time.Now().Add(wait); ; {
		if err := ctx.Err(); err != nil {
			return true, err
		}
		start := time.Now()
		left := deadline.Sub(start)
		if left < 0 {
			left = 0
		} else if left > slice {
			left = slice
		}
		err = cEnginePoll(e.h, int64(left))
		more = !errors.Is(err, ErrAgain)
		if err != nil && more {
			return true, err
		}
		if time.Since(start) < left || !time.Now().Before(deadline) { // something was done, or the time is over
			return more, ctx.Err()
		}
	}
}

// Start works on threads of the engine's own from now on, until Stop or Close; Poll and Run give ErrBusy meanwhile.
func (e *Engine) Start() error {
	err := cEngineStart(e.h)
	if err == nil {
		e.mu.Lock()
		e.running++
		e.mu.Unlock()
	}
	return err
}

// Stop goes on until nothing is left to do, but no longer than grace, and ends what Start began. An action may not call it.
func (e *Engine) Stop(grace time.Duration) error {
	err := cEngineStop(e.h, int64(grace))
	if err == nil {
		e.mu.Lock()
		e.running--
		e.mu.Unlock()
	}
	return err
}

// Run works until ctx is done, and returns its error; or the library's, when it cannot go on.
func (e *Engine) Run(ctx context.Context) error {
	e.mu.Lock()
	e.running++
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		e.running--
		e.mu.Unlock()
	}()
	for {
		more, err := e.Poll(ctx, time.Second)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrBusy), errors.Is(err, ErrMemory):
			time.Sleep(time.Millisecond)
		case err != nil:
			return err
		case !more:
			time.Sleep(time.Millisecond) // with nothing left Poll may return at once
		}
	}
}

// Outcome is what became of one step, or of a rule as a whole: then Step and ActionID are empty.
type Outcome struct {
	Seq      uint64          `json:"seq"`
	Event    EventRef        `json:"event"`
	Rule     string          `json:"rule"`
	Step     string          `json:"step"`
	ActionID string          `json:"action_id"`
	Use      string          `json:"use"`
	Status   string          `json:"status"`   // succeeded, failed, skipped, would_run, refused, cancelled and others: docs/engine.md
	Approval string          `json:"approval"` // of needs_approval: what Decide wants
	Attempts int             `json:"attempts"`
	Duration time.Duration   `json:"duration"`
	Response json.RawMessage `json:"response"`
	Error    *StepError      `json:"error"`
	// Err is why it failed. errors.As finds in it the error that a function of the host's own returned or panicked with, while it is
	// kept, and else *Error.
	Err error `json:"-"`
}

// Outcomes gives what became of steps since the last call. It waits for a first one until ctx is done, and works meanwhile unless Run
// does. An empty slice with a nil error: nothing is left to do.
func (e *Engine) Outcomes(ctx context.Context) ([]Outcome, error) {
	for {
		found, err := e.fetchNew(0)
		if err != nil || len(found) != 0 {
			return found, err
		}
		if err := ctx.Err(); err != nil {
			return found, err
		}
		e.mu.Lock()
		running := e.running != 0
		e.mu.Unlock()
		if !running {
			more, err := e.Poll(ctx, 0)
			if err == nil && !more {
				return e.fetchNew(0)
			}
			if found, err := e.fetchNew(0); err != nil || len(found) != 0 {
				return found, err
			}
			if err == nil {
				_, err = e.Poll(ctx, slice)
			}
			if err != nil && !errors.Is(err, ErrBusy) && ctx.Err() == nil {
				return nil, err
			}
			running = errors.Is(err, ErrBusy)
		}
		if running {
			if found, err := e.fetchNew(slice); err != nil || len(found) != 0 {
				return found, err
			}
		}
	}
}

// OutcomesAfter gives what came after outcome number after (0: from the first that is kept), without waiting. It moves no cursor.
func (e *Engine) OutcomesAfter(after uint64) ([]Outcome, error) {
	raw, _, err := cEngineOutcomes(e.h, after, 0)
	if err != nil {
		return nil, err
	}
	return e.outcomesOf(raw)
}

func (e *Engine) fetchNew(wait time.Duration) ([]Outcome, error) {
	e.mu.Lock()
	after := e.cursor
	e.mu.Unlock()
	raw, next, err := cEngineOutcomes(e.h, after, int64(wait))
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	mine := e.cursor == after // else another goroutine was faster, and has them
	if mine {
		e.cursor = next
	}
	e.mu.Unlock()
	if !mine {
		return []Outcome{}, nil
	}
	return e.outcomesOf(raw)
}

func (e *Engine) outcomesOf(raw []byte) ([]Outcome, error) {
	outcomes := []Outcome{}
	if err := json.Unmarshal(raw, &outcomes); err != nil {
		return nil, err
	}
	for i := range outcomes {
		o := &outcomes[i]
		o.Err = e.host.ended(o.ActionID, o.Status == "failed")
		if o.Status == "failed" && o.Error != nil {
			o.Err = &Error{Code: codeOf(o.Error.Code), Message: o.Error.Message, Err: o.Err}
		}
	}
	return outcomes, nil
}

func codeOf(name string) int {
	for code := int(ErrMemory); code >= int(ErrInternal); code-- {
		if codeName(code) == name {
			return code
		}
	}
	return int(ErrInternal)
}

// Close cancels what is under way and gives the memory back; a goroutine inside of the engine ends first. While an action runs, that is done
// beside it. It may be called again.
func (e *Engine) Close() error {
	e.host.cancel()
	if e.host.calling.Load() != 0 { // an action may be the caller, and freeing waits for it
		go e.h.close()
	} else {
		e.h.close()
	}
	return nil
}
