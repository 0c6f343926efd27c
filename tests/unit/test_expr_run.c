/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions over an alert: properties, several values, three-valued logic, residues, errors, memory. */
#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "expr/condition.h"
#include "expr/program.h"
#include "support/failing.h"
#include "support/suite.h"

/* The alert: names of output fields and properties with their values. */
typedef struct entry {
    const char *name;
    fir__value value;
} entry;

#define TEXT(s)                                                                                                                    \
    {                                                                                                                              \
        .type = FIR__STRING, .len = sizeof s - 1, .ptr = s                                                                         \
    }
#define NUMBER(n)                                                                                                                  \
    {                                                                                                                              \
        .type = FIR__INT, .len = sizeof #n - 1, .ptr = #n, .i = n                                                                  \
    }
#define LIST(items_)                                                                                                               \
    {                                                                                                                              \
        .type = FIR__LIST, .len = sizeof items_ / sizeof items_[0], .items = items_                                                \
    }

static const fir__value tags[] = {TEXT("container"), TEXT("T1059"), {.type = FIR__NULL}};
static const fir__value unknown_list[] = {TEXT("a"), TEXT("b")};
static const fir__value nothing[] = {{.type = FIR__NULL}};

static char catastrophe[256];

static entry alert[] = {
    {"rule", TEXT("Terminal shell in container")},
    {"priority", TEXT("Critical")},
    {"source", TEXT("syscall")},
    {"tags", LIST(tags)},
    {"time", NUMBER(1784020893104938271)},
    {"proc.name", TEXT("bash")},
    {"proc.pid", NUMBER(48112)},
    {"proc.cmdline", {.type = FIR__STRING, .len = 200, .ptr = catastrophe}},
    {"proc.aname", TEXT("bash sshd systemd")},
    {"proc.aexe[1]", TEXT("/usr/sbin/sshd")},
    {"proc.aexe[2]", TEXT("/lib/systemd")},
    {"proc.acmdline", TEXT("bash -c x sshd -D")},
    {"proc.apid", TEXT("12 7 1")},
    {"fd.cip", TEXT("10.1.2.3")},
    {"fd.sip", TEXT("192.0.2.7")},
    {"fd.cport", NUMBER(50000)},
    {"fd.sport", NUMBER(443)},
    {"fd.lip", TEXT("not an address")},
    {"fd.dev", TEXT("CA02")},
    {"fd.num", {.type = FIR__DOUBLE, .len = 3, .ptr = "3.0", .d = 3.0}},
    {"evt.count", TEXT("17")},
    {"evt.failed", TEXT("true")},
    {"k8s.ns.name", {.type = FIR__NULL, .len = 4, .ptr = "null"}},
    {"user.uid", NUMBER(-1)},
    {"my.a", TEXT("A")},
    {"my.list", LIST(unknown_list)},
    {"my.nothing", LIST(nothing)},
    {"my.object", {.type = FIR__OBJECT, .ptr = "{\"a\":1}", .text_len = 7}},
};

static fir__frame frame_of(const fir__slots *slots)
{
    static const fir__value *values[512];
    ck_assert_uint_le(slots->count, 512);
    for (uint32_t i = 0; i < slots->count; i++) {
        values[i] = NULL;
        for (size_t k = 0; k < sizeof alert / sizeof alert[0]; k++) {
            if (fir__str_eq(slots->items[i].name, fir__cstr(alert[k].name)) && slots->items[i].property != FIR__PROP_STEP) {
                values[i] = &alert[k].value;
            }
        }
    }
    return (fir__frame){values, slots->count};
}

static int verdict(const char *text)
{
    fir_condition *c;
    fir__expr_scratch *s;
    fir_error err;
    memset(catastrophe, 'a', sizeof catastrophe);
    ck_assert_msg(fir_condition_compile(text, strlen(text), NULL, &c, &err) == 0, "%s: %s", text, err.message);
    ck_assert_int_eq(fir__expr_scratch_new(&fir__default_allocator, &s), 0);
    fir__frame frame = frame_of(&c->slots);
    int v = fir__program_run(c->program, &frame, s);
    fir__expr_scratch_free(s);
    fir_condition_free(c);
    return v;
}

