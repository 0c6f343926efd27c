/* SPDX-License-Identifier: Apache-2.0 */
/* Matching parsed alerts against 10 to 10,000 rules of two mixes (support/mixes.h), and planning them from their bytes. */
#include <falcoir/falcoir.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "match/evaluator.h"
#include "support/mixes.h"

enum { ALERTS = BENCH_RUNS };

static fir_event *events[ALERTS];
static char *texts[ALERTS];
static size_t lengths[ALERTS];
static fir_evaluator *evaluator;
static fir_playbook *playbooks[2][4];
static uint32_t turn;

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s failed\n", what);
        abort();
    }
}

static fir_playbook *playbook(fir_test_mix mix, int size)
{
    static const uint32_t sizes[] = {10, 100, 1000, 10000};
    if (playbooks[mix][size] == NULL) {
        size_t n;
        char *yaml = fir_test_playbook(mix, sizes[size], &n);
        fir_compiler *k;
        must(fir_compiler_new(NULL, NULL, &k, NULL) == 0 && fir_compiler_add(k, "mix", yaml, n, NULL) == 0 &&
                 fir_compiler_build(k, &playbooks[mix][size], NULL) == 0,
             "compiling");
        fir_compiler_free(k);
        free(yaml);
    }
    return playbooks[mix][size];
}

static void match(fir_test_mix mix, int size)
{
    must(fir__match(evaluator, playbook(mix, size), events[turn++ % ALERTS]) == 0, "matching");
}

static void broad_10(void)
{
    match(FIR_TEST_BROAD, 0);
}
static void broad_100(void)
{
    match(FIR_TEST_BROAD, 1);
}
static void broad_1000(void)
{
    match(FIR_TEST_BROAD, 2);
}
static void broad_10000(void)
{
    match(FIR_TEST_BROAD, 3);
}
static void tenant_10(void)
{
    match(FIR_TEST_TENANT, 0);
}
static void tenant_100(void)
{
    match(FIR_TEST_TENANT, 1);
}
static void tenant_1000(void)
{
    match(FIR_TEST_TENANT, 2);
}
static void tenant_10000(void)
{
    match(FIR_TEST_TENANT, 3);
}

static void plainly_1000(void)
{
    must(fir__match_plainly(evaluator, playbook(FIR_TEST_BROAD, 2), events[turn++ % ALERTS]) == 0, "matching");
}

/* From bytes to a plan: read, match, render; as a batch does it. */
static void end_to_end(fir_test_mix mix, int size)
{
    static fir_event *e;
    fir_plan *plan;
    uint32_t i = turn++ % ALERTS;
    if (e == NULL) {
        must(fir_event_new(NULL, &e, NULL) == 0, "an event");
    }
    must(fir_event_parse(e, texts[i], lengths[i], NULL, NULL) == 0, "reading");
    must(fir_evaluate(evaluator, playbook(mix, size), e, FIR_PLAN_TO_READ, &plan, NULL) == 0, "planning");
    fir_plan_free(plan);
}

static void evaluate_broad_100(void)
{
    end_to_end(FIR_TEST_BROAD, 1);
}
static void evaluate_tenant_100(void)
{
    end_to_end(FIR_TEST_TENANT, 1);
}
static void evaluate_tenant_10000(void)
{
    end_to_end(FIR_TEST_TENANT, 3);
}

static void hits(fir_test_mix mix, int size)
{
    size_t n = 0;
    for (int i = 0; i < ALERTS; i++) {
        must(fir__match(evaluator, playbook(mix, size), events[i]) == 0, "matching");
        n += evaluator->n_hits;
    }
    fir__matcher_facts f = fir__matcher_facts_of(playbook(mix, size)->matcher);
    fprintf(stderr, "%s %6u rules: %.2f hits an alert; %u predicates, %u always, %u heads, %u values, %u literals in %u slots\n",
            mix == FIR_TEST_BROAD ? "broad " : "tenant", f.programs, (double)n / ALERTS, f.predicates, f.always, f.heads, f.values,
            f.literals, f.scanned_slots);
}

int main(int argc, char **argv)
{
    /* 4k, 4k, 11k, and 15k and 700 a hit. The broad mix misses them: the last number is what it may not exceed meanwhile. */
    static const bench_case cases[] = {
        {"match_broad_10", broad_10, 4000, NULL, 0, 600, 0},
        {"match_broad_100", broad_100, 4000, NULL, 0, 600, 0},
        {"match_broad_1000", broad_1000, 11000, "plainly_broad_1000", 10, 1000, 0},
        {"match_broad_10000", broad_10000, 15000 + 700 * 41, NULL, 0, 0, 0},
        {"match_tenant_10", tenant_10, 4000, NULL, 0, 600, 0},
        {"match_tenant_100", tenant_100, 4000, NULL, 0, 600, 0},
        {"match_tenant_1000", tenant_1000, 11000, NULL, 0, 1000, 0},
        {"match_tenant_10000", tenant_10000, 15000 + 700 * 2, NULL, 0, 3000, 0},
        {"plainly_broad_1000", plainly_1000, 0, NULL, 0, 0, 0},
        {"evaluate_broad_100", evaluate_broad_100, 0, NULL, 0, 1666, 0},
        {"evaluate_tenant_100", evaluate_tenant_100, 0, NULL, 0, 1666, 0},
        {"evaluate_tenant_10000", evaluate_tenant_10000, 0, NULL, 0, 0, 0},
    };
    fir_test_random r = {.state = 7};
    must(fir_evaluator_new(NULL, &evaluator, NULL) == 0, "an evaluator");
    for (int i = 0; i < ALERTS; i++) {
        texts[i] = fir_test_alert(&r, &lengths[i]);
        must(fir_event_new(NULL, &events[i], NULL) == 0 && fir_event_parse(events[i], texts[i], lengths[i], NULL, NULL) == 0,
             "reading");
    }
    if (argc == 2 && argv[1][2] == 'h') { /* --hits */
        for (int size = 0; size < 4; size++) {
            hits(FIR_TEST_BROAD, size);
            hits(FIR_TEST_TENANT, size);
        }
        return 0;
    }
    return bench_main(argc, argv, cases, (int)(sizeof cases / sizeof cases[0]));
}
