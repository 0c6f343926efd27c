// SPDX-License-Identifier: Apache-2.0

package falcoir

// #cgo !falcoir_static pkg-config: falcoir
// #cgo falcoir_static pkg-config: --static falcoir
// #include "shim.h"
// #include <stdlib.h>
// #if FIR_VERSION_NUM < 0x000100
// #error "this package wants libfalcoir 0.1.0 or later"
// #endif
import "C"

import (
	"runtime"
	"strings"
	"sync"
	"unsafe"
)

// This file and callback.go are all that knows of C; each function of the library is called in one place.

func init() {
	if C.fir_check_version(C.FIR_VERSION_NUM) != 0 {
		panic("falcoir: built against " + C.FIR_VERSION_STRING + ", but the library is " + LibraryVersion())
	}
}

// LibraryVersion is the version of the C library, as "0.1.0".
func LibraryVersion() string { return C.GoString(C.fir_version_string()) }

func codeName(code int) string { return C.GoString(C.fir_code_name(C.int32_t(code))) }

// handle is an object of the library's. It is freed once: by close, or by the last user after it; or by the collector, and then it
// has no user, since one would keep it alive.
type handle struct {
	mu     sync.Mutex
	p      unsafe.Pointer
	free   func(unsafe.Pointer)
	users  int
	closed bool
}

func own(p unsafe.Pointer, free func(unsafe.Pointer)) *handle {
	h := &handle{p: p, free: free}
	runtime.SetFinalizer(h, (*handle).close)
	return h
}

// use calls f with the object, which lives until f returns. It is the only way to the pointer.
func (h *handle) use(f func(p unsafe.Pointer) error) error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return ErrClosed
	}
	h.users++
	h.mu.Unlock()
	defer h.leave()
	return f(h.p)
}

func (h *handle) leave() {
	h.mu.Lock()
	h.users--
	last := h.closed && h.users == 0
	h.mu.Unlock()
	if last {
		h.free(h.p)
	}
}

func (h *handle) close() {
	h.mu.Lock()
	first, idle := !h.closed, h.users == 0
	h.closed = true
	h.mu.Unlock()
	if first {
		runtime.SetFinalizer(h, nil)
		if idle {
			h.free(h.p)
		}
	}
}

// use2 and use3 nest uses.
func use2(a, b *handle, f func(a, b unsafe.Pointer) error) error {
	return a.use(func(p unsafe.Pointer) error { return b.use(func(q unsafe.Pointer) error { return f(p, q) }) })
}

var nothing = []byte{0}

// bytesOf gives a slice that has a first element, and the length to tell C.
func bytesOf(b []byte) ([]byte, C.size_t) {
	if len(b) == 0 {
		return nothing, 0
	}
	return b, C.size_t(len(b))
}

func charsOf(s string) ([]byte, C.size_t) { return bytesOf([]byte(s)) }

// failed makes an error of a code and what the library wrote about it; nil for 0.
func failed(code C.int, e *C.fir_error) error {
	if code == 0 {
		return nil
	}
	return &Error{Code: int(code), Message: C.GoString(&e.message[0]), Origin: C.GoString(&e.origin[0]), Line: int(e.line),
		Column: int(e.column), Offset: int64(e.offset)}
}

// taken copies an owned buffer, and gives it back.
func taken(b *C.fir_buf) []byte {
	defer C.fir_buf_dispose(b)
	if b.len == 0 {
		return []byte{}
	}
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(b.ptr)), int(b.len))...)
}

func borrowed(s C.fir_str) []byte {
	if s.len == 0 {
		return []byte{}
	}
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(s.ptr)), int(s.len))...)
}

// ask calls a function that fills a buffer.
func ask(f func(b *C.fir_buf, e *C.fir_error) C.int) ([]byte, error) {
	var b C.fir_buf
	var e C.fir_error
	if err := failed(f(&b, &e), &e); err != nil {
		return nil, err
	}
	return taken(&b), nil
}

