/* SPDX-License-Identifier: Apache-2.0 */
/* An action type of the program's own: `ticket:open` in a playbook calls a function here. The schema tells the compiler what the
 * playbook may say about it, so mistakes are found at load; retries, deadlines, secrets and outcomes are the engine's. */
#include <falcoir/falcoir.h>
#include <stdio.h>
#include <string.h>

static const char schema[] =
    "{\"name\":\"ticket:open\",\"description\":\"Opens a ticket.\",\"effect\":\"keyed\",\"destructive\":false,"
    "\"notifies\":true,\"parameters\":{"
    "\"queue\":{\"type\":\"string\",\"required\":true,\"choices\":[\"soc\",\"platform\"]},"
    "\"title\":{\"type\":\"string\",\"default\":\"{{rule}} on {{hostname}}\",\"sink\":\"text\"}}}";

static const char playbook[] = "- rule: Open a ticket\n"
                               "  condition: priority >= Warning\n"
                               "  actions:\n"
                               "    - {action: ticket, use: 'ticket:open', parameters: {queue: soc}}\n";

static const char alert[] =
    "{\"hostname\":\"node-1\",\"output\":\"09:21:33.104938271: Warning a shell\",\"output_fields\":{\"proc.name\":"
    "\"bash\"},\"priority\":\"Warning\",\"rule\":\"Terminal shell in container\",\"source\":\"syscall\","
    "\"tags\":[]}"; /* without a time it is of now; an old one would be stale */

typedef struct desk {
    unsigned opened;
} desk;

static int open_ticket(void *self, fir_call *c)
{
    desk *d = self;
    fir_str queue, title, key; /* key: the same at every attempt: a desk that knows it opens no second ticket */
    if (fir_call_text(c, "queue", 5, &queue) != 0 || fir_call_text(c, "title", 5, &title) != 0 ||
        fir_call_action_id(c, &key) != 0) {
        return fir_call_fail(c, FIR_EACTION, 1, "a parameter is missing", 22); /* 1: trying again cannot help */
    }
    d->opened++;
    printf("%.*s: %.*s (key %.8s…, attempt %u)\n", (int)queue.len, queue.ptr, (int)title.len, title.ptr, key.ptr,
           (unsigned)fir_call_attempt(c));
    (void)fir_call_output(c, "T-1", 3); /* what later steps see as {{steps.ticket.output}} */
    return FIR_CALL_DONE;
}

int main(void)
{
    fir_error e = {0};
    fir_catalog *catalog = NULL;
    fir_compiler *k = NULL;
    fir_playbook *p = NULL;
    fir_engine *g = NULL;
    fir_buf out = {0};
    uint64_t cursor = 0;
    desk d = {0};
    const fir_action_type type = {.size = sizeof type, .name = "ticket:open", .advance = open_ticket};
    int ok = fir_catalog_new(&catalog, &e) == 0 && fir_catalog_add(catalog, schema, strlen(schema), &e) == 0 &&
             fir_compiler_new(catalog, NULL, &k, &e) == 0 && fir_compiler_add(k, "built in", playbook, strlen(playbook), &e) == 0 &&
             fir_compiler_build(k, &p, &e) == 0 && fir_engine_new(NULL, catalog, p, &g, &e) == 0 &&
             fir_engine_register(g, &type, &d, &e) == 0 && fir_engine_submit(g, alert, strlen(alert), NULL, &e) == 0;
    while (ok && fir_engine_poll(g, 1000000000, &e) == 0) {
    }
    if (ok && fir_engine_outcomes_json(g, 0, 0, &cursor, &out, &e) == 0) {
        printf("%s\n", out.ptr);
    } else {
        fprintf(stderr, "%s\n", e.message);
    }
    fir_buf_dispose(&out);
    fir_engine_free(g);
    fir_playbook_unref(p);
    fir_compiler_free(k);
    fir_catalog_unref(catalog);
    return ok && d.opened == 1 ? 0 : 1;
}
