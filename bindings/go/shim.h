/* SPDX-License-Identifier: Apache-2.0 */
/* What Go cannot say in Go: functions of C that call exported functions of Go. Numbers travel where C has a void *. */
#ifndef FALCOIR_GO_SHIM_H
#define FALCOIR_GO_SHIM_H

#include <falcoir/falcoir.h>

/* Registers a type whose functions are Go's; action is what Go knows it by. */
int falcoir_go_register(fir_engine *g, const char *name, int has_prepare, uintptr_t action, fir_error *err);

/* fir_engine_new, with a log of Go's when logs is not 0. */
int falcoir_go_engine_new(const fir_engine_options *o, uintptr_t host, int logs, const fir_catalog *c, const fir_playbook *p,
                          fir_engine **out, fir_error *err);

#endif
