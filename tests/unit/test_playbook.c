/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler of playbooks: its messages, digest, references, limits, and running out of memory at every allocation. What it
 * says of each mistake, and what good playbooks become, stands in tests/conformance/playbooks-*.jsonl. */
#include <check.h>
#include <falcoir/falcoir.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "playbook/load.h"
#include "support/suite.h"

#define RULE(name)                                                                                                                 \
    "- rule: " name "\n  condition: evt.type = execve\n  actions: [{action: a, use: local:file, parameters: {path: /tmp/x}}]\n"

static fir_playbook *compile_all(const char *const *texts, fir_buf *diagnostics)
{
    fir_compiler *k;
    fir_playbook *p = NULL;
    ck_assert_int_eq(fir_compiler_new(NULL, NULL, &k, NULL), 0);
    for (size_t i = 0; texts[i] != NULL; i++) {
        ck_assert_int_eq(fir_compiler_add(k, i == 0 ? "dir/a.yaml" : "b.yaml", texts[i], strlen(texts[i]), NULL), 0);
    }
    int status = fir_compiler_build(k, &p, NULL);
    ck_assert_int_eq(status, p != NULL ? 0 : FIR_ECOMPILE);
    if (diagnostics != NULL) {
        ck_assert_int_eq(fir_compiler_diagnostics_json(k, diagnostics, NULL), 0);
    }
    fir_compiler_free(k);
    return p;
}

static fir_playbook *compile(const char *text)
{
    const char *const texts[] = {text, NULL};
    fir_playbook *p = compile_all(texts, NULL);
    ck_assert_ptr_nonnull(p);
    return p;
}

static void assert_diagnostics(const char *text, const char *wanted)
{
    const char *const texts[] = {text, NULL};
    fir_buf b = {0};
    fir_playbook_unref(compile_all(texts, &b));
    ck_assert_str_eq(b.ptr, wanted);
    fir_buf_dispose(&b);
}

/* ---- diagnostics ---- */

START_TEST(messages)
{
    assert_diagnostics(
        "- rule: r\n  condtion: evt.type = open\n  match_all: true\n  actions: [{action: a, use: local:file, parameters: "
        "{path: /x}}]\n",
        "[{\"code\":\"FIR-P104\",\"column\":3,\"file\":\"dir/a.yaml\",\"hint\":\"did you mean `condition`?\",\"line\":2,"
        "\"message\":\"a rule has no key `condtion`\",\"severity\":\"error\"}]");
    assert_diagnostics(
        "- rule: r\n  desc: d\n  condition: evt.type = open\n  output: x\n  priority: WARNING\n",
        "[{\"code\":\"FIR-P110\",\"column\":3,\"file\":\"dir/a.yaml\",\"hint\":\"give this file to Falco; here, write a "
        "rule whose condition is `rule = \\\"…\\\"`, with actions\",\"line\":1,\"message\":\"this is a Falco detection "
        "rule: it makes alerts, a playbook's rule answers them\",\"severity\":\"error\"}]");
    assert_diagnostics(
        "- action: a\n  use: local:fil\n- rule: r\n  match_all: true\n  actions: [{action: a}]\n",
        "[{\"code\":\"FIR-P140\",\"column\":8,\"file\":\"dir/a.yaml\",\"hint\":\"did you mean `local:file`?\",\"line\":2,"
        "\"message\":\"there is no action type \\\"local:fil\\\"\",\"severity\":\"error\"}]");
    assert_diagnostics(
        "webhook_output:\n  url: https://h/\n  headers: {Authorization: Bearer abc}\n",
        "[{\"code\":\"FIR-P157\",\"column\":28,\"file\":\"dir/a.yaml\",\"hint\":\"write {env: NAME} or {file: PATH} in "
        "its place\",\"line\":3,\"message\":\"the secret `Authorization` stands in the file\",\"severity\":\"warning\"}]");
}
END_TEST

