/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that an alert, a condition, a template or a playbook can make recurse, at its deepest, on a thread with a small
 * stack: plugins and language runtimes have such threads. */
#include "api.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>

#include "text.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef SANITIZED
enum { KIB = 4 * 1024 }; /* frames are several times as large */
#else
enum { KIB = 1024 };
#endif
/* What an alert can reach needs little. Only compiling a condition recurses with its depth, about 600 bytes a level, and who
 * writes conditions is trusted; max_depth is there for threads with less. */
enum { SMALL = 64 * KIB, FOR_250 = 192 * KIB, FOR_1000 = 640 * KIB };

typedef int body(void);

static void *enter(void *ctx)
{
    body *b;
    memcpy(&b, ctx, sizeof b);
    return (void *)(intptr_t)b();
}

/* Runs it on a stack of that size, and tells how much of it was touched. */
static size_t on_stack(body *b, size_t size, int wanted, const char *what)
{
    pthread_attr_t attr;
    pthread_t thread;
    void *result;
    unsigned char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    ck_assert_ptr_ne(stack, MAP_FAILED);
    memset(stack, API_MARK, size);
    ck_assert_int_eq(mprotect(stack, 4096, PROT_NONE), 0); /* running over it is a crash, not luck */
    ck_assert_int_eq(pthread_attr_init(&attr), 0);
    ck_assert_int_eq(pthread_attr_setstack(&attr, stack, size), 0);
    ck_assert_int_eq(pthread_create(&thread, &attr, enter, &b), 0);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    (void)pthread_attr_destroy(&attr);
    ck_assert_msg((intptr_t)result == wanted, "%s: %s", what, fir_code_name((int32_t)(intptr_t)result));
    size_t unused = 4096;
    while (unused < size && stack[unused] == API_MARK) {
        unused++;
    }
    ck_assert_int_eq(munmap(stack, size), 0);
    printf("%8zu bytes of stack: %s\n", size - unused, what);
    return size - unused;
}

/* ---- what is run ---- */

static text input, second;
static fir_event *event;
static uint32_t depth;

static int an_alert(void)
{
    fir_event *e;
    fir_buf b = {NULL, 0, NULL};
    uint8_t id[32];
    int code = fir_event_new(NULL, &e, NULL);
    code = code != 0 ? code : fir_event_parse(e, input.p, input.n, NULL, NULL);
    code = code != 0 ? code : fir_event_to_json(e, &b, NULL);
    code = code != 0 ? code : fir_event_id(e, id, NULL);
    fir_buf_dispose(&b);
    fir_event_free(e);
    return code;
}

static fir_condition *compiled;

static int a_condition(void)
{
    fir_condition_options o = {.size = sizeof o, .max_depth = depth};
    return fir_condition_compile(input.p, input.n, &o, &compiled, NULL);
}

static int a_verdict(void)
{
    fir_evaluator *x = NULL;
    int32_t verdict;
    int code = fir_evaluator_new(NULL, &x, NULL);
    code = code != 0 ? code : fir_condition_eval(compiled, x, event, &verdict, NULL);
    fir_evaluator_free(x);
    return code;
}

static int a_print(void)
{
    fir_buf b = {NULL, 0, NULL};
    int code = fir_condition_to_string(compiled, &b, NULL);
    fir_buf_dispose(&b);
    return code;
}

/* Compiled on a stack of that size; judged on a small one. */
static void condition(size_t size, int wanted, const char *what)
{
    on_stack(a_condition, size, wanted, what);
    if (wanted == 0) {
        on_stack(a_verdict, SMALL, 0, "  judged");
        on_stack(a_print, size, 0, "  printed");
    }
    fir_condition_free(compiled);
    compiled = NULL;
    free(input.p);
    input = (text){NULL, 0};
}

static int a_template(void)
{
    fir_template *t = NULL;
    fir_buf b = {NULL, 0, NULL};
    int code = fir_template_compile(input.p, input.n, NULL, &t, NULL);
    code = code != 0 ? code : fir_template_render(t, event, &b, NULL);
    fir_buf_dispose(&b);
    fir_template_free(t);
    return code;
}

static int a_playbook(void)
{
    fir_compiler *k = NULL;
    fir_playbook *p = NULL;
    fir_evaluator *x = NULL;
    fir_buf b = {NULL, 0, NULL};
    int code = fir_compiler_new(NULL, NULL, &k, NULL);
    code = code != 0 ? code : fir_compiler_add(k, "p.yaml", input.p, input.n, NULL);
    code = code != 0 ? code : fir_compiler_build(k, &p, NULL);
    code = code != 0 ? code : fir_playbook_to_json(p, &b, NULL);
    fir_buf_dispose(&b);
    code = code != 0 ? code : fir_evaluator_new(NULL, &x, NULL);
    code = code != 0 ? code : fir_evaluate_ndjson(x, p, second.p, second.n, 0, &b, NULL);
    fir_buf_dispose(&b);
    fir_evaluator_free(x);
    fir_playbook_unref(p);
    fir_compiler_free(k);
    return code;
}

