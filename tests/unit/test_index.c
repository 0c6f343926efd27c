/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the index: access sets, scans, tables, stamps, memory. That the whole is right is conformance/test_index_oracle.c's.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "index/private.h"
#include "support/failing.h"
#include "support/mixes.h"
#include "support/suite.h"

enum { MOST = 400 };

/* Conditions over shared slots. */
typedef struct set {
    fir__arena arena;
    fir__slots slots;
    const fir__program *programs[MOST];
    uint32_t n;
} set;

static fir__expr_scratch *scratch;

static void set_init(set *s)
{
    memset(s, 0, sizeof *s);
    fir__arena_init(&s->arena, &fir__default_allocator, 0);
    fir__slots_init(&s->slots, &s->arena);
}

/* NULL: a condition that is always true. */
static void set_add(set *s, const char *text)
{
    const fir__parse_options parse = {.properties = true};
    const fir__compile_options o = {.slots = &s->slots, .regex_steps = 100, .allocator = &fir__default_allocator};
    fir__scope *scope;
    fir__ast *ast;
    fir__program *p = NULL;
    fir_error err;
    ck_assert_uint_lt(s->n, MOST);
    if (text != NULL) {
        ck_assert_int_eq(fir__scope_new(&s->arena, &scope), 0);
        ck_assert_msg(fir__expr_parse(fir__cstr(text), &parse, &s->arena, &ast, &err) == 0, "%s: %s", text, err.message);
        ck_assert_int_eq(fir__expr_expand(ast, scope, &s->arena, &ast, &err), 0);
        ck_assert_msg(fir__expr_compile(ast, &o, &s->arena, &p, NULL, &err) == 0, "%s: %s", text, err.message);
    }
    s->programs[s->n++] = p;
}

static void set_free(set *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        fir__program_free((fir__program *)(uintptr_t)s->programs[i]);
    }
    fir__slots_free(&s->slots);
    fir__arena_free(&s->arena);
}

/* ---- access sets ---- */

/* What must be there: "never", "always", or keys: field=value, field~literal, ?N a predicate that is not false, !N one that is not
 * true. */
