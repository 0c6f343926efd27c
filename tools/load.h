/* SPDX-License-Identifier: Apache-2.0 */
/* Loading playbooks, and showing what there is to say about them. */
#ifndef FALCOIR_TOOLS_LOAD_H
#define FALCOIR_TOOLS_LOAD_H

#include "command.h"

typedef struct loaded {
    fir_catalog *catalog;
    fir_playbook *playbook; /* NULL: it has errors */
    size_t errors, warnings;
    char *from_stdin; /* the text of a playbook that came from there */
    size_t stdin_len;
} loaded;

/* How diagnostics are shown. */
typedef enum show_style { SHOW_TEXT, SHOW_JSON } show_style;

/* Loads the files, shows all diagnostics (text on stderr, JSON on stdout). Gives 0 (also with errors in the files: look at
 * playbook), or an exit code after complaining. */
int load_files(const arguments *a, const char *const *files, size_t n, show_style how, loaded *out);

/* The same for the -p and -c options; no file at all is wrong use, and so are errors in them: EXIT_USAGE. */
int load_playbooks(const arguments *a, loaded *out);

/* The same for the files of --with. */
int load_others(const arguments *a, loaded *out);

/* The catalogue: built-in types and those of --types. */
int make_catalog(const arguments *a, fir_catalog **out);

void unload(loaded *l);

/* A file's bytes with a NUL behind them, or NULL (errno); of an endless one too. free(). */
char *read_whole(const char *path, size_t *n);

#endif
