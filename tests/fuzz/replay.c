/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over the files of corpus folders and over files with an input a line, as an ordinary test under any compiler.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/sbuf.h"
#include "support/vectors.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* A copy without a NUL behind it: overruns show. */
static void run(const char *text, size_t n)
{
    uint8_t *exact = malloc(n != 0 ? n : 1);
    if (exact == NULL) {
        abort();
    }
    memcpy(exact, text, n);
    (void)LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

/* The files of a folder. */
static size_t run_folder(const char *name, DIR *d)
{
    size_t files = 0;
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        char path[4096];
        size_t n;
        if (e->d_name[0] == '.' || snprintf(path, sizeof path, "%s/%s", name, e->d_name) >= (int)sizeof path) {
            continue;
        }
        char *text = fir_test_read_file(path, &n);
        if (text == NULL) {
            fprintf(stderr, "%s: cannot be read\n", path);
            exit(EXIT_FAILURE);
        }
        run(text, n);
        free(text);
        files++;
    }
    return files;
}

/* Inputs in base64, one a line. */
static size_t run_lines(const char *name)
{
    size_t n, lines = 0;
    char *text = fir_test_read_file(name, &n);
    if (text == NULL) {
        fprintf(stderr, "%s: no such folder or file\n", name);
        exit(EXIT_FAILURE);
    }
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), lines++) {
        fir__sbuf b;
        fir__sbuf_init(&b, &fir__default_allocator, 1 << 20);
        if (!fir__base64_decode(&b, fir__cstr(line)) || b.status != 0) {
            fprintf(stderr, "%s:%zu: no base64\n", name, lines + 1);
            exit(EXIT_FAILURE);
        }
        run(b.ptr != NULL ? b.ptr : "", b.len);
        fir__sbuf_free(&b);
    }
    free(text);
    return lines;
}

int main(int argc, char **argv)
{
    size_t inputs = 0;
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        DIR *d = opendir(argv[i]);
        inputs += d != NULL ? run_folder(argv[i], d) : run_lines(argv[i]);
        if (d != NULL) {
            closedir(d);
        }
    }
    printf("%zu inputs\n", inputs);
    return inputs != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