func (h *handle) ask(f func(p unsafe.Pointer, b *C.fir_buf, e *C.fir_error) C.int) (out []byte, err error) {
	err = h.use(func(p unsafe.Pointer) error {
		out, err = ask(func(b *C.fir_buf, e *C.fir_error) C.int { return f(p, b, e) })
		return err
	})
	return out, err
}

// evaluators are the scratch that one goroutine needs while it judges; unused ones are kept.
var evaluators = make(chan *C.fir_evaluator, 64)

func withEvaluator(f func(x *C.fir_evaluator) error) error {
	var x *C.fir_evaluator
	select {
	case x = <-evaluators:
	default:
		var e C.fir_error
		if err := failed(C.fir_evaluator_new(nil, &x, &e), &e); err != nil {
			return err
		}
	}
	defer func() {
		select {
		case evaluators <- x:
		default:
			C.fir_evaluator_free(x)
		}
	}()
	return f(x)
}

// ---- event.h ----

func cEventNew(maxBytes int) (*handle, error) {
	var p *C.fir_event
	var e C.fir_error
	o := C.fir_event_options{size: C.sizeof_fir_event_options, max_bytes: C.uint64_t(maxBytes)}
	if err := failed(C.fir_event_new(&o, &p, &e), &e); err != nil {
		return nil, err
	}
	return own(unsafe.Pointer(p), func(p unsafe.Pointer) { C.fir_event_free((*C.fir_event)(p)) }), nil
}

func infoOf(i *C.fir_event_info) EventInfo {
	return EventInfo{Form: Form(i.form), Envelope: Envelope(i.envelope), Flags: EventFlags(i.flags), TimeNs: int64(i.time_ns)}
}

func cEventParse(h *handle, data []byte) (info EventInfo, err error) {
	err = h.use(func(p unsafe.Pointer) error {
		var i C.fir_event_info
		var e C.fir_error
		b, n := bytesOf(data)
		err := failed(C.fir_event_parse((*C.fir_event)(p), unsafe.Pointer(&b[0]), n, &i, &e), &e)
		info = infoOf(&i)
		return err
	})
	return info, err
}

func valueOf(p unsafe.Pointer, name []byte, n C.size_t, v *C.fir_value) any {
	switch v._type {
	case C.FIR_VALUE_BOOL:
		return v.i != 0
	case C.FIR_VALUE_INT:
		return int64(v.i)
	case C.FIR_VALUE_UINT:
		return uint64(v.u)
	case C.FIR_VALUE_DOUBLE:
		return float64(v.d)
	case C.FIR_VALUE_STRING:
		return string(borrowed(v.s))
	case C.FIR_VALUE_OBJECT:
		return RawJSON(borrowed(v.s))
	case C.FIR_VALUE_LIST:
		list := make([]any, 0, int(v.count))
		for i := C.uint32_t(0); i < v.count; i++ {
			var one C.fir_value
			if C.fir_event_get((*C.fir_event)(p), (*C.char)(unsafe.Pointer(&name[0])), n, i, &one) != 0 {
				break
			}
			if one._type == C.FIR_VALUE_LIST {
				list = append(list, nil)
				continue
			}
			list = append(list, valueOf(p, name, n, &one))
		}
		return list
	}
	return nil
}

func cEventGet(h *handle, name string) (value any, found bool) {
	_ = h.use(func(p unsafe.Pointer) error {
		var v C.fir_value
		b, n := charsOf(name)
		if C.fir_event_get((*C.fir_event)(p), (*C.char)(unsafe.Pointer(&b[0])), n, C.FIR_WHOLE, &v) == 0 {
			value, found = valueOf(p, b, n, &v), true
		}
		return nil
	})
	return value, found
}

