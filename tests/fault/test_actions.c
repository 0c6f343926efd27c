/* SPDX-License-Identifier: Apache-2.0 */
/* Each built-in action type with each allocation of the engine failing, once and for a while: the outcome is the one that it has
 * with memory, or says that there was none, and nothing is left behind. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault/acting.h"
#include "support/failing.h"
#include "support/variables.h"
#include "support/world.h"

enum { OUTAGE = 4 /* polls that go without memory */, MOST_POLLS = 4000, MOST_POINTS = 120 };

static char folder[] = "/tmp/fir-actions-XXXXXX";
static fir_test_memory memory;
static fake network;
static fir_transport fakes; /* what the fake itself does */
static const acting *current;
static int wrong;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s: %s\n", current != NULL && current->use != NULL ? current->use : "-", what, why);
    abort();
}

static void write_file(const char *name, const char *text)
{
    char path[100];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0) {
        die(path, strerror(errno));
    }
}

/* A copy of text with the folder in the place of each @@. */
static char *placed(const char *text)
{
    size_t n = strlen(folder);
    char *copy = malloc(strlen(text) * n / 2 + n + 1), *to = copy;
    for (; *text != '\0'; text++) {
        if (text[0] == '@' && text[1] == '@') {
            to = stpcpy(to, folder);
            text++;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
    return copy;
}

/* A service account's key file. False: openssl is not here. */
static bool make_key_file(void)
{
    char command[200], pem[4096];
    snprintf(command, sizeof command, "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null");
    FILE *p = popen(command, "r");
    pem[p != NULL ? fread(pem, 1, sizeof pem - 1, p) : 0] = '\0';
    if (p == NULL || pclose(p) != 0) {
        return false;
    }
    pem[strcspn(pem, "\0")] = '\0';
    json_t *j = json_pack("{s:s, s:s, s:s, s:s}", "type", "service_account", "client_email", "f@p.iam.gserviceaccount.com",
                          "private_key", pem, "private_key_id", "k-1");
    char *text = json_dumps(j, 0);
    write_file("sa.json", text);
    free(text);
    json_decref(j);
    return true;
}

static bool suits(const acting_route *r, const fir_http_request *rq)
{
    size_t n = strlen(r->part);
    return r->part[0] == '\0' || memmem(rq->url.ptr, rq->url.len, r->part, n) != NULL ||
           (rq->body.len != 0 && memmem(rq->body.ptr, rq->body.len, r->part, n) != NULL);
}

static const fake_answer *find(const acting_route *routes, size_t n, const fir_http_request *rq)
{
    for (size_t i = 0; i < n && routes[i].part != NULL; i++) {
        if (suits(&routes[i], rq)) {
            return &routes[i].answer;
        }
    }
    return NULL;
}

static int start(void *self, const fir_http_request *rq, fir_error *err)
{
    static const fake_answer fine = {.body = ""};
    bool undoing = network.now_ns > INT64_C(1800000000000); /* it begins an hour later */
    const fake_answer *a = undoing ? find(current->undoing, sizeof current->undoing / sizeof current->undoing[0], rq) : NULL;
    a = a != NULL ? a : find(current->routes, sizeof current->routes / sizeof current->routes[0], rq);
    network.script = a != NULL ? a : &fine;
    network.n_script = 1;
    return fakes.start(self, rq, err);
}

static void forget_requests(void)
{
    for (size_t i = 0; i < network.n; i++) {
        free(network.requests[i].method);
        free(network.requests[i].url);
        free(network.requests[i].head);
        free(network.requests[i].body);
        network.requests[i] = (fake_request){0};
    }
    network.n = network.in_flight = network.most_in_flight = 0;
    network.now_ns = 1000000000;
}

static void set_environment(void)
{
    fir_test_forget_clouds();
    fir_test_set("HOME", folder);
    for (size_t i = 0; i < sizeof current->environment / sizeof current->environment[0] && current->environment[i] != NULL; i++) {
        char *text = placed(current->environment[i]), *value = strchr(text, '=');
        *value = '\0';
        (void)setenv(text, value + 1, 1);
        free(text);
    }
}

static void add(fir_compiler *k, const char *name, const char *text)
{
    fir_error err;
    if (text[0] != '\0' && fir_compiler_add(k, name, text, strlen(text), &err) != 0) {
        die(name, err.message);
    }
}

static fir_playbook *compile(void)
{
    char *parameters = placed(current->parameters), *config = placed(current->config != NULL ? current->config : ""), yaml[4000];
    fir_compiler *k;
    fir_playbook *p;
    fir_error err;
    if (current->use == NULL) {
        snprintf(yaml, sizeof yaml, "%s", parameters);
    } else {
        snprintf(yaml, sizeof yaml,
                 "- rule: R\n  condition: proc.name = sh\n  actions: [{action: a, use: '%s', retry: {attempts: 3}%s, parameters: "
                 "{%s}}]\n",
                 current->use, current->undo ? ", undo_after: 1h" : "", parameters);
    }
    if (fir_compiler_new(NULL, NULL, &k, NULL) != 0) {
        die("compiler", "no memory");
    }
    add(k, "config.yaml", config);
    add(k, "rules.yaml", yaml);
    if (fir_compiler_build(k, &p, &err) != 0) {
        die("build", err.message);
    }
    fir_compiler_free(k);
    free(parameters);
    free(config);
    return p;
}

/* What became of it. */
typedef struct result {
    char text[400]; /* "step:status" of each outcome */
    char error[300];
    bool without_memory; /* one of them says that memory was not to be had */
    size_t requests;
    long calls; /* allocations */
} result;

static void read_outcomes(fir_engine *g, result *r)
{
    fir_buf json;
    uint64_t next;
    size_t i, n = 0;
    const json_t *o;
    if (fir_engine_outcomes_json(g, 0, 0, &next, &json, NULL) != 0) {
        die("outcomes", "cannot be had");
    }
    json_t *all = json_loads(json.ptr, 0, NULL);
    fir_buf_dispose(&json);
    r->text[0] = '\0';
    json_array_foreach(all, i, o)
    {
        const char *step = json_string_value(json_object_get(o, "step")), *status = json_string_value(json_object_get(o, "status"));
        const char *code = json_string_value(json_object_get(json_object_get(o, "error"), "code"));
        r->without_memory = r->without_memory || (code != NULL && strcmp(code, "FIR_ENOMEM") == 0);
        const char *message = json_string_value(json_object_get(json_object_get(o, "error"), "message"));
        snprintf(r->error, sizeof r->error, "%s", message != NULL ? message : r->error);
        n += (size_t)snprintf(r->text + n, sizeof r->text - n, "%s%s:%s", i != 0 ? " " : "", step, status);
    }
    json_decref(all);
}

/* Polls until nothing is left to do. In an outage memory comes back after some polls that went without. */
static void drain(fir_engine *g)
{
    int without = 0;
    for (int i = 0; i < MOST_POLLS; i++) {
        long at = atomic_load(&memory.fail_at);
        int rc = fir_engine_poll(g, 1000000000, NULL);
        if (rc == FIR_EAGAIN) {
            return;
        }
        if (rc != 0 && rc != FIR_ENOMEM) {
            die("poll", fir_code_name(rc));
        }
        without += at >= 0 && memory.for_ever && atomic_load(&memory.calls) > at;
        if (without == OUTAGE) {
            atomic_store(&memory.fail_at, -1);
        }
    }
    die("poll", "no end");
}

static result act(const fir_playbook *p, long at, bool for_ever)
{
    result r = {.without_memory = false};
    fir_engine *g;
    const fir_engine_options o = {.size = sizeof o,
                                  .allocator = &memory.allocator,
                                  .transport = &network.transport,
                                  .clock = &network.clock,
                                  .flags = FIR_ENGINE_AS_OF_ALERTS | FIR_ENGINE_ENV};
    forget_requests();
    fir_test_memory_arm(&memory, -1, false);
    if (fir_engine_new(&o, NULL, p, &g, NULL) != 0 || fir_engine_submit(g, world_alert, strlen(world_alert), NULL, NULL) != 0) {
        die("engine", "does not begin");
    }
    fir_test_memory_arm(&memory, at, for_ever);
    drain(g);
    r.calls = atomic_load(&memory.calls);
    fir_test_memory_arm(&memory, -1, false);
    read_outcomes(g, &r);
    r.requests = network.n;
    fir_engine_free(g);
    if (atomic_load(&memory.live) != 0) {
        die("memory", "blocks are left");
    }
    return r;
}

/* One failure costs an attempt at most, so that the end is the same. Without memory for longer it may say so. */
static bool as_it_should(const result *got, const result *wanted, bool for_ever)
{
    if (for_ever) {
        return strcmp(got->text, wanted->text) == 0 || got->without_memory;
    }
    return strcmp(got->text, wanted->text) == 0 && got->requests <= 2 * wanted->requests;
}

static long sweep(long most)
{
    set_environment();
    fir_playbook *p = compile();
    result wanted = act(p, -1, false);
    if (strcmp(wanted.text, current->outcomes) != 0) {
        fprintf(stderr, "%s: with memory: %s (%s)\n", current->use, wanted.text, wanted.error);
        wrong++;
        return 0;
    }
    long runs = 0, step = wanted.calls / most + 1;
    for (int for_ever = 0; for_ever < 2; for_ever++) {
        for (long at = for_ever; at < wanted.calls; at += step, runs++) {
            result got = act(p, at, for_ever != 0);
            if (!as_it_should(&got, &wanted, for_ever != 0)) {
                char text[2000];
                snprintf(text, sizeof text, "allocation %ld failing%s: %s (%s), %zu requests; without failure %s, %zu", at,
                         for_ever ? " and others after it" : "", got.text, got.error, got.requests, wanted.text, wanted.requests);
                wrong++;
                fprintf(stderr, "%s: %s\n", current->use != NULL ? current->use : "-", text);
                break;
            }
        }
    }
    fir_playbook_unref(p);
    return runs;
}

int main(void)
{
    const char *all = getenv("FALCOIR_TEST_LONG");
    long runs = 0, most = all != NULL ? 1000000 : MOST_POINTS;
    if (mkdtemp(folder) == NULL) {
        die("folder", strerror(errno));
    }
    write_file("file", "a.b.c\n");
    write_file("credentials", "[base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = secret-of-base\n");
    write_file("config",
               "[profile outer]\nrole_arn = arn:aws:iam::1:role/outer\nsource_profile = inner\n[profile inner]\nrole_arn = "
               "arn:aws:iam::1:role/inner\nsource_profile = base\nexternal_id = x\n");
    bool key = make_key_file();
    fake_init(&network);
    fakes = network.transport;
    network.transport.start = start;
    fir_test_memory_init(&memory);
    for (size_t i = 0; i < acting_n_cases; i++) {
        current = &acting_cases[i];
        const char *credentials = current->environment[0];
        runs += key || credentials == NULL || strstr(credentials, "sa.json") == NULL ? sweep(most) : 0;
    }
    fake_free(&network);
    char command[80];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    printf("%ld runs\n", runs);
    return system(command) == 0 && wrong == 0 && runs > 3000 ? EXIT_SUCCESS
                                                             : EXIT_FAILURE; /* a sweep that found nothing to fail proves nothing */
}
