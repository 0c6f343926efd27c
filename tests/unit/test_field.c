/* SPDX-License-Identifier: Apache-2.0 */
/* lib/field: the table of Falco's fields. */
#include <check.h>
#include <stdlib.h>

#include "field/field.h"
#include "field/table.h"
#include "support/suite.h"

START_TEST(every_field_is_found)
{
    ck_assert_uint_eq(fir__field_count(), 633);
    for (size_t i = 0; i < fir__field_count(); i++) {
        const fir__field *f = fir__field_at(i);
        ck_assert_ptr_eq(fir__field_find(f->name), f);
        ck_assert_uint_lt(f->type, FIR__F_COUNT);
        ck_assert_uint_ne(f->sources.len, 0);
        if (i != 0) {
            ck_assert_int_lt(fir__str_cmp(fir__field_at(i - 1)->name, f->name), 0);
        }
    }
    ck_assert_ptr_null(fir__field_at(fir__field_count()));
    ck_assert_ptr_null(fir__field_find(FIR__S("")));
    ck_assert_ptr_null(fir__field_find(FIR__S("proc.nam")));
    ck_assert_ptr_null(fir__field_find(FIR__S("proc.name2")));
    ck_assert_ptr_null(fir__field_find(FIR__S("Proc.name")));
}
END_TEST

START_TEST(facts)
{
    static const struct {
        const char *name;
        fir__ftype type;
        bool is_list;
        fir__farg arg;
        unsigned flags;
        const char *group, *sources;
    } want[] = {
        {"evt.num", FIR__F_UINT64, false, FIR__ARG_NO, 0, "evt", "*"},
        {"evt.is_async", FIR__F_BOOL, false, FIR__ARG_NO, 0, "evt", "*"},
        {"proc.aname", FIR__F_CHARBUF, false, FIR__ARG_OPTIONAL,
         FIR__FIELD_NO_RHS | FIR__FIELD_NO_TRANSFORMER | FIR__FIELD_ARG_INDEX, "process", "syscall"},
        {"fd.ip", FIR__F_IPADDR, false, FIR__ARG_NO, FIR__FIELD_FILTER_ONLY | FIR__FIELD_NO_RHS | FIR__FIELD_NO_TRANSFORMER, "fd",
         "syscall"},
        {"fd.types", FIR__F_CHARBUF, true, FIR__ARG_OPTIONAL, FIR__FIELD_NO_RHS | FIR__FIELD_ARG_INDEX, "fd", "syscall"},
        {"fd.sport", FIR__F_PORT, false, FIR__ARG_NO, 0, "fd", "syscall"},
        {"ka.req.pod.containers.image", FIR__F_CHARBUF, true, FIR__ARG_OPTIONAL, FIR__FIELD_ARG_INDEX | FIR__FIELD_PLUGIN,
         "k8saudit", "k8s_audit"},
        {"container.mount", FIR__F_CHARBUF, false, FIR__ARG_REQUIRED, FIR__FIELD_ARG_INDEX | FIR__FIELD_ARG_KEY | FIR__FIELD_PLUGIN,
         "container", "syscall"},
        {"jevt.value", FIR__F_CHARBUF, false, FIR__ARG_REQUIRED, FIR__FIELD_ARG_KEY | FIR__FIELD_PLUGIN, "json", "*"},
        {"evt.dir", FIR__F_CHARBUF, false, FIR__ARG_NO, FIR__FIELD_DEPRECATED, "evt", "syscall"},
    };
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        const fir__field *f = fir__field_find(fir__cstr(want[i].name));
        ck_assert_msg(f != NULL, "%s", want[i].name);
        ck_assert_msg(f->type == want[i].type && f->is_list == want[i].is_list && f->arg == want[i].arg &&
                          f->flags == want[i].flags,
                      "%s: type %d list %d arg %d flags %#x", want[i].name, f->type, f->is_list, f->arg, f->flags);
        ck_assert(fir__str_eq(f->field_class, fir__cstr(want[i].group)));
        ck_assert(fir__str_eq(f->sources, fir__cstr(want[i].sources)));
    }
}
END_TEST