func cEventFields(h *handle) map[string]any {
	fields := map[string]any{}
	_ = h.use(func(p unsafe.Pointer) error {
		for i := C.size_t(0); ; i++ {
			var name C.fir_str
			var v C.fir_value
			if C.fir_event_field_at((*C.fir_event)(p), i, &name, &v) != 0 {
				return nil
			}
			b, n := bytesOf(borrowed(name))
			fields[string(b[:n])] = valueOf(p, b, n, &v)
		}
	})
	return fields
}

func cEventID(h *handle) (id [32]byte, err error) {
	err = h.use(func(p unsafe.Pointer) error {
		var e C.fir_error
		return failed(C.fir_event_id((*C.fir_event)(p), (*C.uint8_t)(unsafe.Pointer(&id[0])), &e), &e)
	})
	return id, err
}

func cEventJSON(h *handle) ([]byte, error) {
	return h.ask(func(p unsafe.Pointer, b *C.fir_buf, e *C.fir_error) C.int {
		return C.fir_event_to_json((*C.fir_event)(p), b, e)
	})
}

func cReaderNew() (*handle, error) {
	var p *C.fir_reader
	var e C.fir_error
	if err := failed(C.fir_reader_new(nil, &p, &e), &e); err != nil {
		return nil, err
	}
	return own(unsafe.Pointer(p), func(p unsafe.Pointer) { C.fir_reader_free((*C.fir_reader)(p)) }), nil
}

func cReaderFeed(h *handle, data []byte, last bool) error {
	return h.use(func(p unsafe.Pointer) error {
		var e C.fir_error
		var end C.int32_t
		if last {
			end = 1
		}
		b, n := bytesOf(data)
		return failed(C.fir_reader_feed((*C.fir_reader)(p), unsafe.Pointer(&b[0]), n, end, &e), &e)
	})
}

// cReaderNext gives the code too: EAGAIN and ENOTFOUND are no errors here.
func cReaderNext(h, event *handle) (info EventInfo, line int, err error) {
	err = use2(h, event, func(p, q unsafe.Pointer) error {
		var n C.uint64_t
		var i C.fir_event_info
		var e C.fir_error
		err := failed(C.fir_reader_next((*C.fir_reader)(p), (*C.fir_event)(q), &n, &i, &e), &e)
		info, line = infoOf(&i), int(n)
		return err
	})
	return info, line, err
}

func cReaderText(h *handle) (text []byte) {
	_ = h.use(func(p unsafe.Pointer) error {
		var s C.fir_str
		C.fir_reader_text((*C.fir_reader)(p), &s)
		text = borrowed(s)
		return nil
	})
	return text
}

// ---- condition.h, template.h ----

// strs are C arrays for the time of one call.
type strs struct{ made []unsafe.Pointer }

func (s *strs) alloc(n C.size_t) unsafe.Pointer {
	p := C.calloc(1, n+1)
	s.made = append(s.made, p)
	return p
}

func (s *strs) str(text string) C.fir_str {
	p := C.CString(text)
	s.made = append(s.made, unsafe.Pointer(p))
	return C.fir_str{ptr: p, len: C.size_t(len(text))}
}

func (s *strs) free() {
	for _, p := range s.made {
		C.free(p)
	}
}