static const struct {
    const char *text;
    int verdict;
} cases[] = {
    /* properties */
    {"rule = \"Terminal shell in container\"", FIR_TRUE},
    {"alert.rule startswith Terminal", FIR_TRUE},
    {"source != k8s_audit", FIR_TRUE},
    {"uuid exists", FIR_FALSE},
    {"tags intersects (container, network)", FIR_TRUE},
    {"tags in (container, network)", FIR_FALSE},
    {"tags in (container, T1059)", FIR_TRUE},
    {"len(tags) = 2", FIR_TRUE},
    {"time > 1784020893104938270", FIR_TRUE},
    {"priority >= Warning", FIR_TRUE},
    {"priority >= critical", FIR_TRUE},
    {"priority > Critical", FIR_FALSE},
    {"priority < Alert", FIR_TRUE},
    {"priority = CRITICAL", FIR_TRUE},
    {"priority != info", FIR_TRUE},
    {"priority in (Critical, Alert)", FIR_TRUE},
    {"priority = anyof (Notice, Critical)", FIR_TRUE},
    {"priority exists", FIR_TRUE},
    /* several values */
    {"fd.ip = 10.1.2.3", FIR_TRUE},
    {"fd.ip in (1.1.1.1, 192.0.2.7)", FIR_TRUE},
    {"fd.ip intersects (1.1.1.1, 192.0.2.7)", FIR_TRUE},
    {"fd.ip = anyof (1.1.1.1, 192.0.2.7)", FIR_TRUE},
    {"fd.ip = allof (10.1.2.3, 192.0.2.7)", FIR_TRUE},
    {"fd.ip = oneof (10.1.2.3, 192.0.2.7)", FIR_FALSE},
    {"fd.ip != 10.1.2.3", FIR_FALSE},
    {"fd.ip != 1.1.1.1", FIR_TRUE},
    {"fd.ip exists", FIR_TRUE},
    {"fd.lip exists", FIR_FALSE},
    {"fd.rip != 1.1.1.1", FIR_FALSE},
    {"fd.net = 10.0.0.0/8", FIR_TRUE},
    {"fd.net in (11.0.0.0/8, 192.0.2.0/24)", FIR_TRUE},
    {"fd.net intersects (192.0.2.0/24)", FIR_TRUE},
    {"fd.net != 10.0.0.0/8", FIR_FALSE},
    {"fd.snet = 10.0.0.0/8", FIR_FALSE},
    {"fd.cnet = anyof (10.0.0.0/8)", FIR_TRUE},
    {"fd.port = https", FIR_TRUE},
    {"fd.port in (80, 50000)", FIR_TRUE},
    {"fd.port intersects (80, 443)", FIR_TRUE},
    {"fd.port < 1024", FIR_TRUE},
    {"fd.port != 443", FIR_FALSE},
    {"fd.proto = 443", FIR_TRUE},
    {"proc.aname = sshd", FIR_TRUE},
    {"proc.aname in (cron, systemd)", FIR_TRUE},
    {"proc.aname intersects (cron)", FIR_FALSE},
    {"proc.aname startswith sys", FIR_TRUE},
    {"proc.aname != sshd", FIR_TRUE},
    {"proc.aname[1] exists", FIR_FALSE},
    {"proc.aexe = /lib/systemd", FIR_TRUE},
    {"proc.aexe endswith sshd", FIR_TRUE},
    {"proc.aexe[2] = /lib/systemd", FIR_TRUE},
    {"proc.acmdline contains \"bash -c x\"", FIR_TRUE},
    {"proc.acmdline = sshd", FIR_TRUE},
    {"proc.apid = 7", FIR_TRUE},
    {"proc.apid in (7, 8)", FIR_TRUE},
    {"proc.apid > 12", FIR_FALSE},
    {"my.list = b", FIR_TRUE},
    {"my.list != b", FIR_FALSE},
    {"my.list in (a)", FIR_TRUE},
    /* readings */
    {"proc.pid = 48112", FIR_TRUE},
    {"fd.dev = 51714", FIR_TRUE},
    {"fd.num = 3", FIR_TRUE},
    {"evt.count = 17", FIR_TRUE},
    {"evt.failed = true", FIR_TRUE},
    {"k8s.ns.name exists", FIR_FALSE},
    {"k8s.ns.name != prod", FIR_FALSE},
    {"not k8s.ns.name = prod", FIR_TRUE},
    {"my.nothing exists", FIR_FALSE},
    {"my.nothing != x", FIR_FALSE},
    {"my.object = '{\"a\":1}'", FIR_TRUE},
    {"user.uid = 4294967295", FIR_TRUE},
    {"user.uid > 100000", FIR_TRUE},
    {"b64(my.a) exists", FIR_FALSE},
    {"my.absent exists", FIR_FALSE},
    {"proc.name in (a1,a2,a3,a4,a5,a6,a7,a8,a9,bash)", FIR_TRUE},
    {"proc.name in (a1,a2,a3,a4,a5,a6,a7,a8,a9,bas)", FIR_FALSE},
    {"proc.name = bash or proc.name = sh and proc.name = x", FIR_TRUE},
    {"not (proc.name = bash and not proc.pid = 1)", FIR_FALSE},
    {"evt.rawarg.nonesuch = 5", FIR_FALSE},
    {"steps.a.status = succeeded", FIR_FALSE},
    /* three values */
    {"proc.cmdline regex '(a+)+[bc]'", FIR_UNDECIDED},
    {"not proc.cmdline regex '(a+)+[bc]'", FIR_UNDECIDED},
    {"proc.cmdline regex '(a+)+[bc]' or proc.name = bash", FIR_TRUE},
    {"proc.cmdline regex '(a+)+[bc]' and proc.name = sh", FIR_FALSE},
    {"proc.cmdline regex '(a+)+[bc]' and proc.name = bash", FIR_UNDECIDED},
    {"proc.cmdline regex '(a+)+[bc]' or not proc.cmdline regex '(a+)+[bc]'", FIR_UNDECIDED},
    {"not (proc.cmdline regex '(a+)+[bc]' or proc.name = bash)", FIR_FALSE},
    {"not (proc.cmdline regex '(a+)+[bc]' and proc.name = sh)", FIR_TRUE},
    {"proc.cmdline regex anyof ('(a+)+[bc]', 'a*')", FIR_TRUE},
    {"proc.cmdline regex allof ('(a+)+[bc]', 'a*')", FIR_UNDECIDED},
    {"proc.cmdline regex allof ('(a+)+[bc]', 'b*')", FIR_FALSE},
    {"proc.cmdline regex oneof ('(a+)+[bc]', 'a*')", FIR_UNDECIDED},
    {"proc.cmdline regex oneof ('(a+)+[bc]', 'a*', 'a+')", FIR_FALSE},
    {"b64(proc.name) regex '.*'", FIR_FALSE}, /* what it decodes to is no UTF-8 */
};

