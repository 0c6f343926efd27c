/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and alerts by the thousand, the same at every run: for benches, and for comparing the index with the plain evaluator. */
#ifndef FIR_TEST_MIXES_H
#define FIR_TEST_MIXES_H

#include <falcoir/falcoir.h>
#include <stdint.h>

/* A small generator of numbers, the same everywhere (splitmix64). A fuzz target gives bytes: as long as there are some, they are
 * the numbers below 256. */
typedef struct fir_test_random {
    uint64_t state;
    const uint8_t *bytes;
    size_t n_bytes;
} fir_test_random;
uint64_t fir_test_next(fir_test_random *r);
uint32_t fir_test_below(fir_test_random *r, uint32_t n); /* n not 0 */

typedef enum fir_test_mix {
    FIR_TEST_BROAD, /* a playbook: rule names with more tests, namespaces and images, literals, paths, regexes, negations */
    FIR_TEST_TENANT /* a platform: a Falco rule and one of 2,000 namespaces each, few literals and regexes */
} fir_test_mix;

/* A playbook's text with n rules of a mix. free(). */
char *fir_test_playbook(fir_test_mix mix, uint32_t n, size_t *len);

/* One alert as Falco writes it, about 1.7 KB. free(). */
char *fir_test_alert(fir_test_random *r, size_t *len);

/* One condition over the fields that these alerts have, of any shape; with a few mistakes that no compiler accepts left out.
 * free(). */
char *fir_test_condition(fir_test_random *r, int depth);

#endif