func cConditionNew(text string, o *conditionOptions) (*handle, error) {
	var s strs
	defer s.free()
	co := C.fir_condition_options{size: C.sizeof_fir_condition_options, regex_steps: C.uint32_t(o.regexSteps),
		max_depth: C.uint32_t(o.maxDepth)}
	macros := unsafe.Slice((*C.fir_macro)(s.alloc(C.size_t(len(o.macros))*C.sizeof_fir_macro)), len(o.macros))
	for i, m := range o.macros {
		macros[i] = C.fir_macro{name: s.str(m[0]), condition: s.str(m[1])}
		co.macros = &macros[0]
	}
	lists := unsafe.Slice((*C.fir_list)(s.alloc(C.size_t(len(o.lists))*C.sizeof_fir_list)), len(o.lists))
	for i, l := range o.lists {
		items := unsafe.Slice((*C.fir_str)(s.alloc(C.size_t(len(l.items))*C.sizeof_fir_str)), len(l.items))
		for k, item := range l.items {
			items[k] = s.str(item)
			lists[i].items = &items[0]
		}
		lists[i].name, lists[i].count = s.str(l.name), C.size_t(len(l.items))
		co.lists = &lists[0]
	}
	types := unsafe.Slice((*C.fir_field_type)(s.alloc(C.size_t(len(o.types))*C.sizeof_fir_field_type)), len(o.types))
	for i, t := range o.types {
		types[i] = C.fir_field_type{name: s.str(t.name), _type: s.str(t.kind)}
		if t.list {
			types[i].is_list = 1
		}
		co.types = &types[0]
	}
	co.n_macros, co.n_lists, co.n_types = C.size_t(len(o.macros)), C.size_t(len(o.lists)), C.size_t(len(o.types))
	var p *C.fir_condition
	var e C.fir_error
	b, n := charsOf(text)
	if err := failed(C.fir_condition_compile((*C.char)(unsafe.Pointer(&b[0])), n, &co, &p, &e), &e); err != nil {
		return nil, err
	}
	return own(unsafe.Pointer(p), func(p unsafe.Pointer) { C.fir_condition_free((*C.fir_condition)(p)) }), nil
}

func cConditionEval(h, event *handle) (verdict int, err error) {
	err = use2(h, event, func(p, q unsafe.Pointer) error {
		return withEvaluator(func(x *C.fir_evaluator) error {
			var v C.int32_t
			var e C.fir_error
			err := failed(C.fir_condition_eval((*C.fir_condition)(p), x, (*C.fir_event)(q), &v, &e), &e)
			verdict = int(v)
			return err
		})
	})
	return verdict, err
}

func cConditionString(h *handle) ([]byte, error) {
	return h.ask(func(p unsafe.Pointer, b *C.fir_buf, e *C.fir_error) C.int {
		return C.fir_condition_to_string((*C.fir_condition)(p), b, e)
	})
}

func cConditionWarnings(h *handle) ([]byte, error) {
	return h.ask(func(p unsafe.Pointer, b *C.fir_buf, e *C.fir_error) C.int {
		return C.fir_condition_warnings_json((*C.fir_condition)(p), b, e)
	})
}

func cFieldsJSON() ([]byte, error) {
	return ask(func(b *C.fir_buf, e *C.fir_error) C.int { return C.fir_fields_to_json(b, e) })
}

func cTemplateNew(text string, syntax Syntax, sink Sink) (*handle, error) {
	var p *C.fir_template
	var e C.fir_error
	o := C.fir_template_options{size: C.sizeof_fir_template_options, syntax: C.int32_t(syntax), sink: C.int32_t(sink)}
	b, n := charsOf(text)
	if err := failed(C.fir_template_compile((*C.char)(unsafe.Pointer(&b[0])), n, &o, &p, &e), &e); err != nil {
		return nil, err
	}
	return own(unsafe.Pointer(p), func(p unsafe.Pointer) { C.fir_template_free((*C.fir_template)(p)) }), nil
}

func cTemplateRender(h, event *handle) (out []byte, err error) {
	err = use2(h, event, func(p, q unsafe.Pointer) error {
		out, err = ask(func(b *C.fir_buf, e *C.fir_error) C.int {
			return C.fir_template_render((*C.fir_template)(p), (*C.fir_event)(q), b, e)
		})
		return err
	})
	return out, err
}

// ---- playbook.h ----

func cCatalogNew() (*handle, error) {
	var p *C.fir_catalog
	var e C.fir_error
	if err := failed(C.fir_catalog_new(&p, &e), &e); err != nil {
		return nil, err
	}
	return own(unsafe.Pointer(p), func(p unsafe.Pointer) { C.fir_catalog_unref((*C.fir_catalog)(p)) }), nil
}

