// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Result is what an action gives.
type Result struct {
	Output   string          // what later steps see as {{steps.ID.output}}
	Record   json.RawMessage // of Prepare: what Verify and Undo need, without secrets
	verified int
}

// VerifyFunc says after a crash whether an action was done. An error: that cannot be known.
type VerifyFunc func(ctx context.Context, call Call) (done bool, err error)

// Action are the functions of an action type. Act is required.
type Action struct {
	Act     ActionFunc
	Prepare ActionFunc // before each attempt: finds out what will be acted on, and has no effect
	Verify  VerifyFunc // after a crash
	Undo    ActionFunc // from Call.Recorded, never from the alert
	// Blocks: the functions may take long. Several run at once then, on threads of the engine's, which wants Start; Call.Do is not for
	// them.
	Blocks bool
}

const (
	stepAct = iota // as shim.h counts them
	stepPrepare
	stepVerify
	stepUndo
	steps
)

// C's FIR_VERIFY_*.
const (
	verifyUnknown = iota
	verifyDone
	verifyNotDone
)

func (a Action) functions() (all [steps]ActionFunc) {
	all[stepAct], all[stepPrepare], all[stepUndo] = a.Act, a.Prepare, a.Undo
	if a.Verify != nil {
		all[stepVerify] = func(ctx context.Context, call Call) (Result, error) {
			done, err := a.Verify(ctx, call)
			switch {
			case err != nil:
				return Result{}, err
			case done:
				return Result{verified: verifyDone}, nil
			}
			return Result{verified: verifyNotDone}, nil
		}
	}
	return all
}

// ActionFunc is the function behind an action type. An error is a failed outcome with its text; so is a panic. Final(err) says that
// another attempt cannot help. ctx ends with the attempt, or with the engine.
type ActionFunc func(ctx context.Context, call Call) (Result, error)

// Request is an HTTP request that the engine sends, by its rules for addresses and TLS, with its deadlines.
type Request struct {
	Method, URL  string
	Headers      [][2]string
	Body         []byte
	CAFile       string
	InsecureHTTP bool // plain http is allowed beyond loopback
	Internal     bool // private addresses are allowed
}

// Response is the answer to a Request.
type Response struct {
	Status  int
	Headers [][2]string
	Body    []byte
}

// Call is one attempt at one action. Parameters are rendered, and secrets in them resolved.
type Call struct {
	ActionID   string // the same at every attempt: for a receiver that recognises repeats
	Attempt    int    // from 1
	Event      []byte // the alert, canonical JSON
	Parameters map[string]json.RawMessage
	Recorded   json.RawMessage // what Prepare recorded, in an earlier attempt too; nil: nothing
	run        *run
}

// Text is a parameter that is a string; "" when it is not given or none.
func (c Call) Text(name string) string {
	var text string
	_ = json.Unmarshal(c.Parameters[name], &text)
	return text
}

// Bind reads all parameters into a struct, by its json tags.
func (c Call) Bind(into any) error {
	all, err := json.Marshal(c.Parameters)
	if err != nil {
		return err
	}
	return json.Unmarshal(all, into)
}

// Do has the engine send a request, and waits for the answer. Meanwhile the engine goes on with other actions, so this is the way to
// wait. Where no answer comes the attempt is over, ctx is done, and Do gives its error.
func (c Call) Do(ctx context.Context, r Request) (*Response, error) {
	c.run.asking.Lock()
	defer c.run.asking.Unlock()
	select {
	case c.run.wants <- r:
	case <-c.run.ctx.Done():
		return nil, c.run.ctx.Err()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select { // the engine has it: the answer is waited for, whatever the caller's ctx says
	case a := <-c.run.answers:
		return a.response, a.err
	case <-c.run.ctx.Done():
		return nil, c.run.ctx.Err()
	}
}

type answer struct {
	response *Response
	err      error
}

type ending struct {
	result Result
	err    error
}

// run is a function under way, on a goroutine of its own. The engine's thread waits for it to want a request or to end; while a
// request is out, nobody waits for the goroutine.
type run struct {
	ctx     context.Context
	cancel  context.CancelFunc
	asking  sync.Mutex
	wants   chan Request
	answers chan answer
	done    chan ending
	number  uint64
}

func startRun(ctx context.Context, f ActionFunc, call Call) *run {
	r := &run{wants: make(chan Request), answers: make(chan answer, 1), done: make(chan ending, 1)}
	r.ctx, r.cancel = context.WithCancel(ctx)
	call.run = r
	go func() {
		end := ending{err: errors.New("the action's goroutine ended itself")} // runtime.Goexit
		defer func() {
			if v := recover(); v != nil {
				end.err = &PanicError{v, debug.Stack()}
			}
			r.cancel()
			r.done <- end
		}()
		result, err := f(r.ctx, call)
		end = ending{result, err}
	}()
	return r
}

const (
	mostRuns   = 1024 // the engine itself has at most 512 requests out
	mostErrors = 10000
)

// host is what an engine needs of Go. It does not hold the Engine, so that one that nobody has is collected.
type host struct {
	ctx     context.Context
	cancel  context.CancelFunc
	log     func(level int, line []byte)
	names   []uintptr    // what C knows the actions by
	calling atomic.Int64 // functions that C is in now

	mu     sync.Mutex
	runs   map[string]*run
	errs   map[string]error
	number uint64
}

func newHost(log func(int, []byte)) *host {
	h := &host{log: log, runs: map[string]*run{}, errs: map[string]error{}}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	return h
}

func (h *host) take(key string) *run {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.runs[key]
	delete(h.runs, key)
	return r
}

func (h *host) keep(key string, r *run) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.runs) >= mostRuns {
		oldest := ""
		for k, other := range h.runs {
			if oldest == "" || other.number < h.runs[oldest].number {
				oldest = k
			}
		}
		h.runs[oldest].cancel()
		delete(h.runs, oldest)
	}
	h.number++
	r.number = h.number
	h.runs[key] = r
}

// ended forgets runs of an action whose outcome is known, and gives the error that it ended with.
func (h *host) ended(actionID string, failed bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for step := 0; step < steps; step++ {
		key := runKey(actionID, step)
		if r := h.runs[key]; r != nil {
			r.cancel()
			delete(h.runs, key)
		}
	}
	if !failed {
		return nil
	}
	return h.errs[actionID]
}

func (h *host) remember(actionID string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		delete(h.errs, actionID)
		return
	}
	for id := range h.errs {
		if len(h.errs) < mostErrors {
			break
		}
		delete(h.errs, id)
	}
	h.errs[actionID] = err
}

func runKey(actionID string, step int) string { return fmt.Sprint(step, actionID) }

// action is a registered function.
type action struct {
	host       *host
	steps      [steps]ActionFunc
	blocks     bool
	parameters []string
}
