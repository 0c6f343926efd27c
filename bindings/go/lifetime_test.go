// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	many = 100_000
	room = 16 << 20 // bytes that the heaps of a process may wobble by
)

// costly is how many there are of what takes a millisecond each.
func costly() int {
	if os.Getenv("FALCOIR_TEST_LONG") != "" {
		return many
	}
	return many / 10
}

// resident is the memory of this process.
func resident(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("there is no /proc")
	}
	pages, _ := strconv.Atoi(strings.Fields(string(text))[1])
	return pages * os.Getpagesize()
}

// steady makes and drops many of something, and memory stays where it was.
func steady(t *testing.T, count int, make func(i int)) {
	t.Helper()
	if testing.Short() {
		count /= 20
	}
	settle := func() int {
		for i := 0; i < 3; i++ { // finalizers run between collections
			runtime.GC()
			time.Sleep(10 * time.Millisecond)
		}
		return resident(t)
	}
	for i := 0; i < count/10; i++ {
		make(i)
	}
	grown := room + 1
	for try := 0; try < 2 && grown > room; try++ { // what finalizers were late for is used again; a leak grows again
		before := settle()
		for i := 0; i < count; i++ {
			make(i)
		}
		grown = settle() - before
	}
	if grown > room {
		t.Errorf("%d bytes more after %d", grown, count)
	}
}

func TestMemoryOfEvents(t *testing.T) {
	raw := alertOf(1)
	steady(t, many, func(i int) {
		e := must(NewEvent(raw))(t)
		if i%2 == 0 {
			e.Close()
		}
	})
}

func TestMemoryOfConditionsAndTemplates(t *testing.T) {
	steady(t, many, func(i int) {
		c := must(CompileCondition("proc.name in (l)", List("l", "bash", "sh")))(t)
		template := must(CompileTemplate("{{proc.name}}", SyntaxFalcoir, SinkText))(t)
		if i%2 == 0 {
			c.Close()
			template.Close()
		}
	})
}

func TestMemoryOfPlaybooksAndEngines(t *testing.T) {
	steady(t, costly(), func(i int) {
		p := must(ParsePlaybook("p", tickets, WithTypes(ticketType)))(t)
		must(p.Plan(alertOf(i)))(t)
		e := must(NewEngine(p, nil))(t)
		if err := e.RegisterAction("ticket:open", nothingToDo); err != nil {
			t.Fatal(err)
		}
		if i%4 == 0 {
			must(e.Submit(alertOf(i)))(t)
			finished(t, e)
		}
		if i%2 == 0 {
			p.Close()
			e.Close()
		}
	})
}

func TestMemoryOfFailures(t *testing.T) {
	steady(t, many/4, func(int) {
		_, err1 := NewEvent([]byte("{"))
		_, err2 := CompileCondition("a =")
		_, err3 := ParsePlaybook("p", "- rule: x\n")
		if err1 == nil || err2 == nil || err3 == nil {
			t.Fatal("they are wrong")
		}
	})
}

func TestMemoryOfActions(t *testing.T) {
	n := 0
	e := engineOf(t, once, func(context.Context, Call) (Result, error) {
		if n++; n%100 == 0 { // each is a dead letter, which the engine keeps
			return Result{}, errors.New("some of them fail")
		}
		return Result{Output: "T-1"}, nil
	}, &EngineOptions{MaxOutcomes: 100})
	steady(t, many/100, func(i int) {
		var all []byte
		for k := 0; k < 10; k++ {
			all = append(all, alertOf(i*10+k)...)
		}
		must(e.Submit(all))(t)
		finished(t, e)
		e.host.mu.Lock()
		e.host.errs = map[string]error{} // kept for their outcomes, 10,000 at most
		e.host.mu.Unlock()
	})
}

// hammer collects garbage as fast as it can until stop is called.
func hammer() (stop func()) {
	over := make(chan bool)
	var ended sync.WaitGroup
	ended.Add(1)
	go func() {
		defer ended.Done()
		for {
			select {
			case <-over:
				return
			default:
				runtime.GC()
			}
		}
	}()
	return func() { close(over); ended.Wait() }
}

func TestCollectorBesideEverything(t *testing.T) {
	defer hammer()()
	alerts := alertsOf(t)
	var all sync.WaitGroup
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			for k := 0; k < 30; k++ {
				// Nothing is kept by a variable: what is in use must keep itself.
				p := must(ParsePlaybook("p", once, WithTypes(ticketType)))(t)
				if plans := must(p.Plan(alerts))(t); len(plans) == 0 {
					t.Error("no plans")
				}
				if ok := must(must(CompileCondition("proc.name in (l)", List("l", "bash")))(t).Matches(eventOf(t, alertOf(k))))(t); !ok {
					t.Error("no match")
				}
				e := must(NewEngine(p, nil))(t)
				_ = e.RegisterAction("ticket:open", func(_ context.Context, c Call) (Result, error) {
					return Result{Output: fmt.Sprint(c.Attempt, string(c.Event))}, nil
				})
				must(e.Submit(alertOf(k)))(t)
				if o := finished(t, e); len(o) != 1 || o[0].Status != "succeeded" {
					t.Errorf("%+v", o)
				}
			}
		}(i)
	}
	all.Wait()
}

func TestOnePlaybookForAll(t *testing.T) {
	p := must(LoadPlaybook(source("examples", "playbooks", "quickstart.yaml")))(t)
	alerts := alertsOf(t)
	wanted := must(p.PlanJSON(alerts))(t)
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for k := 0; k < 100; k++ {
				if got, err := p.PlanJSON(alerts); err != nil || !bytes.Equal(got, wanted) {
					t.Error("another plan", err)
				}
			}
		}()
	}
	all.Wait()
}

func TestClosedUnderItsUsers(t *testing.T) {
	for i := 0; i < 30; i++ {
		event := eventOf(t, alertOf(i))
		c := must(CompileCondition("proc.name = bash"))(t)
		e := engineOf(t, tickets, nothingToDo, nil)
		var all sync.WaitGroup
		for k := 0; k < 4; k++ {
			all.Add(1)
			go func(k int) {
				defer all.Done()
				for n := 0; n < 20; n++ {
					if ok, err := c.Matches(event); !ok && !errors.Is(err, ErrClosed) {
						t.Error(ok, err)
					}
					if _, err := e.Submit(alertOf(n)); err != nil && !errors.Is(err, ErrClosed) {
						t.Error(err)
					}
					if _, err := e.Poll(context.Background(), 0); err != nil && !errors.Is(err, ErrClosed) && !errors.Is(err, ErrBusy) {
						t.Error(err)
					}
					if k == 0 && n == 10 {
						event.Close()
						c.Close()
						e.Close()
					}
				}
			}(k)
		}
		all.Wait()
	}
}
