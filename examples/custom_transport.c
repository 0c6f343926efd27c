/* SPDX-License-Identifier: Apache-2.0 */
/* A transport of the program's own in place of libcurl: here one that prints each request and answers 204 at once, as a dry run of
 * everything but the network. One thread calls it at a time, but for wake.
 *
 *   ./custom_transport playbook.yaml < alerts.ndjson
 */
#include <falcoir/falcoir.h>
#include <stdio.h>

enum { MOST = 512 }; /* that the engine has out at once */

typedef struct printer {
    uint64_t waiting[MOST]; /* requests whose answers were not fetched yet */
    size_t count;
} printer;

static int start(void *self, const fir_http_request *rq, fir_error *err)
{
    printer *p = self;
    (void)err;
    if (p->count == MOST) {
        return FIR_EAGAIN;
    }
    printf("%.*s %.*s, %zu bytes\n", (int)rq->method.len, rq->method.ptr, (int)rq->url.len, rq->url.ptr, rq->body.len);
    p->waiting[p->count++] = rq->id; /* all else is borrowed during start only */
    return 0;
}

static int wait_for_news(void *self, int64_t wait_ns, fir_error *err)
{
    (void)self, (void)wait_ns, (void)err; /* every answer is there already */
    return 0;
}

static int next(void *self, fir_http_result *out)
{
    printer *p = self;
    if (p->count == 0) {
        return FIR_ENOTFOUND;
    }
    *out = (fir_http_result){.size = sizeof *out, .id = p->waiting[--p->count], .status = 204, .sent = 1};
    return 0;
}

static int wake(void *self)
{
    (void)self; /* wait never waits */
    return 0;
}

static void cancel(void *self, uint64_t id)
{
    (void)self, (void)id; /* too late: it was answered */
}

int main(int argc, char **argv)
{
    static char alerts[1 << 20];
    printer p = {.count = 0};
    const fir_transport transport = {sizeof transport, &p, start, wait_for_news, next, wake, cancel, NULL};
    fir_engine_options o = {.size = sizeof o, .transport = &transport};
    fir_compiler *k = NULL;
    fir_playbook *book = NULL;
    fir_engine *g = NULL;
    fir_error e = {0};
    size_t n = fread(alerts, 1, sizeof alerts, stdin);
    int ok = argc == 2 && fir_compiler_new(NULL, NULL, &k, &e) == 0 && fir_compiler_add_file(k, argv[1], &e) == 0 &&
             fir_compiler_build(k, &book, &e) == 0 && fir_engine_new(&o, NULL, book, &g, &e) == 0 &&
             fir_engine_submit(g, alerts, n, NULL, &e) == 0;
    while (ok && fir_engine_poll(g, 0, &e) == 0) {
    }
    if (!ok) {
        fprintf(stderr, "%s\n", argc == 2 ? e.message : "usage: custom_transport PLAYBOOK");
    }
    fir_engine_free(g);
    fir_playbook_unref(book);
    fir_compiler_free(k);
    return ok ? 0 : 1;
}
