/* SPDX-License-Identifier: Apache-2.0 */
/* lib/json: the reader in place, canonical JSON, documents. Built twice: with the processor's vectors and without. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/canonical.h"
#include "json/document.h"
#include "json/keys.h"
#include "json/reader.h"
#include "json/writer.h"
#include "support/suite.h"

/* A text in a buffer of exactly its size and the padding, so that a sanitizer sees every byte too far. */
typedef struct input {
    char *buffer;
    fir_str source;
    fir__arena arena;
    fir__json_reader r;
} input;

static void open_input(input *in, fir_str text)
{
    in->source = text;
    in->buffer = calloc(1, text.len + FIR__JSON_PADDING);
    memcpy(in->buffer, text.ptr, text.len);
    fir__arena_init(&in->arena, &fir__default_allocator, 0);
    fir__json_start(&in->r, in->buffer, text.len, FIR__JSON_MOST_DEPTH, &in->arena);
}

static void close_input(input *in)
{
    fir__arena_free(&in->arena);
    free(in->buffer);
}

/* Reads a lone string; what it gives and what was seen. False when it is refused. */
static bool string_of(fir_str text, char *out, size_t *len, uint32_t *seen)
{
    input in;
    fir_str s;
    open_input(&in, text);
    bool ok = fir__json_read_string(&in.r, &s) && fir__json_finish(&in.r);
    if (ok) {
        memcpy(out, s.ptr, s.len);
        *len = s.len;
        *seen = in.r.seen;
    }
    close_input(&in);
    return ok;
}

enum { NUL = FIR__JSON_SAW_NUL, BROKEN = FIR__JSON_SAW_BROKEN };
#define FFFD "\xEF\xBF\xBD"

#define TEXT(literal)                                                                                                              \
    {                                                                                                                              \
        "" literal, sizeof(literal) - 1                                                                                            \
    }

static const struct string_case {
    fir_str body, value;
    uint32_t seen;
    bool refused;
} strings[] = {
    {TEXT(""), TEXT(""), 0, false},
    {TEXT("plain"), TEXT("plain"), 0, false},
    {TEXT("\\\"\\\\\\/\\b\\f\\n\\r\\t"), TEXT("\"\\/\b\f\n\r\t"), 0, false},
    {TEXT("\\u0041\\u00e9\\u20AC"), TEXT("A\xC3\xA9\xE2\x82\xAC"), 0, false},
    {TEXT("\\ud83d\\uDE00!"), TEXT("\xF0\x9F\x98\x80!"), 0, false},
    {TEXT("a\\u0000b"), TEXT("a\0b"), NUL, false},
    {TEXT("\\ud83d"), TEXT(FFFD), BROKEN, false},
    {TEXT("\\ud83dx"), TEXT(FFFD "x"), BROKEN, false},
    {TEXT("\\ud83d\\u0041"), TEXT(FFFD "A"), BROKEN, false},
    {TEXT("\\ud83d\\ud83d\\ude00"), TEXT(FFFD "\xF0\x9F\x98\x80"), BROKEN, false},
    {TEXT("\\ude00\\ud83d"), TEXT(FFFD FFFD), BROKEN, false},
    {TEXT("\x7F \xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEF\xBF\xBF \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"),
     TEXT("\x7F \xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEF\xBF\xBF \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"), 0, false},
    {TEXT("\xFF"), TEXT(FFFD), BROKEN, false},
    {TEXT("\xC0\xAF|\xE0\x80\xAF|\xED\xA0\x80"), TEXT(FFFD FFFD "|" FFFD FFFD FFFD "|" FFFD FFFD FFFD), BROKEN, false},
    {TEXT("\xF4\x90\x80\x80"), TEXT(FFFD FFFD FFFD FFFD), BROKEN, false},
    {TEXT("\xE2\x82|\xF0\x9F\x98|\xC3"), TEXT(FFFD "|" FFFD "|" FFFD), BROKEN, false},
    {TEXT("\\n\xFFtail\\t\xC3\xA9"), TEXT("\n" FFFD "tail\t\xC3\xA9"), BROKEN, false},
    {TEXT("\x1F"), TEXT(""), 0, true},
    {TEXT("\n"), TEXT(""), 0, true},
    {TEXT("a\0b"), TEXT(""), 0, true},
    {TEXT("\\x41"), TEXT(""), 0, true},
    {TEXT("\\u12G4"), TEXT(""), 0, true},
    {TEXT("\\u123"), TEXT(""), 0, true},
    {TEXT("\\U0041"), TEXT(""), 0, true},
    {TEXT("\xFF\n"), TEXT(""), 0, true},
    {TEXT("\\"), TEXT(""), 0, true},
};

