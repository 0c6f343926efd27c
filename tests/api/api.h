/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the public API share: an alert, a playbook, objects made of them, and what an error must look like. */
#ifndef FIR_TEST_API_H
#define FIR_TEST_API_H

#include <check.h>
#include <falcoir/falcoir.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static const char api_alert[] =
    "{\"hostname\":\"node-1\",\"output\":\"A shell\",\"output_fields\":{\"container.id\":\"3f1c\",\"k8s.ns.name\":\"prod-a\","
    "\"k8s.pod.name\":\"web-0\",\"proc.args\":[\"-c\",\"id\"],\"proc.cmdline\":\"sh -c id\",\"proc.name\":\"sh\","
    "\"user.uid\":0},\"priority\":\"Warning\",\"rule\":\"Shell\",\"source\":\"syscall\",\"tags\":[\"a\"],"
    "\"time\":\"2026-07-14T09:21:33.123456789Z\"}";

static const char api_playbook[] =
    "- list: shells\n  items: [bash, sh]\n"
    "- macro: production\n  condition: k8s.ns.name startswith prod-\n"
    "- rule: Tell\n  condition: production and proc.name in (shells) and proc.cmdline regex '^sh -c .*'\n  continue: true\n"
    "  actions:\n    - action: Tell\n      use: http:webhook\n      parameters:\n        url: https://hook.example/in\n"
    "        body: '{\"cmd\": \"{{proc.cmdline}}\", \"alert\": {{event.json}}}'\n"
    "- rule: Keep\n  condition: user.uid = 0\n  actions:\n    - action: Keep\n      use: http:webhook\n"
    "      parameters: {url: 'https://hook.example/{{proc.name}}'}\n";

enum { API_MARK = 0xA5 };

static inline fir_error api_marked(void)
{
    fir_error e;
    memset(&e, API_MARK, sizeof e);
    return e;
}

/* On success the error keeps what was in it. */
static inline void api_untouched(const fir_error *e, const char *what)
{
    fir_error fresh = api_marked();
    ck_assert_msg(memcmp(e, &fresh, sizeof fresh) == 0, "%s succeeded and wrote the error", what);
}

/* On failure every byte of it is the library's. */
static inline void api_written(const fir_error *e, int code, const char *what)
{
    ck_assert_msg(e->code == code, "%s: returned %d, the error says %d", what, code, e->code);
    ck_assert_msg(memchr(e->message, '\0', sizeof e->message) != NULL && e->message[0] != '\0', "%s: no message", what);
    ck_assert_msg(memchr(e->origin, '\0', sizeof e->origin) != NULL, "%s: the origin has no end", what);
    bool all = e->line != 0xA5A5A5A5 && e->column != 0xA5A5A5A5 && e->reserved == 0 && e->offset != UINT64_C(0xA5A5A5A5A5A5A5A5);
    for (size_t i = strlen(e->message); i < sizeof e->message; i++) {
        all = all && e->message[i] == '\0';
    }
    for (size_t i = strlen(e->origin); i < sizeof e->origin; i++) {
        all = all && e->origin[i] == '\0';
    }
    ck_assert_msg(all, "%s: a part of the error was not written", what);
}

/* The call, which uses &err, fails with the code; its error says so; and without an error it does the same. */
#define API_FAILS(wanted, call)                                                                                                    \
    do {                                                                                                                           \
        fir_error err = api_marked();                                                                                              \
        int code_ = (call);                                                                                                        \
        ck_assert_msg(code_ == (wanted), "%s: %s, wanted %s (%s)", #call, fir_code_name(code_), fir_code_name(wanted),             \
                      code_ != 0 ? err.message : "");                                                                              \
        api_written(&err, code_, #call);                                                                                           \
    } while (0)

#define API_WORKS(call)                                                                                                            \
    do {                                                                                                                           \
        fir_error err = api_marked();                                                                                              \
        int code_ = (call);                                                                                                        \
        ck_assert_msg(code_ == 0, "%s: %s: %s", #call, fir_code_name(code_), err.message);                                         \
        api_untouched(&err, #call);                                                                                                \
    } while (0)

static inline fir_event *api_event(const char *alert, size_t n)
{
    fir_event *e;
    API_WORKS(fir_event_new(NULL, &e, &err));
    API_WORKS(fir_event_parse(e, alert, n, NULL, &err));
    return e;
}

static inline fir_playbook *api_compile(const char *yaml)
{
    fir_compiler *k;
    fir_playbook *p;
    API_WORKS(fir_compiler_new(NULL, NULL, &k, &err));
    API_WORKS(fir_compiler_add(k, "p.yaml", yaml, strlen(yaml), &err));
    API_WORKS(fir_compiler_build(k, &p, &err));
    fir_compiler_free(k);
    return p;
}

static inline int api_run(const char *name, void (*add)(TCase *t))
{
    Suite *s = suite_create(name);
    TCase *t = tcase_create(name);
    tcase_set_timeout(t, 300);
    add(t);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}

#endif