static const struct {
    const char *condition, *keys;
} accesses[] = {
    {"proc.name = bash", "proc.name=bash"},
    {"proc.name == anyof (bash, sh)", "proc.name=bash proc.name=sh"},
    {"proc.name in (bash, sh)", "proc.name=bash proc.name=sh"},
    {"tags intersects (a, b)", "tags=a tags=b"},
    {"tags in (a, b)", "tags=a tags=b"},
    {"proc.name in ()", "never"},
    {"proc.name = anyof ()", "never"},
    {"not proc.name in ()", "!0"},
    {"proc.name = bash and proc.name in ()", "never"},
    {"proc.name in () or proc.pname = sh", "proc.pname=sh"},
    {"proc.name in () or proc.pname in ()", "never"},
    {"proc.name exists", "?0"},
    {"not proc.name exists", "!0"},
    {"proc.name != bash", "?0"},
    {"not proc.name = bash", "!0"},
    {"not not proc.name = bash", "proc.name=bash"},
    {"not (proc.name != bash or proc.pname = sh)", "!0"},
    {"not (not proc.name = bash or proc.pname = sh)", "proc.name=bash"},
    {"not (not proc.name = bash and not proc.pname = sh)", "proc.name=bash proc.pname=sh"},
    {"proc.name = oneof (bash)", "?0"},
    {"proc.name = allof (bash)", "?0"},
    {"proc.name = \"\"", "proc.name="},
    {"proc.name = val(proc.pname)", "?0"},
    {"tolower(proc.name) = bash", "?0"},
    {"proc.aname = bash", "?0"}, /* looks at several values */
    {"proc.pid = 1", "?0"},
    {"fd.sip = 10.0.0.1", "?0"},
    {"user.uid in (1, 2)", "?0"},
    {"proc.cmdline contains xmrig", "proc.cmdline~xmrig"},
    {"proc.cmdline contains anyof (xmrig, chisel)", "proc.cmdline~xmrig proc.cmdline~chisel"},
    {"proc.cmdline contains anyof (xmrig, c)", "?0"},
    {"proc.cmdline contains oneof (xmrig, chisel)", "?0"},
    {"proc.cmdline contains x", "?0"},
    {"proc.cmdline contains \"\"", "?0"},
    {"proc.cmdline icontains xmrig", "?0"},
    {"fd.name startswith /etc", "fd.name~/etc"},
    {"fd.name endswith .sh", "fd.name~.sh"},
    {"fd.name glob \"/etc/*.conf\"", "fd.name~/etc/"},
    {"fd.name glob \"*.conf?x\"", "fd.name~.conf"},
    {"fd.name glob \"/a[bcdef]/longer\"", "fd.name~/a"},
    {"fd.name glob \"[bcdef]/longer\"", "?0"},
    {"fd.name glob \"ab*\\\\*defg\"", "fd.name~ab"},
    {"fd.name glob \"*\"", "?0"},
    {"fd.name iglob \"/etc/*\"", "?0"},
    {"fd.name pmatch (/etc)", "?0"},
    {"proc.cmdline regex \"curl .*\"", "proc.cmdline~curl "},
    {"proc.cmdline regex \"[ab]\"", "?0"},
    {"evt.buffer bcontains 616263", "?0"},
    {"priority = Error", "priority=Error"},
    {"priority >= Critical", "priority=Emergency priority=Alert priority=Critical"},
    {"priority != Debug and priority < Notice", "priority=Informational priority=Debug"},
    {"priority exists", "?0"},
    {"not priority >= Critical", "!0"},
    {"rule = a and priority exists and proc.pid > 1", "rule=a"},
    {"rule = a or proc.pid > 1", "rule=a ?1"},
    {"rule = a or not proc.pid > 1", "rule=a !1"},
    {"proc.cmdline contains xmrig and rule exists", "proc.cmdline~xmrig"},
};

static void print_key(char *to, size_t room, const set *s, const fir__key *key)
{
    size_t n = strlen(to);
    const char *blank = n != 0 ? " " : "";
    if (key->kind == FIR__KEY_HEAD) {
        (void)snprintf(to + n, room - n, "%s%c%u", blank, key->negated ? '!' : '?', key->predicate);
    } else {
        fir_str name = s->slots.items[key->slot].name;
        (void)snprintf(to + n, room - n, "%s%.*s%c%.*s", blank, (int)name.len, name.ptr, key->kind == FIR__KEY_VALUE ? '=' : '~',
                       (int)key->text.len, key->text.ptr);
    }
}

START_TEST(access_sets)
{
    for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++) {
        set s;
        char got[1024] = "";
        fir__access a;
        set_init(&s);
        set_add(&s, accesses[i].condition);
        fir__slot_use *use = fir__arena_array(&s.arena, s.slots.count, sizeof *use);
        for (uint32_t k = 0; k < s.programs[0]->n_predicates; k++) {
            fir__matcher_count_values(&s.programs[0]->predicates[k], use);
        }
        ck_assert(fir__matcher_access(s.programs[0], use, scratch, &s.arena, &a));
        for (uint32_t k = 0; a.kind == FIR__ACCESS_KEYS && k < a.n; k++) {
            print_key(got, sizeof got, &s, &a.keys[k]);
        }
        const char *text = a.kind == FIR__ACCESS_NEVER ? "never" : a.kind == FIR__ACCESS_ALWAYS ? "always" : got;
        ck_assert_msg(strcmp(text, accesses[i].keys) == 0, "%s: wanted %s, got %s", accesses[i].condition, accesses[i].keys, text);
        set_free(&s);
    }
}
END_TEST

/* ---- scans ---- */

typedef struct counts {
    uint32_t of[300];
} counts;

static void count(void *ctx, uint32_t text)
{
    ((counts *)ctx)->of[text]++;
}