START_TEST(verdicts)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int v = verdict(cases[i].text);
        ck_assert_msg(v == cases[i].verdict, "%s: %d", cases[i].text, v);
    }
}
END_TEST

static const struct {
    const char *text, *message;
    size_t offset;
} errors[] = {
    {"proc.name = x and tags = a", "filter error: '=' operator not supported list filters; hint: for a list write intersects", 18},
    {"fd.sip = 10.0.0.0/8", "unrecognized IPv4 address 10.0.0.0/8; hint: only fd.net, fd.snet", 0},
    {"fd.sip in (10.0.0.0/8)", "unrecognized IPv4 address 10.0.0.0/8; hint: only fd.net, fd.snet", 0},
    {"fd.snet = 10.0.0.1", "unrecognized IPv4 network 10.0.0.1; hint: write a network: 10.0.0.1/32", 0},
    {"priority >= 3", "3 is not a priority; hint: the levels are Emergency,", 0},
    {"priority = Waring", "Waring is not a priority; hint: did you mean Warning?", 0},
    {"priority contains Crit", "filter error: 'contains' operator not supported for priority filters; hint: priority takes", 0},
    {"priority = val(proc.name)", "field type 'PRIORITY' doesn't support right-hand side fields", 0},
    {"proc.pid contains 1", "filter error: 'contains' operator not supported for numeric filters; hint: numbers take", 0},
    {"  proc.name regex '\\\\d+'", "invalid regex pattern: invalid escape sequence: \\d; hint: write [0-9]", 2},
    {"proc.name = val(fd.ip)", "field 'fd.ip' can't be used as a right-hand side field", 0},
    {"proc.name[0] = x", "filter_check called with nonexistent field proc.name[0]; hint: this field takes no argument", 0},
    {"proc.aname[x] = y", "filter_check called with nonexistent field proc.aname[x]; hint: an index", 0},
    {"ct.user[0] = y", "field 'ct.user' does not allow nor require an argument but one is provided: 0; hint:", 0},
    {"jevt.value = y", "field 'jevt.value' requires an argument but none provided; hint:", 0},
    {"evt.arg = y", "filter syntax error: evt.arg; hint:", 0},
    {"evt.rawarg[0] = y", "evt.arg fields must be expressed explicitly; hint:", 0},
    {"tolower(proc.aname) = y", "field 'proc.aname' does not support transformers; hint:", 0},
    {"steps.a.status = val(proc.name)", "a step and the alert cannot be compared with each other", 0},
    {"concat(steps.a.output, proc.name) = x", "a step and the alert cannot be mixed in one check", 0},
    {"fd.sport = no-such-service", "unrecognized protocol no-such-service; hint:", 0},
    {"evt.buffer bcontains abc", "filter error: bcontains and bstartswith operator support hex strings only; hint:", 0},
    {"proc.pid = \"\\xff\"", "? is not a valid number; hint: whole decimal numbers only", 0},
    {"join(\",\") = x", "unknown field transfomer 'join'; hint: exactly 2 arguments", 0},
};