START_TEST(first_error_is_told)
{
    fir_compiler *k;
    fir_playbook *p;
    fir_error err;
    static const char text[] = "- rule: r\n  foo: 1\n  bar: 2\n";
    ck_assert_int_eq(fir_compiler_new(NULL, NULL, &k, &err), 0);
    ck_assert_int_eq(fir_compiler_add(k, "some.yaml", text, sizeof text - 1, &err), 0);
    ck_assert_int_eq(fir_compiler_build(k, &p, &err), FIR_ECOMPILE);
    ck_assert_ptr_null(p);
    ck_assert_str_eq(err.message, "2 errors; the first: a rule has no key `foo`");
    ck_assert_str_eq(err.origin, "some.yaml");
    ck_assert_uint_eq(err.line, 2);
    ck_assert_uint_eq(err.column, 3);
    fir_compiler_free(k);
}
END_TEST

START_TEST(warnings_of_a_macro_come_once)
{
    const char *const texts[] = {
        "- macro: m\n  condition: not k8s.ns.name = x\n" RULE("one")
            RULE("two") "- rule: three\n  condition: m\n"
                        "  actions: [{action: a, use: local:file, parameters: {path: /x}}]\n- rule: four\n  condition: m\n"
                        "  actions: [{action: a, use: local:file, parameters: {path: /x}}]\n",
        NULL};
    fir_buf b = {0};
    fir_playbook *p = compile_all(texts, &b);
    ck_assert_ptr_nonnull(p);
    json_t *j = json_loadb(b.ptr, b.len, 0, NULL);
    ck_assert_uint_eq(json_array_size(j), 1);
    json_decref(j);
    fir_buf_dispose(&b);
    fir_playbook_unref(p);
}
END_TEST

/* A wrong operator in each style of scalar, and the place where it must be found. */
START_TEST(places_in_scalars)
{
    static const struct {
        const char *condition; /* as YAML */
        int line, column;
    } cases[] = {
        {"evt.type ~ open", 2, 23},
        {"evt.type = open\n    and evt.type ~ open", 3, 18},
        {"'evt.type = ''a'' or evt.type ~ x'", 2, 44},
        {"\"evt.type = \\\"a\\\" or evt.type ~ x\"", 2, 44},
        {"\"evt.type = \\\"\\x41\\u00e9\\\" or evt.type ~ x\"", 2, 53},
        {"|\n    evt.type = a\n    or evt.type ~ x", 4, 17},
        {"|2\n    evt.type = a\n    or evt.type ~ x", 4, 17},
        {">-\n\n\n    evt.type = a\n\n    or\n      evt.type ~ x", 8, 16},
        {"|\n    evt.type = \"\xC3\xA9\" or evt.type ~ x", 3, 33},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        fir_buf b = {0};
        snprintf(text, sizeof text,
                 "- rule: r\n  condition: %s\n  actions: [{action: a, use: local:file, parameters: {path: /x}}]\n",
                 cases[i].condition);
        const char *const texts[] = {text, NULL};
        ck_assert_ptr_null(compile_all(texts, &b));
        json_t *j = json_loadb(b.ptr, b.len, 0, NULL);
        const json_t *d = json_array_get(j, 0);
        ck_assert_uint_eq(json_array_size(j), 1);
        ck_assert_msg(json_integer_value(json_object_get(d, "line")) == cases[i].line &&
                          json_integer_value(json_object_get(d, "column")) == cases[i].column,
                      "%s: %s", cases[i].condition, b.ptr);
        json_decref(j);
        fir_buf_dispose(&b);
    }
}
END_TEST

START_TEST(codes_are_in_order)
{
    for (int i = 1; i < FIR__PLAYBOOK_CODE_COUNT; i++) {
        ck_assert_int_lt(strcmp(fir__playbook_codes[i - 1].code, fir__playbook_codes[i].code), 0);
    }
}
END_TEST

/* ---- digest ---- */

static void digest_of(const char *text, uint8_t out[32])
{
    fir_playbook *p = compile(text);
    memcpy(out, p->digest, 32);
    fir_playbook_unref(p);
}

