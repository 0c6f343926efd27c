// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

type deskError struct{ text string }

func (e *deskError) Error() string { return e.text }

// outcomeOf is what becomes of one alert whose only action is a function.
func outcomeOf(t *testing.T, text string, act ActionFunc) Outcome {
	t.Helper()
	e := engineOf(t, text, act, nil)
	if r := must(e.Submit(alertOf(1)))(t); len(r) != 1 || r[0].Status != "accepted" {
		t.Fatal(r)
	}
	outcomes := finished(t, e)
	if len(outcomes) != 1 {
		t.Fatal(outcomes)
	}
	return outcomes[0]
}

func TestACallTellsWhatToDo(t *testing.T) {
	var seen []any
	o := outcomeOf(t, tickets, func(ctx context.Context, c Call) (Result, error) {
		var p struct{ Queue string }
		seen = []any{c.Bind(&p), p.Queue, c.Text("queue"), c.Text("nothing"), c.Attempt, len(c.ActionID), bytes.Contains(c.Event, []byte("Terminal"))}
		return Result{Output: "T-1"}, nil
	})
	if !reflect.DeepEqual(seen, []any{nil, "soc", "soc", "", 1, 64, true}) {
		t.Error(seen)
	}
	if o.Status != "succeeded" || o.Use != "ticket:open" || o.Rule != "Tickets" || o.Attempts != 1 || o.Err != nil || o.Event.Rule != "Terminal shell in container" {
		t.Errorf("%+v", o)
	}
}

func TestAnErrorIsAFailedOutcomeAndComesBack(t *testing.T) {
	closed := &deskError{"the desk is closed"}
	o := outcomeOf(t, once, func(context.Context, Call) (Result, error) { return Result{}, fmt.Errorf("ticket: %w", closed) })
	var desk *deskError
	var own *Error
	if o.Status != "failed" || o.Error.Code != "FIR_ECALLBACK" || o.Error.Message != "ticket: the desk is closed" {
		t.Errorf("%+v", o.Error)
	}
	if !errors.As(o.Err, &desk) || desk != closed || !errors.As(o.Err, &own) || !errors.Is(o.Err, ErrCallback) {
		t.Errorf("%#v", o.Err)
	}
}

type rude struct{}

func (rude) Error() string { panic("no text") }

func TestNoWayOutIsASuccess(t *testing.T) {
	closed := &deskError{"closed"}
	for name, act := range map[string]ActionFunc{
		"panic with an error": func(context.Context, Call) (Result, error) { panic(closed) },
		"panic with nil map":  func(context.Context, Call) (Result, error) { var m map[string]int; m["a"] = 1; return Result{}, nil },
		"panic with a text":   func(context.Context, Call) (Result, error) { panic("closed") },
		"Goexit":              func(context.Context, Call) (Result, error) { runtime.Goexit(); return Result{}, nil },
		"a rude error":        func(context.Context, Call) (Result, error) { return Result{}, rude{} },
		"a rude panic":        func(context.Context, Call) (Result, error) { panic(rude{}) },
	} {
		o := outcomeOf(t, once, act)
		if o.Status != "failed" || o.Error == nil || o.Err == nil {
			t.Errorf("%s: %+v", name, o)
		}
		var p *PanicError
		if strings.HasPrefix(name, "panic") && (!errors.As(o.Err, &p) || len(p.Stack) == 0) {
			t.Errorf("%s: %v", name, o.Err)
		}
		if name == "panic with an error" && !errors.Is(o.Err, closed) {
			t.Errorf("%s: %v", name, o.Err)
		}
	}
}

func TestItIsTriedAgainUnlessFinal(t *testing.T) {
	o := outcomeOf(t, tickets, func(_ context.Context, c Call) (Result, error) {
		if c.Attempt == 1 {
			return Result{}, &deskError{"closed"}
		}
		return Result{}, nil
	})
	if o.Status != "succeeded" || o.Attempts != 2 || o.Err != nil {
		t.Errorf("%+v", o)
	}
	o = outcomeOf(t, tickets, func(context.Context, Call) (Result, error) { return Result{}, Final(&deskError{"no such queue"}) })
	if o.Status != "failed" || o.Attempts != 1 || o.Error.Message != "no such queue" {
		t.Errorf("%+v", o)
	}
}

func TestAnActionMayNotCallTheEngine(t *testing.T) {
	var e *Engine
	var errs []error
	e = engineOf(t, tickets, func(context.Context, Call) (Result, error) {
		_, err := e.Poll(context.Background(), 0)
		errs = append(errs, err)
		return Result{}, nil
	}, nil)
	must(e.Submit(alertOf(1)))(t)
	finished(t, e)
	if len(errs) != 1 || errs[0] == nil {
		t.Error(errs)
	}
}

