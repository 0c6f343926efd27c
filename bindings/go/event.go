// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"encoding/hex"
	"errors"
	"io"
)

// Form is how an alert was written.
type Form int32

// Forms.
const (
	FormJSON          Form = 1
	FormText          Form = 2
	FormEscaped       Form = 3
	FormJSONAfterText Form = 4
)

// Envelope is what an alert was wrapped in.
type Envelope int32

// Envelopes.
const (
	EnvelopeNone        Envelope = 0
	EnvelopeEvent       Envelope = 1
	EnvelopeSNS         Envelope = 2
	EnvelopeSQS         Envelope = 3
	EnvelopeLambdaSNS   Envelope = 4
	EnvelopePubSub      Envelope = 5
	EnvelopeCloudEvent  Envelope = 6
	EnvelopeKinesis     Envelope = 7
	EnvelopeArray       Envelope = 8
	EnvelopeEventBridge Envelope = 9
)

// EventFlags say what had to be put right in an alert.
type EventFlags uint32

// Flags of an alert.
const (
	EventReplacedUTF8 EventFlags = 1 << 0
	EventHasNUL       EventFlags = 1 << 1
	EventNoTime       EventFlags = 1 << 2
	EventNoFields     EventFlags = 1 << 3
	EventInternal     EventFlags = 1 << 4
)

// EventInfo is about one alert.
type EventInfo struct {
	Form     Form
	Envelope Envelope
	Flags    EventFlags
	TimeNs   int64 // since the epoch, UTC; 0 with EventNoTime
}

// RawJSON is the JSON text of an object inside of an alert.
type RawJSON []byte

// Event is one alert. It does not change.
type Event struct {
	h    *handle
	info EventInfo
}

// NewEvent reads exactly one alert, from any of the forms in which Falco's travel. The bytes are copied.
func NewEvent(data []byte) (*Event, error) {
	h, err := cEventNew(0)
	if err != nil {
		return nil, err
	}
	info, err := cEventParse(h, data)
	if err != nil {
		h.close()
		return nil, err
	}
	return &Event{h, info}, nil
}

// Info is about the form and what had to be put right.
func (e *Event) Info() EventInfo { return e.info }

// Get looks up an entry of output_fields, or a property: rule, priority, source, hostname, tags, output, message, time, uuid. The
// value is nil, bool, int64, uint64 (above the largest int64), float64, string, []any or RawJSON.
func (e *Event) Get(name string) (value any, found bool) { return cEventGet(e.h, name) }

// Text is Get for a string; "" for anything else.
func (e *Event) Text(name string) string {
	value, _ := e.Get(name)
	text, _ := value.(string)
	return text
}

// Fields are all output_fields.
func (e *Event) Fields() map[string]any { return cEventFields(e.h) }

// ID is the alert's identity, in hexadecimal: the same by whatever way it came.
func (e *Event) ID() (string, error) {
	id, err := cEventID(e.h)
	return hex.EncodeToString(id[:]), err
}

// JSON is the alert as canonical JSON.
func (e *Event) JSON() ([]byte, error) { return cEventJSON(e.h) }

// Close gives the memory back. It may be called again.
func (e *Event) Close() error { e.h.close(); return nil }

// Reader reads alerts from a stream: NDJSON, pretty-printed JSON, arrays, text lines, envelopes. It belongs to one goroutine.
type Reader struct {
	h     *handle
	from  io.Reader
	room  []byte
	ended bool
}

// NewReader makes a reader of a stream.
func NewReader(from io.Reader) (*Reader, error) {
	h, err := cReaderNew()
	if err != nil {
		return nil, err
	}
	return &Reader{h: h, from: from, room: make([]byte, 64*1024)}, nil
}

// Next gives the next alert and the line on which it began; io.EOF at the end. After an error that errors.Is ErrParse or ErrLimit
// that alert is skipped: call again for the next. Other errors are the stream's.
func (r *Reader) Next() (*Event, int, error) {
	h, err := cEventNew(0)
	if err != nil {
		return nil, 0, err
	}
	for {
		info, line, err := cReaderNext(r.h, h)
		switch {
		case err == nil:
			return &Event{h, info}, line, nil
		case errors.Is(err, ErrNotFound):
			h.close()
			return nil, 0, io.EOF
		case !errors.Is(err, ErrAgain):
			h.close()
			return nil, line, err
		}
		if err := r.feed(); err != nil {
			h.close()
			return nil, 0, err
		}
	}
}

func (r *Reader) feed() error {
	n, err := r.from.Read(r.room)
	if err != nil && err != io.EOF {
		return err
	}
	r.ended = err == io.EOF
	return cReaderFeed(r.h, r.room[:n], r.ended)
}

// Text is the bytes from which the last alert of Next came, read or refused.
func (r *Reader) Text() []byte { return cReaderText(r.h) }

// Close gives the memory back; it does not close the stream.
func (r *Reader) Close() error { r.h.close(); return nil }