func cCatalogAdd(h *handle, schema []byte) error {
	return h.use(func(p unsafe.Pointer) error {
		var e C.fir_error
		b, n := bytesOf(schema)
		return failed(C.fir_catalog_add((*C.fir_catalog)(p), (*C.char)(unsafe.Pointer(&b[0])), n, &e), &e)
	})
}

func cCatalogJSON(h *handle) ([]byte, error) {
	return h.ask(func(p unsafe.Pointer, b *C.fir_buf, e *C.fir_error) C.int {
		return C.fir_catalog_to_json((*C.fir_catalog)(p), b, e)
	})
}

// cCompile compiles texts, and files where a text is nil. The diagnostics are there after a failure too.
func cCompile(catalog *handle, files []File) (playbook *handle, diagnostics []byte, err error) {
	err = catalog.use(func(c unsafe.Pointer) error {
		var k *C.fir_compiler
		var e C.fir_error
		if err := failed(C.fir_compiler_new((*C.fir_catalog)(c), nil, &k, &e), &e); err != nil {
			return err
		}
		defer C.fir_compiler_free(k)
		for _, f := range files {
			if err := compilerAdd(k, f); err != nil {
				return err
			}
		}
		var p *C.fir_playbook
		built := failed(C.fir_compiler_build(k, &p, &e), &e)
		if built == nil {
			playbook = own(unsafe.Pointer(p), func(p unsafe.Pointer) { C.fir_playbook_unref((*C.fir_playbook)(p)) })
		}
		var asked error
		diagnostics, asked = ask(func(b *C.fir_buf, e *C.fir_error) C.int { return C.fir_compiler_diagnostics_json(k, b, e) })
		if built == nil {
			built = asked
		}
		return built
	})
	return playbook, diagnostics, err
}

func compilerAdd(k *C.fir_compiler, f File) error {
	var e C.fir_error
	name := C.CString(f.Name)
	defer C.free(unsafe.Pointer(name))
	if f.Text == nil {
		return failed(C.fir_compiler_add_file(k, name, &e), &e)
	}
	b, n := bytesOf(f.Text)
	return failed(C.fir_compiler_add(k, name, unsafe.Pointer(&b[0]), n, &e), &e)
}

// cPlaybookRef gives a handle of its own to the same playbook.
func cPlaybookRef(h *handle) (again *handle, err error) {
	err = h.use(func(p unsafe.Pointer) error {
		again = own(unsafe.Pointer(C.fir_playbook_ref((*C.fir_playbook)(p))), h.free)
		return nil
	})
	return again, err
}

func cPlaybookJSON(h *handle) ([]byte, error) {
	return h.ask(func(p unsafe.Pointer, b *C.fir_buf, e *C.fir_error) C.int {
		return C.fir_playbook_to_json((*C.fir_playbook)(p), b, e)
	})
}

// ---- plan.h ----

func cPlanJSON(h *handle, alerts []byte) (out []byte, err error) {
	err = h.use(func(p unsafe.Pointer) error {
		return withEvaluator(func(x *C.fir_evaluator) error {
			in, n := bytesOf(alerts)
			out, err = ask(func(b *C.fir_buf, e *C.fir_error) C.int {
				return C.fir_evaluate_ndjson(x, (*C.fir_playbook)(p), unsafe.Pointer(&in[0]), n, 0, b, e)
			})
			return err
		})
	})
	return out, err
}

// atAlerts is the alerts' own clock.
const atAlerts = int64(C.FIR_AT_ALERTS)

func cSimulateJSON(h *handle, alerts []byte, at int64) (out []byte, err error) {
	err = h.use(func(p unsafe.Pointer) error {
		return withEvaluator(func(x *C.fir_evaluator) error {
			in, n := bytesOf(alerts)
			out, err = ask(func(b *C.fir_buf, e *C.fir_error) C.int {
				return C.fir_simulate_ndjson(x, (*C.fir_playbook)(p), unsafe.Pointer(&in[0]), n, C.int64_t(at), 0, b, e)
			})
			return err
		})
	})
	return out, err
}