START_TEST(references)
{
    static const struct {
        const char *name, *arg, *field;
        fir__ftype type;
        bool is_list;
    } want[] = {
        {"proc.name", NULL, "proc.name", FIR__F_CHARBUF, false},
        {"proc.aname", "2", "proc.aname", FIR__F_CHARBUF, false},
        {"proc.apid", "1", "proc.apid", FIR__F_INT64, false},
        {"fd.types", "3", "fd.types", FIR__F_CHARBUF, true},
        {"ka.req.pod.containers.image", "0", "ka.req.pod.containers.image", FIR__F_CHARBUF, true},
        {"jevt.value", "/a/b", "jevt.value", FIR__F_CHARBUF, false},
        {"json.value", "/a/b", "json.value", FIR__F_CHARBUF, false},
        {"evt.arg", "0", "evt.arg", FIR__F_CHARBUF, false},
        {"evt.arg.flags", NULL, "evt.arg", FIR__F_CHARBUF, false},
        {"evt.arg.uid", NULL, "evt.arg", FIR__F_CHARBUF, false},
        {"evt.arg.whatever", NULL, "evt.arg", FIR__F_CHARBUF, false},
        {"evt.rawarg.res", NULL, "evt.rawarg", FIR__F_INT64, false},
        {"evt.rawarg.path", NULL, "evt.rawarg", FIR__F_CHARBUF, false},
        {"evt.rawarg.local_ip", NULL, "evt.rawarg", FIR__F_IPADDR, false},
        {"evt.rawarg.flags", NULL, "evt.rawarg", FIR__F_INT64, false},
        {"evt.rawarg.tuple", NULL, "evt.rawarg", FIR__F_DYNAMIC, false},
        {"evt.rawarg.whatever", NULL, "evt.rawarg", FIR__F_DYNAMIC, false},
        {"thread.cgroup.cpu", NULL, "thread.cgroup", FIR__F_CHARBUF, false},
        {"thread.cgroups", NULL, "thread.cgroups", FIR__F_CHARBUF, false},
        {"evt.args", NULL, "evt.args", FIR__F_CHARBUF, false},
        {"evt.argx", NULL, NULL, FIR__F_CHARBUF, false},
        {"evt.arg.", NULL, NULL, FIR__F_CHARBUF, false},
        {"my.field", "x", NULL, FIR__F_CHARBUF, false},
    };
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        fir__field_ref r = fir__field_resolve(fir__cstr(want[i].name), fir__cstr(want[i].arg), want[i].arg != NULL);
        ck_assert_msg((r.field == NULL) == (want[i].field == NULL), "%s", want[i].name);
        ck_assert_msg(r.field == NULL || fir__str_eq(r.field->name, fir__cstr(want[i].field)), "%s", want[i].name);
        ck_assert_msg(r.type == want[i].type && r.is_list == want[i].is_list, "%s: type %d", want[i].name, r.type);
        ck_assert(r.has_arg == (want[i].arg != NULL));
        ck_assert(fir__str_eq(r.name, fir__cstr(want[i].name)) && fir__str_eq(r.arg, fir__cstr(want[i].arg)));
    }
}
END_TEST

START_TEST(types_have_names)
{
    for (int t = 0; t < FIR__F_COUNT; t++) {
        ck_assert_uint_ne(fir__ftype_name((fir__ftype)t).len, 0);
        ck_assert_int_eq(fir__ftype_find(fir__ftype_name((fir__ftype)t)), t);
    }
    ck_assert_int_eq(fir__ftype_find(FIR__S("charbuf")), FIR__F_COUNT);
    ck_assert_int_eq(fir__ftype_find(FIR__S("UINT64")), FIR__F_UINT64);
}
END_TEST

START_TEST(suggestions)
{
    ck_assert(fir__str_eq(fir__field_suggest(FIR__S("proc.nmae")), FIR__S("proc.name")));
    ck_assert(fir__str_eq(fir__field_suggest(FIR__S("k8s.ns.nam")), FIR__S("k8s.ns.name")));
    ck_assert_ptr_null(fir__field_suggest(FIR__S("completely.different")).ptr);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("field");
    TCase *t = tcase_create("field");
    tcase_add_test(t, every_field_is_found);
    tcase_add_test(t, facts);
    tcase_add_test(t, references);
    tcase_add_test(t, types_have_names);
    tcase_add_test(t, suggestions);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
