/* SPDX-License-Identifier: Apache-2.0 */
/* From playbook and alerts to plans. Input that begins with - or # is a playbook up to a line "%%%", and alerts behind it; else the
 * first byte says how many of the following drive a generator of playbooks (support/strange.h), the others one of alerts, and
 * those that it leaves are alerts as they stand. Playbooks that were built are kept, and most mutations touch the alerts alone.
 *
 * The index and the plain evaluator agree; a plan's rules are the hits; a plan is canonical JSON; a body that is JSON stays JSON
 * with its author's keys; no control character gets into a header or an address, and an address keeps host and path; a batch is
 * the single plans. */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit.h"
#include "match/evaluator.h"
#include "support/strange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak)); /* not there when a corpus is replayed */

enum { MOST_HITS = 64, REGEX_STEPS = 100, LARGEST = 1 << 20, KEPT = 1024 };

static fir_compiler *compiler;
static fir_evaluator *evaluator;
static fir_event *event;

#define REQUIRE(holds) require((holds), #holds, __LINE__)
static void require(bool holds, const char *what, int line)
{
    if (!holds) {
        fprintf(stderr, "line %d: %s does not hold\n", line, what);
        abort();
    }
}

static void set_up(void)
{
    fir_compiler_options o = {.size = sizeof o, .regex_steps = REGEX_STEPS, .max_file_bytes = LARGEST};
    if (compiler == NULL) {
        REQUIRE(fir_compiler_new(NULL, &o, &compiler, NULL) == 0);
        REQUIRE(fir_evaluator_new(NULL, &evaluator, NULL) == 0);
        REQUIRE(fir_event_new(NULL, &event, NULL) == 0);
    }
}

/* ---- text that grows ---- */

typedef struct growing {
    char *p;
    size_t n, cap;
} growing;

static void add(growing *t, const char *p, size_t n)
{
    if (t->n + n > t->cap) {
        t->cap = (t->n + n) * 2 + 256;
        t->p = realloc(t->p, t->cap);
        REQUIRE(t->p != NULL);
    }
    memcpy(t->p + t->n, p, n);
    t->n += n;
}

/* ---- canonical JSON, and nothing else, read ---- */

typedef struct node {
    char type; /* of '{', '[', '"', '0' (a number) and 'n' (a word) */
    const char *text, *key;
    size_t len, key_len;
    size_t count;
    struct node *first, *next; /* children */
} node;

typedef struct reading {
    const char *at, *end;
    node *nodes;
    char *texts; /* of strings, without escapes */
    int depth;
} reading;

static char next(reading *r)
{
    REQUIRE(r->at < r->end);
    return *r->at++;
}

static bool skip(reading *r, char c)
{
    bool there = r->at < r->end && *r->at == c;
    r->at += there;
    return there;
}

/* The escapes that there are: short where there is a short one, and only where one is needed. */
static char read_escape(reading *r)
{
    static const char letters[] = "\"\\bfnrt", named[] = "\"\\\b\f\n\r\t", hex[] = "0123456789abcdef";
    char c = next(r);
    const char *at = strchr(letters, c);
    if (c != '\0' && at != NULL) {
        return named[at - letters];
    }
    REQUIRE(c == 'u' && next(r) == '0' && next(r) == '0');
    char high = next(r), low = next(r);
    REQUIRE((high == '0' || high == '1') && low != '\0' && strchr(hex, low) != NULL);
    char value = (char)((high - '0') * 16 + (strchr(hex, low) - hex));
    REQUIRE(value == '\0' || strchr(named, value) == NULL);
    return value;
}

static const char *read_string(reading *r, size_t *len)
{
    const char *text = r->texts;
    for (char c; (c = next(r)) != '"';) {
        REQUIRE((unsigned char)c >= 0x20);
        *r->texts++ = c == '\\' ? read_escape(r) : c;
    }
    *len = (size_t)(r->texts - text);
    *r->texts++ = '\0';
    return text;
}

static bool is_digit(const reading *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static void skip_digits(reading *r)
{
    REQUIRE(is_digit(r));
    while (is_digit(r)) {
        r->at++;
    }
}

static void read_number(reading *r)
{
    (void)skip(r, '-');
    if (!skip(r, '0')) {
        skip_digits(r);
    }
    if (skip(r, '.')) {
        skip_digits(r);
    }
    if (skip(r, 'e') || skip(r, 'E')) {
        (void)(skip(r, '+') || skip(r, '-'));
        skip_digits(r);
    }
    REQUIRE(!is_digit(r));
}

static void read_word(reading *r)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(r->end - r->at) >= n && memcmp(r->at, words[i], n) == 0) {
            r->at += n;
            return;
        }
    }
    require(false, "a value is one", __LINE__);
}