static int a_schema(void)
{
    fir_catalog *c;
    int code = fir_catalog_new(&c, NULL);
    code = code != 0 ? code : fir_catalog_add(c, input.p, input.n, NULL);
    fir_catalog_unref(c);
    return code;
}

static void fresh(text *t)
{
    free(t->p);
    *t = (text){NULL, 0};
}

static void begin(void)
{
    event = api_event(api_alert, strlen(api_alert));
    fresh(&input);
    fresh(&second);
}

static void end(void)
{
    fir_event_free(event);
    fresh(&input);
    fresh(&second);
}

START_TEST(alerts)
{
    put(&input, "{\"rule\":\"r\",\"output_fields\":{\"a\":", 1);
    put(&input, "{\"b\":[", 31);
    put(&input, "]}", 31);
    put(&input, "}}", 1);
    on_stack(an_alert, SMALL, 0, "an alert, nested 64 deep");
    fresh(&input);
    put(&input, "{\"a\":", 50000);
    on_stack(an_alert, SMALL, FIR_ELIMIT, "an alert, nested far too deep");
    fresh(&input);
    put(&input, "[", 100000);
    ck_assert_uint_gt(on_stack(an_alert, SMALL, FIR_ELIMIT, "an array, nested far too deep"), 1000);
}
END_TEST

START_TEST(conditions)
{
    static const uint32_t depths[] = {250, 1000};
    for (int i = 0; i < 2; i++) {
        depth = depths[i];
        put(&input, "not (", depth - 1);
        put(&input, "proc.name = sh or a.b = c", 1);
        put(&input, ")", depth - 1);
        condition(i == 0 ? FOR_250 : FOR_1000, 0, i == 0 ? "a condition, 250 deep" : "a condition, 1000 deep");
    }
    depth = 250;
    put(&input, "tolower(", 249);
    put(&input, "proc.name", 1);
    put(&input, ")", 249);
    put(&input, " = sh", 1);
    condition(FOR_250, 0, "249 transformers");
    put(&input, "(", 500000);
    condition(FOR_250, FIR_ELIMIT, "half a million parentheses");
    put(&input, "not ", 200000);
    put(&input, "a.b = c", 1);
    condition(SMALL, 0, "two hundred thousand times not");
    put(&input, "a.b = c", 1);
    put(&input, " or a.b = c and d.e = f", 20000);
    condition(SMALL, 0, "forty thousand checks in a row");
    depth = 30;
    put(&input, "(", 29);
    put(&input, "a.b = c", 1);
    put(&input, ")", 29);
    condition(SMALL, 0, "a condition, 30 deep");
    put(&input, "proc.name regex '", 1);
    put(&input, "(", 200);
    put(&input, "a", 1);
    put(&input, ")*", 200);
    put(&input, "'", 1);
    condition(FOR_250, 0, "a regular expression, 200 deep"); /* PCRE2's own recursion */
}
END_TEST

START_TEST(templates)
{
    put(&input, "{{", 1);
    put(&input, "(", 32);
    put(&input, "rule", 1);
    put(&input, ")", 32);
    put(&input, " | upper", 16);
    put(&input, "}} {{event.json}} {{output_fields}}", 1);
    on_stack(a_template, SMALL, 0, "a template, 32 deep");
    fresh(&input);
    put(&input, "{{", 1);
    put(&input, "(", 100000);
    on_stack(a_template, SMALL, FIR_ECOMPILE, "a template, far too deep");
}
END_TEST

START_TEST(playbooks)
{
    put(&input, api_playbook, 1);
    put(&input, "- macro: m0\n  condition: proc.name = sh\n", 1);
    for (int i = 1; i < 200; i++) {
        char line[100];
        (void)snprintf(line, sizeof line, "- macro: m%d\n  condition: not (m%d)\n", i, i - 1);
        put(&input, line, 1);
    }
    put(&input, "- rule: Deep\n  condition: m199\n  actions: [{action: a, use: 'local:file', parameters: {path: /x, line: y}}]\n",
        1);
    put(&input, "- test: T\n  event: {rule: r, output_fields: {a: ", 1);
    put(&input, "[", 60);
    put(&input, "]", 60);
    put(&input, "}}\n  expect_no_rule: [Deep]\n", 1);
    put(&second, api_alert, 1);
    on_stack(a_playbook, SMALL, 0, "a playbook with everything nested");
    fresh(&input);
    put(&input, "[", 100000);
    on_stack(a_playbook, SMALL, FIR_ECOMPILE, "a playbook, nested far too deep");
}
END_TEST

START_TEST(schemas)
{
    put(&input, "[", 100000);
    on_stack(a_schema, SMALL, FIR_ELIMIT, "a schema, nested far too deep");
}
END_TEST

static void add(TCase *t)
{
    tcase_add_checked_fixture(t, begin, end);
    tcase_add_test(t, alerts);
    tcase_add_test(t, conditions);
    tcase_add_test(t, templates);
    tcase_add_test(t, playbooks);
    tcase_add_test(t, schemas);
}

int main(void)
{
#if defined(__SANITIZE_THREAD__)
    printf("the thread sanitizer wants large stacks for itself\n");
    return 77;
#endif
    setvbuf(stdout, NULL, _IONBF, 0);
    return api_run("stack", add);
}
