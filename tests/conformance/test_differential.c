/* SPDX-License-Identifier: Apache-2.0 */
/* The event reader against jansson, on alerts that a generator breaks: what both accept is equal, and where they differ there is a
 * reason that is written down here. The generator always makes the same alerts. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/parts.h"
#include "support/vectors.h"

enum { ROUNDS = 60000, ROOM = 16384, MOST_SEEDS = 64 };

static struct {
    char *text;
    size_t len;
} seeds[MOST_SEEDS];
static size_t n_seeds;

static uint64_t state = 0x9E3779B97F4A7C15u;

static size_t below(size_t n)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (size_t)(state >> 11) % n;
}

static void keep_seed(void *ctx, size_t line, const json_t *one)
{
    (void)ctx, (void)line;
    size_t n;
    const char *text = fir_test_text(one, "event", &n);
    if (n_seeds < MOST_SEEDS) {
        seeds[n_seeds].text = malloc(n);
        memcpy(seeds[n_seeds].text, text, n);
        seeds[n_seeds++].len = n;
    }
}

/* Pieces that make trouble in the right place. */
static const struct {
    const char *p;
    size_t n;
} pieces[] = {
#define PIECE(s)                                                                                                                   \
    {                                                                                                                              \
        s, sizeof s - 1                                                                                                            \
    }
    PIECE("\""),
    PIECE("\\"),
    PIECE("{"),
    PIECE("}"),
    PIECE("["),
    PIECE("]"),
    PIECE(","),
    PIECE(":"),
    PIECE(" "),
    PIECE("\n"),
    PIECE("\\u0000"),
    PIECE("\\ud83d"),
    PIECE("\\ude00"),
    PIECE("\\u00e9"),
    PIECE("\\n"),
    PIECE("\xC3\xA9"),
    PIECE("\xFF"),
    PIECE("\xE2\x82"),
    PIECE("0"),
    PIECE("-"),
    PIECE("1e5"),
    PIECE(".5"),
    PIECE("1e400"),
    PIECE("\0"),
    PIECE("\x1F"),
    PIECE("true"),
    PIECE("null"),
    PIECE("\"a\":1,"),
    PIECE("\"rule\":"),
    PIECE("18446744073709551615"),
    PIECE("\"Rule\":0,"),
    PIECE("{\"a\":1}"),
    PIECE("[null,1]"),
    PIECE("123456789012345678901234567890"),
    PIECE("\xEF\xBB\xBF"),
    PIECE("\"evt.time\":1,"),
    PIECE("[[1]]"),
    PIECE("-0"),
    PIECE("\\u00"),
    PIECE("\\x"),
};

static size_t splice(char *text, size_t n, size_t at, size_t out, const char *in, size_t n_in)
{
    out = out < n - at ? out : n - at;
    if (n - out + n_in > ROOM) {
        return n;
    }
    memmove(text + at + n_in, text + at + out, n - at - out);
    memcpy(text + at, in, n_in);
    return n - out + n_in;
}

static size_t mutate(char *text, size_t n)
{
    size_t at = below(n + 1), k = below(sizeof pieces / sizeof pieces[0]);
    char byte = (char)below(256), copy[64];
    switch (below(5)) {
    case 0:
        return splice(text, n, at, 0, pieces[k].p, pieces[k].n);
    case 1:
        return splice(text, n, at, 1 + below(4), pieces[k].p, pieces[k].n);
    case 2:
        return splice(text, n, at, 1, &byte, 1);
    case 3:
        return splice(text, n, at, 1 + below(20), "", 0);
    default: {
        size_t from = below(n), len = below(sizeof copy) % (n - from + 1);
        memcpy(copy, text + from, len);
        return splice(text, n, at, 0, copy, len);
    }
    }
}

static bool same_text(fir_str a, const json_t *b)
{
    return json_is_string(b) && fir__str_eq(a, fir__str(json_string_value(b), json_string_length(b)));
}

static bool same_value(const fir__value *a, const json_t *b)
{
    switch (a->type) {
    case FIR__NULL:
        return json_is_null(b);
    case FIR__BOOL:
        return json_is_boolean(b) && json_is_true(b) == (a->i != 0);
    case FIR__INT:
        return json_is_integer(b) && json_integer_value(b) == a->i;
    case FIR__DOUBLE:
        return json_is_real(b) && !(json_real_value(b) < a->d) && !(json_real_value(b) > a->d);
    case FIR__STRING:
        return same_text(fir__str(a->ptr, a->len), b);
    case FIR__LIST:
        for (uint32_t i = 0; i < a->len && i < json_array_size(b); i++) {
            if (!same_value(&a->items[i], json_array_get(b, i))) {
                return false;
            }
        }
        return json_is_array(b) && json_array_size(b) == a->len;
    case FIR__OBJECT: {
        json_t *v = json_loadb(a->ptr, a->text_len, JSON_ALLOW_NUL, NULL);
        bool same = v != NULL && json_equal(v, b);
        json_decref(v);
        return same;
    }
    default:
        return false; /* jansson takes no integer above int64 */
    }
}

