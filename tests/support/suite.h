/* SPDX-License-Identifier: Apache-2.0 */
/* The end of every Check program. */
#ifndef FIR_TEST_SUITE_H
#define FIR_TEST_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Runs a suite, as loud as CK_VERBOSITY says; what main returns. */
static inline int fir_test_run(Suite *s)
{
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
