/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts without end through 100 rules: soak [ALERTS]. Half of them by one reader and single plans, half by fir_evaluate_ndjson.
 * Fails when the process holds more than 1 MiB more than after a warm-up, or when the same alerts give other plans; prints alerts a
 * second.
 */
#include <falcoir/falcoir.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/mixes.h"

enum { CHUNKS = 20, CHUNK_ALERTS = 100, RULES = 100, WARM_UP = 20, GROWTH = 1 << 20, PIECE = 4099 };

typedef struct chunk {
    char *text;
    size_t n, plan_bytes; /* plan_bytes: of the first time */
} chunk;

static fir_playbook *playbook;
static fir_evaluator *evaluator;
static fir_reader *reader;
static fir_event *event;

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s failed\n", what);
        exit(EXIT_FAILURE);
    }
}

static size_t resident(void)
{
    unsigned long size = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    must(f != NULL && fscanf(f, "%lu %lu", &size, &pages) == 2, "reading /proc/self/statm");
    (void)fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void set_up(chunk chunks[CHUNKS])
{
    size_t n;
    char *yaml = fir_test_playbook(FIR_TEST_BROAD, RULES, &n);
    fir_compiler *k;
    must(fir_compiler_new(NULL, NULL, &k, NULL) == 0 && fir_compiler_add(k, "soak.yaml", yaml, n, NULL) == 0 &&
             fir_compiler_build(k, &playbook, NULL) == 0,
         "compiling");
    fir_compiler_free(k);
    free(yaml);
    must(fir_evaluator_new(NULL, &evaluator, NULL) == 0 && fir_reader_new(NULL, &reader, NULL) == 0 &&
             fir_event_new(NULL, &event, NULL) == 0,
         "setting up");
    fir_test_random r = {.state = 11};
    for (int i = 0; i < CHUNKS; i++) {
        FILE *f = open_memstream(&chunks[i].text, &chunks[i].n);
        must(f != NULL, "memory");
        for (int k2 = 0; k2 < CHUNK_ALERTS; k2++) {
            char *alert = fir_test_alert(&r, &n);
            (void)fwrite(alert, 1, n, f);
            (void)fputc('\n', f);
            free(alert);
        }
        (void)fclose(f);
    }
}

/* Each plan's bytes, as the batch would count them. */
static size_t plan_one(void)
{
    fir_plan *plan;
    fir_buf b;
    must(fir_evaluate(evaluator, playbook, event, 0, &plan, NULL) == 0, "planning");
    if (plan == NULL) {
        return 0;
    }
    must(fir_plan_to_json(plan, &b, NULL) == 0, "writing");
    size_t n = b.len;
    fir_buf_dispose(&b);
    fir_plan_free(plan);
    return n;
}

static size_t by_reader(const chunk *c)
{
    size_t bytes = 0, alerts = 0;
    for (size_t at = 0; at < c->n; at += PIECE) {
        size_t piece = c->n - at < PIECE ? c->n - at : PIECE;
        int status;
        must(fir_reader_feed(reader, c->text + at, piece, 0, NULL) == 0, "feeding");
        while ((status = fir_reader_next(reader, event, NULL, NULL, NULL)) == 0) {
            bytes += plan_one();
            alerts++;
        }
        must(status == FIR_EAGAIN, "reading");
    }
    must(alerts == CHUNK_ALERTS, "reading each alert once");
    return bytes;
}

/* Without what a batch's lines have more than a plan: {"line":N, and the newline. */
static size_t by_batch(const chunk *c)
{
    fir_buf b;
    must(fir_evaluate_ndjson(evaluator, playbook, c->text, c->n, 0, &b, NULL) == 0, "a batch");
    size_t bytes = b.len;
    for (const char *p = b.ptr; p < b.ptr + b.len; p = strchr(p, '\n') + 1) {
        bytes -= (size_t)(strchr(p, ',') - p) + 1;
    }
    fir_buf_dispose(&b);
    return bytes;
}

static void push(chunk *c, int batch)
{
    size_t bytes = batch ? by_batch(c) : by_reader(c);
    if (c->plan_bytes == 0) {
        c->plan_bytes = bytes;
    }
    must(bytes == c->plan_bytes && bytes != 0, "planning the same for the same alerts");
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static chunk chunks[CHUNKS];
    unsigned long long alerts = argc > 1 ? strtoull(argv[1], NULL, 10) : 200000, rounds = alerts / CHUNK_ALERTS;
    size_t most = 0, warm = 0;
    set_up(chunks);
    double start = seconds();
    for (unsigned long long i = 0; i < rounds + WARM_UP * CHUNKS; i++) {
        if (i == WARM_UP * CHUNKS) {
            warm = resident();
            start = seconds();
        }
        push(&chunks[i % CHUNKS], (int)(i / CHUNKS % 2));
        if (i > WARM_UP * CHUNKS && i % CHUNKS == 0) {
            size_t now = resident();
            most = now > most ? now : most;
        }
    }
    double spent = seconds() - start;
    long growth = (long)most - (long)warm;
    printf("%llu alerts in %.1f s, %.0f a second; %zu KiB resident, %+ld KiB since the warm-up\n", rounds * CHUNK_ALERTS, spent,
           (double)(rounds * CHUNK_ALERTS) / spent, resident() / 1024, most != 0 ? growth / 1024 : 0);
    must(most == 0 || growth <= GROWTH, "holding no more than 1 MiB more");
    for (int i = 0; i < CHUNKS; i++) {
        free(chunks[i].text);
    }
    fir_event_free(event);
    fir_reader_free(reader);
    fir_evaluator_free(evaluator);
    fir_playbook_unref(playbook);
    return EXIT_SUCCESS;
}