/* Each case at each place of a vector, with plain text before and after it. */
START_TEST(strings_are_unescaped_at_every_place)
{
    const struct string_case *c = &strings[_i];
    for (size_t before = 0; before <= 34; before++) {
        for (size_t after = 0; after <= 34; after += 17) {
            char text[256], want[256], got[512];
            size_t n = 0, w = 0, len = 0;
            uint32_t seen = 0;
            text[n++] = '"';
            memset(text + n, 'x', before);
            memset(want, 'x', before);
            memcpy(text + n + before, c->body.ptr, c->body.len);
            memcpy(want + before, c->value.ptr, c->value.len);
            n += before + c->body.len;
            w += before + c->value.len;
            memset(text + n, 'y', after);
            memset(want + w, 'y', after);
            n += after;
            w += after;
            text[n++] = '"';
            bool ok = string_of(fir__str(text, n), got, &len, &seen);
            ck_assert_int_eq(ok, !c->refused);
            if (ok) {
                ck_assert_uint_eq(len, w);
                ck_assert_mem_eq(got, want, w);
                ck_assert_uint_eq(seen, c->seen);
            }
            ck_assert(!string_of(fir__str(text, n - 1), got, &len, &seen)); /* without its quote */
        }
    }
}
END_TEST

static bool number_of(fir_str text, fir__value *v)
{
    input in;
    open_input(&in, text);
    bool ok = fir__json_read_scalar(&in.r, v) && fir__json_finish(&in.r);
    ck_assert(!ok || (v->len == text.len && v->ptr == in.buffer));
    close_input(&in);
    return ok;
}

static const struct number_case {
    const char *text;
    fir__type type; /* FIR__NULL: refused */
    int64_t i;
    uint64_t u;
    double d;
} numbers[] = {
    {"0", FIR__INT, 0, 0, 0},
    {"-0", FIR__INT, 0, 0, 0},
    {"7", FIR__INT, 7, 0, 0},
    {"-1", FIR__INT, -1, 0, 0},
    {"1784020893104938271", FIR__INT, 1784020893104938271, 0, 0},
    {"123456789012345678", FIR__INT, 123456789012345678, 0, 0},
    {"-123456789012345678", FIR__INT, -123456789012345678, 0, 0},
    {"9223372036854775807", FIR__INT, INT64_MAX, 0, 0},
    {"-9223372036854775808", FIR__INT, INT64_MIN, 0, 0},
    {"9223372036854775808", FIR__UINT, 0, UINT64_C(9223372036854775808), 0},
    {"18446744073709551615", FIR__UINT, 0, UINT64_MAX, 0},
    {"18446744073709551616", FIR__DOUBLE, 0, 0, 18446744073709551616.0},
    {"-9223372036854775809", FIR__DOUBLE, 0, 0, -9223372036854775809.0},
    {"100000000000000000000", FIR__DOUBLE, 0, 0, 1e20},
    {"99999999999999999999999999999999999999", FIR__DOUBLE, 0, 0, 1e38},
    {"0.0", FIR__DOUBLE, 0, 0, 0.0},
    {"1.5", FIR__DOUBLE, 0, 0, 1.5},
    {"-4211.3", FIR__DOUBLE, 0, 0, -4211.3},
    {"1e3", FIR__DOUBLE, 0, 0, 1000.0},
    {"1E+3", FIR__DOUBLE, 0, 0, 1000.0},
    {"12.5e-1", FIR__DOUBLE, 0, 0, 1.25},
    {"0.00000000000000000000001234", FIR__DOUBLE, 0, 0, 1.234e-23},
    {"1e400", FIR__DOUBLE, 0, 0, INFINITY},
    {"-1e400", FIR__DOUBLE, 0, 0, -INFINITY},
    {"1e-400", FIR__DOUBLE, 0, 0, 0.0},
    {"0e99999999999999999999999999", FIR__DOUBLE, 0, 0, 0.0},
    {"1e99999999999999999999999999", FIR__DOUBLE, 0, 0, INFINITY},
    {"2.2250738585072011e-308", FIR__DOUBLE, 0, 0, 2.2250738585072011e-308},
    {"9007199254740993.0", FIR__DOUBLE, 0, 0, 9007199254740992.0},
    {"9007199254740993.0000000000000000000000000000000001", FIR__DOUBLE, 0, 0, 9007199254740994.0},
    {"01", FIR__NULL, 0, 0, 0},
    {"-01", FIR__NULL, 0, 0, 0},
    {"00", FIR__NULL, 0, 0, 0},
    {"-", FIR__NULL, 0, 0, 0},
    {"1.", FIR__NULL, 0, 0, 0},
    {".5", FIR__NULL, 0, 0, 0},
    {"1.e5", FIR__NULL, 0, 0, 0},
    {"1e", FIR__NULL, 0, 0, 0},
    {"1e+", FIR__NULL, 0, 0, 0},
    {"+1", FIR__NULL, 0, 0, 0},
    {"0x1", FIR__NULL, 0, 0, 0},
    {"1 2", FIR__NULL, 0, 0, 0},
    {"NaN", FIR__NULL, 0, 0, 0},
    {"nul", FIR__NULL, 0, 0, 0},
    {"truex", FIR__NULL, 0, 0, 0},
};

