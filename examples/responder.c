/* SPDX-License-Identifier: Apache-2.0 */
/* A responder: alerts on standard input, one a line as Falco's program_output writes them, are answered by a playbook, and what
 * became of each action is printed.
 *
 *   falco | ./responder playbook.yaml
 */
#include <falcoir/falcoir.h>
#include <stdio.h>
#include <stdlib.h>

/* The playbook of a file; NULL: what is wrong with it was said. */
static fir_playbook *load(const char *path, fir_error *e)
{
    fir_compiler *k = NULL;
    fir_playbook *p = NULL;
    fir_buf diagnostics = {0};
    if (fir_compiler_new(NULL, NULL, &k, e) != 0 || fir_compiler_add_file(k, path, e) != 0 || fir_compiler_build(k, &p, e) != 0) {
        fprintf(stderr, "%s: %s\n", path, e->message);
    }
    if (k != NULL && fir_compiler_diagnostics_json(k, &diagnostics, NULL) == 0 && diagnostics.len > 2) {
        fprintf(stderr, "%s\n", diagnostics.ptr);
    }
    fir_buf_dispose(&diagnostics);
    fir_compiler_free(k);
    return p;
}

/* Prints the outcomes behind the cursor, and moves it on. */
static void print_outcomes(fir_engine *g, uint64_t *cursor)
{
    fir_buf out;
    if (fir_engine_outcomes_json(g, *cursor, 0, cursor, &out, NULL) == 0) {
        if (out.len > 2) {
            printf("%s\n", out.ptr);
        }
        fir_buf_dispose(&out);
    }
}

int main(int argc, char **argv)
{
    fir_error e;
    fir_engine *g = NULL;
    fir_engine_options o = {.size = sizeof o, .flags = FIR_ENGINE_ENV}; /* secrets of the form {env: NAME} may be read */
    fir_playbook *p = argc == 2 ? load(argv[1], &e) : NULL;
    if (p == NULL || fir_engine_new(&o, NULL, p, &g, &e) != 0) {
        fprintf(stderr, "%s\n", p == NULL ? "usage: responder PLAYBOOK, with one that loads" : e.message);
        fir_playbook_unref(p);
        return 2;
    }
    fir_playbook_unref(p); /* the engine has its own reference */
    char *line = NULL;
    size_t room = 0;
    uint64_t cursor = 0;
    for (ssize_t n; (n = getline(&line, &room, stdin)) > 0;) {
        int rc;
        while ((rc = fir_engine_submit(g, line, (size_t)n, NULL, &e)) == FIR_EAGAIN) {
            (void)fir_engine_poll(g, 100000000, NULL); /* the queue is full: work some of it off */
        }
        if (rc != 0) {
            fprintf(stderr, "%s\n", e.message);
        }
        (void)fir_engine_poll(g, 0, NULL);
        print_outcomes(g, &cursor);
    }
    while (fir_engine_poll(g, 1000000000, &e) == 0) { /* FIR_EAGAIN: nothing is left to do */
        print_outcomes(g, &cursor);
    }
    print_outcomes(g, &cursor);
    free(line);
    fir_engine_free(g);
    return 0;
}
