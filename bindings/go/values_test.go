// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestValuesAreGosOwn(t *testing.T) {
	e := eventOf(t, alertOf(7))
	wanted := map[string]any{"proc.name": "bash", "proc.cmdline": "bash -i", "k8s.ns.name": "prod-web", "proc.pid": int64(7),
		"container.id": nil, "evt.num": uint64(1<<64 - 1), "ka.user.groups": []any{"a", "b"}, "evt.failed": true, "thread.cpu": 2.5}
	if got := e.Fields(); !reflect.DeepEqual(got, wanted) {
		t.Errorf("%v", got)
	}
	if tags, _ := e.Get("tags"); !reflect.DeepEqual(tags, []any{"shell", "T1059"}) {
		t.Errorf("%v", tags)
	}
	if v, found := e.Get("container.id"); v != nil || !found {
		t.Errorf("%v %v", v, found)
	}
	if _, found := e.Get("proc.pname"); found || e.Text("proc.pname") != "" || e.Text("rule") != "Terminal shell in container" {
		t.Error("a field that is not there")
	}
	if i := e.Info(); i.Form != FormJSON || i.Flags != 0 || i.Envelope != EnvelopeNone || time.Since(time.Unix(0, i.TimeNs)) > time.Minute || i.TimeNs == 0 {
		t.Errorf("%+v", i)
	}
	if id := must(e.ID())(t); len(id) != 64 {
		t.Error(id)
	}
}

func TestABrokenAlertSaysWhere(t *testing.T) {
	_, err := NewEvent([]byte("{\"rule\": \"r\",\n \"rule\": \"r\"}"))
	var e *Error
	if !errors.As(err, &e) || e.Line != 2 || e.Name() != "FIR_EPARSE" || !errors.Is(err, ErrParse) || errors.Is(err, ErrLimit) {
		t.Error(err)
	}
	if _, err := NewEvent(nil); !errors.Is(err, ErrParse) {
		t.Error(err)
	}
}

func TestReaderTakesBytesCutAnywhere(t *testing.T) {
	data := append(append(alertOf(1), "{\"rule\": nonsense}\n"...), alertOf(2)...)
	for _, from := range []io.Reader{bytes.NewReader(data), iotest.OneByteReader(bytes.NewReader(data)), iotest.DataErrReader(bytes.NewReader(data))} {
		r := must(NewReader(from))(t)
		first, line, err := r.Next()
		if err != nil || line != 1 {
			t.Fatal(line, err)
		}
		if _, line, err := r.Next(); !errors.Is(err, ErrParse) || line != 2 || string(r.Text()) != `{"rule": nonsense}` {
			t.Fatal(line, err)
		}
		second, line, err := r.Next()
		if err != nil || line != 3 {
			t.Fatal(line, err)
		}
		one, _ := first.Get("proc.pid")
		two, _ := second.Get("proc.pid")
		if one != int64(1) || two != int64(2) {
			t.Error(one, two)
		}
		if _, _, err := r.Next(); err != io.EOF {
			t.Error(err)
		}
		r.Close()
	}
	r := must(NewReader(iotest.ErrReader(os.ErrClosed)))(t)
	if _, _, err := r.Next(); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}

func TestMacrosListsAndTypes(t *testing.T) {
	c := must(CompileCondition("shell and my.number > 5", Macro("shell", "proc.name in (shells)"), List("shells", "bash", "sh"),
		List("none"), FieldType("my.number", "UINT64")))(t)
	for number, wanted := range map[string]bool{"6": true, "5": false} {
		e := eventOf(t, asAlert([]byte(`{"proc.name":"sh","my.number":`+number+"}")))
		if got := must(c.Matches(e))(t); got != wanted {
			t.Error(number, got)
		}
	}
	if _, err := CompileCondition("proc.name = a and shell"); !errors.Is(err, ErrCompile) {
		t.Error(err)
	}
}