func cExplain(playbook, event *handle) (out []byte, err error) {
	err = use2(playbook, event, func(p, q unsafe.Pointer) error {
		return withEvaluator(func(x *C.fir_evaluator) error {
			out, err = ask(func(b *C.fir_buf, e *C.fir_error) C.int {
				return C.fir_explain(x, (*C.fir_playbook)(p), (*C.fir_event)(q), b, e)
			})
			return err
		})
	})
	return out, err
}

// withPlan calls f with the plan of an alert, or with nil.
func withPlan(playbook, event *handle, f func(p *C.fir_plan) error) error {
	return use2(playbook, event, func(p, q unsafe.Pointer) error {
		return withEvaluator(func(x *C.fir_evaluator) error {
			var plan *C.fir_plan
			var e C.fir_error
			if err := failed(C.fir_evaluate(x, (*C.fir_playbook)(p), (*C.fir_event)(q), 0, &plan, &e), &e); err != nil {
				return err
			}
			defer C.fir_plan_free(plan)
			return f(plan)
		})
	})
}

func cPlanEvent(playbook, event *handle) (out []byte, err error) {
	err = withPlan(playbook, event, func(plan *C.fir_plan) error {
		if plan == nil {
			return nil
		}
		out, err = ask(func(b *C.fir_buf, e *C.fir_error) C.int { return C.fir_plan_to_json(plan, b, e) })
		return err
	})
	return out, err
}

// ---- engine.h ----

func cEngineNew(o *EngineOptions, host uintptr, catalog, playbook *handle) (h *handle, err error) {
	eo := C.fir_engine_options{size: C.sizeof_fir_engine_options, attempt_timeout_ns: C.int64_t(o.AttemptTimeout),
		max_queued: C.uint64_t(o.MaxQueued), max_outcomes: C.uint64_t(o.MaxOutcomes), max_in_flight: C.uint32_t(o.MaxInFlight)}
	if o.DryRun {
		eo.flags |= C.FIR_ENGINE_DRY_RUN
	}
	if o.Env {
		eo.flags |= C.FIR_ENGINE_ENV
	}
	if o.AsOfAlerts {
		eo.flags |= C.FIR_ENGINE_AS_OF_ALERTS
	}
	if o.Written {
		eo.durability = C.FIR_DURABILITY_WRITTEN
	}
	if o.DataDir != "" {
		dir := C.CString(o.DataDir)
		defer C.free(unsafe.Pointer(dir))
		eo.data_dir = dir
	}
	logs := C.int(0)
	if o.Log != nil {
		logs = 1
	}
	err = use2(catalog, playbook, func(c, p unsafe.Pointer) error {
		var g *C.fir_engine
		var e C.fir_error
		code := C.falcoir_go_engine_new(&eo, C.uintptr_t(host), logs, (*C.fir_catalog)(c), (*C.fir_playbook)(p), &g, &e)
		if err := failed(code, &e); err != nil {
			return err
		}
		h = own(unsafe.Pointer(g), func(p unsafe.Pointer) {
			C.fir_engine_free((*C.fir_engine)(p))
			forget(host)
		})
		return nil
	})
	return h, err
}

// simple calls a function of an engine that fills nothing.
func (h *handle) simple(f func(g *C.fir_engine, e *C.fir_error) C.int) error {
	return h.use(func(p unsafe.Pointer) error {
		var e C.fir_error
		return failed(f((*C.fir_engine)(p), &e), &e)
	})
}