static void check_order(const node *before, const node *v)
{
    size_t n = before->key_len < v->key_len ? before->key_len : v->key_len;
    int c = memcmp(before->key, v->key, n);
    REQUIRE(c < 0 || (c == 0 && before->key_len < v->key_len));
}

static node *read_value(reading *r)
{
    node *v = r->nodes++;
    *v = (node){.type = r->at < r->end ? *r->at : '\0'};
    if (skip(r, '"')) {
        v->text = read_string(r, &v->len);
    } else if (v->type == '{' || v->type == '[') {
        char end = *r->at++ == '{' ? '}' : ']';
        node *last = NULL;
        REQUIRE(++r->depth < 100);
        while (!skip(r, end)) {
            const char *key = NULL;
            size_t key_len = 0;
            REQUIRE(last == NULL || skip(r, ','));
            if (end == '}') {
                REQUIRE(skip(r, '"'));
                key = read_string(r, &key_len);
                REQUIRE(skip(r, ':'));
            }
            node *child = read_value(r);
            child->key = key;
            child->key_len = key_len;
            if (last != NULL && key != NULL) {
                check_order(last, child);
            }
            *(last != NULL ? &last->next : &v->first) = child;
            last = child;
            v->count++;
        }
        r->depth--;
    } else if (v->type == '-' || is_digit(r)) {
        v->type = '0';
        read_number(r);
    } else {
        v->type = 'n';
        read_word(r);
    }
    return v;
}

/* The tree stands until the next one is read. */
static const node *read_plan(const char *p, size_t n)
{
    static node *nodes;
    static char *texts;
    static size_t cap;
    if (n + 1 > cap) {
        cap = 2 * n + 4096;
        free(nodes);
        free(texts);
        nodes = malloc(cap / 2 * sizeof *nodes); /* a value and what stands behind it are two bytes */
        texts = malloc(cap);
        REQUIRE(nodes != NULL && texts != NULL);
    }
    reading r = {p, p + n, nodes, texts, 0};
    const node *v = read_value(&r);
    REQUIRE(r.at == r.end);
    if (n % 16 == 0) { /* and somebody else reads it, too */
        json_error_t e;
        json_t *j = json_loadb(p, n, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &e);
        REQUIRE(j != NULL || json_error_code(&e) == json_error_numeric_overflow);
        json_decref(j);
    }
    return v;
}

static const node *get(const node *v, const char *key)
{
    const node *child = v != NULL && v->type == '{' ? v->first : NULL;
    while (child != NULL && strcmp(child->key, key) != 0) {
        child = child->next;
    }
    return child;
}

static bool is_string(const node *v)
{
    return v != NULL && v->type == '"';
}

/* ---- what stands in a plan ---- */

