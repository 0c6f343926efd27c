/* SPDX-License-Identifier: Apache-2.0 */
/* The index gives the rules that running every rule gives: the same ones, in the same order, undecided where those are. For random
 * playbooks over random alerts, and for all real rules over all real alerts. FALCOIR_ROUNDS: how many random playbooks. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "index_seen.h"
#include "match/evaluator.h"
#include "support/corpus.h"
#include "support/strange.h"
#include "support/suite.h"
#include "support/vectors.h"

enum { ROUNDS = 5000, ALERTS = 24, SHOWN = 10 };

typedef struct tally {
    size_t playbooks, rules, alerts, hits, undecided, ended, wrong;
} tally;

static fir_evaluator *evaluator;

/* NULL when it does not compile; then *err says why. */
static fir_playbook *compile(const char *yaml, size_t n, uint32_t regex_steps, fir_error *err)
{
    fir_compiler_options o = {.size = sizeof o, .regex_steps = regex_steps};
    fir_compiler *k;
    fir_playbook *p = NULL;
    if (fir_compiler_new(NULL, &o, &k, err) != 0 || fir_compiler_add(k, "oracle.yaml", yaml, n, err) != 0) {
        fprintf(stderr, "%s\n", err->message);
        exit(EXIT_FAILURE);
    }
    (void)fir_compiler_build(k, &p, err);
    fir_compiler_free(k);
    return p;
}

/* The first rule that only one of them has, or has otherwise. */
static void show(const char *what, const fir__hit *hits, size_t n, size_t at)
{
    if (at < n) {
        fir_str name = hits[at].rule->name;
        fprintf(stderr, "  %s: %.*s%s\n", what, (int)name.len, name.ptr, hits[at].undecided ? ", undecided" : "");
    } else {
        fprintf(stderr, "  %s: nothing more\n", what);
    }
}

/* The number of hits that are the same. */
static size_t same(const fir__hit *a, size_t n, const fir__hit *b, size_t m)
{
    size_t i = 0;
    while (i < n && i < m && a[i].rule == b[i].rule && a[i].undecided == b[i].undecided) {
        i++;
    }
    return i;
}

static void compare(tally *t, const fir_playbook *p, const fir_event *e)
{
    ck_assert_int_eq(fir__match(evaluator, p, e), 0);
    size_t n = evaluator->n_hits;
    fir__hit *indexed = malloc((n + 1) * sizeof *indexed);
    if (n != 0) { /* without hits there may be no array yet */
        memcpy(indexed, evaluator->hits, n * sizeof *indexed);
    }
    ck_assert_int_eq(fir__match_plainly(evaluator, p, e), 0);
    size_t at = same(indexed, n, evaluator->hits, evaluator->n_hits);
    if ((at < n || at < evaluator->n_hits) && t->wrong++ < SHOWN) {
        fir_buf text = {NULL, 0, NULL};
        (void)fir_event_to_json(e, &text, NULL);
        fprintf(stderr, "they differ for %s\n", text.ptr);
        show("index", indexed, n, at);
        show("plain", evaluator->hits, evaluator->n_hits, at);
        fir_buf_dispose(&text);
    }
    t->alerts++;
    t->hits += n;
    t->ended += n != 0 && !indexed[n - 1].rule->goes_on && !indexed[n - 1].undecided;
    for (size_t i = 0; i < n; i++) {
        t->undecided += indexed[i].undecided;
    }
    free(indexed);
}

static void compare_all(tally *t, const fir_playbook *p, const fir_test_events *events)
{
    t->playbooks++;
    t->rules += p->n_rules;
    for (size_t i = 0; i < events->n; i++) {
        compare(t, p, events->items[i]);
    }
}

static void report(const char *what, const tally *t)
{
    printf("%s: %zu playbooks, %zu rules, %zu comparisons, %zu hits, %zu undecided, %zu ended early, %zu wrong\n", what,
           t->playbooks, t->rules, t->alerts, t->hits, t->undecided, t->ended, t->wrong);
}

/* ---- by chance ---- */

