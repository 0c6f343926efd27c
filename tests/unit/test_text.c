/* SPDX-License-Identifier: Apache-2.0 */
/* lib/event/text.c: Falco's plain text form. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "event/parts.h"
#include "support/suite.h"

static fir_event *event;

static void set_up(void)
{
    ck_assert_int_eq(fir_event_new(NULL, &event, NULL), 0);
}

static void tear_down(void)
{
    fir_event_free(event);
}

static int read_bytes(const char *p, size_t n)
{
    char *exact = malloc(n != 0 ? n : 1); /* no NUL behind it: overruns show, and so do views of what is gone */
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, p, n);
    int code = fir__event_read_text(event, fir__str(exact, n), NULL);
    free(exact);
    return code;
}

static int read_line(const char *line)
{
    return read_bytes(line, strlen(line));
}

static void expect_text(const char *name, const char *text)
{
    fir_value v;
    ck_assert_msg(fir_event_get(event, name, strlen(name), FIR_WHOLE, &v) == 0, "%s is not there", name);
    ck_assert_msg(fir__str_eq(v.s, fir__cstr(text)), "%s is \"%.*s\", not \"%s\"", name, (int)v.s.len, v.s.ptr, text);
}

static void expect_type(const char *name, int32_t type)
{
    fir_value v;
    ck_assert_int_eq(fir_event_get(event, name, strlen(name), FIR_WHOLE, &v), 0);
    ck_assert_int_eq(v.type, type);
}

static void expect_absent(const char *name)
{
    fir_value v;
    ck_assert_msg(fir_event_get(event, name, strlen(name), FIR_WHOLE, &v) == FIR_ENOTFOUND, "%s is there", name);
}

static void expect_json(const char *json)
{
    fir_buf b;
    ck_assert_int_eq(fir_event_to_json(event, &b, NULL), 0);
    ck_assert_str_eq(b.ptr, json);
    fir_buf_dispose(&b);
}

START_TEST(ordinary_alert)
{
    ck_assert_int_eq(
        read_line("09:21:33.104938271: Warning A shell (user=root container_id=abc) container_id=abc k8s_ns_name=<NA>"), 0);
    expect_text("output", "09:21:33.104938271: Warning A shell (user=root container_id=abc) container_id=abc k8s_ns_name=<NA>");
    expect_text("message", "A shell (user=root container_id=abc) container_id=abc k8s_ns_name=<NA>");
    expect_text("priority", "Warning");
    static const char *const absent[] = {"rule", "source", "time", "hostname", "tags", "uuid", "container_id", "container.id"};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        expect_absent(absent[i]);
    }
    ck_assert_int_eq(event->info.form, FIR_FORM_TEXT);
    ck_assert_int_eq(event->info.envelope, FIR_ENVELOPE_NONE);
    ck_assert_uint_eq(event->info.flags, FIR_EVENT_NO_TIME | FIR_EVENT_NO_FIELDS);
    ck_assert_int_eq(event->info.priority, 4);
    ck_assert_int_eq(event->info.time_ns, 0);
    ck_assert_uint_eq(event->info.fields, 0);
}
END_TEST

START_TEST(iso_time_is_the_time)
{
    ck_assert_int_eq(read_line("2026-07-14T09:21:33.104938271+0000: Notice Something"), 0);
    ck_assert_uint_eq(event->info.flags, FIR_EVENT_NO_FIELDS);
    ck_assert_int_eq(event->info.time_ns, INT64_C(1784020893104938271));
    expect_text("time", "2026-07-14T09:21:33.104938271+0000");
    expect_type("time", FIR_VALUE_INT);
    expect_text("message", "Something");
    ck_assert_int_eq(read_line("2026-07-14T09:21:33.104938271Z: Notice Something"), 0);
    ck_assert_int_eq(event->info.time_ns, INT64_C(1784020893104938271));
}
END_TEST

START_TEST(every_level)
{
    static const char *const names[] = {"Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"};
    for (int i = 0; i < 8; i++) {
        char line[64];
        snprintf(line, sizeof line, "00:00:00.000000000: %s x", names[i]);
        ck_assert_int_eq(read_line(line), 0);
        ck_assert_int_eq(event->info.priority, i);
        expect_text("priority", names[i]);
        expect_text("message", "x");
    }
    ck_assert_int_eq(read_line("00:00:00.0: iNFO x"), 0);
    expect_text("priority", "Informational");
    ck_assert_int_eq(read_line("00:00:00.0: Debug"), 0);
    expect_text("message", "");
    ck_assert_int_eq(read_line("00:00:00.0: Debug  two blanks "), 0);
    expect_text("message", " two blanks ");
}
END_TEST