func TestOutputAndPrepare(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes")
	text := tickets + "    - {action: note, use: 'local:file', parameters: {path: " + path + ", line: '{{steps.ticket.output}}'}}\n"
	p := must(ParsePlaybook("p", text, WithTypes(ticketType)))(t)
	e := must(NewEngine(p, nil))(t)
	defer e.Close()
	var order []string
	err := e.Register("ticket:open", Action{
		Act: func(_ context.Context, c Call) (Result, error) {
			order = append(order, "act "+string(c.Recorded))
			return Result{Output: "T-7"}, nil
		},
		Prepare: func(context.Context, Call) (Result, error) {
			order = append(order, "prepare")
			return Result{Record: []byte(`{"old":1}`)}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	must(e.Submit(alertOf(1)))(t)
	for _, o := range finished(t, e) {
		if o.Status != "succeeded" {
			t.Errorf("%+v", o)
		}
	}
	written, _ := os.ReadFile(path)
	if string(written) != "T-7\n" || !reflect.DeepEqual(order, []string{"prepare", `act {"old":1}`}) {
		t.Errorf("%q %v", written, order)
	}
	if err := e.RegisterAction("nobody:knows", func(context.Context, Call) (Result, error) { return Result{}, nil }); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestDoGetsItsAnswers(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Kind", r.Header.Get("X-Wanted"))
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, "you said %s", body)
	}))
	defer server.Close()
	var got []string
	o := outcomeOf(t, once, func(ctx context.Context, c Call) (Result, error) {
		for _, text := range []string{"one", "two"} {
			answer, err := c.Do(ctx, Request{Method: "POST", URL: server.URL, Headers: [][2]string{{"X-Wanted", "ticket"}}, Body: []byte(text)})
			if err != nil {
				return Result{}, err
			}
			kind := ""
			for _, h := range answer.Headers {
				if strings.EqualFold(h[0], "X-Kind") {
					kind = h[1]
				}
			}
			got = append(got, fmt.Sprint(answer.Status, kind, string(answer.Body)))
		}
		return Result{}, nil
	})
	if o.Status != "succeeded" || !reflect.DeepEqual(got, []string{"201ticketyou said one", "201ticketyou said two"}) {
		t.Errorf("%+v %v", o.Error, got)
	}
	o = outcomeOf(t, once, func(ctx context.Context, c Call) (Result, error) {
		_, err := c.Do(ctx, Request{Method: "GET", URL: "http://192.0.2.1/"})
		return Result{}, err
	})
	if o.Status != "failed" || o.Error.Code != "FIR_EDENIED" {
		t.Errorf("%+v", o.Error)
	}
}

func TestManyWaitTogetherAndNoneStays(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "7") {
			c, _, _ := w.(http.Hijacker).Hijack()
			c.Close() // no answer: the attempt is over, and the goroutine hears of it
		}
	}))
	defer server.Close()
	before := runtime.NumGoroutine()
	e := engineOf(t, once, func(ctx context.Context, c Call) (Result, error) {
		_, err := c.Do(ctx, Request{Method: "GET", URL: fmt.Sprintf("%s/%c", server.URL, c.ActionID[0])})
		return Result{}, err
	}, nil)
	var all []byte
	for i := 0; i < 100; i++ {
		all = append(all, alertOf(i)...)
	}
	must(e.Submit(all))(t)
	counts := map[string]int{}
	for _, o := range finished(t, e) {
		counts[o.Status]++
	}
	if counts["succeeded"]+counts["failed"] != 100 || counts["succeeded"] == 0 || counts["failed"] == 0 {
		t.Error(counts)
	}
	e.Close()
	server.CloseClientConnections()
	for i := 0; i < 100 && runtime.NumGoroutine() > before; i++ {
		time.Sleep(20 * time.Millisecond)
	}
	if n := len(e.host.runs); n != 0 {
		t.Error(n, "functions are still under way")
	}
}

func TestReceipts(t *testing.T) {
	e := engineOf(t, tickets, func(context.Context, Call) (Result, error) { return Result{}, nil }, nil)
	receipts := must(e.Submit(append(append(alertOf(1), "{\"broken\n"...), alertWith("Debug", 2)...)))(t)
	var got []string
	for _, r := range receipts {
		got = append(got, fmt.Sprint(r.Line, r.Status, r.Error != nil))
	}
	if !reflect.DeepEqual(got, []string{"1acceptedfalse", "2refusedtrue", "3no_matchfalse"}) {
		t.Error(got)
	}
}