static void one_round(tally *t, seen *s, uint64_t round)
{
    fir_test_random r = {.state = round * 1000003};
    fir_test_events events = {NULL, 0};
    fir_error err;
    size_t n;
    char *yaml = fir_test_strange_playbook(&r, 1 + fir_test_below(&r, round % 16 == 0 ? 200 : 40), true, false, &n);
    fir_playbook *p = compile(yaml, n, fir_test_below(&r, 2) == 0 ? 40 : 2000, &err);
    ck_assert_msg(p != NULL, "round %d does not compile: %s\n%s", (int)round, err.message, yaml);
    for (int i = 0; i < ALERTS; i++) {
        size_t len;
        char *alert = fir_test_strange_alert(&r, &len);
        ck_assert_msg(fir_test_events_add(&events, alert, len) == 1, "not read: %s", alert);
        free(alert);
    }
    size_t before = t->wrong;
    compare_all(t, p, &events);
    for (uint32_t i = 0; i < p->n_rules; i++) {
        if (p->rules[i].condition != NULL) {
            seen_program(s, p->rules[i].condition);
        }
    }
    if (t->wrong != before && before == 0) {
        fprintf(stderr, "the first playbook, round %d:\n%s", (int)round, yaml);
    }
    fir_playbook_unref(p);
    fir_test_events_free(&events);
    free(yaml);
}

START_TEST(random_playbooks)
{
    const char *rounds = getenv("FALCOIR_ROUNDS");
    uint64_t n = rounds != NULL ? strtoull(rounds, NULL, 10) : ROUNDS;
    tally t = {0};
    seen s = {0};
    for (uint64_t i = 1; i <= n; i++) {
        one_round(&t, &s, i);
    }
    report("random", &t);
    ck_assert_uint_eq(t.wrong, 0);
    ck_assert_uint_eq(seen_missing(&s), 0);
    ck_assert_uint_gt(t.hits, t.alerts);
    ck_assert_uint_gt(t.undecided, n * 200 / ROUNDS);
    ck_assert_uint_gt(t.ended, n * 100 / ROUNDS);
}
END_TEST

/* The playbooks and alerts of the benches: what is measured is right, too. */
START_TEST(playbooks_of_the_benches)
{
    tally t = {0};
    fir_error err;
    fir_test_random r = {.state = 7};
    fir_test_events events = {NULL, 0};
    for (int i = 0; i < 300; i++) {
        size_t len;
        char *alert = fir_test_alert(&r, &len);
        ck_assert_uint_eq(fir_test_events_add(&events, alert, len), 1);
        free(alert);
    }
    for (int mix = 0; mix < 2; mix++) {
        size_t n;
        char *yaml = fir_test_playbook((fir_test_mix)mix, 1500, &n);
        fir_playbook *p = compile(yaml, n, 0, &err);
        ck_assert_ptr_nonnull(p);
        compare_all(&t, p, &events);
        fir_playbook_unref(p);
        free(yaml);
    }
    report("benches", &t);
    ck_assert_uint_eq(t.wrong, 0);
    ck_assert_uint_gt(t.hits, 100);
    fir_test_events_free(&events);
}
END_TEST

/* ---- what people wrote ---- */

static fir_test_events real;

static void put_rule(FILE *f, const char *condition, size_t number, bool negated)
{
    json_t *text = json_sprintf(negated ? "not (%s)" : "%s", condition);
    char *quoted = json_dumps(text, JSON_ENCODE_ANY);
    fprintf(
        f,
        "- rule: \"%s%zu\"\n  condition: %s\n  actions: [{action: x, use: local:file, parameters: {path: /var/log/x, line: x}}]\n",
        negated ? "not " : "", number, quoted);
    free(quoted);
    json_decref(text);
}

typedef struct rules {
    FILE *file;
    size_t n;
} rules;

static void one_rule(void *ctx, size_t line, const json_t *value)
{
    rules *all = ctx;
    size_t repaired = 0;
    const char *printed = fir_test_text(value, "compiled", NULL), *written = fir_test_text(value, "expr", NULL);
    char *condition = *printed != '\0' ? fir_test_with_quotes(printed, &repaired) : strdup(written);
    (void)line;
    put_rule(all->file, condition, all->n, false);
    put_rule(all->file, condition, all->n, true);
    all->n++;
    free(condition);
}

