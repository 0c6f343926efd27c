// SPDX-License-Identifier: Apache-2.0

// The ABI from cgo, with nothing between: load a playbook, plan a batch, print the lines. smoke PLAYBOOK ALERTS
package main

// #include <falcoir/falcoir.h>
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"os"
	"unsafe"
)

func main() {
	var e C.fir_error
	ok := func(code C.int) {
		if code != 0 {
			fmt.Fprintf(os.Stderr, "%d: %s\n", code, C.GoString(&e.message[0]))
			os.Exit(1)
		}
	}
	var compiler *C.fir_compiler
	var playbook *C.fir_playbook
	var evaluator *C.fir_evaluator
	var out C.fir_buf
	path := C.CString(os.Args[1])
	defer C.free(unsafe.Pointer(path))
	ok(C.fir_check_version(C.FIR_VERSION_NUM))
	ok(C.fir_compiler_new(nil, nil, &compiler, &e))
	ok(C.fir_compiler_add_file(compiler, path, &e))
	ok(C.fir_compiler_build(compiler, &playbook, &e))
	C.fir_compiler_free(compiler)
	ok(C.fir_evaluator_new(nil, &evaluator, &e))
	alerts, err := os.ReadFile(os.Args[2])
	if err != nil || len(alerts) == 0 {
		fmt.Fprintln(os.Stderr, "no alerts:", err)
		os.Exit(1)
	}
	ok(C.fir_evaluate_ndjson(evaluator, playbook, unsafe.Pointer(&alerts[0]), C.size_t(len(alerts)), 0, &out, &e))
	C.fir_playbook_unref(playbook)
	C.fir_evaluator_free(evaluator)
	os.Stdout.Write(unsafe.Slice((*byte)(unsafe.Pointer(out.ptr)), int(out.len)))
	C.fir_buf_dispose(&out)
}