START_TEST(numbers_are_exact)
{
    const struct number_case *c = &numbers[_i];
    fir__value v = {.type = FIR__NULL};
    bool ok = number_of(fir__cstr(c->text), &v);
    ck_assert_int_eq(ok, c->type != FIR__NULL);
    if (!ok) {
        return;
    }
    ck_assert_int_eq(v.type, c->type);
    if (v.type == FIR__INT) {
        ck_assert(v.i == c->i);
    } else if (v.type == FIR__UINT) {
        ck_assert(v.u == c->u);
    } else {
        ck_assert_mem_eq(&v.d, &c->d, sizeof v.d);
    }
}
END_TEST

/* The nearest double, as the C library's own strtod finds it, in whatever locale. */
START_TEST(doubles_round_as_strtod)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        double d, back;
        memcpy(&d, &state, sizeof d);
        if (!isfinite(d)) {
            continue;
        }
        char text[64];
        snprintf(text, sizeof text, i % 2 ? "%.17g" : "%.11e", d);
        d = strtod(text, NULL);
        back = fir__json_to_double(fir__cstr(text));
        ck_assert_mem_eq(&back, &d, sizeof d);
    }
    /* The middle between two doubles, then a hair above it, behind 900 digits. */
    char longer[1000];
    memset(longer, '0', sizeof longer);
    memcpy(longer, "9007199254740993.", 17);
    ck_assert(fir__json_to_double(fir__str(longer, sizeof longer)) <= 9007199254740992.0);
    longer[999] = '1';
    ck_assert(fir__json_to_double(fir__str(longer, sizeof longer)) >= 9007199254740994.0);
    memset(longer, '9', sizeof longer);
    ck_assert(isinf(fir__json_to_double(fir__str(longer, sizeof longer))));
}
END_TEST

static const struct skip_case {
    const char *text;
    bool refused;
} skips[] = {
    {"{}", false},
    {"[]", false},
    {" [ ] ", false},
    {"{\"a\":{\"b\":[1,2,{\"c\":null}]},\"d\":\"\\u0000\\\"\"}", false},
    {"[[],[[]],{},{\"a\":[]}]", false},
    {"{ \"a\" : [ 1 , \"x\" ] , \"b\" : { } }", false},
    {"\"text\"", false},
    {"[1,]", true},
    {"[,1]", true},
    {"[1 2]", true},
    {"{\"a\":1,}", true},
    {"{\"a\"}", true},
    {"{\"a\" 1}", true},
    {"{1:2}", true},
    {"{\"a\":1]", true},
    {"[1}", true},
    {"[1", true},
    {"{\"a\":", true},
    {"{\"a", true},
    {"[\"\\x\"]", true},
    {"[\"\\u00\"]", true},
    {"[\"\t\"]", true},
    {"[1]]", true},
    {"]", true},
    {"", true},
};