START_TEST(what_is_no_alert)
{
    static const char *const lines[] = {
        "",
        " ",
        "hello",
        "09:21:33.104938271: Warnings x",
        "09:21:33.104938271: Warning: x",
        "09:21:33.104938271:Warning x",
        "09:21:33.104938271 Warning x",
        "09:21:33.: Warning x",
        "09:21:33: Warning x",
        "9:21:33.104938271: Warning x",
        " 09:21:33.104938271: Warning x",
        "x09:21:33.104938271: Warning x",
        "09:21:33.104938271: ",
        "09:21:33.104938271: x",
        "2026-13-14T09:21:33.104938271+0000: Notice x",
        "2026-07-14T25:21:33.104938271+0000: Notice x",
        "2026-07-14T09:21:33.104938271: Notice x",
        "2026-07-14 09:21:33.104938271+0000: Notice x",
        "{\"rule\":\"x\"}",
        "\n09:21:33.104938271: Warning x",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        ck_assert_msg(read_line(lines[i]) == FIR_EPARSE, "read: %s", lines[i]);
        ck_assert(!event->parsed);
    }
    fir_error err;
    ck_assert_int_eq(fir__event_read_text(event, FIR__S("hello"), &err), FIR_EPARSE);
    ck_assert_str_eq(err.message, "no Falco alert: neither JSON nor a line that begins with a time and a level");
    ck_assert_uint_eq(err.line, 1);
}
END_TEST

START_TEST(escaped_form)
{
    ck_assert_int_eq(read_line("00:00:00.0: Error cmd=sh -c \\\"id\\\" \\\\ \\/ \\b\\f\\n\\r\\t \\u00e9\\u0000\\ud83d\\udea8 é"),
                     0);
    ck_assert_int_eq(event->info.form, FIR_FORM_ESCAPED);
    ck_assert_uint_eq(event->info.flags, FIR_EVENT_NO_TIME | FIR_EVENT_NO_FIELDS | FIR_EVENT_HAS_NUL);
    fir_value v;
    static const char message[] = "cmd=sh -c \"id\" \\ / \b\f\n\r\t \xC3\xA9\0\xF0\x9F\x9A\xA8 \xC3\xA9";
    ck_assert_int_eq(fir_event_get(event, "message", 7, FIR_WHOLE, &v), 0);
    ck_assert(fir__str_eq(v.s, fir__str(message, sizeof message - 1)));
    ck_assert_int_eq(fir_event_get(event, "output", 6, FIR_WHOLE, &v), 0);
    ck_assert(fir__str_eq(fir__str_from(v.s, sizeof "00:00:00.0: Error " - 1), fir__str(message, sizeof message - 1)));
}
END_TEST

START_TEST(not_escaped_stays_raw)
{
    static const char *const messages[] = {
        "C:\\windows",      /* no escape */
        "a\\nb \"c\"",      /* a quote that the escaped form would not leave */
        "a\\nb\tc",         /* a tab neither */
        "a\\n b\\",         /* ends in the middle */
        "\\ud83d alone",    /* half a pair */
        "\\ud83d\\u0041",   /* with another half */
        "\\udea8\\ud83d",   /* turned round */
        "\\u12",            /* cut */
        "\\uzzzz \\n",      /* no number */
        "first\nsecond {}", /* a raw newline belongs to it */
    };
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        char line[64];
        snprintf(line, sizeof line, "00:00:00.0: Error %s", messages[i]);
        ck_assert_int_eq(read_line(line), 0);
        ck_assert_int_eq(event->info.form, FIR_FORM_TEXT);
        expect_text("output", line);
        expect_text("message", messages[i]);
    }
}
END_TEST

START_TEST(one_line_end_is_cut)
{
    ck_assert_int_eq(read_line("00:00:00.0: Error x\n"), 0);
    expect_text("message", "x");
    ck_assert_int_eq(read_line("00:00:00.0: Error x\r\n"), 0);
    expect_text("message", "x");
    ck_assert_int_eq(read_line("00:00:00.0: Error x \n\n"), 0);
    expect_text("message", "x \n");
    ck_assert_int_eq(read_line("\xEF\xBB\xBF"
                               "00:00:00.0: Error x"),
                     0);
    expect_text("output", "00:00:00.0: Error x");
}
END_TEST

