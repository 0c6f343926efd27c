/* SPDX-License-Identifier: Apache-2.0 */
/* Which operator and which transformer a type takes: op-type-matrix.tsv, observed with Falco's own compiler. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/condition.h"
#include "support/suite.h"
#include "support/vectors.h"

/* A column's condition; $ is a constant of the type. x.f and x.g have the type of the row. */
static const struct {
    const char *column, *condition;
} columns[] = {
    {"exists", "x.f exists"},
    {"=", "x.f = $"},
    {"!=", "x.f != $"},
    {"<", "x.f < 1"},
    {"<=", "x.f <= 1"},
    {">", "x.f > 1"},
    {">=", "x.f >= 1"},
    {"contains", "x.f contains $"},
    {"icontains", "x.f icontains $"},
    {"bcontains", "x.f bcontains 61"},
    {"startswith", "x.f startswith $"},
    {"bstartswith", "x.f bstartswith 61"},
    {"endswith", "x.f endswith $"},
    {"glob", "x.f glob $"},
    {"iglob", "x.f iglob $"},
    {"regex", "x.f regex $"},
    {"in", "x.f in ($)"},
    {"intersects", "x.f intersects ($)"},
    {"pmatch", "x.f pmatch ($)"},
    {"= oneof", "x.f = oneof ($)"},
    {"contains oneof", "x.f contains oneof ($)"},
    {"regex oneof", "x.f regex oneof ($)"},
    {"glob oneof", "x.f glob oneof ($)"},
    {"bcontains oneof", "x.f bcontains oneof (61)"},
    {"toupper()", "toupper(x.f) exists"},
    {"tolower()", "tolower(x.f) exists"},
    {"b64()", "b64(x.f) exists"},
    {"basename()", "basename(x.f) exists"},
    {"len()", "len(x.f) exists"},
    {"join()", "join(\",\", x.f) exists"},
    {"concat()", "concat(x.f, x.f) exists"},
    {"getopt()", "getopt(x.f, \"a\") exists"},
    {"join list elem", "join(\",\", (x.f)) exists"},
    {"= val()", "x.f = val(x.g)"},
    {"in val()", "x.f in val(x.g)"},
    {"pmatch val()", "x.f pmatch val(x.g)"},
    {"regex val()", "x.f regex val(x.g)"},
    {"contains val()", "x.f contains val(x.g)"},
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

static const char *constant_of(const char *type)
{
    static const char *const constants[][2] = {
        {"BOOL", "true"}, {"IPADDR", "10.0.0.1"}, {"IPNET", "10.0.0.0/8"}, {"CHARBUF", "a"}, {"FSPATH", "/a"}};
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        if (strstr(type, constants[i][0]) != NULL) {
            return constants[i][1];
        }
    }
    return "1";
}

/* The next cell of a line, which it cuts. */
static char *cell(char **rest)
{
    char *start = *rest, *end = strpbrk(start, "\t\n");
    if (end != NULL) {
        *end = '\0';
        *rest = end + 1;
    }
    return start;
}

static bool compiles(const char *type, const char *condition, fir_error *err)
{
    bool list = strncmp(type, "LIST(", 5) == 0;
    fir_str name = list ? fir__str(type + 5, strlen(type) - 6) : fir__cstr(type);
    fir_field_type types[2] = {{FIR__S("x.f"), name, list, 0}, {FIR__S("x.g"), name, list, 0}};
    fir_condition_options o = {.size = sizeof o, .types = types, .n_types = 2};
    char text[128];
    fir_condition *c;
    const char *place = strchr(condition, '$');
    snprintf(text, sizeof text, "%.*s%s%s", place != NULL ? (int)(place - condition) : (int)strlen(condition), condition,
             place != NULL ? constant_of(type) : "", place != NULL ? place + 1 : "");
    int status = fir_condition_compile(text, strlen(text), &o, &c, err);
    ck_assert(status == 0 || status == FIR_ECOMPILE);
    fir_condition_free(c);
    return status == 0;
}

START_TEST(every_cell)
{
    size_t n, cells = 0, wrong = 0;
    char *text = fir_test_read_file(fir_test_own("op-type-matrix.tsv"), &n);
    ck_assert_ptr_nonnull(text);
    char *rest = text;
    ck_assert_str_eq(cell(&rest), "type");
    for (size_t i = 0; i < COLUMNS; i++) {
        ck_assert_str_eq(cell(&rest), columns[i].column);
    }
    while (rest < text + n) {
        const char *type = cell(&rest);
        for (size_t i = 0; i < COLUMNS; i++) {
            fir_error err = {0};
            bool wanted = strcmp(cell(&rest), "y") == 0;
            if (compiles(type, columns[i].condition, &err) != wanted) {
                fprintf(stderr, "%s %s: wanted %d: %s\n", type, columns[i].column, wanted, err.message);
                wrong++;
            }
            cells++;
        }
    }
    free(text);
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(cells, 60 * COLUMNS);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("conditions_types");
    TCase *c = tcase_create("all");
    tcase_add_test(c, every_cell);
    suite_add_tcase(s, c);
    return fir_test_run(s);
}
