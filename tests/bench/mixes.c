/* SPDX-License-Identifier: Apache-2.0 */
/* mixes alerts N | broad N | tenant N: alerts as Falco writes them, or a playbook of so many rules (support/mixes.h), on the
 * output, for who measures the command. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/mixes.h"

static int put(char *text, size_t n, const char *end)
{
    bool good = text != NULL && fwrite(text, 1, n, stdout) == n && fputs(end, stdout) >= 0;
    free(text);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    size_t n;
    uint32_t count = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    if (count == 0) {
        return 2;
    }
    if (strcmp(argv[1], "alerts") != 0) {
        char *yaml = fir_test_playbook(argv[1][0] == 'b' ? FIR_TEST_BROAD : FIR_TEST_TENANT, count, &n);
        return put(yaml, n, "");
    }
    fir_test_random r = {.state = 7};
    int failed = 0;
    for (uint32_t i = 0; failed == 0 && i < count; i++) {
        char *alert = fir_test_alert(&r, &n);
        failed = put(alert, n, "\n");
    }
    return failed;
}