START_TEST(errors_point_at_the_check_and_help)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        fir_condition *c;
        fir_error err;
        ck_assert_int_eq(fir_condition_compile(errors[i].text, strlen(errors[i].text), NULL, &c, &err), FIR_ECOMPILE);
        ck_assert_ptr_null(c);
        ck_assert_msg(strncmp(err.message, errors[i].message, strlen(errors[i].message)) == 0, "%s: %s", errors[i].text,
                      err.message);
        ck_assert_uint_eq(err.offset, errors[i].offset);
        ck_assert_uint_eq(err.column, errors[i].offset + 1);
    }
}
END_TEST

/* ---- a `when` ---- */

static const struct {
    const char *text;
    int verdict;
    const char *rest;
} whens[] = {
    {"proc.name = bash", FIR_TRUE, ""},
    {"proc.name = sh", FIR_FALSE, ""},
    {"steps.a.status = succeeded", FIR_UNDECIDED, "steps.a.status = succeeded"},
    {"proc.name = bash and steps.a.status = succeeded", FIR_UNDECIDED, "steps.a.status = succeeded"},
    {"proc.name = sh and steps.a.status = succeeded", FIR_FALSE, ""},
    {"proc.name = bash or steps.a.status = succeeded", FIR_TRUE, ""},
    {"not steps.a.status = succeeded and proc.name = bash", FIR_UNDECIDED, "not steps.a.status = succeeded"},
    {"not (proc.name = sh or steps.a.status = x or steps.b.output contains y)", FIR_UNDECIDED,
     "not (steps.a.status = x or steps.b.output contains y)"},
    {"steps.a.status = x and (steps.b.status = y or steps.c.status = z)", FIR_UNDECIDED,
     "steps.a.status = x and (steps.b.status = y or steps.c.status = z)"},
    {"steps.a.status = x or steps.b.status = \"y z\"", FIR_UNDECIDED, "steps.a.status = x or steps.b.status = \"y z\""},
    {"proc.cmdline regex '(a+)+[bc]' and steps.a.status = x", FIR_UNDECIDED, ""},
    {"proc.cmdline regex '(a+)+[bc]' and proc.name = sh", FIR_FALSE, ""},
    {"len(steps.a.output) > 3", FIR_UNDECIDED, "len(steps.a.output) > 3"},
};

