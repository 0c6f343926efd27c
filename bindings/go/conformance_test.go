// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"testing"
)

// The cases of tests/conformance through Go: the same verdicts, places, texts and diagnostics as from C.

func asAlert(fields json.RawMessage) []byte {
	return []byte(`{"rule":"r","priority":"Notice","output":"o","time":"2026-07-14T09:21:33.104938271Z","output_fields":` + string(fields) + "}")
}

func startsWith(t *testing.T, n int, err error, wanted string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !strings.HasPrefix(e.Message, wanted) {
		t.Errorf("line %d: %v; wanted %q", n, err, wanted)
	}
}

func TestConditionsJudgeAsInC(t *testing.T) {
	type testCase struct {
		Expr         string
		Fields       json.RawMessage
		Types        map[string]string
		Expect, Ours any
		Stage, Error string
	}
	eachLine(t, "conditions-eval.jsonl", func(n int, c testCase) {
		var options []ConditionOption
		for name, kind := range c.Types {
			options = append(options, FieldType(name, kind))
		}
		expect := c.Expect
		if c.Ours != nil {
			expect = c.Ours
		}
		condition, err := CompileCondition(c.Expr, options...)
		wanted, judged := expect.(bool)
		if !judged {
			if !errors.Is(err, ErrParse) && !errors.Is(err, ErrCompile) {
				t.Errorf("line %d: %s: %v", n, c.Expr, err)
			} else if c.Stage == "compile" {
				startsWith(t, n, err, c.Error)
			}
			return
		}
		if err != nil {
			t.Errorf("line %d: %s: %v", n, c.Expr, err)
			return
		}
		event := eventOf(t, asAlert(c.Fields))
		got, err := condition.Matches(event)
		again := must(CompileCondition(condition.String(), options...))(t)
		same, err2 := again.Matches(event)
		if err != nil || err2 != nil || got != wanted || same != wanted {
			t.Errorf("line %d: %s: %v, %v, printed again %v, %v; wanted %v", n, c.Expr, got, err, same, err2, wanted)
		}
	})
}

func TestConditionsAreReadAsInC(t *testing.T) {
	type answer struct {
		Accept bool
		Error  string
		Pos    []int
	}
	type testCase struct {
		Expr string
		answer
		Ours *answer
	}
	eachLine(t, "conditions-parse.jsonl", func(n int, c testCase) {
		wanted := c.answer
		if c.Ours != nil {
			wanted = *c.Ours
		}
		_, err := CompileCondition(c.Expr, MaxDepth(19)) // Falco's default limit of 100 levels
		unread := errors.Is(err, ErrParse) || errors.Is(err, ErrLimit)
		if unread == wanted.Accept {
			t.Errorf("line %d: %s: %v", n, c.Expr, err)
			return
		}
		if !wanted.Accept {
			var e *Error
			errors.As(err, &e)
			if got := []int{int(e.Offset), e.Line, e.Column}; !reflect.DeepEqual(got, wanted.Pos) {
				t.Errorf("line %d: %s: at %v, wanted %v", n, c.Expr, got, wanted.Pos)
			}
			text := strings.Split(e.Message, "; hint: ")[0]
			if !strings.HasPrefix(text, wanted.Error) {
				t.Errorf("line %d: %s: %q, wanted %q", n, c.Expr, text, wanted.Error)
			}
		}
	})
}

func TestFalcosOutputFormat(t *testing.T) {
	type testCase struct {
		Fields   json.RawMessage `json:"_common_fields"`
		Format   string
		Ok, JSON bool
		Output   string
		Ours     *string
		Error    string
	}
	var event *Event
	eachLine(t, "output-format.jsonl", func(n int, c testCase) {
		if n == 1 {
			event = eventOf(t, asAlert(c.Fields))
			return
		}
		if c.JSON { // how Falco's fields become JSON is not a public function
			return
		}
		template, err := CompileTemplate(c.Format, SyntaxFalco, SinkRaw)
		if c.Error != "" {
			startsWith(t, n, err, c.Error)
			return
		}
		if err != nil {
			t.Errorf("line %d: %s: %v", n, c.Format, err)
			return
		}
		wanted := c.Output
		if c.Ours != nil {
			wanted = *c.Ours
		}
		got, err := template.Render(event)
		if ok := c.Ok || c.Ours != nil; ok != (err == nil) || (err != nil && !errors.Is(err, ErrType)) || (ok && got != wanted) {
			t.Errorf("line %d: %s: %q, %v; wanted %q", n, c.Format, got, err, wanted)
		}
	})
}