/* A member of a jansson object by a key of any case; keys of ours hold no NUL when jansson took the text. */
static const json_t *member(const json_t *object, fir_str key, bool any_case)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (fir__str_eq(fir__cstr(name), key) || (any_case && fir__str_eq_nocase(fir__cstr(name), key))) {
            return value;
        }
    }
    return NULL;
}

static bool same_property(const fir_event *e, fir__property p, const json_t *v)
{
    const fir__value *a = e->properties[p];
    if (a == NULL) {
        return v == NULL || json_is_null(v) || (p == FIR__PROP_SOURCE && json_string_length(v) == 0);
    }
    if (p == FIR__PROP_TAGS) {
        return json_is_array(v) && json_array_size(v) >= a->len; /* nulls are left out, numbers become text */
    }
    if (p == FIR__PROP_PRIORITY && e->info.priority >= 0) {
        return fir__str_starts(fir__str(a->ptr, a->len), FIR__S("Info")) ||
               fir__str_eq_nocase(fir__str(a->ptr, a->len), fir__str(json_string_value(v), json_string_length(v)));
    }
    return same_text(fir__value_text(a), v);
}

static bool same_alert(const fir_event *e, const json_t *root)
{
    const json_t *fields = member(root, FIR__S("output_fields"), true);
    if (json_object_size(fields) != e->n_fields) {
        return false;
    }
    for (uint32_t i = 0; i < e->n_fields; i++) {
        const json_t *v = member(fields, e->fields[i].name, false);
        if (v == NULL || !same_value(&e->fields[i].value, v)) {
            return false;
        }
    }
    for (int p = FIR__PROP_RULE; p <= FIR__PROP_UUID; p++) {
        if (!same_property(e, (fir__property)p, member(root, fir__property_name((fir__property)p), true))) {
            return false;
        }
    }
    return true;
}

static bool contains(const char *text, const char *const *any_of)
{
    for (; *any_of != NULL; any_of++) {
        if (strstr(text, *any_of) != NULL) {
            return true;
        }
    }
    return false;
}

/* What jansson cannot take and we can. Its duplicates are ours too, but for those inside of nested and unknown values and of
 * objects that are no alerts. */
static const char *const jansson_only[] = {
    "too big integer",        "too big negative integer", "real number overflow",
    "NUL byte in object key", "unable to decode byte",    "invalid Unicode",
    "duplicate object key",   "near '\xEF\xBB\xBF",       NULL,
};
/* What is JSON and no alert as it should be. */
static const char *const ours_only[] = {"must be a", "stands twice in the alert", "expected '{'", NULL};

/* jansson found a duplicate key and we did not: then it is not one of output_fields. */
static bool duplicate_is_elsewhere(const fir_event *e, const char *p, size_t n)
{
    json_t *root = json_loadb(p, n, JSON_ALLOW_NUL, NULL);
    bool elsewhere = root == NULL || json_object_size(member(root, FIR__S("output_fields"), true)) == e->n_fields;
    json_decref(root);
    return elsewhere;
}

static bool differs(fir_event *e, const char *p, size_t n, size_t *both)
{
    json_error_t theirs = {0};
    fir_error ours = {0};
    int code = fir__event_read_json(e, fir__str(p, n), &ours);
    bool valid = code == 0 || code == FIR_ENOTFOUND;
    json_t *root = json_loadb(p, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &theirs);
    bool wrong = false;
    if (valid && root != NULL) {
        *both += code == 0;
        wrong = code == 0 && !same_alert(e, root);
    } else if (valid) {
        bool bom = n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0;
        bool elsewhere = code != 0 || strstr(theirs.text, "duplicate") == NULL || duplicate_is_elsewhere(e, p, n);
        wrong = !elsewhere || !(bom || contains(theirs.text, jansson_only));
    } else if (root != NULL) {
        bool nul = memchr(p, '\0', n) != NULL; /* jansson loses a raw NUL behind a number */
        wrong = !nul && !contains(ours.message, ours_only);
    }
    if (wrong) {
        printf("ours: %s (%s); jansson: %s\n", fir_code_name(code), ours.message, theirs.text);
        fwrite(p, 1, n, stdout);
        putchar('\n');
    }
    json_decref(root);
    return wrong;
}

int main(void)
{
    static char text[ROOM];
    fir_event *e;
    size_t wrong = 0, both = 0;
    fir_test_each_line(fir_test_own("example-events.jsonl"), keep_seed, NULL);
    if (fir_event_new(NULL, &e, NULL) != 0 || n_seeds == 0) {
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < ROUNDS && wrong < 5; i++) {
        size_t seed = below(n_seeds), n = seeds[seed].len;
        memcpy(text, seeds[seed].text, n);
        for (size_t k = below(4); k > 0 && n > 0; k--) {
            n = mutate(text, n);
        }
        wrong += differs(e, text, n, &both);
    }
    fir_event_free(e);
    for (size_t i = 0; i < n_seeds; i++) {
        free(seeds[i].text);
    }
    printf("%d alerts, %zu read by both, %zu differ without a reason\n", ROUNDS, both, wrong);
    return wrong == 0 && both > ROUNDS / 4 ? EXIT_SUCCESS : EXIT_FAILURE;
}