START_TEST(broken_utf8_and_nul)
{
    static const char line[] = "00:00:00.0: Error a\xFFz\xE2\x82\0!";
    ck_assert_int_eq(read_bytes(line, sizeof line - 1), 0);
    ck_assert_uint_eq(event->info.flags, FIR_EVENT_NO_TIME | FIR_EVENT_NO_FIELDS | FIR_EVENT_REPLACED_UTF8 | FIR_EVENT_HAS_NUL);
    fir_value v;
    static const char message[] = "a\xEF\xBF\xBDz\xEF\xBF\xBD\0!";
    ck_assert_int_eq(fir_event_get(event, "message", 7, FIR_WHOLE, &v), 0);
    ck_assert(fir__str_eq(v.s, fir__str(message, sizeof message - 1)));
}
END_TEST

START_TEST(internal_drops)
{
    ck_assert_int_eq(
        read_line("22:13:36.999999999: Debug Falco internal: syscall event drop. 12 system calls dropped in last second. "
                  "(ebpf_enabled=\"0\" n_drops=\"12\" n_evts=\"700\")"),
        0);
    expect_json("{\"output\":\"Falco internal: syscall event drop. 12 system calls dropped in last second.\","
                "\"output_fields\":{\"ebpf_enabled\":\"0\",\"n_drops\":\"12\",\"n_evts\":\"700\"},\"priority\":\"Debug\","
                "\"rule\":\"Falco internal: syscall event drop\",\"source\":\"internal\"}");
    ck_assert_int_eq(event->info.form, FIR_FORM_TEXT);
    ck_assert_uint_eq(event->info.flags, FIR_EVENT_NO_TIME | FIR_EVENT_INTERNAL);
    ck_assert_uint_eq(event->info.fields, 3);
    expect_type("n_drops", FIR_VALUE_STRING);
}
END_TEST

START_TEST(internal_others)
{
    ck_assert_int_eq(read_line("2026-07-14T09:21:33.104938271+0000: Debug Falco internal: timeouts notification. 1000 consecutive "
                               "timeouts without event. (last_event_time=\"none\")"),
                     0);
    expect_text("rule", "Falco internal: timeouts notification");
    expect_text("last_event_time", "none");
    ck_assert_int_eq(event->info.time_ns, INT64_C(1784020893104938271));
    ck_assert_int_eq(
        read_line("03:46:50.892487293: Informational Falco internal: capture size limit reached. Configured limit: 1 MB. "
                  "(max_file_size_mb=1 written_bytes=1054745)"),
        0);
    expect_text("rule", "Falco internal: capture size limit reached");
    expect_type("written_bytes", FIR_VALUE_INT);
    ck_assert_int_eq(read_line("03:47:25.995844839: Critical Falco internal: hot restart failure: bad (file) ()"), 0);
    expect_json("{\"output\":\"Falco internal: hot restart failure: bad (file)\",\"output_fields\":{},\"priority\":\"Critical\","
                "\"rule\":\"Falco internal: hot restart failure\",\"source\":\"internal\"}");
    ck_assert_uint_eq(event->info.flags, FIR_EVENT_NO_TIME | FIR_EVENT_INTERNAL);
    ck_assert_int_eq(
        read_line(
            "03:45:35.256697012: Informational Falco metrics snapshot (evt.hostname=\"node (a)\" evt.time=1795491935256697012 "
            "falco.cpu_usage_perc=100.0 falco.x=18446744073709551615 falco.y=true falco.z=null)"),
        0);
    expect_text("rule", "Falco internal: metrics snapshot");
    expect_text("output", "Falco metrics snapshot");
    expect_text("evt.hostname", "node (a)");
    expect_text("falco.cpu_usage_perc", "100.0");
    expect_type("falco.cpu_usage_perc", FIR_VALUE_DOUBLE);
    expect_type("falco.x", FIR_VALUE_UINT);
    expect_type("falco.y", FIR_VALUE_BOOL);
    expect_type("falco.z", FIR_VALUE_NULL);
}
END_TEST

