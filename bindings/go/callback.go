// SPDX-License-Identifier: Apache-2.0

package falcoir

// #include <falcoir/falcoir.h>
// #include <stdlib.h>
import "C"

import (
	"encoding/json"
	"errors"
	"runtime/cgo"
	"unsafe"
)

// What C calls. A panic may not go through C, and no way out leaves the result undefined: it begins as a failure.

//export falcoirGoCall
func falcoirGoCall(self C.uintptr_t, step C.int, c *C.fir_call) (code C.int) {
	code = C.FIR_EINTERNAL
	defer func() {
		if recover() != nil {
			code = C.FIR_EINTERNAL
		}
	}()
	a := cgo.Handle(self).Value().(*action)
	a.host.calling.Add(1)
	defer a.host.calling.Add(-1)
	return a.called(int(step), c)
}

//export falcoirGoLog
func falcoirGoLog(user C.uintptr_t, level C.int32_t, text *C.char, n C.size_t) (code C.int) {
	code = C.FIR_ECALLBACK
	defer func() {
		if recover() != nil {
			code = C.FIR_ECALLBACK
		}
	}()
	cgo.Handle(user).Value().(*host).log(int(level), C.GoBytes(unsafe.Pointer(text), C.int(n)))
	return 0
}

// register gives Go's functions to an engine under the name of a type.
func (h *host) register(engine *handle, name string, a *action) error {
	a.host = h
	known := cgo.NewHandle(a)
	has := uint32(0)
	for step, f := range a.steps {
		if f != nil {
			has |= 1 << step
		}
	}
	if err := cEngineRegister(engine, name, has, a.blocks, uintptr(known)); err != nil {
		known.Delete()
		return err
	}
	h.mu.Lock()
	h.names = append(h.names, uintptr(known))
	h.mu.Unlock()
	return nil
}

// forget drops an engine's host, when C will not call it any more.
func forget(name uintptr) {
	h := cgo.Handle(name).Value().(*host)
	h.cancel()
	for _, known := range h.names {
		cgo.Handle(known).Delete()
	}
	cgo.Handle(name).Delete()
}

// called runs the action's function until it wants a request or is done.
func (a *action) called(step int, c *C.fir_call) C.int {
	var s C.fir_str
	C.fir_call_action_id(c, &s)
	id := string(borrowed(s))
	key := runKey(id, step)
	r := a.host.take(key)
	response := responseOf(c)
	if r != nil && response != nil {
		r.answers <- answer{response: response}
	} else {
		if r != nil { // an earlier attempt that ended without an answer
			r.cancel()
		}
		call, err := a.callOf(c, id)
		if err != nil {
			return a.failed(c, id, err)
		}
		r = startRun(a.host.ctx, a.steps[step], call)
	}
	for {
		select {
		case wanted := <-r.wants:
			if a.blocks {
				r.answers <- answer{err: &Error{Code: int(ErrUnsupported), Message: "an action that blocks does its own sending"}}
				continue
			}
			if err := describe(c, wanted); err != nil {
				r.answers <- answer{err: err}
				continue
			}
			a.host.keep(key, r)
			return C.FIR_CALL_REQUEST
		case end := <-r.done:
			if end.err != nil {
				return a.failed(c, id, end.err)
			}
			if step == stepVerify {
				return C.int(end.result.verified)
			}
			return a.done(c, id, step, end.result)
		}
	}
}

func (a *action) callOf(c *C.fir_call, id string) (Call, error) {
	var event, kept C.fir_str
	C.fir_call_event(c, &event)
	call := Call{ActionID: id, Attempt: int(C.fir_call_attempt(c)), Event: borrowed(event), Parameters: map[string]json.RawMessage{}}
	if C.fir_call_recorded(c, &kept) == 0 {
		call.Recorded = borrowed(kept)
	}
	for _, name := range a.parameters {
		var value C.fir_str
		b, n := charsOf(name)
		switch code := C.fir_call_parameter(c, (*C.char)(unsafe.Pointer(&b[0])), n, &value); code {
		case 0:
			call.Parameters[name] = borrowed(value)
		case C.FIR_ENOTFOUND:
		default:
			return call, &Error{Code: int(code)}
		}
	}
	return call, nil
}

func (a *action) done(c *C.fir_call, id string, step int, result Result) C.int {
	if len(result.Record) != 0 && step == stepPrepare {
		b, n := bytesOf(result.Record)
		if code := C.fir_call_record(c, (*C.char)(unsafe.Pointer(&b[0])), n); code != 0 {
			return a.failed(c, id, &Error{Code: int(code)})
		}
	}
	if result.Output != "" {
		b, n := charsOf(result.Output)
		if code := C.fir_call_output(c, (*C.char)(unsafe.Pointer(&b[0])), n); code != 0 {
			return a.failed(c, id, &Error{Code: int(code)})
		}
	}
	a.host.remember(id, nil)
	return C.FIR_CALL_DONE
}

func (a *action) failed(c *C.fir_call, id string, err error) C.int {
	a.host.remember(id, err)
	code, final := C.int32_t(C.FIR_ECALLBACK), C.int32_t(0)
	var own *Error
	if errors.As(err, &own) && own.Code < 0 {
		code = C.int32_t(own.Code)
	}
	if isFinal(err) {
		final = 1
	}
	b, n := charsOf(textOf(err))
	if rc := C.fir_call_fail(c, code, final, (*C.char)(unsafe.Pointer(&b[0])), n); rc < 0 {
		return rc
	}
	return C.FIR_EINTERNAL
}

// textOf is err.Error(), also of one that panics.
func textOf(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = "an error that cannot say what it is"
		}
	}()
	return err.Error()
}

// describe describes a request to the engine, which copies it.
func describe(c *C.fir_call, r Request) error {
	var s strs
	defer s.free()
	headers := unsafe.Slice((*C.fir_http_header)(s.alloc(C.size_t(len(r.Headers))*C.sizeof_fir_http_header)), len(r.Headers))
	q := C.fir_http_request{size: C.sizeof_fir_http_request, method: s.str(r.Method), url: s.str(r.URL), body: s.str(string(r.Body)),
		ca_file: s.str(r.CAFile), n_headers: C.size_t(len(r.Headers))}
	for i, h := range r.Headers {
		headers[i] = C.fir_http_header{name: s.str(h[0]), value: s.str(h[1])}
		q.headers = &headers[0]
	}
	if r.InsecureHTTP {
		q.flags |= C.FIR_HTTP_INSECURE
	}
	if r.Internal {
		q.flags |= C.FIR_HTTP_INTERNAL
	}
	if code := C.fir_call_request(c, &q); code != 0 {
		return &Error{Code: int(code)}
	}
	return nil
}

// responseOf copies the answer to the last request; nil when there is none yet.
func responseOf(c *C.fir_call) *Response {
	var q C.fir_http_result
	if C.fir_call_response(c, &q) != 0 {
		return nil
	}
	r := &Response{Status: int(q.status), Body: borrowed(q.body)}
	for _, h := range unsafe.Slice(q.headers, int(q.n_headers)) {
		r.Headers = append(r.Headers, [2]string{string(borrowed(h.name)), string(borrowed(h.value))})
	}
	return r
}