static bool same_digest(const char *a, const char *b)
{
    uint8_t x[32], y[32];
    digest_of(a, x);
    digest_of(b, y);
    return memcmp(x, y, 32) == 0;
}

START_TEST(digest_is_of_the_meaning)
{
    ck_assert(same_digest(RULE("r"),
                          "# a comment\n- {rule: r, condition: 'evt.type = execve', actions: [{use: local:file, action: a, "
                          "parameters: {path: /tmp/x}}]}\n"));
    ck_assert(!same_digest(RULE("r"), RULE("s")));
    ck_assert(!same_digest(RULE("r"), RULE("r") "  dry_run: true\n"));
    ck_assert(!same_digest(RULE("r"), RULE("r") "  continue: false\n"));
    ck_assert(same_digest(RULE("r"), RULE("r") "  urgency: normal\n"));
    ck_assert(!same_digest(RULE("r"), RULE("r") "  urgency: low\n"));
    ck_assert(!same_digest(RULE("r"), "- list: l\n  items: [a]\n" RULE("r")));
    ck_assert(!same_digest("webhook_output: {url: 'https://a/'}\n", "webhook_output: {url: 'https://b/'}\n"));
    ck_assert(!same_digest("webhook_output: {url: 'https://a/', body: '{{output}}'}\n",
                           "webhook_output: {url: 'https://a/', body: '\"{{output}}\"'}\n"));
}
END_TEST

START_TEST(digest_has_no_secret)
{
    ck_assert(same_digest("webhook_output: {url: 'https://a/', headers: {Cookie: one}}\n",
                          "webhook_output: {url: 'https://a/', headers: {Cookie: two}}\n"));
    ck_assert(!same_digest("webhook_output: {url: 'https://a/', headers: {Cookie: {env: A}}}\n",
                           "webhook_output: {url: 'https://a/', headers: {Cookie: {env: B}}}\n"));
}
END_TEST

START_TEST(json_has_no_secret)
{
    fir_playbook *p =
        compile("webhook_output: {url: 'https://a/', headers: {Cookie: hush-hush}}\n"
                "outputs: [{name: x, use: 'http:webhook', url: 'https://a/', headers: {Authorization: hush-hush}}]\n");
    fir_buf b = {0};
    ck_assert_int_eq(fir_playbook_to_json(p, &b, NULL), 0);
    ck_assert_ptr_null(strstr(b.ptr, "hush"));
    ck_assert_ptr_nonnull(strstr(b.ptr, "{\"secret\":{\"config\":\"/webhook_output/headers/Cookie\"}}"));
    fir_buf_dispose(&b);
    fir_playbook_unref(p);
}
END_TEST

/* ---- what the matcher and planner read ---- */

START_TEST(outputs_come_first)
{
    const char *const texts[] = {RULE("r"), "webhook_output: {url: 'https://a/'}\n", NULL};
    fir_playbook *p = compile_all(texts, NULL);
    ck_assert_uint_eq(p->n_rules, 2);
    ck_assert_str_eq(p->rules[0].name.ptr, "output:webhook");
    ck_assert(p->rules[0].is_output && p->rules[0].goes_on && p->rules[0].condition == NULL);
    ck_assert(!p->rules[1].is_output && p->rules[1].condition != NULL);
    ck_assert_ptr_nonnull(p->config);
    fir_playbook_unref(p);
}
END_TEST

START_TEST(relative_secret_files_lie_beside)
{
    fir_playbook *p =
        compile("webhook_output: {url: 'https://a/', headers: {Cookie: {file: secrets/c}, X-Api-Key: {file: /abs}}}\n");
    const fir__node *headers = NULL;
    for (uint32_t i = 0; i < p->rules[0].steps[0].params.count; i++) {
        const fir__param *x = &p->rules[0].steps[0].params.items[i];
        headers = fir__str_eq(x->name, FIR__S("headers")) ? &x->value : headers;
    }
    ck_assert_ptr_nonnull(headers);
    ck_assert_str_eq(headers->items[0].secret->name.ptr, "dir/secrets/c");
    ck_assert_int_eq(memcmp(headers->items[1].secret->name.ptr, "/abs", 4), 0);
    fir_playbook_unref(p);
}
END_TEST