START_TEST(internal_escaped_and_old)
{
    ck_assert_int_eq(read_line("00:00:00.0: Debug Falco internal: timeouts notification. 7 consecutive timeouts without event. "
                               "(last_event_time=\\\"12:00:01.123456789\\\")"),
                     0);
    ck_assert_int_eq(event->info.form, FIR_FORM_ESCAPED);
    expect_text("last_event_time", "12:00:01.123456789");
    ck_assert_int_eq(read_line("00:00:00.0: Debug Falco internal: timeouts notification. 7 consecutive timeouts without event. "
                               "(last_event_time=12:00:01.123456789 none= n=7)"),
                     0);
    ck_assert_int_eq(event->info.form, FIR_FORM_TEXT);
    expect_text("last_event_time", "12:00:01.123456789");
    expect_type("last_event_time", FIR_VALUE_STRING);
    expect_text("none", "");
    expect_type("n", FIR_VALUE_INT);
    ck_assert_int_eq(read_line("00:00:00.0: Debug Falco metrics snapshot (k=\"a\\u0000\\\"b\")"), 0);
    ck_assert_int_eq(event->info.form, FIR_FORM_TEXT);
    ck_assert_uint_eq(event->info.flags, FIR_EVENT_NO_TIME | FIR_EVENT_INTERNAL | FIR_EVENT_HAS_NUL);
}
END_TEST

START_TEST(not_quite_internal)
{
    static const char *const messages[] = {
        "Falco internal: syscall event drop. x system calls dropped in last second. (a=\"1\")",
        "Falco internal: syscall event drop. 1 system calls dropped in last second.",
        "Falco internal: syscall event drop. 1 system calls dropped in last second. a=1",
        "Falco internal: hot restart failure: x (a=1)",
        "Falco internal: something new. (a=1)",
        "Falco metrics snapshot (a=1",
        "Falco metrics snapshot (a=1) ",
        "Falco metrics snapshot (a=1) b",
        "Falco metrics snapshot (a=1)(b=2)",
        "Falco metrics snapshot (a=\"1)",
        "Falco metrics snapshot (a)",
        "Falco metrics snapshot (=1)",
        "Falco metrics snapshot (a=1  b=2)",
        "Falco metrics snapshot (a=1,b=2) c",
        "Falco metrics snapshotted (a=1)",
        " Falco metrics snapshot (a=1)",
    };
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        char line[128];
        snprintf(line, sizeof line, "00:00:00.0: Debug %s", messages[i]);
        ck_assert_int_eq(read_line(line), 0);
        expect_absent("rule");
        expect_absent("source");
        expect_text("message", messages[i]);
        ck_assert_msg(event->info.fields == 0, "%s", line);
        ck_assert_uint_eq(event->info.flags, FIR_EVENT_NO_TIME | FIR_EVENT_NO_FIELDS);
    }
    ck_assert_int_eq(read_line("00:00:00.0: Debug Falco metrics snapshot (a=1 a=2)"), FIR_EPARSE);
}
END_TEST

START_TEST(limits_hold)
{
    fir_event_options o = {.size = sizeof o, .max_bytes = 64, .max_fields = 2};
    fir_event *small;
    fir_error err;
    ck_assert_int_eq(fir_event_new(&o, &small, NULL), 0);
    ck_assert_int_eq(fir__event_read_text(small, FIR__S("00:00:00.0: Debug Falco metrics snapshot (a=1 b=2)"), &err), 0);
    ck_assert_int_eq(fir__event_read_text(small, FIR__S("00:00:00.0: Debug Falco metrics snapshot (a=1 b=2 c=3)"), &err),
                     FIR_ELIMIT);
    char line[66] = "00:00:00.0: Debug ";
    memset(line + 18, 'x', sizeof line - 18);
    ck_assert_int_eq(fir__event_read_text(small, fir__str(line, 64), &err), 0);
    ck_assert_int_eq(fir__event_read_text(small, fir__str(line, 65), &err), FIR_ELIMIT);
    fir_event_free(small);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("text");
    TCase *t = tcase_create("text");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, ordinary_alert);
    tcase_add_test(t, iso_time_is_the_time);
    tcase_add_test(t, every_level);
    tcase_add_test(t, what_is_no_alert);
    tcase_add_test(t, escaped_form);
    tcase_add_test(t, not_escaped_stays_raw);
    tcase_add_test(t, one_line_end_is_cut);
    tcase_add_test(t, broken_utf8_and_nul);
    tcase_add_test(t, internal_drops);
    tcase_add_test(t, internal_others);
    tcase_add_test(t, internal_escaped_and_old);
    tcase_add_test(t, not_quite_internal);
    tcase_add_test(t, limits_hold);
    suite_add_tcase(s, t);
    return fir_test_run(s);
}