static void compare_file(tally *t, const char *file, size_t conditions)
{
    char *yaml;
    fir_error err;
    size_t n;
    rules all = {open_memstream(&yaml, &n), 0};
    (void)fir_test_each_line(fir_test_foreign(file), one_rule, &all);
    (void)fclose(all.file);
    ck_assert_uint_eq(all.n, conditions);
    fir_playbook *p = compile(yaml, n, 0, &err);
    ck_assert_msg(p != NULL && p->n_rules == 2 * conditions, "%s does not compile: %s", file, err.message);
    compare_all(t, p, &real);
    fir_playbook_unref(p);
    free(yaml);
}

START_TEST(real_rules)
{
    tally t = {0};
    compare_file(&t, "upstream/rule_corpus.jsonl", 864);
    compare_file(&t, "real-falco/eval_matrix.jsonl", 160);
    compare_file(&t, "real-falco/eval_matrix_live_only.jsonl", 43);
    report("real rules", &t);
    ck_assert_uint_eq(t.wrong, 0);
    ck_assert_uint_gt(t.hits, t.alerts);
}
END_TEST

static void one_talon_set(void *ctx, size_t line, const json_t *value)
{
    tally *t = ctx;
    fir_error err;
    size_t n;
    const json_t *text = json_object_get(value, "rules_yaml");
    const char *event = fir_test_text(value, "event", &n);
    fir_test_events own = {NULL, 0};
    (void)line;
    if (!json_is_string(text)) {
        return;
    }
    fir_playbook *p = compile(json_string_value(text), json_string_length(text), 0, &err);
    if (p == NULL) {
        return;
    }
    (void)fir_test_events_add(&own, event, n);
    compare_all(t, p, &own);
    if (n == 0) { /* the first line of a set */
        compare_all(t, p, &real);
    }
    fir_test_events_free(&own);
    fir_playbook_unref(p);
}

START_TEST(talon_rules)
{
    tally t = {0};
    (void)fir_test_each_line(fir_test_foreign("talon/oracle.jsonl"), one_talon_set, &t);
    report("Talon's rules", &t);
    ck_assert_uint_eq(t.wrong, 0);
    ck_assert_uint_gt(t.playbooks, 500);
    ck_assert_uint_gt(t.hits, 1000);
}
END_TEST

START_TEST(example_playbooks)
{
    static const char *const names[] = {"articles", "careful", "quickstart", "record", "talon"};
    tally t = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[4096];
        fir_compiler *k;
        fir_playbook *p = NULL;
        (void)snprintf(path, sizeof path, "%s/examples/playbooks/%s.yaml", getenv("FALCOIR_SOURCE"), names[i]);
        ck_assert_int_eq(fir_compiler_new(NULL, NULL, &k, NULL), 0);
        ck_assert_int_eq(fir_compiler_add_file(k, path, NULL), 0);
        ck_assert_msg(fir_compiler_build(k, &p, NULL) == 0, "%s", path);
        compare_all(&t, p, &real);
        fir_playbook_unref(p);
        fir_compiler_free(k);
    }
    report("examples", &t);
    ck_assert_uint_eq(t.wrong, 0);
    ck_assert_uint_gt(t.hits, 10);
}
END_TEST

static void add_real_alerts(void)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/examples/alerts", getenv("FALCOIR_SOURCE"));
    (void)fir_test_events_add_folder(&real, path);
    (void)fir_test_events_add_file(&real, fir_test_own("example-events.jsonl"));
    const char *matrix = fir_test_foreign("real-falco");
    if (matrix != NULL) {
        (void)fir_test_events_add_folder(&real, matrix);
    }
}

int main(int argc, char **argv)
{
    bool foreign = argc > 1 && strcmp(argv[1], "real") == 0;
    if (foreign && fir_test_foreign("") == NULL) {
        return FIR_TEST_SKIP;
    }
    if (getenv("FALCOIR_SOURCE") == NULL || fir_evaluator_new(NULL, &evaluator, NULL) != 0) {
        return EXIT_FAILURE;
    }
    add_real_alerts();
    Suite *s = suite_create("index_oracle");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 0);
    if (foreign) {
        tcase_add_test(c, real_rules);
        tcase_add_test(c, talon_rules);
    } else {
        tcase_add_test(c, random_playbooks);
        tcase_add_test(c, playbooks_of_the_benches);
    }
    tcase_add_test(c, example_playbooks);
    suite_add_tcase(s, c);
    int code = fir_test_run(s);
    fir_evaluator_free(evaluator);
    fir_test_events_free(&real);
    return code;
}