/* ---- the object ---- */

START_TEST(wrong_calls)
{
    fir_compiler *k;
    fir_playbook *p;
    fir_buf b;
    fir_error err;
    fir_compiler_options o = {.size = sizeof o, .flags = 1};
    ck_assert_int_eq(fir_compiler_new(NULL, NULL, NULL, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_compiler_new(NULL, &o, &k, &err), FIR_EINVAL);
    ck_assert_ptr_null(k);
    o.flags = 0;
    o.size = 8;
    ck_assert_int_eq(fir_compiler_new(NULL, &o, &k, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_compiler_new(NULL, NULL, &k, &err), 0);
    ck_assert_int_eq(fir_compiler_add(NULL, "", "", 0, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_compiler_add(k, "", NULL, 1, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_compiler_add_file(k, NULL, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_compiler_add_file(k, "/nowhere/at/all.yaml", &err), FIR_EIO);
    ck_assert_str_eq(err.origin, "/nowhere/at/all.yaml");
    ck_assert_int_eq(fir_compiler_add_file(k, "/", &err), FIR_EIO);
    ck_assert_int_eq(fir_compiler_build(NULL, &p, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_compiler_build(k, NULL, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_compiler_diagnostics_json(NULL, &b, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_playbook_to_json(NULL, &b, &err), FIR_EINVAL);
    fir_playbook_unref(NULL);
    fir_compiler_free(NULL);
    fir_compiler_free(k);
}
END_TEST

START_TEST(a_compiler_is_used_again)
{
    fir_compiler *k;
    fir_playbook *p, *q;
    fir_buf b = {0};
    ck_assert_int_eq(fir_compiler_new(NULL, NULL, &k, NULL), 0);
    ck_assert_int_eq(fir_compiler_add(k, "a", "- foo: 1\n", 9, NULL), 0);
    ck_assert_int_eq(fir_compiler_build(k, &p, NULL), FIR_ECOMPILE);
    ck_assert_int_eq(fir_compiler_diagnostics_json(k, &b, NULL), 0);
    ck_assert_ptr_nonnull(strstr(b.ptr, "FIR-P103"));
    fir_buf_dispose(&b);
    ck_assert_int_eq(fir_compiler_add(k, "b", RULE("r"), strlen(RULE("r")), NULL), 0);
    ck_assert_int_eq(fir_compiler_build(k, &p, NULL), 0);
    ck_assert_int_eq(fir_compiler_diagnostics_json(k, &b, NULL), 0);
    ck_assert_str_eq(b.ptr, "[]");
    fir_buf_dispose(&b);
    ck_assert_int_eq(fir_compiler_build(k, &q, NULL), 0);
    ck_assert_uint_eq(q->n_rules, 0);
    fir_compiler_free(k);
    fir_playbook_unref(fir_playbook_ref(p));
    ck_assert_str_eq(p->rules[0].name.ptr, "r");
    fir_playbook_unref(p);
    fir_playbook_unref(q);
}
END_TEST

START_TEST(files_are_read)
{
    char path[] = "/tmp/falcoir-playbook-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, RULE("r"), strlen(RULE("r"))), (ssize_t)strlen(RULE("r")));
    close(fd);
    fir_compiler *k;
    fir_playbook *p;
    ck_assert_int_eq(fir_compiler_new(NULL, NULL, &k, NULL), 0);
    ck_assert_int_eq(fir_compiler_add_file(k, path, NULL), 0);
    ck_assert_int_eq(fir_compiler_build(k, &p, NULL), 0);
    ck_assert_str_eq(p->files[0].ptr, path);
    fir_playbook_unref(p);
    fir_compiler_options o = {.size = sizeof o, .max_file_bytes = 20};
    fir_compiler_free(k);
    ck_assert_int_eq(fir_compiler_new(NULL, &o, &k, NULL), 0);
    ck_assert_int_eq(fir_compiler_add_file(k, path, NULL), 0);
    ck_assert_int_eq(fir_compiler_build(k, &p, NULL), FIR_ECOMPILE);
    fir_compiler_free(k);
    unlink(path);
}
END_TEST

/* ---- growth ---- */

/* Each macro is the one before it, twice: 2^40 checks in print. */
START_TEST(macros_do_not_explode)
{
    char *text = malloc(8192);
    size_t n = (size_t)snprintf(text, 8192, "- macro: m0\n  condition: evt.type = a\n");
    for (int i = 1; i <= 40; i++) {
        n += (size_t)snprintf(text + n, 8192 - n, "- macro: m%d\n  condition: m%d and m%d\n", i, i - 1, i - 1);
    }
    const char *const texts[] = {text, NULL};
    fir_buf b = {0};
    ck_assert_ptr_null(compile_all(texts, &b));
    ck_assert_ptr_nonnull(strstr(b.ptr, "FIR-P112"));
    fir_buf_dispose(&b);
    free(text);
}
END_TEST

START_TEST(lists_do_not_explode)
{
    char *text = malloc(8192);
    size_t n = (size_t)snprintf(text, 8192, "- list: l0\n  items: [a]\n");
    for (int i = 1; i <= 40; i++) {
        n += (size_t)snprintf(text + n, 8192 - n, "- list: l%d\n  items: [l%d, l%d]\n", i, i - 1, i - 1);
    }
    const char *const texts[] = {text, NULL};
    fir_buf b = {0};
    ck_assert_ptr_null(compile_all(texts, &b));
    ck_assert_ptr_nonnull(strstr(b.ptr, "FIR-P124"));
    fir_buf_dispose(&b);
    free(text);
}
END_TEST

START_TEST(index_finds_what_it_holds)
{
    enum { N = 5000 };
    static char names[N][8];
    fir__index x;
    fir__index_init(&x, &fir__default_allocator);
    ck_assert_uint_eq(fir__index_find(&x, FIR__S("a")), FIR__NO_INDEX);
    for (uint32_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "n%u", i);
        ck_assert(fir__index_add(&x, fir__cstr(names[i]), i));
    }
    for (uint32_t i = 0; i < N; i++) {
        ck_assert_uint_eq(fir__index_find(&x, fir__cstr(names[i])), i);
    }
    ck_assert_uint_eq(fir__index_find(&x, FIR__S("n5000")), FIR__NO_INDEX);
    fir__index_free(&x);
}
END_TEST

/* ---- memory ---- */

typedef struct meter {
    long left; /* allocations until one fails; negative: none does */
    long live;
    bool hit;
} meter;

static bool refuses(meter *m)
{
    if (m->left == 0) {
        m->hit = true;
        return true;
    }
    m->left -= m->left > 0;
    return false;
}

static void *meter_alloc(void *self, size_t n)
{
    meter *m = self;
    void *p = refuses(m) ? NULL : malloc(n);
    m->live += p != NULL;
    return p;
}

static void *meter_resize(void *self, void *p, size_t n)
{
    meter *m = self;
    void *q = refuses(m) ? NULL : realloc(p, n);
    m->live += q != NULL && p == NULL;
    return q;
}

static void meter_release(void *self, void *p)
{
    ((meter *)self)->live -= p != NULL;
    free(p);
}

static const char *const sweep_files[] = {
    "- list: l\n  items: [a, b]\n- list: l\n  items: [c]\n  append: true\n- list: k\n  items: [l, d]\n"
    "- macro: m\n  condition: proc.name in (k)\n- macro: m\n  condition: and fd.name glob /etc/*\n  append: true\n"
    "- action: Hook\n  use: http:webhook\n  parameters: {url: 'https://h/{{proc.name}}', headers: {Cookie: {env: A}, X: y}, "
    "success: [200]}\n"
    "- rule: one\n  condition: m and not k8s.ns.name = x\n"
    "  match: {rules: [r], priority: '<=Error', source: syscall, tags: ['a,b', c], output_fields: ['a=b, c!=d']}\n"
    "  once_per: {window: 1m, by: [rule, k8s.pod.name]}\n  sequence: [{rule: x, within: 1m, by: [container.id]}]\n"
    "  require_approval: {approvers: [soc]}\n  notifiers: [soc, webhook]\n"
    "  actions:\n    - {action: Hook, id: hook, parameters: {headers: {Z: a}}}\n"
    "    - {action: Log, use: kubernetes:log, output: {target: local:file, parameters: {path: /x}}}\n"
    "    - {action: Late, use: local:file, when: steps.hook.status = succeeded, parameters: {path: /x, line: "
    "'{{steps.hook.output}}'}}\n"
    "- test: t\n  event: {rule: x, output_fields: {a: 1}}\n",
    "webhook_output: {url: 'https://h/', minimum_priority: error, condition: m, headers: {Authorization: x}}\n"
    "admission_controller: {url: u, rules: [{name: a, condition: evt.type = x, action: block, message: m}]}\n"
    "outputs: [{name: soc, use: kubernetes:event, url: {file: /x}, list: [a, {b: c}]}]\n",
    "- rule: one\n  actions: [{action: Hook}]\n- rule: bad\n  condition: evt.typ = regex\n  foo: 1\n", NULL};

/* One load; the code of what failed. A build that succeeds, or finds the errors that are there, must not have met a failure. */
static int sweep_once(meter *m, size_t files)
{
    fir_allocator a = {sizeof a, m, meter_alloc, meter_resize, meter_release};
    fir_compiler_options o = {.size = sizeof o, .allocator = &a};
    fir_compiler *k = NULL;
    fir_playbook *p = NULL;
    fir_buf b = {0};
    int status = fir_compiler_new(NULL, &o, &k, NULL);
    for (size_t i = 0; status == 0 && i < files; i++) {
        status = fir_compiler_add(k, "d/f", sweep_files[i], strlen(sweep_files[i]), NULL);
    }
    if (k != NULL) {
        int built = fir_compiler_build(k, &p, NULL);
        status = status != 0 ? status : built;
    }
    if (p != NULL) {
        status = fir_playbook_to_json(p, &b, NULL);
        fir_buf_dispose(&b);
    } else if (status == FIR_ECOMPILE) {
        int written = fir_compiler_diagnostics_json(k, &b, NULL);
        status = written != 0 ? written : status;
        fir_buf_dispose(&b);
    }
    fir_playbook_unref(p);
    fir_compiler_free(k);
    return status;
}

static void sweep(size_t files, int wanted)
{
    for (long at = 0;; at++) {
        meter m = {.left = at};
        int status = sweep_once(&m, files);
        ck_assert_msg(m.live == 0, "allocation %ld failed: %ld blocks were lost", at, m.live);
        if (!m.hit) {
            ck_assert_int_eq(status, wanted);
            ck_assert_int_gt(at, 100);
            return;
        }
        ck_assert_msg(status == FIR_ENOMEM, "allocation %ld failed: %d", at, status);
    }
}

START_TEST(every_allocation_may_fail)
{
    sweep(2, 0);
    sweep(3, FIR_ECOMPILE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("playbook");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, messages);
    tcase_add_test(t, first_error_is_told);
    tcase_add_test(t, warnings_of_a_macro_come_once);
    tcase_add_test(t, places_in_scalars);
    tcase_add_test(t, codes_are_in_order);
    tcase_add_test(t, digest_is_of_the_meaning);
    tcase_add_test(t, digest_has_no_secret);
    tcase_add_test(t, json_has_no_secret);
    tcase_add_test(t, outputs_come_first);
    tcase_add_test(t, relative_secret_files_lie_beside);
    tcase_add_test(t, wrong_calls);
    tcase_add_test(t, a_compiler_is_used_again);
    tcase_add_test(t, files_are_read);
    tcase_add_test(t, macros_do_not_explode);
    tcase_add_test(t, lists_do_not_explode);
    tcase_add_test(t, index_finds_what_it_holds);
    tcase_add_test(t, every_allocation_may_fail);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