func TestUndecidedIsNoVerdict(t *testing.T) {
	c := must(CompileCondition("proc.cmdline regex '(a+a+)+(bd|be)'", RegexSteps(100)))(t)
	got, err := c.Matches(eventOf(t, asAlert([]byte(`{"proc.cmdline":"`+strings.Repeat("a", 40)+`b!"}`))))
	if got || !errors.Is(err, ErrLimit) {
		t.Error(got, err)
	}
}

func TestSinksEscape(t *testing.T) {
	e := eventOf(t, asAlert([]byte(`{"proc.cmdline":"a\"b\n<x>"}`)))
	for sink, wanted := range map[Sink]string{SinkJSON: `{"c":"a\"b\n<x>"}`, SinkRaw: "{\"c\":\"a\"b\n<x>\"}"} {
		template := must(CompileTemplate(`{"c":"{{proc.cmdline}}"}`, SyntaxFalcoir, sink))(t)
		if got := must(template.Render(e))(t); got != wanted {
			t.Error(got)
		}
	}
	if _, err := CompileTemplate("{{proc", SyntaxFalcoir, SinkText); !errors.Is(err, ErrCompile) {
		t.Error(err)
	}
	if _, err := CompileTemplate("x", SyntaxFalcoir, 99); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
}

func TestPlans(t *testing.T) {
	p := must(LoadPlaybook(source("examples", "playbooks", "quickstart.yaml")))(t)
	alerts := alertsOf(t)
	plans := must(p.Plan(alerts))(t)
	if len(plans) != 2 || plans[0].Line != 1 || plans[1].Line != 2 {
		t.Fatal(plans)
	}
	first := eventOf(t, bytes.SplitN(alerts, []byte("\n"), 2)[0])
	wanted := EventRef{must(first.ID())(t), "Terminal shell in container", "syscall", "Notice", "2026-07-14T09:21:33.104938271Z"}
	if plans[0].Event() != wanted {
		t.Error(plans[0].Event())
	}
	steps := plans[0].Steps()
	if len(steps) != 1 || steps[0].Use != "http:webhook" || steps[0].Parameters["method"].V != "POST" || plans[0].Rules()[0].Rule != "Shell in production" {
		t.Errorf("%+v", steps)
	}
	alone := must(p.PlanEvent(first))(t)
	if !bytes.Equal(alone.JSON, plans[0].JSON) || alone.Playbook() != plans[0].Playbook() {
		t.Errorf("%s\n%s", alone.JSON, plans[0].JSON)
	}
	none := must(p.PlanEvent(eventOf(t, []byte(`{"rule":"Nobody asks","priority":"Debug","output":"o"}`))))(t)
	if none != nil {
		t.Error(none)
	}
	if plans := must(p.Plan(nil))(t); len(plans) != 0 {
		t.Error(plans)
	}
}

func TestWhatCannotBeReadIsTold(t *testing.T) {
	p := must(LoadPlaybook(source("examples", "playbooks", "quickstart.yaml")))(t)
	plans, err := p.Plan(append(alertsOf(t), "{\"rule\":\n"...))
	var refused *RefusedError
	if len(plans) != 2 || !errors.As(err, &refused) || len(refused.Refused) != 1 || refused.Refused[0].Code != "FIR_EPARSE" ||
		refused.Refused[0].Line != 1+bytes.Count(alertsOf(t), []byte("\n")) || !errors.Is(err, ErrParse) {
		t.Error(len(plans), err)
	}
}

func TestDiagnostics(t *testing.T) {
	_, err := ParsePlaybook("two.yaml", "- rul: y\n", WithFiles(File{"one.yaml", []byte("- rule: x\n")}))
	var broken *CompileError
	if !errors.As(err, &broken) || !errors.Is(err, ErrCompile) || len(broken.Diagnostics) != 3 || broken.Diagnostics[2].Code != "FIR-P103" ||
		!strings.HasPrefix(err.Error(), "one.yaml:1:9: error: ") {
		t.Error(err)
	}
	if _, err := LoadPlaybook("/no/such/file.yaml"); !errors.Is(err, ErrIO) {
		t.Error(err)
	}
}