START_TEST(skipping_checks_and_changes_nothing)
{
    const struct skip_case *c = &skips[_i];
    input in;
    fir_str raw;
    open_input(&in, fir__cstr(c->text));
    bool ok = fir__json_skip(&in.r, &raw) && fir__json_finish(&in.r);
    ck_assert_int_eq(ok, !c->refused);
    ck_assert_mem_eq(in.buffer, c->text, in.source.len);
    ck_assert(!ok || fir__str_eq(raw, fir__str_trim(in.source)));
    ck_assert_int_eq(in.r.status, ok ? 0 : FIR_EPARSE);
    close_input(&in);
}
END_TEST

static int skip_nested(size_t depth, char open, char shut, bool whole)
{
    char *text = malloc(6 * depth + 1);
    size_t n = 0;
    for (size_t i = 0; i < depth; i++) {
        text[n++] = open;
        if (open == '{') {
            memcpy(text + n, "\"a\":", 4);
            n += i + 1 < depth || !whole ? 4 : 0;
        }
    }
    memset(text + n, shut, whole ? depth : 0);
    n += whole ? depth : 0;
    input in;
    fir_str raw;
    open_input(&in, fir__str(text, n));
    int status = fir__json_skip(&in.r, &raw) && fir__json_finish(&in.r) ? 0 : in.r.status;
    close_input(&in);
    free(text);
    return status;
}

START_TEST(depth_is_bounded)
{
    ck_assert_int_eq(skip_nested(63, '[', ']', true), 0);
    ck_assert_int_eq(skip_nested(64, '[', ']', true), 0);
    ck_assert_int_eq(skip_nested(64, '{', '}', true), 0);
    ck_assert_int_eq(skip_nested(65, '[', ']', true), FIR_ELIMIT);
    ck_assert_int_eq(skip_nested(65, '{', '}', true), FIR_ELIMIT);
    ck_assert_int_eq(skip_nested(1000000, '[', ']', false), FIR_ELIMIT);
    ck_assert_int_eq(skip_nested(1000000, '{', '}', false), FIR_ELIMIT);
}
END_TEST

START_TEST(failures_say_where)
{
    input in;
    fir_str raw;
    fir_error err;
    open_input(&in, FIR__S("{\"a\": \"x\\ny\",\n  \"b\": tru}"));
    ck_assert(!fir__json_skip(&in.r, &raw));
    ck_assert_int_eq(fir__json_error(&in.r, in.source, &err), FIR_EPARSE);
    ck_assert_uint_eq(err.line, 2);
    ck_assert_uint_eq(err.column, 8);
    ck_assert_uint_eq(err.offset, 21);
    ck_assert_str_eq(err.message, "expected a JSON value");
    close_input(&in);

    open_input(&in, FIR__S("[1"));
    ck_assert(!fir__json_skip(&in.r, &raw));
    ck_assert_int_eq(fir__json_error(&in.r, in.source, &err), FIR_EPARSE);
    ck_assert_uint_eq(err.offset, 2);
    ck_assert_str_eq(err.message, "the JSON text ends too early");
    close_input(&in);
}
END_TEST

START_TEST(a_byte_order_mark_is_skipped)
{
    input in;
    fir_str raw;
    open_input(&in, FIR__S("\xEF\xBB\xBF[1]"));
    ck_assert(fir__json_skip(&in.r, &raw) && fir__json_finish(&in.r));
    ck_assert(fir__str_eq(raw, FIR__S("[1]")));
    close_input(&in);
}
END_TEST

/* The text in canonical form, or the code of its failure in brackets. static. */
static const char *canonical_of(fir_str text, fir__numbers how)
{
    static char out[1024];
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, sizeof out - 1);
    int code = fir__json_canonical(&b, text, how, NULL);
    ck_assert_int_eq(b.status, 0);
    snprintf(out, sizeof out, "%.*s", (int)b.len, b.len != 0 ? b.ptr : "");
    if (code != 0) {
        snprintf(out, sizeof out, "<%s>", fir_code_name(code));
    }
    fir__sbuf_free(&b);
    return out;
}

#define CANONICAL(text) canonical_of(FIR__S(text), FIR__NUMBERS_AS_THEY_CAME)
#define BY_VALUE(text) canonical_of(FIR__S(text), FIR__NUMBERS_BY_VALUE)

