/* SPDX-License-Identifier: Apache-2.0 */
/* What bindings.py compares Python and Go with: batch PLAYBOOK ALERTS RUNS prints the nanoseconds of the fastest of so many runs.
 */
#include <falcoir/falcoir.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "support/vectors.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    fir_compiler *k;
    fir_playbook *p;
    fir_evaluator *x;
    fir_error e;
    size_t n;
    char *alerts = argc == 4 ? fir_test_read_file(argv[2], &n) : NULL;
    if (alerts == NULL || fir_compiler_new(NULL, NULL, &k, &e) != 0 || fir_compiler_add_file(k, argv[1], &e) != 0 ||
        fir_compiler_build(k, &p, &e) != 0 || fir_evaluator_new(NULL, &x, &e) != 0) {
        fprintf(stderr, "usage: batch PLAYBOOK ALERTS RUNS\n");
        return EXIT_FAILURE;
    }
    double fastest = 0;
    for (int i = 0; i < atoi(argv[3]); i++) {
        fir_buf out;
        double start = now();
        if (fir_evaluate_ndjson(x, p, alerts, n, 0, &out, &e) != 0) {
            return EXIT_FAILURE;
        }
        fir_buf_dispose(&out);
        double took = now() - start;
        fastest = i == 0 || took < fastest ? took : fastest;
    }
    printf("%.0f\n", fastest);
    fir_evaluator_free(x);
    fir_playbook_unref(p);
    fir_compiler_free(k);
    free(alerts);
    return EXIT_SUCCESS;
}
