/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over the files of a corpus folder, as an ordinary test under any compiler. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/vectors.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int main(int argc, char **argv)
{
    size_t files = 0;
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        DIR *d = opendir(argv[i]);
        if (d == NULL) {
            fprintf(stderr, "%s: no such folder\n", argv[i]);
            return EXIT_FAILURE;
        }
        for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
            char path[4096];
            size_t n;
            if (e->d_name[0] == '.' || snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name) >= (int)sizeof path) {
                continue;
            }
            char *text = fir_test_read_file(path, &n);
            uint8_t *exact = text != NULL ? malloc(n != 0 ? n : 1) : NULL; /* no NUL behind it: overruns show */
            if (exact == NULL) {
                fprintf(stderr, "%s: cannot be read\n", path);
                return EXIT_FAILURE;
            }
            memcpy(exact, text, n);
            (void)LLVMFuzzerTestOneInput(exact, n);
            free(exact);
            free(text);
            files++;
        }
        closedir(d);
    }
    printf("%zu inputs\n", files);
    return files != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