START_TEST(canonical_form)
{
    ck_assert_str_eq(CANONICAL(" { \"b\" : 1 , \"a\" : [ true , null , { } , [ ] ] } "), "{\"a\":[true,null,{},[]],\"b\":1}");
    ck_assert_str_eq(CANONICAL("{\"b\":{\"z\":1,\"y\":{\"d\":1,\"c\":2},\"x\":3},\"a\":0}"),
                     "{\"a\":0,\"b\":{\"x\":3,\"y\":{\"c\":2,\"d\":1},\"z\":1}}");
    ck_assert_str_eq(CANONICAL("[{\"b\":1,\"a\":2},{\"d\":1,\"c\":2}]"), "[{\"a\":2,\"b\":1},{\"c\":2,\"d\":1}]");
    ck_assert_str_eq(CANONICAL("{\"\\u0061\\/\":\"\\u00e9\\u0001\\ud800\"}"), "{\"a/\":\"\xC3\xA9\\u0001" FFFD "\"}");
    /* Keys are compared as they are, not as they are escaped. */
    ck_assert_str_eq(CANONICAL("{\"#\":1,\"\\\"\":2}"), "{\"\\\"\":2,\"#\":1}");
    ck_assert_str_eq(CANONICAL("{\"ab\":1,\"a\":2,\"\":3}"), "{\"\":3,\"a\":2,\"ab\":1}");
    ck_assert_str_eq(CANONICAL("{\"b\":1,\"a\":1,\"b\":2}"), "{\"a\":1,\"b\":1,\"b\":2}");
    ck_assert_str_eq(CANONICAL("[1.50,1e2,-0,18446744073709551616]"), "[1.50,1e2,-0,18446744073709551616]");
    ck_assert_str_eq(BY_VALUE("[1.50,1e2,-0,-0.0,10e-1,18446744073709551615,1e400,0.1]"),
                     "[1.5,100,0,0,1,18446744073709551615,1e400,0.1]");
    ck_assert_str_eq(CANONICAL("\"x\""), "\"x\"");
    ck_assert_str_eq(CANONICAL("{\"a\":1"), "<FIR_EPARSE>");
    ck_assert_str_eq(CANONICAL("[1] 2"), "<FIR_EPARSE>");
    ck_assert_str_eq(CANONICAL(""), "<FIR_EPARSE>");
}
END_TEST

START_TEST(keys_sort_and_stay_in_order_when_equal)
{
    enum { N = 300 };
    static char names[N][24];
    static fir_str items[N];
    uint32_t order[N], spare[N], state = 12345;
    for (uint32_t i = 0; i < N; i++) {
        state = state * 1664525 + 1013904223;
        int n = snprintf(names[i], sizeof names[i], "%.*s%u", (int)(state >> 28), "container.image", state >> 16 & 63);
        items[i] = fir__str(names[i], (size_t)n);
    }
    fir__keys_sort(items, sizeof items[0], N, order, spare);
    for (uint32_t i = 1; i < N; i++) {
        int cmp = fir__str_cmp(items[order[i - 1]], items[order[i]]);
        ck_assert(cmp < 0 || (cmp == 0 && order[i - 1] < order[i]));
        ck_assert_int_eq(fir__key_cmp(items[i - 1], items[i]) < 0, fir__str_cmp(items[i - 1], items[i]) < 0);
        ck_assert_int_eq(fir__key_cmp(items[i - 1], items[i]) == 0, fir__str_cmp(items[i - 1], items[i]) == 0);
    }
    ck_assert_int_gt(fir__key_cmp(FIR__S("\xC3\xA9zzzzzzz"), FIR__S("zzzzzzzzz")), 0);
    fir__keys_sort(items, sizeof items[0], 0, order, spare);
}
END_TEST

/* Escaping byte by byte, to compare with. */
static size_t escape_plainly(const char *p, size_t n, char *out)
{
    size_t w = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        const char *named = c != 0 ? strchr("\b\t\n\f\r", c) : NULL;
        if (c == '"' || c == '\\') {
            w += (size_t)sprintf(out + w, "\\%c", c);
        } else if (named != NULL) {
            w += (size_t)sprintf(out + w, "\\%c", "btnfr"[named - "\b\t\n\f\r"]);
        } else if (c < 0x20) {
            w += (size_t)sprintf(out + w, "\\u%04x", c);
        } else {
            out[w++] = (char)c;
        }
    }
    return w;
}