static uint32_t occurrences(fir_str value, fir_str text)
{
    uint32_t n = 0;
    for (size_t i = 0; i + text.len <= value.len; i++) {
        n += memcmp(value.ptr + i, text.ptr, text.len) == 0;
    }
    return n;
}

static void compare_scan(const fir__scan *scan, const fir_str *texts, uint32_t n, fir_str value)
{
    counts c = {{0}};
    fir__scan_run(scan, value, count, &c);
    for (uint32_t i = 0; i < n; i++) {
        ck_assert_msg(c.of[i] == occurrences(value, texts[i]), "text %u of %u, %zu bytes, in %zu: %u times instead of %u", i, n,
                      texts[i].len, value.len, c.of[i], occurrences(value, texts[i]));
    }
}

/* Random bytes of `letters` different ones; the last letter is the byte 255. */
static void fill(fir_test_random *r, char *to, size_t n, uint32_t letters)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = (char)(255 - fir_test_below(r, letters));
    }
}

static uint32_t random_texts(fir_test_random *r, uint32_t letters, uint32_t longest, char (*room)[16], fir_str *texts,
                             uint32_t most)
{
    uint32_t n = 0;
    for (uint32_t tries = 0; tries < most; tries++) {
        size_t len = 1 + fir_test_below(r, longest);
        fill(r, room[n], len, letters);
        texts[n] = fir__str(room[n], len);
        bool known = false;
        for (uint32_t i = 0; i < n; i++) {
            known |= fir__str_eq(texts[i], texts[n]);
        }
        n += !known;
    }
    return n;
}

START_TEST(scans_as_naive_search)
{
    static const uint32_t alphabets[] = {1, 2, 3, 20, 256};
    fir_test_random r = {.state = 5};
    char room[64][16], value[300];
    fir_str texts[64];
    for (int round = 0; round < 1500; round++) {
        uint32_t letters = alphabets[round % 5];
        fir__arena arena;
        const fir__scan *scan;
        fir__arena_init(&arena, &fir__default_allocator, 0);
        uint32_t n = random_texts(&r, letters, round % 3 == 0 ? 3 : 15, room, texts, 1 + fir_test_below(&r, 64));
        ck_assert(fir__scan_new(texts, n, &arena, &scan));
        ck_assert_ptr_nonnull(scan);
        for (int k = 0; k < 10; k++) {
            size_t len = fir_test_below(&r, k < 3 ? 8 : sizeof value);
            fill(&r, value, len, letters);
            if (len > 16) { /* with one of the texts in it for sure */
                fir_str t = texts[fir_test_below(&r, n)];
                memcpy(value + fir_test_below(&r, (uint32_t)(len - 16)), t.ptr, t.len);
            }
            compare_scan(scan, texts, n, fir__str(value, len));
        }
        compare_scan(scan, texts, n, (fir_str){NULL, 0});
        fir__arena_free(&arena);
    }
}
END_TEST

START_TEST(scans_of_all_bytes)
{
    char bytes[256], twice[256][2], value[512];
    fir_str texts[257];
    fir__arena arena;
    const fir__scan *scan;
    fir__arena_init(&arena, &fir__default_allocator, 0);
    for (int i = 0; i < 256; i++) { /* each byte, in two texts: x and x x */
        bytes[i] = value[2 * i] = value[2 * i + 1] = twice[i][0] = twice[i][1] = (char)i;
        texts[i] = fir__str(i % 2 != 0 ? &bytes[i] : twice[i], i % 2 != 0 ? 1 : 2);
    }
    texts[256] = fir__str("\xff\x00", 2);
    ck_assert(fir__scan_new(texts, 257, &arena, &scan));
    ck_assert_ptr_nonnull(scan);
    compare_scan(scan, texts, 257, fir__str(value, sizeof value));
    compare_scan(scan, texts, 257, FIR__S("\xff\x00\x01\xff\xff\x00"));
    fir__arena_free(&arena);
}
END_TEST

static const char *const nested[] = {"she", "he", "hers", "h", "ushers", "sher", "e", "rs"};

