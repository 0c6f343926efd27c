/* SPDX-License-Identifier: Apache-2.0 */
/* What Go cannot say in Go: functions of C that call exported functions of Go. Numbers travel where C has a void *. */
#ifndef FALCOIR_GO_SHIM_H
#define FALCOIR_GO_SHIM_H

#include <falcoir/falcoir.h>

/* The steps of an action, as Go counts them. */
enum { GO_ADVANCE = 0, GO_PREPARE = 1, GO_VERIFY = 2, GO_UNDO = 3 };

/* Registers a type whose functions are Go's: those whose bit (1 << GO_*) is in has. action is what Go knows it by. */
int falcoir_go_register(fir_engine *g, const char *name, uint32_t has, uint32_t flags, uintptr_t action, fir_error *err);

/* fir_engine_new, with a log of Go's when logs is not 0. */
int falcoir_go_engine_new(const fir_engine_options *o, uintptr_t host, int logs, const fir_catalog *c, const fir_playbook *p,
                          fir_engine **out, fir_error *err);

#endif