func TestACursorMovesOn(t *testing.T) {
	e := engineOf(t, tickets, func(context.Context, Call) (Result, error) { return Result{}, nil }, nil)
	must(e.Submit(append(alertOf(1), alertOf(2)...)))(t)
	if n := len(finished(t, e)); n != 2 {
		t.Error(n)
	}
	if again := must(e.OutcomesAfter(1))(t); len(again) != 1 || again[0].Seq != 2 {
		t.Error(again)
	}
}

func TestDryRunDispatchAndAnotherPlaybook(t *testing.T) {
	p := must(ParsePlaybook("p", tickets, WithTypes(ticketType)))(t)
	e := engineOf(t, tickets, nothingToDo, &EngineOptions{DryRun: true})
	if acts := must(e.Dispatch(p, eventOf(t, alertOf(1))))(t); !acts {
		t.Error("it has a plan")
	}
	if acts := must(e.Dispatch(p, eventOf(t, alertWith("Debug", 1))))(t); acts {
		t.Error("it has no plan")
	}
	if o := finished(t, e); len(o) != 1 || o[0].Status != "would_run" {
		t.Errorf("%+v", o)
	}
	if err := e.SetPlaybook(must(ParsePlaybook("q", ""))(t)); err != nil {
		t.Error(err)
	}
	if r := must(e.Submit(alertOf(1)))(t); r[0].Status != "no_match" {
		t.Error(r)
	}
	if _, err := NewEngine(p, &EngineOptions{AttemptTimeout: -1}); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
}

func TestAFullQueueSaysNotNow(t *testing.T) {
	e := engineOf(t, tickets, func(context.Context, Call) (Result, error) { return Result{}, nil }, &EngineOptions{MaxQueued: 1})
	if _, err := e.Submit(append(alertOf(1), alertOf(2)...)); !errors.Is(err, ErrAgain) {
		t.Error(err)
	}
	must(e.Submit(alertOf(1)))(t)
}

func TestTheLog(t *testing.T) {
	var lines []string
	e := engineOf(t, tickets, func(context.Context, Call) (Result, error) { return Result{}, nil }, &EngineOptions{Log: func(level int, line []byte) {
		lines = append(lines, fmt.Sprint(level, string(line)))
		panic("no matter")
	}})
	must(e.Submit([]byte("{\"broken\n")))(t)
	if len(lines) == 0 || !strings.Contains(lines[len(lines)-1], "refused") {
		t.Error(lines)
	}
}

func TestAContextEndsAWait(t *testing.T) {
	block := make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-block }))
	defer server.Close()
	defer close(block)
	ask := func(ctx context.Context, c Call) (Result, error) {
		_, err := c.Do(ctx, Request{Method: "GET", URL: server.URL})
		return Result{}, err
	}
	for name, wait := range map[string]func(ctx context.Context, e *Engine) error{
		"Poll": func(ctx context.Context, e *Engine) error {
			_, err := e.Poll(ctx, time.Minute)
			_, err = e.Poll(ctx, time.Minute)
			return err
		},
		"Outcomes": func(ctx context.Context, e *Engine) error { _, err := e.Outcomes(ctx); return err },
		"Run":      func(ctx context.Context, e *Engine) error { return e.Run(ctx) },
		"Outcomes beside Run": func(ctx context.Context, e *Engine) error {
			go func() { _ = e.Run(ctx) }()
			time.Sleep(10 * time.Millisecond)
			_, err := e.Outcomes(ctx)
			return err
		},
	} {
		e := engineOf(t, once, ask, nil)
		must(e.Submit(alertOf(1)))(t)
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(100*time.Millisecond, cancel)
		start := time.Now()
		if err := wait(ctx, e); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		if _, err := e.Poll(ctx, 0); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		e.Close()
	}
}

func TestRunAndManySubmitters(t *testing.T) {
	e := engineOf(t, tickets, func(context.Context, Call) (Result, error) { return Result{}, nil }, nil)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	go func() { _ = e.Run(ctx) }()
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			for k := 0; k < 50; k++ {
				_, err := e.Submit(alertOf(i*1000 + k))
				_, err2 := e.OutcomesAfter(0)
				if err != nil || err2 != nil {
					t.Error(err, err2)
				}
			}
		}(i)
	}
	seen := map[uint64]bool{}
	for len(seen) < 400 && ctx.Err() == nil {
		outcomes, err := e.Outcomes(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range outcomes {
			seen[o.Seq] = true
		}
	}
	all.Wait()
	if len(seen) != 400 {
		t.Error(len(seen))
	}
}
