// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"errors"
	"io"
	"time"
)

// Record is what an engine accepted, decided or did. Alert is, for the kind "alert", that one as Event.JSON has it.
type Record struct {
	Seq      uint64
	WallNs   int64
	Kind     string
	EventID  string
	ActionID string
	JSON     []byte
	Alert    []byte
	Live     bool // something is still to be done about it
	Hash     string
}

// JournalVerdict is what Verify found. Broken is the number of the first record that is changed or missing; 0: none is. Head is the
// newest hash: keep it elsewhere, and give it to the next Verify.
type JournalVerdict struct {
	Records, First, Last, Broken uint64
	Head, Why                    string
}

// Journal reads the journal of a data directory. It changes nothing, and works beside the engine that writes.
type Journal struct{ h *handle }

// OpenJournal opens it.
func OpenJournal(dataDir string) (*Journal, error) {
	h, err := cJournalOpen(dataDir)
	if err != nil {
		return nil, err
	}
	return &Journal{h}, nil
}

// Next is the first record with a number above after; io.EOF: there are no more.
func (j *Journal) Next(after uint64) (Record, error) {
	r, err := cJournalNext(j.h, after)
	if errors.Is(err, ErrNotFound) {
		err = io.EOF
	}
	return r, err
}

// Export writes all records behind after as NDJSON; each line has its hash.
func (j *Journal) Export(to io.Writer, after uint64) error {
	for {
		lines, next, err := cJournalExport(j.h, after)
		if errors.Is(err, ErrNotFound) { // that was all
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := to.Write(lines); err != nil {
			return err
		}
		after = next
	}
}

// Verify computes the chain of hashes anew. head, if not empty, is that of an earlier Verify, so that a chain that was computed anew is
// found too.
func (j *Journal) Verify(head string) (JournalVerdict, error) { return cJournalVerify(j.h, head) }

// Close gives the memory back. It may be called again.
func (j *Journal) Close() error { j.h.close(); return nil }

// Command is what an operator asks of the engine that owns a data directory: approve, reject, undo, replay, discard, cancel, feedback,
// pause, resume.
type Command struct {
	Verb, ID, Who, Why string
	Yes                bool
}

// SendCommand lays it into the data directory and waits for the answer. ErrAgain: it lies there, and no engine has taken it up yet.
func SendCommand(dataDir string, c Command, wait time.Duration) error {
	if wait < 0 {
		return &Error{Code: int(ErrInvalid), Message: "the time to wait is negative"}
	}
	return cCommandSend(dataDir, c, int64(wait))
}