START_TEST(scans_of_nested_texts)
{
    fir_str texts[8];
    fir__arena arena;
    const fir__scan *scan;
    fir__arena_init(&arena, &fir__default_allocator, 0);
    for (int i = 0; i < 8; i++) {
        texts[i] = fir__cstr(nested[i]);
    }
    ck_assert(fir__scan_new(texts, 8, &arena, &scan));
    compare_scan(scan, texts, 8, FIR__S("ushers"));
    compare_scan(scan, texts, 8, FIR__S("she sells sea shells; ushershers"));
    for (size_t n = 0; n < 12; n++) { /* whatever is left over by four at a time */
        compare_scan(scan, texts, 8, fir__str("xxxxxxxxxxhe", n));
        compare_scan(scan, texts, 8, fir__str("xxhexhexhers", n));
    }
    fir__arena_free(&arena);
}
END_TEST

/* A table that would be too large is none. */
START_TEST(scans_have_a_bound)
{
    enum { LONG = 1 << 16 };
    static char text[128][LONG];
    fir_str texts[128];
    fir__arena arena;
    const fir__scan *scan;
    fir_test_random r = {.state = 9};
    fir__arena_init(&arena, &fir__default_allocator, 0);
    for (int i = 0; i < 128; i++) {
        fill(&r, text[i], LONG, 256);
        texts[i] = fir__str(text[i], LONG);
    }
    ck_assert(fir__scan_new(texts, 128, &arena, &scan));
    ck_assert_ptr_null(scan);
    ck_assert(fir__scan_new(texts, 0, &arena, &scan));
    ck_assert_ptr_nonnull(scan);
    compare_scan(scan, texts, 0, FIR__S("abc"));
    fir__arena_free(&arena);
}
END_TEST

/* ---- the whole ---- */

static fir__matcher *build(const set *s)
{
    fir__matcher *ix;
    ck_assert_int_eq(fir__matcher_new(s->programs, s->n, &s->slots, &fir__default_allocator, &ix), 0);
    return ix;
}

START_TEST(facts)
{
    set s;
    set_init(&s);
    set_add(&s, NULL);
    set_add(&s, "proc.name = bash and proc.pid > 1");
    set_add(&s, "proc.name in (bash, sh)");
    set_add(&s, "proc.pid > 1");
    set_add(&s, "not proc.pid > 1");
    set_add(&s, "proc.name in ()");
    fir__matcher *ix = build(&s);
    fir__matcher_facts f = fir__matcher_facts_of(ix);
    ck_assert_uint_eq(f.programs, 6);
    ck_assert_uint_eq(f.predicates, 4); /* proc.pid > 1 once */
    ck_assert_uint_eq(f.always, 1);
    ck_assert_uint_eq(f.values, 2); /* bash once */
    ck_assert_uint_eq(f.heads, 2);  /* proc.pid > 1, and the same negated */
    ck_assert_uint_eq(f.literals, 0);
    ck_assert_uint_eq(f.scanned_slots, 0);
    fir__matcher_free(ix);
    set_free(&s);
}
END_TEST

START_TEST(few_literals_are_decided)
{
    for (uint32_t literals = 1; literals <= 6; literals++) {
        static const char *const words[] = {"xmrig", "chisel", "linpeas", "masscan", "socat", "ngrok"};
        set s;
        set_init(&s);
        for (uint32_t i = 0; i < literals; i++) {
            char text[100];
            (void)snprintf(text, sizeof text, "proc.cmdline contains %s and proc.pid > %u", words[i], i);
            set_add(&s, text);
            set_add(&s, text); /* the same literal again counts once */
        }
        fir__matcher *ix = build(&s);
        fir__matcher_facts f = fir__matcher_facts_of(ix);
        ck_assert_uint_eq(f.literals, literals < 4 ? 0 : literals);
        ck_assert_uint_eq(f.scanned_slots, literals < 4 ? 0 : 1);
        ck_assert_uint_eq(f.heads, literals < 4 ? literals : 0);
        fir__matcher_free(ix);
        set_free(&s);
    }
}
END_TEST

