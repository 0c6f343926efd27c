/* SPDX-License-Identifier: Apache-2.0 */
/* An engine stays with the process that made it: the child of a fork is told so, and disturbs nothing. */
#include <sys/wait.h>
#include <unistd.h>

#include "api/api.h"
#include "support/fake.h"

static fake net;

static int advance(void *self, fir_call *c)
{
    (void)self;
    (void)c;
    return FIR_CALL_DONE;
}

/* The number of the first check that failed; 0: none. */
static int in_the_child(fir_engine *g, fir_playbook *p, fir_plan *pl)
{
    fir_buf b = {NULL, 0, NULL};
    uint64_t next;
    fir_error err = api_marked();
    fir_action_type t = {.size = sizeof t, .name = "http:webhook", .advance = advance};
    int checks[] = {
        fir_engine_submit(g, api_alert, strlen(api_alert), &b, &err) == FIR_ESTATE,
        err.code == FIR_ESTATE && strstr(err.message, "fork") != NULL,
        b.ptr == NULL,
        fir_engine_dispatch(g, pl, NULL) == FIR_ESTATE,
        fir_engine_poll(g, 0, NULL) == FIR_ESTATE,
        fir_engine_outcomes_json(g, 0, 0, &next, &b, NULL) == FIR_ESTATE,
        fir_engine_set_playbook(g, p, NULL) == FIR_ESTATE,
        fir_engine_register(g, &t, NULL, NULL) == FIR_ESTATE,
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (!checks[i]) {
            return (int)i + 1;
        }
    }
    fir_engine_free(g); /* does nothing: its sockets are the parent's */
    if (net.destroyed != 0) {
        return 100;
    }
    /* What is no engine works here as there, an engine of the child's own too. */
    fir_engine_options o = {.size = sizeof o, .transport = &net.transport, .clock = &net.clock, .flags = FIR_ENGINE_AS_OF_ALERTS};
    if (fir_engine_new(&o, NULL, p, &g, NULL) != 0 || fir_engine_submit(g, api_alert, strlen(api_alert), NULL, NULL) != 0) {
        return 101;
    }
    while (fir_engine_poll(g, 1000, NULL) == 0) {
    }
    fir_engine_free(g);
    return net.destroyed == 1 ? 0 : 102;
}

START_TEST(a_child)
{
    fir_playbook *p = api_compile(api_playbook);
    fir_event *e = api_event(api_alert, strlen(api_alert));
    fir_evaluator *x;
    fir_plan *pl;
    fir_engine *g;
    int status;
    fake_init(&net);
    fir_engine_options o = {.size = sizeof o, .transport = &net.transport, .clock = &net.clock, .flags = FIR_ENGINE_AS_OF_ALERTS};
    API_WORKS(fir_evaluator_new(NULL, &x, &err));
    API_WORKS(fir_evaluate(x, p, e, 0, &pl, &err));
    API_WORKS(fir_engine_new(&o, NULL, p, &g, &err));
    API_WORKS(fir_engine_submit(g, api_alert, strlen(api_alert), NULL, &err));
    pid_t child = fork();
    if (child == 0) {
        _exit(in_the_child(g, p, pl));
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    while (fir_engine_poll(g, 1000, NULL) == 0) {
    }
    ck_assert_uint_eq(net.n, 2); /* the parent's alert was done here, once */
    fir_engine_free(g);
    ck_assert_int_eq(net.destroyed, 1);
    fir_plan_free(pl);
    fir_evaluator_free(x);
    fir_event_free(e);
    fir_playbook_unref(p);
    fake_free(&net);
}
END_TEST

static void add(TCase *t)
{
    tcase_add_test(t, a_child);
}

int main(void)
{
    setenv("CK_FORK", "no", 0);
    return api_run("fork", add);
}
