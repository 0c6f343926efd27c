/* SPDX-License-Identifier: Apache-2.0 */
/* Variables of Falco Talon's, against what Talon made of them. */
#include "support/render.h"
#include "support/suite.h"
#include "support/vectors.h"

static size_t checked, failures;

/* Where this project differs on purpose: what is no variable of the alert stays as it is, numbers are exact, null is nothing. */
static const struct {
    const char *template, *talon, *ours;
} differences[] = {
    {"ss -tnp | grep ${FD_LPORT}", "ss -tnp | grep <nil>", "ss -tnp | grep "},
    {"for f in $FD_NAME; do echo \"$f ${PROC_CMDLINE}\"; done\n",
     "for f in /data/.minio.sys/buckets/play/mon.1544763289/fs.json; do echo \" minio server /data\"; done\n",
     "for f in /data/.minio.sys/buckets/play/mon.1544763289/fs.json; do echo \"$f minio server /data\"; done\n"},
    {"for f in $FD_NAME; do echo \"$f ${PROC_CMDLINE}\"; done\n", "for f in /root/.ash_history; do echo \" sh\"; done\n",
     "for f in /root/.ash_history; do echo \"$f sh\"; done\n"},
    {"f=\"$FD_NAME\" p=${PROC_PID} t=${EVT_TIME} u=${NO_SUCH_FIELD} a=${PROC_ANAME_2} n=$K8S_POD_NAME d=$$ q=$? one=$1 lit=$ "
     "end=${",
     "f=\"/data/.minio.sys/buckets/play/mon.1544763289/fs.json\" p=13144 t=1.5550139487563087e+18 u= a=docker-containe "
     "n=api-5f6d-9qq7t d= q= one= lit=$ end=",
     "f=\"/data/.minio.sys/buckets/play/mon.1544763289/fs.json\" p=13144 t=1555013948756308758 u= a=docker-containe "
     "n=api-5f6d-9qq7t d=$$ q=$? one=$1 lit=$ end=${"},
    {"f=\"$FD_NAME\" p=${PROC_PID} t=${EVT_TIME} u=${NO_SUCH_FIELD} a=${PROC_ANAME_2} n=$K8S_POD_NAME d=$$ q=$? one=$1 lit=$ "
     "end=${",
     "f=\"/root/.ash_history\" p=120512 t=1.5882624214056591e+18 u= a= n=web-7c9d8b6f5-x2k4p d= q= one= lit=$ end=",
     "f=\"/root/.ash_history\" p=120512 t=1588262421405659008 u= a= n=web-7c9d8b6f5-x2k4p d=$$ q=$? one=$1 lit=$ end=${"},
};

static const char *wanted_of(const char *template, const char *talon)
{
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (strcmp(differences[i].template, template) == 0 && strcmp(differences[i].talon, talon) == 0) {
            return differences[i].ours;
        }
    }
    return talon;
}

static void check_one(const char *name, const char *template, const char *talon, const char *rule, const char *event)
{
    test_template t;
    test_template_init(&t, FIR_SYNTAX_TALON, FIR_SINK_RAW);
    fir__template_names names = {.rule_name = fir__cstr(rule)};
    t.spec.names = &names;
    ck_assert_int_eq(test_template_compile(&t, template, strlen(template)), 0);
    test_template_alert(&t, event, strlen(event));
    ck_assert_int_eq(test_template_render(&t), 0);
    checked++;
    if (strcmp(t.out.ptr, wanted_of(template, talon)) != 0) {
        failures++;
        fprintf(stderr, "%s: %s\n  wanted |%s|\n  got    |%s|\n", name, template, wanted_of(template, talon), t.out.ptr);
    }
    test_template_free(&t);
}

static void visit(void *ctx, size_t line, const json_t *c)
{
    (void)ctx;
    (void)line;
    size_t i;
    json_t *action, *rendered;
    json_t *actions = json_object_get(json_object_get(c, "talon"), "actions");
    json_array_foreach(actions, i, action)
    {
        const char *key;
        json_t *value;
        rendered = json_object_get(action, "rendered");
        json_object_foreach(rendered, key, value)
        {
            check_one(fir_test_text(c, "name", NULL), fir_test_text(json_object_get(action, "parameters"), key, NULL),
                      json_string_value(value), fir_test_text(action, "rule", NULL), fir_test_text(c, "event", NULL));
        }
    }
}

START_TEST(as_talon_renders)
{
    const char *path = fir_test_foreign("talon/oracle.jsonl");
    if (path == NULL) {
        return;
    }
    (void)fir_test_each_line(path, visit, NULL);
    ck_assert_uint_eq(failures, 0);
    ck_assert_uint_eq(checked, 31);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("talon_variables");
    TCase *t = tcase_create("oracle");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, as_talon_renders);
    suite_add_tcase(s, t);
    int code = fir_test_run(s);
    return code == EXIT_SUCCESS && getenv("FALCOIR_VECTORS") == NULL ? FIR_TEST_SKIP : code;
}
