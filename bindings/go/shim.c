/* SPDX-License-Identifier: Apache-2.0 */
#include "shim.h"

#include "_cgo_export.h"

static int advance(void *self, fir_call *c)
{
    return falcoirGoCall((uintptr_t)self, GO_ADVANCE, c);
}

static int prepare(void *self, fir_call *c)
{
    return falcoirGoCall((uintptr_t)self, GO_PREPARE, c);
}

static int verify(void *self, fir_call *c)
{
    return falcoirGoCall((uintptr_t)self, GO_VERIFY, c);
}

static int undo(void *self, fir_call *c)
{
    return falcoirGoCall((uintptr_t)self, GO_UNDO, c);
}

int falcoir_go_register(fir_engine *g, const char *name, uint32_t has, uint32_t flags, uintptr_t action, fir_error *err)
{
    fir_action_type t = {.size = sizeof t, .name = name, .advance = advance, .flags = flags};
    t.prepare = (has & 1u << GO_PREPARE) != 0 ? prepare : NULL;
    t.verify = (has & 1u << GO_VERIFY) != 0 ? verify : NULL;
    t.undo = (has & 1u << GO_UNDO) != 0 ? undo : NULL;
    return fir_engine_register(g, &t, (void *)action, err);
}

static int say(void *user, int32_t level, const char *json, size_t n)
{
    return falcoirGoLog((uintptr_t)user, level, (char *)json, n);
}

int falcoir_go_engine_new(const fir_engine_options *o, uintptr_t host, int logs, const fir_catalog *c, const fir_playbook *p,
                          fir_engine **out, fir_error *err)
{
    fir_engine_options with = *o;
    with.log = logs ? say : NULL;
    with.log_user = (void *)host;
    return fir_engine_new(&with, c, p, out, err);
}
