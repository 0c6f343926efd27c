/* SPDX-License-Identifier: Apache-2.0 */
/* The journal from outside: wrong calls, and what is said where there is none. */
#include "api.h"
#include "support/suite.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/fir-api-XXXXXX";
static bool has_journal; /* in this build */

START_TEST(wrong_calls)
{
    fir_journal *j = (fir_journal *)(uintptr_t)0x5A5A;
    fir_journal_options o = {.size = sizeof o};
    fir_journal_entry e = {.size = sizeof e};
    fir_journal_verdict v = {.size = sizeof v};
    fir_buf b = {(char *)(uintptr_t)0x5A5A, 7, NULL};
    uint64_t cursor = 0;
    API_FAILS(FIR_EINVAL, fir_journal_open(NULL, NULL, &j, &err));
    ck_assert_ptr_null(j);
    API_FAILS(FIR_EINVAL, fir_journal_open(dir, NULL, NULL, &err));
    int none = has_journal ? FIR_ENOTFOUND : FIR_EUNSUPPORTED;
    API_FAILS(none, fir_journal_open(dir, NULL, &j, &err));
    API_FAILS(none, fir_journal_open(dir, &o, &j, &err));
    API_FAILS(none, fir_journal_open("/no/such/place", &o, &j, &err));
    if (has_journal) {
        o.flags = 1;
        API_FAILS(FIR_EINVAL, fir_journal_open(dir, &o, &j, &err));
        o = (fir_journal_options){.size = 4};
        API_FAILS(FIR_EINVAL, fir_journal_open(dir, &o, &j, &err));
        const fir_allocator bad = {.size = sizeof bad};
        o = (fir_journal_options){.size = sizeof o, .allocator = &bad};
        API_FAILS(FIR_EINVAL, fir_journal_open(dir, &o, &j, &err));
    }
    API_FAILS(FIR_EINVAL, fir_journal_next(NULL, 0, &e, &err));
    API_FAILS(FIR_EINVAL, fir_journal_verify(NULL, NULL, &v, &err));
    API_FAILS(FIR_EINVAL, fir_journal_export(NULL, &cursor, &b, &err));
    ck_assert_ptr_null(b.ptr);
    fir_journal_free(NULL);
}
END_TEST

START_TEST(commands)
{
    fir_command c = {.size = sizeof c, .verb = "pause", .who = "ann"};
    API_FAILS(FIR_EINVAL, fir_command_send(NULL, &c, 0, &err));
    API_FAILS(FIR_EINVAL, fir_command_send(dir, NULL, 0, &err));
    API_FAILS(FIR_EINVAL, fir_command_send(dir, &c, -1, &err));
    API_FAILS(FIR_ENOTFOUND, fir_command_send("/no/such/place", &c, 0, &err));
    API_FAILS(FIR_EAGAIN, fir_command_send(dir, &c, 0, &err));
    c.verb = "explode";
    API_FAILS(FIR_EINVAL, fir_command_send(dir, &c, 0, &err));
    c.verb = "undo";
    API_FAILS(FIR_EINVAL, fir_command_send(dir, &c, 0, &err));
}
END_TEST

int main(void)
{
    fir_journal *j;
    if (mkdtemp(dir) == NULL) {
        return 1;
    }
    has_journal = fir_journal_open(dir, NULL, &j, NULL) != FIR_EUNSUPPORTED;
    Suite *s = suite_create("journal");
    TCase *t = tcase_create("journal");
    tcase_add_test(t, wrong_calls);
    tcase_add_test(t, commands);
    suite_add_tcase(s, t);
    int code = fir_test_run(s);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 ? code : EXIT_FAILURE;
}