// cEngineRegister registers a type; has says which steps it has, a bit for each.
func cEngineRegister(h *handle, name string, has uint32, blocks bool, action uintptr) error {
	flags := C.uint32_t(0)
	if blocks {
		flags = C.FIR_ACTION_BLOCKS
	}
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	return h.simple(func(g *C.fir_engine, e *C.fir_error) C.int {
		return C.falcoir_go_register(g, text, C.uint32_t(has), flags, C.uintptr_t(action), e)
	})
}

func cEngineSetPlaybook(h, playbook *handle) error {
	return playbook.use(func(p unsafe.Pointer) error {
		return h.simple(func(g *C.fir_engine, e *C.fir_error) C.int {
			return C.fir_engine_set_playbook(g, (*C.fir_playbook)(p), e)
		})
	})
}

func cEngineSubmit(h *handle, alerts []byte) ([]byte, error) {
	in, n := bytesOf(alerts)
	return h.ask(func(p unsafe.Pointer, b *C.fir_buf, e *C.fir_error) C.int {
		return C.fir_engine_submit((*C.fir_engine)(p), unsafe.Pointer(&in[0]), n, b, e)
	})
}

func cEngineDispatch(h, playbook, event *handle) (acts bool, err error) {
	err = withPlan(playbook, event, func(plan *C.fir_plan) error {
		acts = plan != nil
		if !acts {
			return nil
		}
		return h.simple(func(g *C.fir_engine, e *C.fir_error) C.int { return C.fir_engine_dispatch(g, plan, e) })
	})
	return acts, err
}

func cEnginePoll(h *handle, wait int64) error {
	return h.simple(func(g *C.fir_engine, e *C.fir_error) C.int { return C.fir_engine_poll(g, C.int64_t(wait), e) })
}

func cEngineOutcomes(h *handle, after uint64, wait int64) (out []byte, next uint64, err error) {
	out, err = h.ask(func(p unsafe.Pointer, b *C.fir_buf, e *C.fir_error) C.int {
		var n C.uint64_t
		code := C.fir_engine_outcomes_json((*C.fir_engine)(p), C.uint64_t(after), C.int64_t(wait), &n, b, e)
		next = uint64(n)
		return code
	})
	return out, next, err
}

func cEngineSubmitEvent(h, event *handle) error {
	return event.use(func(p unsafe.Pointer) error {
		return h.simple(func(g *C.fir_engine, e *C.fir_error) C.int { return C.fir_engine_submit_event(g, (*C.fir_event)(p), e) })
	})
}

func cEnginePending(h *handle) ([]byte, error) {
	return h.ask(func(p unsafe.Pointer, b *C.fir_buf, e *C.fir_error) C.int {
		return C.fir_engine_pending_json((*C.fir_engine)(p), b, e)
	})
}

func cEngineMetrics(h *handle) ([]byte, error) {
	return h.ask(func(p unsafe.Pointer, b *C.fir_buf, e *C.fir_error) C.int {
		return C.fir_engine_metrics_text((*C.fir_engine)(p), b, e)
	})
}

func cEngineStart(h *handle) error {
	return h.simple(func(g *C.fir_engine, e *C.fir_error) C.int { return C.fir_engine_start(g, e) })
}

func cEngineStop(h *handle, grace int64) error {
	return h.simple(func(g *C.fir_engine, e *C.fir_error) C.int { return C.fir_engine_stop(g, C.int64_t(grace), e) })
}

// What people say to an engine: an id, who and why; yes is for those that take it.
type said int

const (
	saidDecide said = iota
	saidFeedback
	saidPause
	saidResume
	saidUndo
	saidReplay
	saidDiscard
	saidCancel
)

