// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// durable is an engine with a data directory.
func durable(t *testing.T, dir, text string) *Engine {
	t.Helper()
	return engineOf(t, text, func(_ context.Context, c Call) (Result, error) {
		if bytes.Contains(c.Event, []byte("Critical")) {
			return Result{}, errors.New("the desk is closed")
		}
		return Result{Output: "T-1"}, nil
	}, &EngineOptions{DataDir: dir})
}

// journalOf is the journal of two alerts: one's action succeeds, the other's fails.
func journalOf(t *testing.T, dir string) (*Journal, [][]byte, []Outcome) {
	t.Helper()
	alerts := [][]byte{must(eventOf(t, alertOf(1)).JSON())(t), must(eventOf(t, alertWith("Critical", 2)).JSON())(t)}
	e := durable(t, dir, once)
	must(e.Submit(bytes.Join(alerts, []byte("\n"))))(t)
	outcomes := finished(t, e)
	if got := statuses(outcomes); got != "succeeded failed" {
		t.Fatal(got)
	}
	e.Close()
	j := must(OpenJournal(dir))(t)
	t.Cleanup(func() { j.Close() })
	return j, alerts, outcomes
}

func recordsOf(t *testing.T, j *Journal, after uint64) (all []Record) {
	t.Helper()
	for {
		r, err := j.Next(after)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all, after = append(all, r), r.Seq
	}
}

func TestRecordsAreWhatWasDone(t *testing.T) {
	j, alerts, outcomes := journalOf(t, t.TempDir())
	records := recordsOf(t, j, 0)
	intents := map[string]Record{}
	var nAlerts, nEnded int
	for i, r := range records {
		if r.Seq != uint64(i+1) {
			t.Error(r.Seq, i)
		}
		switch r.Kind {
		case "alert":
			if !bytes.Equal(r.Alert, alerts[nAlerts]) || r.EventID != outcomes[nAlerts].Event.ID {
				t.Errorf("%+v", r)
			}
			nAlerts++
		case "intent":
			intents[r.ActionID] = r
		case "outcome":
			var data struct {
				Status, Rule string
				Error        struct{ Message string }
			}
			if err := json.Unmarshal(r.JSON, &data); err != nil {
				t.Error(err)
			}
			o := outcomes[nEnded]
			if r.ActionID != o.ActionID || data.Status != o.Status || data.Rule != "Tickets" {
				t.Errorf("%s %+v", r.JSON, o)
			}
			if o.Status == "failed" && data.Error.Message != "the desk is closed" {
				t.Error(data.Error.Message)
			}
			if begun, ok := intents[r.ActionID]; !ok || begun.WallNs > r.WallNs {
				t.Error("it ended before it began")
			}
			nEnded++
		}
	}
	if nAlerts != 2 || nEnded != 2 || len(intents) != 2 {
		t.Error(nAlerts, nEnded, len(intents))
	}
	if rest := recordsOf(t, j, 3); len(rest) != len(records)-3 || rest[0].Seq != 4 {
		t.Error(len(rest))
	}
}

func TestExportHasThemAll(t *testing.T) {
	j, alerts, _ := journalOf(t, t.TempDir())
	records := recordsOf(t, j, 0)
	var out bytes.Buffer
	if err := j.Export(&out, 0); err != nil {
		t.Fatal(err)
	}
	n, nAlerts := 0, 0
	for s := bufio.NewScanner(&out); s.Scan(); n++ {
		var one struct {
			Hash, Alert string
			Entry       struct {
				Seq  uint64
				Kind string
			}
		}
		if err := json.Unmarshal(s.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		if one.Hash != records[n].Hash || one.Entry.Seq != records[n].Seq || one.Entry.Kind != records[n].Kind {
			t.Errorf("%+v %+v", one, records[n])
		}
		if one.Alert != "" {
			if one.Alert != string(alerts[nAlerts]) {
				t.Error(one.Alert)
			}
			nAlerts++
		}
	}
	if n != len(records) || nAlerts != 2 {
		t.Error(n, len(records), nAlerts)
	}
	out.Reset()
	if err := j.Export(&out, uint64(n)); err != nil || out.Len() != 0 {
		t.Error(err, out.Len())
	}
	if err := j.Export(failing{}, 0); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestVerify(t *testing.T) {
	dir := t.TempDir()
	j, _, _ := journalOf(t, dir)
	records := recordsOf(t, j, 0)
	newest := records[len(records)-1]
	wanted := JournalVerdict{Records: uint64(len(records)), First: 1, Last: newest.Seq, Head: newest.Hash}
	for _, head := range []string{"", newest.Hash, records[0].Hash} {
		if v := must(j.Verify(head))(t); v != wanted {
			t.Errorf("%+v", v)
		}
	}
	if _, err := j.Verify(strings.Repeat("01", 32)); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, err := j.Verify("no hash"); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	j.Close()
	if _, err := j.Verify(""); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if _, err := j.Next(0); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := j.Export(io.Discard, 0); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}

	// Somebody writes "Tockets" in the file; the standard library has no SQLite, and needs none for that.
	path := filepath.Join(dir, "journal.db")
	whole := must(os.ReadFile(path))(t)
	changed := bytes.ReplaceAll(whole, []byte(`"rule":"Tickets"`), []byte(`"rule":"Tockets"`))
	if bytes.Equal(whole, changed) {
		t.Fatal("no record names the rule")
	}
	if err := os.WriteFile(path, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	again := must(OpenJournal(dir))(t)
	defer again.Close()
	v := must(again.Verify(""))(t)
	if v.Broken == 0 || v.Last != v.Broken-1 || v.Why != "it is not what was written there" || v.Head == newest.Hash {
		t.Errorf("%+v", v)
	}
}

func TestACommandDecides(t *testing.T) {
	dir := t.TempDir()
	e := durable(t, dir, strings.Replace(once, "  actions:", "  require_approval: {approvers: [ann]}\n  actions:", 1))
	must(e.Submit(alertOf(1)))(t)
	asked := finished(t, e)
	if statuses(asked) != "needs_approval" {
		t.Fatalf("%+v", asked)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who, id string
		wanted  error
	}{{"bob", asked[0].Approval, ErrDenied}, {"ann", "nonsense", ErrNotFound}, {"ann", asked[0].Approval, nil}} {
		if err := SendCommand(dir, Command{Verb: "approve", ID: c.id, Who: c.who}, 20*time.Second); !errors.Is(err, c.wanted) {
			t.Error(c, err)
		}
	}
	if err := e.Stop(20 * time.Second); err != nil {
		t.Error(err)
	}
	if got := statuses(must(e.OutcomesAfter(asked[0].Seq))(t)); got != "succeeded" {
		t.Error(got)
	}
	j := must(OpenJournal(dir))(t) // beside the engine that has it
	defer j.Close()
	n := 0
	for _, r := range recordsOf(t, j, 0) {
		if r.Kind == "decision" && bytes.Contains(r.JSON, []byte(`"who":"ann"`)) {
			n++
		}
	}
	if n != 1 {
		t.Error(n)
	}
}

func TestACommandThatNobodyTakesUp(t *testing.T) {
	dir := t.TempDir()
	durable(t, dir, once).Close()
	if err := SendCommand(dir, Command{Verb: "pause", Who: "ann", Why: "a fire"}, 0); !errors.Is(err, ErrAgain) {
		t.Error(err)
	}
	e := durable(t, dir, once) // who comes next finds it
	must(e.Poll(context.Background(), 0))(t)
	if pending := must(e.PendingJSON())(t); !bytes.Contains(pending, []byte(`"who":"ann"`)) {
		t.Errorf("%s", pending)
	}
}