func TestFilesSeeThoseBefore(t *testing.T) {
	folder := t.TempDir()
	one, two := filepath.Join(folder, "one.yaml"), filepath.Join(folder, "two.yaml")
	_ = os.WriteFile(one, []byte("- macro: shell\n  condition: proc.name = bash\n"), 0o600)
	_ = os.WriteFile(two, []byte("- rule: r\n  condition: shell\n  actions:\n    - {action: a, use: 'local:file', parameters: {path: /x}}\n"), 0o600)
	if plans := must(must(LoadPlaybook(two, WithFiles(File{Name: one})))(t).Plan(alertOf(1)))(t); len(plans) != 1 {
		t.Error(plans)
	}
	if _, err := LoadPlaybook(two); !errors.Is(err, ErrCompile) {
		t.Error(err)
	}
}

func TestTypesOfTheHostsOwn(t *testing.T) {
	p := must(ParsePlaybook("p", tickets, WithTypes(ticketType)))(t)
	if steps := must(p.Plan(alertOf(1)))(t)[0].Steps(); steps[0].Parameters["queue"].V != "soc" {
		t.Errorf("%+v", steps)
	}
	if types := must(p.ActionTypes())(t); !bytes.Contains(types, []byte(`"ticket:open"`)) {
		t.Error("the type is not listed")
	}
	if _, err := ParsePlaybook("p", tickets, WithTypes(ActionType{Name: "nofamily", Effect: "keyed"})); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if fields := must(Fields())(t); len(fields) < 100 {
		t.Error(len(fields))
	}
}

func TestClosedObjectsSaySo(t *testing.T) {
	e := eventOf(t, alertOf(1))
	c := must(CompileCondition("evt.num > 1"))(t)
	p := must(ParsePlaybook("p", ""))(t)
	for i := 0; i < 2; i++ {
		e.Close()
		c.Close()
		p.Close()
	}
	_, err1 := c.Matches(e)
	_, err2 := p.Plan(alertOf(1))
	_, err3 := NewEngine(p, nil)
	for _, err := range []error{err1, err2, err3} {
		if !errors.Is(err, ErrClosed) || !errors.Is(err, ErrState) {
			t.Error(err)
		}
	}
}

func TestExplainSimulateAndWarnings(t *testing.T) {
	p := must(LoadPlaybook(source("examples", "playbooks", "careful.yaml")))(t)
	first := eventOf(t, bytes.SplitN(alertsOf(t), []byte("\n"), 2)[0])
	if why := must(p.ExplainJSON(first))(t); !bytes.Contains(why, []byte(`"rule":"Many shells","verdict":"true"`)) {
		t.Errorf("%s", why)
	}
	if got := must(p.SimulateJSON(alertsOf(t), time.Time{}))(t); !bytes.Contains(got, []byte(`"status":"below_threshold"`)) {
		t.Errorf("%s", got)
	}
	if got := must(p.SimulateJSON(alertsOf(t), time.Now()))(t); !bytes.Contains(got, []byte(`"status":"stale"`)) {
		t.Errorf("%s", got)
	}
	w := must(must(CompileCondition("evt.num > 1 and proc.nmae = bash"))(t).Warnings())(t)
	if len(w) != 1 || w[0].Line != 1 || w[0].Column != 17 || w[0].Severity != "warning" {
		t.Errorf("%+v", w)
	}
}

func TestAFolderWithoutAJournal(t *testing.T) {
	if _, err := OpenJournal(filepath.Join(t.TempDir(), "none")); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if err := SendCommand(t.TempDir(), Command{Verb: "nonsense", Who: "me"}, 0); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if err := SendCommand(t.TempDir(), Command{Verb: "pause", Who: "me"}, -1); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
}
