/* SPDX-License-Identifier: Apache-2.0 */
/* local:exec: a program of this host that the configuration allows. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/call.h"
#include "action/env.h"
#include "action/process/spawn.h"
#include "action/types.h"
#include "base/time.h"

enum { MAX_ARGUMENTS = 256, MAX_VARIABLES = 64, MAX_ARGUMENT = 64 * 1024, MAX_SAID = 4096, SHOWN = 160 };

static bool is_allowed(const fir__action_env *env, fir_str program)
{
    const fir__data *list =
        env != NULL ? fir__data_get(fir__data_get(env->config, FIR__S("local")), FIR__S("allow_programs")) : NULL;
    for (uint32_t i = 0; list != NULL && list->type == FIR__DATA_LIST && i < list->count; i++) {
        if (list->items[i].type == FIR__DATA_TEXT && fir__str_eq(list->items[i].s, program)) {
            return true;
        }
    }
    return false;
}

/* What others may rewrite is not the program that was allowed. */
static int check_program(fir_call *c, const fir__action_env *env, fir_str program)
{
    struct stat st;
    if (program.len == 0 || program.ptr[0] != '/' || program.len >= PATH_MAX || !is_allowed(env, program)) {
        return FIR__CALL_FAIL(
            c, FIR_EDENIED, true,
            "the program does not stand in local: {allow_programs: [...]} of the configuration, by its absolute path");
    }
    if (stat(program.ptr, &st) != 0 || !S_ISREG(st.st_mode)) {
        return FIR__CALL_FAIL(c, FIR_EDENIED, true, "the program is not there, or no file");
    }
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 || (st.st_uid != 0 && st.st_uid != geteuid())) {
        return FIR__CALL_FAIL(c, FIR_EDENIED, true, "the program can be changed by others than root and the user that runs it");
    }
    return 0;
}

/* Whether the kernel takes a text as it is: as one that ends at its first NUL. */
static bool is_c_text(fir_str s)
{
    return s.len <= MAX_ARGUMENT && (s.len == 0 || memchr(s.ptr, '\0', s.len) == NULL);
}

/* NULL: no memory. */
static char *c_text(fir_call *c, fir_str s)
{
    return (char *)(uintptr_t)fir__arena_str(&c->arena, s).ptr;
}

static int take_arguments(fir_call *c, fir_str name, char ***out)
{
    const fir__data *d = fir__call_data(c, name);
    if (d == NULL || d->type != FIR__DATA_LIST || d->count == 0 || d->count > MAX_ARGUMENTS) {
        return FIR__CALL_FAIL(c, FIR_EINVAL, true, "argv wants the program and its arguments, at most 256");
    }
    char **argv = fir__arena_array(&c->arena, (size_t)d->count + 1, sizeof *argv);
    for (uint32_t i = 0; argv != NULL && i < d->count; i++) {
        if (d->items[i].type != FIR__DATA_TEXT || !is_c_text(d->items[i].s)) {
            return FIR__CALL_FAIL(c, FIR_EDENIED, true, "an argument holds a NUL, is no text or is longer than 64 KiB");
        }
        argv[i] = c_text(c, d->items[i].s);
        if (argv[i] == NULL) {
            return fir__arena_error(&c->arena);
        }
    }
    *out = argv;
    return argv == NULL ? FIR_ENOMEM : 0;
}

static bool is_variable(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!fir__is_alnum(s.ptr[i]) && s.ptr[i] != '_') {
            return false;
        }
    }
    return s.len != 0 && s.len < 128 && !fir__is_digit(s.ptr[0]);
}

static int add_variable(fir_call *c, char **to, fir_str name, fir_str value)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &c->wiping, MAX_ARGUMENT);
    fir__sbuf_str(&b, name);
    fir__sbuf_char(&b, '=');
    fir__sbuf_str(&b, value);
    int rc = b.status;
    if (rc == 0 && is_c_text(fir__sbuf_view(&b))) {
        *to = c_text(c, fir__sbuf_view(&b));
        rc = *to != NULL ? 0 : fir__arena_error(&c->arena);
    } else if (rc != FIR_ENOMEM) {
        rc = FIR__CALL_FAIL(c, FIR_EDENIED, true, "a variable of the environment is too long or holds a NUL");
    }
    fir__sbuf_free(&b);
    return rc;
}