START_TEST(escaping_at_every_place)
{
    for (size_t n = 0; n <= 50; n++) {
        for (size_t at = 0; at < n; at++) {
            for (int c = 0; c < 0x80; c += c < 0x23 || c == '\\' || c == '[' ? 1 : c < '[' ? '[' - c : 0x22) {
                char *text = malloc(n), want[512]; /* exact: overruns show */
                memset(text, 'a', n);
                text[at] = (char)c;
                fir__sbuf b;
                fir__sbuf_init(&b, &fir__default_allocator, 512);
                fir__json_escape(&b, fir__str(text, n));
                ck_assert_uint_eq(b.len, escape_plainly(text, n, want));
                ck_assert_mem_eq(b.ptr, want, b.len);
                fir__sbuf_clear(&b);
                fir__json_string(&b, fir__str(text, n));
                ck_assert_uint_eq(b.len, escape_plainly(text, n, want + 1) + 2);
                want[0] = want[b.len - 1] = '"';
                ck_assert_mem_eq(b.ptr, want, b.len);
                fir__sbuf_free(&b);
                free(text);
            }
        }
    }
}
END_TEST

START_TEST(escaping_repairs_utf8)
{
    fir__sbuf b;
    fir__sbuf_init(&b, &fir__default_allocator, 512);
    fir__json_string(&b, FIR__S("a\xFF\"\xC3\xA9\xE2\x82"));
    ck_assert(fir__str_eq(fir__sbuf_view(&b), FIR__S("\"a" FFFD "\\\"\xC3\xA9" FFFD "\"")));
    fir__sbuf_clear(&b);
    fir__json_string(&b, FIR__S(""));
    ck_assert(fir__str_eq(fir__sbuf_view(&b), FIR__S("\"\"")));
    fir__sbuf_free(&b);
}
END_TEST

/* Each byte value in a key of each length, as the first key and as a later one, into a buffer that just holds it and one that is a
 * byte short. */
START_TEST(keys_are_escaped_as_strings_are)
{
    for (size_t n = 1; n < 40; n++) {
        for (int c = 1; c < 0x80; c++) {
            char text[40], want[128] = "x,\"";
            memset(text, 'k', n);
            text[n / 2] = (char)c;
            for (size_t comma = 0; comma < 2; comma++) {
                size_t len = comma != 0 ? 3 : 2;
                want[1] = comma != 0 ? ',' : '"';
                want[2] = '"';
                len += escape_plainly(text, n, want + len);
                memcpy(want + len, "\":", 2);
                fir__sbuf b;
                fir__sbuf_init(&b, &fir__default_allocator, len + 2);
                fir__sbuf_char(&b, 'x');
                fir__json_writer w = {&b, comma != 0};
                fir__json_key(&w, fir__str(text, n));
                ck_assert(b.status == 0 && !w.comma);
                ck_assert_uint_eq(b.len, len + 2);
                ck_assert_mem_eq(b.ptr, want, b.len);
                fir__sbuf_restart(&b, len + 1);
                fir__sbuf_char(&b, 'x');
                w.comma = comma != 0;
                fir__json_key(&w, fir__str(text, n));
                ck_assert_int_eq(b.status, FIR_ELIMIT);
                ck_assert_uint_le(b.len, len + 1);
                fir__sbuf_free(&b);
            }
        }
    }
}
END_TEST

START_TEST(documents_become_trees)
{
    fir__arena arena;
    fir__data *d;
    fir_error err;
    fir__arena_init(&arena, &fir__default_allocator, 0);
    ck_assert_int_eq(fir__json_document(FIR__S("{\"b\":[1,-2.5,\"x\\u0000y\",null,true],\"a\":{}}"), &arena, &d, &err), 0);
    ck_assert_int_eq(d->type, FIR__DATA_MAP);
    ck_assert_uint_eq(d->count, 2);
    ck_assert(fir__str_eq(d->entries[0].key, FIR__S("b"))); /* the document's order */
    const fir__data *list = fir__data_get(d, FIR__S("b"));
    ck_assert_uint_eq(list->count, 5);
    ck_assert(list->items[0].type == FIR__DATA_INT && list->items[0].i == 1);
    ck_assert(list->items[1].type == FIR__DATA_DOUBLE && list->items[1].d <= -2.5 && list->items[1].d >= -2.5);
    ck_assert(fir__str_eq(list->items[2].s, FIR__S("x\0y")));
    ck_assert_int_eq(list->items[3].type, FIR__DATA_NULL);
    ck_assert(list->items[4].type == FIR__DATA_BOOL && list->items[4].b);
    ck_assert_int_eq(fir__data_get(d, FIR__S("a"))->type, FIR__DATA_MAP);

    ck_assert_int_eq(fir__json_document(FIR__S("{\n \"a\":1,\n \"a\":2}"), &arena, &d, &err), FIR_EPARSE);
    ck_assert_ptr_null(d);
    ck_assert_uint_eq(err.line, 3);
    ck_assert_int_eq(fir__json_document(FIR__S(""), &arena, &d, &err), FIR_EPARSE);
    ck_assert_int_eq(fir__json_document(FIR__S("[1] x"), &arena, &d, &err), FIR_EPARSE);
    ck_assert_int_eq(fir__json_document(FIR__S("\"\xFF\""), &arena, &d, &err), FIR_EPARSE);
    fir__arena_free(&arena);
}
END_TEST

