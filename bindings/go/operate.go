// SPDX-License-Identifier: Apache-2.0

package falcoir

// What people say to an engine. who stands in the records, and the caller answers for who that is; why may be empty, where no rule
// requires one.

// PendingJSON is what is still open: approvals, blocks, dead, paused, reviews, undos, waiting. An approval has a token: keep it from
// others.
func (e *Engine) PendingJSON() ([]byte, error) { return cEnginePending(e.h) }

// Decide is a person's answer to an approval: its id, or "ID.TOKEN". The first valid one wins.
func (e *Engine) Decide(approval string, approve bool, who, why string) error {
	return cEngineSay(e.h, saidDecide, approval, approve, who, why)
}

// Pause is the kill switch: nothing but notifications and undos is begun any more.
func (e *Engine) Pause(who, why string) error { return cEngineSay(e.h, saidPause, "", false, who, why) }

// Resume ends Pause; what was reported as paused is not done after it either.
func (e *Engine) Resume(who, why string) error {
	return cEngineSay(e.h, saidResume, "", false, who, why)
}

// Undo undoes now what an action did.
func (e *Engine) Undo(actionID, who, why string) error {
	return cEngineSay(e.h, saidUndo, actionID, false, who, why)
}

// Replay does a dead letter, a failed action, once more.
func (e *Engine) Replay(actionID, who, why string) error {
	return cEngineSay(e.h, saidReplay, actionID, false, who, why)
}

// Discard gives a dead letter up.
func (e *Engine) Discard(actionID, who, why string) error {
	return cEngineSay(e.h, saidDiscard, actionID, false, who, why)
}

// Cancel: an action that has not ended is not begun, or tried no more.
func (e *Engine) Cancel(actionID, who, why string) error {
	return cEngineSay(e.h, saidCancel, actionID, false, who, why)
}

// Feedback says whether an action was right.
func (e *Engine) Feedback(actionID string, truePositive bool, who, note string) error {
	return cEngineSay(e.h, saidFeedback, actionID, truePositive, who, note)
}

// Metrics are counters, gauges and histograms as Prometheus reads them.
func (e *Engine) Metrics() (string, error) {
	text, err := cEngineMetrics(e.h)
	return string(text), err
}