START_TEST(what_is_left_of_a_when)
{
    fir__expr_scratch *s;
    memset(catastrophe, 'a', sizeof catastrophe);
    ck_assert_int_eq(fir__expr_scratch_new(&fir__default_allocator, &s), 0);
    for (size_t i = 0; i < sizeof whens / sizeof whens[0]; i++) {
        fir__arena arena;
        fir__slots slots;
        fir__ast *ast;
        fir__program *p;
        fir__sbuf b;
        const fir__parse_options parse = {.properties = true, .steps = true};
        fir__arena_init(&arena, &fir__default_allocator, 0);
        fir__slots_init(&slots, &arena);
        fir__sbuf_init(&b, &fir__default_allocator, 1000);
        const fir__compile_options o = {.slots = &slots};
        ck_assert_int_eq(fir__expr_parse(fir__cstr(whens[i].text), &parse, &arena, &ast, NULL), 0);
        ck_assert_int_eq(fir__expr_compile(ast, &o, &arena, &p, NULL, NULL), 0);
        fir__frame frame = frame_of(&slots);
        int v = fir__program_residue(p, &frame, s, &b);
        fir__sbuf_char(&b, '\0');
        ck_assert_msg(v == whens[i].verdict && strcmp(b.ptr, whens[i].rest) == 0, "%s: %d %s", whens[i].text, v, b.ptr);
        fir__sbuf_free(&b);
        fir__program_free(p);
        fir__slots_free(&slots);
        fir__arena_free(&arena);
    }
    fir__expr_scratch_free(s);
}
END_TEST

/* ---- warnings, structure ---- */

static fir__program *compile_in(fir__arena *arena, fir__slots *slots, const char *text, fir__expr_warning **warnings)
{
    const fir__parse_options parse = {.properties = true};
    const fir__compile_options o = {.slots = slots};
    fir__ast *ast;
    fir__program *p;
    fir__arena_init(arena, &fir__default_allocator, 0);
    fir__slots_init(slots, arena);
    ck_assert_int_eq(fir__expr_parse(fir__cstr(text), &parse, arena, &ast, NULL), 0);
    ck_assert_int_eq(fir__expr_compile(ast, &o, arena, &p, warnings, NULL), 0);
    return p;
}

static void dispose(fir__arena *arena, fir__slots *slots, fir__program *p)
{
    fir__program_free(p);
    fir__slots_free(slots);
    fir__arena_free(arena);
}

START_TEST(warnings_name_what_was_meant)
{
    static const struct {
        const char *text, *code, *message, *hint;
    } wanted[] = {
        {"proc.nane = x", "FIR-P001", "no event source of Falco has the field proc.nane; it is taken as text",
         "did you mean proc.name?"},
        {"proc.name = proc.pname", "FIR-P002", "'proc.pname' may be a valid field misused as a const string value",
         "val(…) compares with a field's value"},
        {"proc.name = \"tolower(x)\"", "FIR-P002", "'tolower(x)' may be a valid transformer misused as a const string value",
         "write it without quotes"},
        {"proc.name regex Hello.*", "FIR-P003",
         "regex check with 'Hello.*' may be optimized with simpler operators such as '=', 'contains', 'startswith', 'endswith'",
         "a dot matches no newline there, which is seldom meant"},
        {"proc.name regex h.llo", NULL, NULL, NULL},
        {"vendor.thing = x", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        fir__arena arena;
        fir__slots slots;
        fir__expr_warning *w;
        fir__program *p = compile_in(&arena, &slots, wanted[i].text, &w);
        ck_assert_msg((w != NULL) == (wanted[i].code != NULL), "%s", wanted[i].text);
        if (w != NULL) {
            ck_assert_str_eq(w->code, wanted[i].code);
            ck_assert_str_eq(w->message.ptr, wanted[i].message);
            ck_assert_str_eq(w->hint.ptr, wanted[i].hint);
            ck_assert_ptr_null(w->next);
        }
        dispose(&arena, &slots, p);
    }
}
END_TEST

START_TEST(equal_checks_are_one_predicate)
{
    fir__arena arena;
    fir__slots slots;
    fir__program *p = compile_in(
        &arena, &slots, "(proc.name = a or proc.pid = 1) and (proc.name = a or proc.name = \"b\") and not proc.pid = 1", NULL);
    ck_assert_uint_eq(p->n_predicates, 3);
    ck_assert_uint_eq(p->n_jumps, 5);
    ck_assert_int_eq(p->root.kind, FIR__BRANCH_AND);
    ck_assert_uint_eq(p->root.n_children, 3);
    ck_assert_int_eq(p->root.children[2].kind, FIR__BRANCH_NOT);
    ck_assert(!fir__program_has_regex(p));
    dispose(&arena, &slots, p);
    p = compile_in(&arena, &slots, "proc.name regex a.*b", NULL);
    ck_assert(fir__program_has_regex(p));
    ck_assert_str_eq(p->predicates[0].constants[0].text.ptr, "a.*b");
    dispose(&arena, &slots, p);
}
END_TEST

static void count_slot(void *ctx, uint32_t slot)
{
    (void)slot;
    ++*(size_t *)ctx;
}

START_TEST(every_slot_is_told)
{
    fir__arena arena;
    fir__slots slots;
    size_t n = 0;
    fir__program *p = compile_in(&arena, &slots, "proc.name = val(proc.pname) and concat(a.b, c.d) = x and fd.ip = 1.1.1.1", NULL);
    fir__program_slots(p, count_slot, &n);
    ck_assert_uint_eq(n, 9);
    dispose(&arena, &slots, p);
}
END_TEST

START_TEST(talon_compares_what_go_prints)
{
    static const struct {
        const char *field, *text;
        int verdict;
    } wanted[] = {
        {"proc.name", "bash", FIR_TRUE},  {"proc.name", "bas", FIR_FALSE},
        {"proc.pid", "48112", FIR_TRUE},  {"my.list", "[a b]", FIR_TRUE},
        {"my.list", "[a, b]", FIR_FALSE}, {"k8s.ns.name", "<nil>", FIR_TRUE},
        {"absent", "", FIR_FALSE},        {"tags", "[container T1059 <nil>]", FIR_TRUE},
        {"my.list", "[a b] ", FIR_FALSE},
    };
    fir__expr_scratch *s;
    ck_assert_int_eq(fir__expr_scratch_new(&fir__default_allocator, &s), 0);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        fir__arena arena;
        fir__slots slots;
        fir__program *p;
        fir__ast ast = {.kind = FIR__AST_CHECK,
                        .op = FIR__OP_TALON_EQ,
                        .left = {.kind = FIR__OPERAND_FIELD, .text = fir__cstr(wanted[i].field)},
                        .right = {.kind = FIR__OPERAND_TEXT, .text = fir__cstr(wanted[i].text)}};
        fir__arena_init(&arena, &fir__default_allocator, 0);
        fir__slots_init(&slots, &arena);
        const fir__compile_options o = {.slots = &slots};
        ck_assert_int_eq(fir__expr_compile(&ast, &o, &arena, &p, NULL, NULL), 0);
        fir__frame frame = frame_of(&slots);
        ck_assert_msg(fir__program_run(p, &frame, s) == wanted[i].verdict, "%s %s", wanted[i].field, wanted[i].text);
        dispose(&arena, &slots, p);
    }
    fir__expr_scratch_free(s);
}
END_TEST