static bool has_control(const node *s)
{
    for (size_t i = 0; i < s->len; i++) {
        if ((unsigned char)s->text[i] < 0x20 || s->text[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

/* The generator's own: {"one": TEXT, "two": [TEXT], "three": {"k": TEXT}}. */
static void check_body(const node *s)
{
    json_t *v = json_loadb(s->text, s->len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    REQUIRE(json_is_object(v) && json_object_size(v) == 3);
    REQUIRE(json_is_string(json_object_get(v, "one")));
    const json_t *two = json_object_get(v, "two"), *three = json_object_get(v, "three");
    REQUIRE(json_is_array(two) && json_array_size(two) == 1 && json_is_string(json_array_get(two, 0)));
    REQUIRE(json_is_object(three) && json_object_size(three) == 1 && json_is_string(json_object_get(three, "k")));
    json_decref(v);
}

/* The generator's own: https://hooks.example.org:8443/in/SEGMENT/x?q=VALUE. */
static void check_generated_url(const node *s)
{
    static const char begin[] = "https://hooks.example.org:8443/in/";
    const char *url = s->text;
    for (size_t i = 0; i < s->len; i++) {
        REQUIRE(url[i] > 0x20 && url[i] < 0x7f);
    }
    REQUIRE(strncmp(url, begin, strlen(begin)) == 0);
    const char *segment = url + strlen(begin), *query = strchr(segment, '?');
    REQUIRE(query != NULL && strncmp(query, "?q=", 3) == 0);
    REQUIRE(query - segment >= 2 && strncmp(query - 2, "/x", 2) == 0);
    size_t n = (size_t)(query - segment) - 2;
    REQUIRE(memchr(segment, '/', n) == NULL);
    REQUIRE(!(n == 1 && segment[0] == '.') && !(n == 2 && strncmp(segment, "..", 2) == 0));
    REQUIRE(strpbrk(query + 1, "?#&=+\\\"<> ") == query + 2);
}

static void check_step(const node *step, bool generated)
{
    const node *parameters = get(step, "parameters"), *use = get(step, "use");
    REQUIRE(is_string(use));
    if (strcmp(use->text, "http:webhook") != 0 || parameters == NULL) {
        return;
    }
    const node *url = get(get(parameters, "url"), "v"), *body = get(get(parameters, "body"), "v");
    const node *headers = get(get(parameters, "headers"), "v");
    if (is_string(url) && generated) { /* what an author writes is no business of the alert's */
        check_generated_url(url);
    }
    if (is_string(body) && generated) {
        check_body(body);
    }
    for (const node *v = headers != NULL && headers->type == '{' ? headers->first : NULL; v != NULL; v = v->next) {
        REQUIRE(!is_string(v) || !has_control(v));
    }
}

static void check_plan(const node *plan, size_t n, bool generated)
{
    static const char *const lists[] = {"steps", "on_failure", "notify"};
    const node *rules = get(plan, "rules");
    REQUIRE(rules != NULL && rules->type == '[' && rules->count == n);
    for (const node *rule = rules->first; rule != NULL; rule = rule->next) {
        for (size_t k = 0; k < 3; k++) {
            const node *steps = get(rule, lists[k]);
            for (const node *step = steps != NULL ? steps->first : NULL; step != NULL; step = step->next) {
                check_step(step, generated);
            }
        }
    }
}

/* ---- one alert, and the batch ---- */

static void check_match(const fir_playbook *p)
{
    fir__hit indexed[MOST_HITS];
    REQUIRE(fir__match(evaluator, p, event) == 0);
    size_t n = evaluator->n_hits, kept = n < MOST_HITS ? n : MOST_HITS;
    if (kept != 0) {
        memcpy(indexed, evaluator->hits, kept * sizeof *indexed);
    }
    REQUIRE(fir__match_plainly(evaluator, p, event) == 0);
    REQUIRE(evaluator->n_hits == n);
    for (size_t i = 0; i < kept; i++) {
        REQUIRE(indexed[i].rule == evaluator->hits[i].rule && indexed[i].undecided == evaluator->hits[i].undecided);
    }
}

/* The line that the batch must have for this alert. */
static void plan_one(const fir_playbook *p, uint64_t line, growing *lines, bool generated)
{
    fir_plan *plan;
    fir_buf b = {NULL, 0, NULL};
    char begin[40];
    check_match(p);
    int status = fir_evaluate(evaluator, p, event, 0, &plan, NULL);
    if (status != 0) {
        REQUIRE(status == FIR_ELIMIT && plan == NULL);
        add(lines, "?\n", 2);
        return;
    }
    if (plan == NULL) {
        REQUIRE(evaluator->n_hits == 0);
        return;
    }
    REQUIRE(fir_plan_to_json(plan, &b, NULL) == 0);
    check_plan(read_plan(b.ptr, b.len), evaluator->n_hits, generated);
    add(lines, begin, (size_t)snprintf(begin, sizeof begin, "{\"line\":%llu,", (unsigned long long)line));
    add(lines, b.ptr + 1, b.len - 1);
    add(lines, "\n", 1);
    fir_buf_dispose(&b);
    fir_plan_free(plan);
}

/* Plans of the single alerts; of one that is refused "?". */
static void plan_each(const fir_playbook *p, const void *alerts, size_t n, growing *lines, bool generated)
{
    fir_reader *r;
    int status;
    REQUIRE(fir_reader_new(NULL, &r, NULL) == 0);
    REQUIRE(fir_reader_feed(r, alerts, n, 1, NULL) == 0);
    for (;;) {
        uint64_t line;
        status = fir_reader_next(r, event, &line, NULL, NULL);
        if (status == 0) {
            plan_one(p, line, lines, generated);
        } else if (status == FIR_EPARSE || status == FIR_ELIMIT) {
            add(lines, "?\n", 2);
        } else {
            break;
        }
    }
    REQUIRE(status == FIR_ENOTFOUND);
    fir_reader_free(r);
}

static void compare_batch(const fir_buf *batch, const growing *lines)
{
    size_t at = 0;
    const char *end;
    for (const char *p = batch->ptr, *stop = p + batch->len; p < stop; p = end + 1) {
        end = memchr(p, '\n', (size_t)(stop - p));
        REQUIRE(end != NULL && at < lines->n);
        size_t n = (size_t)(end - p) + 1;
        if (lines->p[at] == '?') {
            json_t *v = json_loadb(p, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
            REQUIRE(json_is_string(json_object_get(json_object_get(v, "error"), "code")) && json_object_get(v, "line") != NULL);
            json_decref(v);
            at += 2;
        } else {
            REQUIRE(lines->n - at >= n && memcmp(lines->p + at, p, n) == 0);
            at += n;
        }
    }
    REQUIRE(at == lines->n);
}

static void run(const fir_playbook *p, const char *alerts, size_t n, bool generated, bool batched)
{
    fir_buf batch = {NULL, 0, NULL};
    growing lines = {NULL, 0, 0};
    plan_each(p, alerts, n, &lines, generated);
    if (batched) {
        REQUIRE(fir_evaluate_ndjson(evaluator, p, alerts, n, 0, &batch, NULL) == 0);
        compare_batch(&batch, &lines);
        fir_buf_dispose(&batch);
    }
    free(lines.p);
}

/* ---- inputs: a head, which is the playbook, and the alerts ---- */

static const char cut[] = "\n%%%\n";

static bool is_raw(const uint8_t *data)
{
    return data[0] == '-' || data[0] == '#';
}

static size_t head_of(const uint8_t *data, size_t size)
{
    if (is_raw(data)) {
        const uint8_t *at = memmem(data, size, cut, strlen(cut));
        return at != NULL ? (size_t)(at - data) + strlen(cut) : size;
    }
    return data[0] < size ? 1u + data[0] : size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    size_t head = size != 0 ? head_of(data, size) : 0;
    if (seed % 64 == 0 || head == size || head >= max) {
        return LLVMFuzzerMutate(data, size, max);
    }
    return head + LLVMFuzzerMutate(data + head, size - head, max - head);
}

static uint64_t hash(const uint8_t *p, size_t n)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < n; i++) {
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    }
    return h ^ h >> 29;
}

static fir_playbook *build(const uint8_t *head, size_t n, uint64_t seed)
{
    fir_playbook *p = NULL;
    char *yaml = NULL;
    const char *text = (const char *)head;
    fir_fuzz_jit = seed % 8 == 0;
    if (is_raw(head)) {
        bool marked = n > strlen(cut) && memcmp(head + n - strlen(cut), cut, strlen(cut)) == 0;
        n -= marked ? strlen(cut) - 1 : 0;
    } else {
        fir_test_random r = {.state = seed, .bytes = head + 1, .n_bytes = n - 1};
        uint32_t many = fir_test_below(&r, 8);
        uint32_t rules = 1 + (many != 0 ? fir_test_below(&r, 4) : 8 + fir_test_below(&r, 24));
        text = yaml = fir_test_strange_playbook(&r, rules, false, true, &n);
    }
    if (fir_compiler_add(compiler, "p.yaml", text, n, NULL) == 0) {
        int status = fir_compiler_build(compiler, &p, NULL);
        REQUIRE(status == 0 ? p != NULL : p == NULL && (status == FIR_ECOMPILE || status == FIR_ELIMIT));
    }
    free(yaml);
    return p;
}

/* The playbook of a head; NULL: it is none. */
static const fir_playbook *playbook_of(const uint8_t *head, size_t n)
{
    static struct {
        uint8_t *head;
        size_t n;
        fir_playbook *playbook;
    } kept[KEPT];
    uint64_t h = hash(head, n);
    size_t k = h % KEPT;
    if (kept[k].head == NULL || kept[k].n != n || memcmp(kept[k].head, head, n) != 0) {
        free(kept[k].head);
        fir_playbook_unref(kept[k].playbook);
        kept[k].head = malloc(n);
        REQUIRE(kept[k].head != NULL);
        memcpy(kept[k].head, head, n);
        kept[k].n = n;
        kept[k].playbook = build(head, n, h);
    }
    return kept[k].playbook;
}

static void run_generated(const fir_playbook *p, const uint8_t *data, size_t size, uint64_t seed)
{
    fir_test_random r = {.state = seed, .bytes = data, .n_bytes = size};
    size_t len, n = 0;
    growing alerts = {NULL, 0, 0};
    for (uint32_t several = fir_test_below(&r, 8), count = several != 0 ? 1 : 2 + fir_test_below(&r, 2); n < count; n++) {
        char *alert = fir_test_strange_alert(&r, &len);
        add(&alerts, alert, len);
        add(&alerts, "\n", 1);
        free(alert);
    }
    add(&alerts, (const char *)r.bytes, r.n_bytes); /* and what is left as it is */
    run(p, alerts.p, alerts.n, true, n > 1 || r.n_bytes != 0 || seed % 4 == 0);
    free(alerts.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    size_t head = size != 0 ? head_of(data, size) : 0;
    const fir_playbook *p = size != 0 ? playbook_of(data, head) : NULL;
    if (p == NULL) {
        return 0;
    }
    if (is_raw(data)) {
        run(p, (const char *)data + head, size - head, false, true);
    } else {
        run_generated(p, data + head, size - head, hash(data + head, size - head));
    }
    return 0;
}