func cEngineSay(h *handle, what said, id string, yes bool, who, why string) error {
	for _, text := range []string{id, who, why} {
		if strings.IndexByte(text, 0) >= 0 {
			return &Error{Code: int(ErrInvalid), Message: "a NUL has no place here"}
		}
	}
	var s strs
	defer s.free()
	i, w, y := s.str(id).ptr, s.str(who).ptr, s.str(why).ptr
	if why == "" {
		y = nil
	}
	flag := C.int32_t(0)
	if yes {
		flag = 1
	}
	return h.simple(func(g *C.fir_engine, e *C.fir_error) C.int {
		switch what {
		case saidDecide:
			return C.fir_engine_decide(g, i, flag, w, y, e)
		case saidFeedback:
			return C.fir_engine_feedback(g, i, flag, w, y, e)
		case saidPause:
			return C.fir_engine_pause(g, w, y, e)
		case saidResume:
			return C.fir_engine_resume(g, w, y, e)
		case saidUndo:
			return C.fir_engine_undo(g, i, w, y, e)
		case saidReplay:
			return C.fir_engine_replay(g, i, w, y, e)
		case saidDiscard:
			return C.fir_engine_discard(g, i, w, y, e)
		default:
			return C.fir_engine_cancel(g, i, w, y, e)
		}
	})
}

// ---- journal.h ----

func cJournalOpen(dir string) (*handle, error) {
	text := C.CString(dir)
	defer C.free(unsafe.Pointer(text))
	var p *C.fir_journal
	var e C.fir_error
	if err := failed(C.fir_journal_open(text, nil, &p, &e), &e); err != nil {
		return nil, err
	}
	return own(unsafe.Pointer(p), func(p unsafe.Pointer) { C.fir_journal_free((*C.fir_journal)(p)) }), nil
}

func cJournalNext(h *handle, after uint64) (r Record, err error) {
	err = h.use(func(p unsafe.Pointer) error {
		entry := C.fir_journal_entry{size: C.sizeof_fir_journal_entry}
		var e C.fir_error
		if err := failed(C.fir_journal_next((*C.fir_journal)(p), C.uint64_t(after), &entry, &e), &e); err != nil {
			return err
		}
		r = Record{Seq: uint64(entry.seq), WallNs: int64(entry.wall_ns), Kind: string(borrowed(entry.kind)),
			EventID: string(borrowed(entry.event_id)), ActionID: string(borrowed(entry.action_id)), JSON: borrowed(entry.json),
			Alert: borrowed(entry.alert), Live: entry.live != 0, Hash: C.GoString(&entry.hash[0])}
		return nil
	})
	return r, err
}

func cJournalExport(h *handle, after uint64) (out []byte, next uint64, err error) {
	cursor := C.uint64_t(after)
	out, err = h.ask(func(p unsafe.Pointer, b *C.fir_buf, e *C.fir_error) C.int {
		return C.fir_journal_export((*C.fir_journal)(p), &cursor, b, e)
	})
	return out, uint64(cursor), err
}

func cJournalVerify(h *handle, head string) (v JournalVerdict, err error) {
	var known *C.char
	if head != "" {
		known = C.CString(head)
		defer C.free(unsafe.Pointer(known))
	}
	err = h.use(func(p unsafe.Pointer) error {
		out := C.fir_journal_verdict{size: C.sizeof_fir_journal_verdict}
		var e C.fir_error
		if err := failed(C.fir_journal_verify((*C.fir_journal)(p), known, &out, &e), &e); err != nil {
			return err
		}
		v = JournalVerdict{uint64(out.records), uint64(out.first), uint64(out.last), uint64(out.broken), C.GoString(&out.head[0]),
			C.GoString(&out.why[0])}
		return nil
	})
	return v, err
}

func cCommandSend(dir string, c Command, wait int64) error {
	var s strs
	defer s.free()
	text := func(value string) *C.char {
		if value == "" {
			return nil
		}
		return s.str(value).ptr
	}
	what := C.fir_command{size: C.sizeof_fir_command, verb: text(c.Verb), id: text(c.ID), who: text(c.Who), why: text(c.Why)}
	if c.Yes {
		what.yes = 1
	}
	var e C.fir_error
	return failed(C.fir_command_send(s.str(dir).ptr, &what, C.int64_t(wait), &e), &e)
}