/* Gives a slot a value. */
static void put(const set *s, const fir__value **values, fir__value *made, const char *name, const char *text)
{
    for (uint32_t i = 0; i < s->slots.count; i++) {
        if (fir__str_eq(s->slots.items[i].name, fir__cstr(name))) {
            made[i] = fir__value_string(fir__cstr(text));
            values[i] = &made[i];
            return;
        }
    }
    ck_abort_msg("no slot %s", name);
}

/* The candidates, and then the hits, as texts "0 3 4". */
static void run(const fir__matcher *ix, const fir__frame *frame, fir__matcher_room *room, char candidates[256], char hits[256])
{
    uint32_t program;
    int verdict;
    ck_assert_int_eq(fir__matcher_begin(ix, frame, scratch, room, &fir__default_allocator), 0);
    candidates[0] = hits[0] = '\0';
    for (uint32_t i = 0; i < fir__matcher_facts_of(ix).programs; i++) {
        if ((room->candidates[i / 64] >> (i % 64) & 1) != 0) {
            size_t n = strlen(candidates);
            (void)snprintf(candidates + n, 256 - n, "%s%u", n != 0 ? " " : "", i);
        }
    }
    while ((verdict = fir__matcher_next(ix, frame, scratch, room, &program)) != FIR_FALSE) {
        size_t n = strlen(hits);
        ck_assert_int_gt(verdict, 0);
        (void)snprintf(hits + n, 256 - n, "%s%u%s", n != 0 ? " " : "", program, verdict == FIR_UNDECIDED ? "?" : "");
    }
}

START_TEST(candidates)
{
    const fir__value *values[MOST] = {NULL};
    fir__value made[MOST];
    fir__matcher_room room = {0};
    char c[256], h[256];
    set s;
    set_init(&s);
    set_add(&s, "proc.name = bash and user.name = root");
    set_add(&s, "proc.name = sh");
    set_add(&s, "proc.cmdline contains xmrig and user.name = root");
    set_add(&s, "proc.cmdline contains chisel or proc.name = bash");
    set_add(&s, "proc.cmdline glob \"*masscan*\" and not proc.name = nc");
    set_add(&s, "fd.name startswith /etc/shadow");
    set_add(&s, "proc.cmdline startswith xmrig and proc.cmdline endswith linpeas");
    set_add(&s, "not user.name = root");
    set_add(&s, NULL);
    for (int i = 0; i < 60; i++) {
        set_add(&s, "evt.type = never"); /* a second word of bits */
    }
    set_add(&s, "proc.name = bash");
    fir__matcher *ix = build(&s);
    const fir__frame frame = {values, s.slots.count};
    run(ix, &frame, &room, c, h);
    ck_assert_str_eq(c, "7 8"); /* an alert with nothing */
    ck_assert_str_eq(h, "7 8");
    put(&s, values, made, "proc.name", "bash");
    put(&s, values, made, "proc.cmdline", "x xmrig masscan y");
    put(&s, values, made, "user.name", "ann");
    run(ix, &frame, &room, c, h);
    ck_assert_str_eq(h, "3 4 7 8 69");
    ck_assert_ptr_nonnull(strstr(c, "4 "));
    ck_assert_ptr_null(strstr(c, "5"));  /* no /etc/shadow */
    ck_assert_ptr_null(strstr(c, "1 ")); /* not sh */
    put(&s, values, made, "user.name", "root");
    run(ix, &frame, &room, c, h);
    ck_assert_str_eq(h, "0 2 3 4 8 69");
    fir__matcher_room_free(&room, &fir__default_allocator);
    fir__matcher_free(ix);
    set_free(&s);
}
END_TEST

