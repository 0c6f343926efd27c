// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func statuses(outcomes []Outcome) string {
	var all []string
	for _, o := range outcomes {
		all = append(all, o.Status)
	}
	return strings.Join(all, " ")
}

func TestAnApproval(t *testing.T) {
	text := strings.Replace(once, "  actions:", "  require_approval: {approvers: [ann], reason_required: true}\n  actions:", 1)
	e := engineOf(t, text, nothingToDo, nil)
	must(e.Submit(append(alertOf(1), alertOf(2)...)))(t)
	asked := finished(t, e)
	if statuses(asked) != "needs_approval needs_approval" || asked[0].ActionID != "" || asked[0].Approval == "" {
		t.Fatalf("%+v", asked)
	}
	if pending := must(e.PendingJSON())(t); !bytes.Contains(pending, []byte(asked[0].Approval)) {
		t.Errorf("%s", pending)
	}
	first := asked[0].Approval
	for err, wanted := range map[error]error{
		e.Decide(first, true, "bob", "a drill"):      ErrDenied,
		e.Decide(first, true, "ann", ""):             ErrInvalid,
		e.Decide("nonsense", true, "ann", "a drill"): ErrNotFound,
		e.Decide("a\x00b", true, "ann", "a drill"):   ErrInvalid,
	} {
		if !errors.Is(err, wanted) {
			t.Error(err, wanted)
		}
	}
	if err := e.Decide(first, true, "ann", "a drill"); err != nil {
		t.Error(err)
	}
	if err := e.Decide(asked[1].Approval, false, "ann", "no drill"); err != nil {
		t.Error(err)
	}
	if got := statuses(finished(t, e)); got != "succeeded rejected" && got != "rejected succeeded" {
		t.Error(got)
	}
}

func TestTheKillSwitch(t *testing.T) {
	e := engineOf(t, once, nothingToDo, nil)
	if err := e.Pause("ann", "a fire"); err != nil {
		t.Error(err)
	}
	must(e.Submit(alertOf(1)))(t)
	if got := statuses(finished(t, e)); got != "paused" {
		t.Error(got)
	}
	if err := e.Resume("ann", ""); err != nil {
		t.Error(err)
	}
	must(e.Submit(alertOf(2)))(t)
	if got := statuses(finished(t, e)); got != "succeeded" {
		t.Error(got)
	}
}

func TestADeadLetter(t *testing.T) {
	works := false
	e := engineOf(t, once, func(context.Context, Call) (Result, error) {
		if !works {
			return Result{}, errors.New("closed")
		}
		return Result{}, nil
	}, nil)
	must(e.Submit(append(alertOf(1), alertOf(2)...)))(t)
	failed := finished(t, e)
	if statuses(failed) != "failed failed" {
		t.Fatal(statuses(failed))
	}
	works = true
	if err := e.Replay(failed[0].ActionID, "ann", ""); err != nil {
		t.Error(err)
	}
	if err := e.Discard(failed[1].ActionID, "ann", "nobody wants it"); err != nil {
		t.Error(err)
	}
	again := finished(t, e)
	if statuses(again) != "succeeded" || again[0].ActionID != failed[0].ActionID || again[0].Err != nil {
		t.Errorf("%+v", again)
	}
}

func TestUndo(t *testing.T) {
	p := must(ParsePlaybook("p", once, WithTypes(ticketType)))(t)
	e := must(NewEngine(p, nil))(t)
	defer e.Close()
	var done []string
	err := e.Register("ticket:open", Action{
		Act: func(_ context.Context, c Call) (Result, error) {
			done = append(done, "act"+string(c.Recorded))
			return Result{}, nil
		},
		Prepare: func(context.Context, Call) (Result, error) { return Result{Record: []byte(`{"was":"closed"}`)}, nil },
		Undo: func(_ context.Context, c Call) (Result, error) {
			done = append(done, "undo"+string(c.Recorded))
			return Result{}, nil
		},
		Verify: func(context.Context, Call) (bool, error) { return true, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	must(e.Submit(alertOf(1)))(t)
	outcomes := finished(t, e)
	if err := e.Undo(outcomes[0].ActionID, "ann", "a mistake"); err != nil {
		t.Error(err)
	}
	if got := statuses(finished(t, e)); got != "undone" {
		t.Error(got)
	}
	if got := fmt.Sprint(done); got != `[act{"was":"closed"} undo{"was":"closed"}]` {
		t.Error(got)
	}
}

func TestFeedbackMetricsAndOthers(t *testing.T) {
	e := engineOf(t, once, nothingToDo, nil)
	event := eventOf(t, alertOf(1))
	if err := e.SubmitEvent(event); err != nil {
		t.Error(err)
	}
	if r := must(e.Submit(must(event.JSON())(t)))(t); r[0].Status != "duplicate" {
		t.Error(r)
	}
	for _, o := range finished(t, e) {
		if o.ActionID != "" {
			if err := e.Feedback(o.ActionID, false, "ann", "a drill"); err != nil {
				t.Error(err)
			}
		}
	}
	if err := e.Feedback("nonsense", true, "ann", ""); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if err := e.Cancel("nonsense", "ann", ""); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if text := must(e.Metrics())(t); !strings.Contains(text, "falcoir_") {
		t.Error(text)
	}
}

func TestFunctionsThatBlockRunTogether(t *testing.T) {
	p := must(ParsePlaybook("p", once, WithTypes(ticketType)))(t)
	e := must(NewEngine(p, nil))(t)
	defer e.Close()
	var both sync.WaitGroup
	both.Add(2)
	err := e.Register("ticket:open", Action{Blocks: true, Act: func(ctx context.Context, c Call) (Result, error) {
		both.Done()
		both.Wait()
		_, err := c.Do(ctx, Request{Method: "GET", URL: "http://127.0.0.1:1/"})
		if !errors.Is(err, ErrUnsupported) {
			return Result{}, errors.New("it may not ask")
		}
		return Result{}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	must(e.Submit(append(alertOf(1), alertOf(2)...)))(t)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var seen []Outcome
	for len(seen) < 2 && ctx.Err() == nil {
		more, _ := e.Outcomes(ctx)
		seen = append(seen, more...)
	}
	if statuses(seen) != "succeeded succeeded" {
		t.Errorf("%+v", seen)
	}
	if err := e.Stop(time.Second); err != nil {
		t.Error(err)
	}
}

func TestAnActionMayCloseItsEngine(t *testing.T) {
	var e *Engine
	closed := make(chan error, 1)
	e = engineOf(t, once, func(context.Context, Call) (Result, error) { closed <- e.Close(); return Result{}, nil }, nil)
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	must(e.Submit(alertOf(1)))(t)
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it hangs")
	}
	for i := 0; i < 200; i++ {
		if _, err := e.OutcomesAfter(0); errors.Is(err, ErrClosed) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("it is not closed")
}
