// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// source is the tree: two folders up, or where FALCOIR_SOURCE says.
func source(path ...string) string {
	root := os.Getenv("FALCOIR_SOURCE")
	if root == "" {
		root = filepath.Join("..", "..")
	}
	return filepath.Join(append([]string{root}, path...)...)
}

func fileOf(t testing.TB, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(source(path...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func alertsOf(t testing.TB) []byte { return fileOf(t, "examples", "alerts", "falco.ndjson") }

// eachLine calls f with each line of a file of tests/conformance, read into a fresh T.
func eachLine[T any](t *testing.T, name string, f func(n int, c T)) {
	t.Helper()
	scanner := bufio.NewScanner(bytes.NewReader(fileOf(t, "tests", "conformance", name)))
	scanner.Buffer(nil, 1<<24)
	n := 0
	for scanner.Scan() {
		n++
		var c T
		if err := json.Unmarshal(scanner.Bytes(), &c); err != nil {
			t.Fatalf("%s:%d: %v", name, n, err)
		}
		f(n, c)
	}
	if n == 0 {
		t.Fatalf("%s has no lines", name)
	}
}

func alertWith(priority string, pid int) []byte {
	text, _ := json.Marshal(map[string]any{
		"hostname": "node-3", "output": "A shell", "priority": priority, "rule": "Terminal shell in container", "source": "syscall",
		"tags": []string{"shell", "T1059"},
		"time": time.Now().UTC().Format("2006-01-02T15:04:05.000000000Z"), // an engine goes by the clock
		"output_fields": map[string]any{"proc.name": "bash", "proc.cmdline": "bash -i", "k8s.ns.name": "prod-web", "proc.pid": pid,
			"container.id": nil, "evt.num": uint64(1<<64 - 1), "ka.user.groups": []string{"a", "b"}, "evt.failed": true, "thread.cpu": 2.5},
	})
	return append(text, '\n')
}

func alertOf(pid int) []byte { return alertWith("Warning", pid) }

func eventOf(t testing.TB, data []byte) *Event {
	t.Helper()
	return must(NewEvent(data))(t)
}

// must is for what cannot fail in a test: must(f())(t).
func must[T any](value T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

var ticketType = ActionType{Name: "ticket:open", Effect: "keyed",
	Parameters: map[string]Parameter{"queue": {Type: "string", Required: true}}}

const (
	tickets = `
- rule: Tickets
  condition: priority >= Warning
  actions:
    - {action: ticket, use: 'ticket:open', parameters: {queue: soc}}
`
	once = `
- rule: Tickets
  condition: priority >= Warning
  actions:
    - {action: ticket, use: 'ticket:open', parameters: {queue: soc}, retry: {attempts: 1}}
`
)

func engineOf(t testing.TB, text string, act ActionFunc, options *EngineOptions) *Engine {
	t.Helper()
	p := must(ParsePlaybook("playbook.yaml", text, WithTypes(ticketType)))(t)
	defer p.Close()
	e := must(NewEngine(p, options))(t)
	if err := e.RegisterAction("ticket:open", act); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// finished are all outcomes until nothing is left to do.
func finished(t testing.TB, e *Engine) []Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	var all []Outcome
	for {
		more, err := e.Outcomes(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(more) == 0 {
			return all
		}
		all = append(all, more...)
	}
}