static int take_environment(fir_call *c, char ***out)
{
    const fir__data *d = fir__call_data(c, FIR__S("environment"));
    uint32_t n = d != NULL && d->type == FIR__DATA_MAP ? d->count : 0;
    char **all = fir__arena_array(&c->arena, MAX_VARIABLES + 2, sizeof *all);
    if (all == NULL) {
        return FIR_ENOMEM;
    }
    if (n > MAX_VARIABLES) {
        return FIR__CALL_FAIL(c, FIR_ELIMIT, true, "more than 64 variables in the environment");
    }
    size_t used = 0;
    bool own_path = false;
    for (uint32_t i = 0; i < n; i++) {
        const fir__entry *e = &d->entries[i];
        if (!is_variable(e->key) || e->value.type != FIR__DATA_TEXT) {
            return FIR__CALL_FAIL(c, FIR_EINVAL, true, "environment: names are letters, digits and _, values texts");
        }
        own_path = own_path || fir__str_eq(e->key, FIR__S("PATH"));
        int rc = add_variable(c, &all[used++], e->key, e->value.s);
        if (rc != 0) {
            return rc;
        }
    }
    *out = all;
    return own_path ? 0 : add_variable(c, &all[used], FIR__S("PATH"), FIR__S("/usr/bin:/bin"));
}

/* Its first line on stderr, for a message. */
static int fail_with(fir_call *c, int32_t code, const char *what, int number, fir_str said)
{
    char text[256];
    size_t end = fir__str_find(said, FIR__S("\n"));
    said = fir__str_to(said, end < SHOWN ? end : SHOWN);
    int n = snprintf(text, sizeof text, "%s %d%s%.*s", what, number, said.len != 0 ? ": " : "", (int)said.len,
                     said.len != 0 ? said.ptr : "");
    for (int i = 0; i < n && i < (int)sizeof text; i++) {
        text[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i];
    }
    return fir_call_fail(c, code, true, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static int judge(fir_call *c, const fir__spawned *r, const fir__sbuf *out, fir_str said)
{
    int rc = fir_call_output(c, out->ptr, out->len);
    if (rc != 0) {
        return rc;
    }
    if (r->timed_out) {
        return FIR__CALL_FAIL(c, FIR_ETIMEOUT, true, "the program did not end in time; it and what it started were ended");
    }
    if (r->exit_code < 0) {
        return fail_with(c, FIR_EACTION, "the program was ended by signal", r->signal, said);
    }
    return r->exit_code == 0 ? FIR_CALL_DONE : fail_with(c, FIR_EACTION, "the program ended with", r->exit_code, said);
}

static int run(const fir__action_env *env, fir_call *c, fir_str argv)
{
    const fir__data *timeout = fir__call_data(c, FIR__S("timeout")), *in = fir__call_data(c, FIR__S("stdin"));
    fir__spawn s = {.timeout_ns = timeout != NULL && timeout->type == FIR__DATA_INT ? timeout->i : 30 * FIR__SECOND};
    fir__spawned r;
    fir_error err = {0};
    char **arguments = NULL, **environment = NULL;
    int rc = take_arguments(c, argv, &arguments);
    rc = rc != 0 ? rc : check_program(c, env, fir__cstr(arguments[0]));
    rc = rc != 0 ? rc : take_environment(c, &environment);
    if (rc != 0) {
        return rc;
    }
    if (in != NULL && in->type == FIR__DATA_TEXT && fir__str_eq(in->s, FIR__S("alert"))) {
        s.input = c->event;
    }
    fir__sbuf out, said;
    fir__sbuf_init(&out, &c->wiping, FIR__CALL_MAX_OUTPUT);
    fir__sbuf_init(&said, &c->wiping, MAX_SAID);
    s.argv = arguments;
    s.environment = environment;
    s.out = &out;
    s.err = &said;
    rc = fir__spawn_run(&s, &r, &err);
    rc = rc != 0 ? fir_call_fail(c, rc, rc != FIR_ENOMEM, err.message, strlen(err.message))
                 : judge(c, &r, &out, fir__sbuf_view(&said));
    fir__sbuf_free(&out);
    fir__sbuf_free(&said);
    return rc;
}

int fir__exec_advance(void *self, fir_call *c)
{
    return run(self, c, FIR__S("argv"));
}

int fir__exec_undo(void *self, fir_call *c)
{
    if (fir__call_data(c, FIR__S("undo_argv")) == NULL) {
        return FIR__CALL_FAIL(c, FIR_EUNSUPPORTED, true, "there is no undo_argv");
    }
    return run(self, c, FIR__S("undo_argv"));
}