/* Rules of many tenants are found by the tenant, however often they name the same rule. */
START_TEST(what_has_many_values_is_asked)
{
    const fir__value *values[MOST] = {NULL};
    fir__value made[MOST];
    fir__matcher_room room = {0};
    char c[256], h[256], text[100];
    set s;
    set_init(&s);
    for (int i = 0; i < 60; i++) {
        (void)snprintf(text, sizeof text, "rule in (R) and k8s.ns.name = team-%d", i);
        set_add(&s, text);
    }
    fir__matcher *ix = build(&s);
    const fir__frame frame = {values, s.slots.count};
    put(&s, values, made, "rule", "R");
    run(ix, &frame, &room, c, h);
    ck_assert_str_eq(c, "");
    put(&s, values, made, "k8s.ns.name", "team-7");
    run(ix, &frame, &room, c, h);
    ck_assert_str_eq(c, "7");
    ck_assert_str_eq(h, "7");
    fir__matcher_room_free(&room, &fir__default_allocator);
    fir__matcher_free(ix);
    set_free(&s);
}
END_TEST

/* Literals of two slots do not answer for each other. */
START_TEST(two_scanned_slots)
{
    static const char *const words[] = {"xmrig", "chisel", "linpeas", "masscan"};
    const fir__value *values[MOST] = {NULL};
    fir__value made[MOST];
    fir__matcher_room room = {0};
    char c[256], h[256], text[100];
    set s;
    set_init(&s);
    for (int i = 0; i < 8; i++) {
        (void)snprintf(text, sizeof text, "%s contains %s", i < 4 ? "proc.cmdline" : "fd.name", words[i % 4]);
        set_add(&s, text);
    }
    fir__matcher *ix = build(&s);
    const fir__frame frame = {values, s.slots.count};
    put(&s, values, made, "proc.cmdline", "xmrig masscan");
    run(ix, &frame, &room, c, h);
    ck_assert_str_eq(c, "0 3");
    put(&s, values, made, "fd.name", "linpeas xmrig masscan");
    run(ix, &frame, &room, c, h);
    ck_assert_str_eq(c, "0 3 4 6 7");
    ck_assert_str_eq(h, "0 3 4 6 7");
    fir__matcher_room_free(&room, &fir__default_allocator);
    fir__matcher_free(ix);
    set_free(&s);
}
END_TEST

/* One room for two alerts, around the stamp's end: nothing of an earlier alert is left. */
START_TEST(stamps_wrap)
{
    const fir__value *values[MOST] = {NULL}, *none[MOST] = {NULL};
    fir__value made[MOST];
    char c[256], h[256];
    set s;
    set_init(&s);
    set_add(&s, "proc.cmdline contains xmrig");
    set_add(&s, "proc.cmdline contains chisel");
    set_add(&s, "proc.cmdline contains linpeas");
    set_add(&s, "proc.cmdline contains masscan");
    set_add(&s, "proc.name != bash");
    set_add(&s, "proc.pid exists or proc.name = sh");
    fir__matcher *ix = build(&s);
    put(&s, values, made, "proc.cmdline", "xmrig xmrig linpeas");
    put(&s, values, made, "proc.name", "sh");
    for (uint32_t start = 0; start < 5; start++) {
        fir__matcher_room room = {0};
        const fir__frame full = {values, s.slots.count}, empty = {none, s.slots.count};
        run(ix, &full, &room, c, h); /* leaves stamps of 1 and 2 behind */
        run(ix, &empty, &room, c, h);
        room.stamp = (UINT32_C(1) << 30) - 3 + start % 3;
        for (int i = 0; i < 8; i++) {
            bool is_full = ((uint32_t)i + start) % 2 == 0;
            run(ix, is_full ? &full : &empty, &room, c, h);
            ck_assert_str_eq(h, is_full ? "0 2 4 5" : "");
            ck_assert_uint_lt(room.stamp, UINT32_C(1) << 30);
            ck_assert_uint_ne(room.stamp, 0);
        }
        fir__matcher_room_free(&room, &fir__default_allocator);
    }
    fir__matcher_free(ix);
    set_free(&s);
}
END_TEST