START_TEST(trees_are_written_in_order)
{
    enum { KEYS = 20000 }; /* quadratic would be minutes */
    static fir__entry entries[KEYS];
    static char names[KEYS][8];
    for (uint32_t i = 0; i < KEYS; i++) {
        snprintf(names[i], sizeof names[i], "%05u", (i * 7919u) % KEYS);
        entries[i] = (fir__entry){.key = fir__cstr(names[i]), .value = {.type = FIR__DATA_NULL}};
    }
    for (uint32_t count = 0; count <= KEYS; count = count < 40 ? count + 1 : count < KEYS ? KEYS : KEYS + 1) {
        fir__data map = {.type = FIR__DATA_MAP, .count = count, .entries = entries};
        fir__sbuf b;
        fir__sbuf_init(&b, &fir__default_allocator, 1 << 20);
        fir__json_data(&b, &map);
        ck_assert_int_eq(b.status, 0);
        ck_assert_uint_eq(b.len, count != 0 ? 1 + 13 * (size_t)count : 2);
        for (size_t i = 14; i + 7 < b.len; i += 13) {
            ck_assert_int_lt(memcmp(b.ptr + i - 12, b.ptr + i + 1, 5), 0);
        }
        fir__sbuf_free(&b);
    }
}
END_TEST

START_TEST(documents_are_bounded)
{
    fir__arena arena;
    fir__data *d;
    fir_error err;
    char text[200];
    fir__arena_init(&arena, &fir__default_allocator, 4096);
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    ck_assert_int_eq(fir__json_document(fir__str(text, 128), &arena, &d, &err), 0);
    memset(text, '[', 65);
    memset(text + 65, ']', 65);
    ck_assert_int_eq(fir__json_document(fir__str(text, 130), &arena, &d, &err), FIR_ELIMIT);
    ck_assert_uint_eq(err.column, 65);
    char brackets[70] = "\"";
    memset(brackets + 1, '[', 66);
    brackets[67] = '"';
    ck_assert_int_eq(fir__json_document(fir__cstr(brackets), &arena, &d, &err), 0); /* brackets in a string are text */
    fir__arena_free(&arena);
    fir__arena_init(&arena, &fir__default_allocator, 100);
    ck_assert_int_eq(fir__json_document(FIR__S("[1,2,3,4,5,6,7,8]"), &arena, &d, &err), FIR_ELIMIT);
    fir__arena_free(&arena);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
    Suite *s = suite_create("json");
    TCase *t = tcase_create("reader");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, strings_are_unescaped_at_every_place, 0, COUNT(strings));
    tcase_add_loop_test(t, numbers_are_exact, 0, COUNT(numbers));
    tcase_add_test(t, doubles_round_as_strtod);
    tcase_add_loop_test(t, skipping_checks_and_changes_nothing, 0, COUNT(skips));
    tcase_add_test(t, depth_is_bounded);
    tcase_add_test(t, failures_say_where);
    tcase_add_test(t, a_byte_order_mark_is_skipped);
    suite_add_tcase(s, t);
    t = tcase_create("writer");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, canonical_form);
    tcase_add_test(t, keys_sort_and_stay_in_order_when_equal);
    tcase_add_test(t, escaping_at_every_place);
    tcase_add_test(t, escaping_repairs_utf8);
    tcase_add_test(t, keys_are_escaped_as_strings_are);
    suite_add_tcase(s, t);
    t = tcase_create("documents");
    tcase_add_test(t, documents_become_trees);
    tcase_add_test(t, trees_are_written_in_order);
    tcase_add_test(t, documents_are_bounded);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