func filesOf(texts []string) (string, string, []Option) {
	names := []string{"a.yaml", "b.yaml", "c.yaml"}
	last := len(texts) - 1
	var before []File
	for i, text := range texts[:last] {
		before = append(before, File{names[i], []byte(text)})
	}
	return names[last], texts[last], []Option{WithFiles(before...)}
}

func TestBrokenPlaybooksAreToldTheSame(t *testing.T) {
	type testCase struct {
		Name        string
		Yaml        []string
		Diagnostics []Diagnostic
	}
	sorted := func(all []Diagnostic) []string {
		out := []string{}
		for _, d := range all {
			out = append(out, fmt.Sprintf("%s %s:%d:%d", d.Code, d.File, d.Line, d.Column))
		}
		sort.Strings(out)
		return out
	}
	eachLine(t, "playbooks-bad.jsonl", func(n int, c testCase) {
		name, text, options := filesOf(c.Yaml)
		p, err := ParsePlaybook(name, text, options...)
		var found []Diagnostic
		var broken *CompileError
		if errors.As(err, &broken) {
			found = broken.Diagnostics
		} else {
			found = must(p, err)(t).Warnings()
		}
		if got, wanted := sorted(found), sorted(c.Diagnostics); !reflect.DeepEqual(got, wanted) {
			t.Errorf("line %d: %s: %v, wanted %v", n, c.Name, got, wanted)
		}
		errorsFound := false
		for _, d := range found {
			errorsFound = errorsFound || d.Severity == "error"
		}
		if errorsFound != (err != nil) {
			t.Errorf("line %d: %s: %v", n, c.Name, err)
		}
	})
}

func TestGoodPlaybooksBecomeTheSame(t *testing.T) {
	type testCase struct {
		Name     string
		Yaml     []string
		Playbook map[string]any
		Warnings [][]any
	}
	eachLine(t, "playbooks-good.jsonl", func(n int, c testCase) {
		name, text, options := filesOf(c.Yaml)
		p := must(ParsePlaybook(name, text, options...))(t)
		var got map[string]any
		if err := json.Unmarshal(must(p.JSON())(t), &got); err != nil {
			t.Fatal(err)
		}
		delete(got, "digest")
		delete(got, "files")
		for _, key := range []string{"lists", "macros", "outputs", "rules", "tests"} {
			if v := reflect.ValueOf(got[key]); v.IsValid() && v.Len() == 0 {
				delete(got, key)
			}
		}
		if !reflect.DeepEqual(got, c.Playbook) {
			t.Errorf("line %d: %s: %v, wanted %v", n, c.Name, got, c.Playbook)
		}
		warned := [][]any{}
		for _, d := range p.Warnings() {
			warned = append(warned, []any{d.Code, d.File, float64(d.Line)})
		}
		if !reflect.DeepEqual(warned, c.Warnings) {
			t.Errorf("line %d: %s: %v, wanted %v", n, c.Name, warned, c.Warnings)
		}
	})
}

func TestExampleEventsKeepTheirBytes(t *testing.T) {
	eachLine(t, "example-events.jsonl", func(n int, c struct{ Event string }) {
		raw := must(eventOf(t, []byte(c.Event)).JSON())(t)
		if again := must(eventOf(t, raw).JSON())(t); string(again) != string(raw) {
			t.Errorf("line %d: %s", n, again)
		}
	})
}