/* ---- options and memory ---- */

START_TEST(macros_lists_and_types)
{
    const fir_str items[] = {FIR__S("sh"), FIR__S("bash")};
    const fir_list lists[] = {{FIR__S("shells"), items, 2}};
    const fir_macro macros[] = {{FIR__S("shell"), FIR__S("proc.name in (shells)")},
                                {FIR__S("twice"), FIR__S("shell and my.n > 2")}};
    const fir_field_type types[] = {{FIR__S("my.n"), FIR__S("UINT64"), 0, 0}};
    fir_condition_options o = {
        .size = sizeof o, .lists = lists, .n_lists = 1, .macros = macros, .n_macros = 2, .types = types, .n_types = 1};
    fir_condition *c;
    fir_error err;
    fir_buf text;
    ck_assert_int_eq(fir_condition_compile("twice or x.y = 1", 16, &o, &c, &err), 0);
    ck_assert_int_eq(fir_condition_to_string(c, &text, NULL), 0);
    ck_assert_str_eq(text.ptr, "proc.name in (\"sh\", \"bash\") and my.n > 2 or x.y = 1");
    fir_buf_dispose(&text);
    fir_condition_free(c);
    ck_assert_int_eq(fir_condition_compile("x.y = 1 and\n proc.nmae = sh", 27, NULL, &c, &err), 0);
    ck_assert_int_eq(fir_condition_warnings_json(c, &text, NULL), 0);
    ck_assert_str_eq(text.ptr, "[{\"code\":\"FIR-P001\",\"column\":2,\"hint\":\"did you mean "
                               "proc.name?\",\"line\":2,\"message\":\"no event source of Falco has "
                               "the field proc.nmae; it is taken as text\",\"offset\":13}]");
    fir_buf_dispose(&text);
    fir_condition_free(c);
    o.n_macros = 1;
    ck_assert_int_eq(fir_condition_compile("twice", 5, &o, &c, &err), FIR_ECOMPILE);
    const fir_macro bad = {FIR__S("bad"), FIR__S("proc.name =")};
    o.macros = &bad;
    ck_assert_int_eq(fir_condition_compile("bad", 3, &o, &c, &err), FIR_EPARSE);
    ck_assert_str_eq(err.origin, "bad");
    o.n_macros = 0;
    o.flags = 1;
    ck_assert_int_eq(fir_condition_compile("a.b = c", 7, &o, &c, &err), FIR_EINVAL);
    o.flags = 0;
    const fir_field_type wrong = {FIR__S("my.n"), FIR__S("NUMBER"), 0, 0};
    o.types = &wrong;
    ck_assert_int_eq(fir_condition_compile("my.n = 1", 8, &o, &c, &err), FIR_EINVAL);
    ck_assert_int_eq(fir_condition_compile(NULL, 0, NULL, &c, NULL), FIR_EPARSE);
    ck_assert_int_eq(fir_condition_compile(NULL, 1, NULL, &c, NULL), FIR_EINVAL);
    fir_condition_free(NULL);
}
END_TEST