START_TEST(undecided)
{
    static char text[200];
    const fir__value *values[MOST] = {NULL};
    fir__value made[MOST];
    fir__matcher_room room = {0};
    char c[256], h[256];
    set s;
    set_init(&s);
    set_add(&s, "proc.cmdline regex \"(a|aa)*(a|b)*[x-z]\"");
    set_add(&s, "not proc.cmdline regex \"(a|aa)*(a|b)*[x-z]\"");
    set_add(&s, "proc.cmdline regex \"(a|aa)*(a|b)*[x-z]\" or proc.name = sh");
    set_add(&s, "proc.cmdline regex \"(a|aa)*(a|b)*[x-z]\" and proc.name = nc");
    fir__matcher *ix = build(&s);
    memset(text, 'a', sizeof text - 1);
    put(&s, values, made, "proc.cmdline", text);
    put(&s, values, made, "proc.name", "sh");
    const fir__frame frame = {values, s.slots.count};
    run(ix, &frame, &room, c, h);
    ck_assert_str_eq(h, "0? 1? 2");
    fir__matcher_room_free(&room, &fir__default_allocator);
    fir__matcher_free(ix);
    set_free(&s);
}
END_TEST

/* ---- memory ---- */

static int build_and_run(void *ctx, const fir_allocator *a)
{
    const set *s = ctx;
    const fir__value *values[MOST] = {NULL};
    fir__value made[MOST];
    fir__matcher *ix;
    fir__matcher_room room = {0};
    uint32_t program;
    int status = fir__matcher_new(s->programs, s->n, &s->slots, a, &ix);
    if (status != 0) {
        ck_assert_ptr_null(ix);
        return status;
    }
    put(s, values, made, "proc.cmdline", "xmrig chisel");
    const fir__frame frame = {values, s->slots.count};
    status = fir__matcher_begin(ix, &frame, scratch, &room, a);
    if (status == 0) {
        ck_assert_int_eq(fir__matcher_next(ix, &frame, scratch, &room, &program), FIR_TRUE);
    }
    fir__matcher_room_free(&room, a);
    fir__matcher_free(ix);
    return status;
}

START_TEST(memory_runs_out)
{
    set s;
    set_init(&s);
    set_add(&s, "proc.cmdline contains xmrig");
    set_add(&s, "proc.cmdline contains chisel or proc.cmdline contains linpeas");
    set_add(&s, "proc.cmdline contains masscan and priority >= Error");
    set_add(&s, "priority > Error or proc.name in (bash, sh) or proc.pid > 1");
    set_add(&s, "fd.name contains shadow");
    set_add(&s, NULL);
    ck_assert_int_gt(fir_test_sweep("fir__matcher_new", build_and_run, &s), 30);
    set_free(&s);
}
END_TEST

START_TEST(no_conditions)
{
    fir__matcher_room room = {0};
    char c[256], h[256];
    const fir__frame frame = {NULL, 0};
    set s;
    set_init(&s);
    fir__matcher *ix = build(&s);
    run(ix, &frame, &room, c, h);
    ck_assert_str_eq(h, "");
    fir__matcher_room_free(&room, &fir__default_allocator);
    fir__matcher_free(ix);
    fir__matcher_free(NULL);
    set_free(&s);
}
END_TEST

int main(void)
{
    if (fir__expr_scratch_new(&fir__default_allocator, &scratch) != 0) {
        return EXIT_FAILURE;
    }
    Suite *s = suite_create("index");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, access_sets);
    tcase_add_test(c, scans_as_naive_search);
    tcase_add_test(c, scans_of_all_bytes);
    tcase_add_test(c, scans_of_nested_texts);
    tcase_add_test(c, scans_have_a_bound);
    tcase_add_test(c, facts);
    tcase_add_test(c, few_literals_are_decided);
    tcase_add_test(c, candidates);
    tcase_add_test(c, what_has_many_values_is_asked);
    tcase_add_test(c, two_scanned_slots);
    tcase_add_test(c, stamps_wrap);
    tcase_add_test(c, undecided);
    tcase_add_test(c, memory_runs_out);
    tcase_add_test(c, no_conditions);
    suite_add_tcase(s, c);
    int code = fir_test_run(s);
    fir__expr_scratch_free(scratch);
    return code;
}