static const char everything[] =
    "proc.name in (a1,a2,a3,a4,a5,a6,a7,a8,a9,bash) and proc.cmdline regex oneof (a+, b) and "
    "toupper(concat(proc.name, \"x\")) = BASHX and fd.ip = 10.1.2.3 and len((tags, proc.name)) = 3 and "
    "proc.aname = sshd and join(\",\", tags) = \"container,T1059\" and not proc.name = val(proc.pname)";

static int compile_and_run(void *ctx, const fir_allocator *a)
{
    fir_condition_options o = {.size = sizeof o, .allocator = a};
    fir_condition *c = NULL;
    fir__expr_scratch *s = NULL;
    (void)ctx;
    int status = fir_condition_compile(everything, sizeof everything - 1, &o, &c, NULL);
    if (status == 0) {
        status = fir__expr_scratch_new(a, &s);
    }
    if (status == 0) {
        fir__frame frame = frame_of(&c->slots);
        int v = fir__program_run(c->program, &frame, s);
        status = v == FIR_TRUE ? 0 : v;
    }
    fir__expr_scratch_free(s);
    fir_condition_free(c);
    return status;
}

START_TEST(memory_may_end_anywhere)
{
    memset(catastrophe, 'a', sizeof catastrophe);
    ck_assert_int_gt(fir_test_sweep("condition", compile_and_run, NULL), 100);
}
END_TEST

#ifndef FIR_DEBUG_ARENA /* which asks for memory for each block */
START_TEST(judging_takes_no_memory_once_warm)
{
    fir_test_memory m;
    fir_condition *c;
    fir__expr_scratch *s;
    memset(catastrophe, 'a', sizeof catastrophe);
    fir_test_memory_init(&m);
    fir_condition_options o = {.size = sizeof o, .allocator = &m.allocator};
    ck_assert_int_eq(fir_condition_compile(everything, sizeof everything - 1, &o, &c, NULL), 0);
    ck_assert_int_eq(fir__expr_scratch_new(&m.allocator, &s), 0);
    fir__frame frame = frame_of(&c->slots);
    ck_assert_int_eq(fir__program_run(c->program, &frame, s), FIR_TRUE);
    long calls = m.calls;
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(fir__program_run(c->program, &frame, s), FIR_TRUE);
    }
    ck_assert_int_eq(m.calls, calls);
    fir__expr_scratch_free(s);
    fir_condition_free(c);
}
END_TEST
#endif

int main(void)
{
    Suite *s = suite_create("expr_run");
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, verdicts);
    tcase_add_test(c, errors_point_at_the_check_and_help);
    tcase_add_test(c, what_is_left_of_a_when);
    tcase_add_test(c, warnings_name_what_was_meant);
    tcase_add_test(c, equal_checks_are_one_predicate);
    tcase_add_test(c, every_slot_is_told);
    tcase_add_test(c, talon_compares_what_go_prints);
    tcase_add_test(c, macros_lists_and_types);
    tcase_add_test(c, memory_may_end_anywhere);
#ifndef FIR_DEBUG_ARENA
    tcase_add_test(c, judging_takes_no_memory_once_warm);
#endif
    suite_add_tcase(s, c);
    return fir_test_run(s);
}
