/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "show.h"

/* How diagnostics call a playbook from stdin; the code of a secret that stands in the file. */
#define STDIN_NAME "<stdin>"
#define LITERAL_SECRET "FIR-P157"

/* A playbook is smaller (the library says so of one that is not): what is endless must not fill the memory. */
enum { MOST = 64 << 20 };

static char *read_all_of(FILE *f, size_t *n)
{
    char *p = NULL;
    size_t len = 0, cap = 0, got = 1;
    while (got != 0) {
        if (len + 1 >= cap) {
            char *grown = cap < MOST ? realloc(p, cap = cap == 0 ? 1 << 16 : cap * 2) : NULL;
            if (grown == NULL) {
                errno = cap < MOST ? ENOMEM : EFBIG;
                free(p);
                return NULL;
            }
            p = grown;
        }
        got = fread(p + len, 1, cap - len - 1, f);
        len += got;
    }
    if (ferror(f)) {
        free(p);
        return NULL;
    }
    p[len] = '\0';
    *n = len;
    return p;
}

char *read_whole(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return NULL;
    }
    char *p = read_all_of(f, n);
    int reason = errno;
    fclose(f);
    errno = reason;
    return p;
}

static int add_types(const arguments *a, fir_catalog *c)
{
    const char *path = value_of(a, "types");
    if (path == NULL) {
        return 0;
    }
    json_error_t je;
    json_t *types = json_load_file(path, JSON_REJECT_DUPLICATES, &je), *type;
    size_t i;
    if (types == NULL || !json_is_array(types)) {
        int code = impossible(a, "%s:%d:%d: %s", path, je.line, je.column,
                              types == NULL ? je.text : "must be a JSON array of action types");
        json_decref(types);
        return code;
    }
    json_array_foreach(types, i, type)
    {
        fir_error e;
        char *text = json_dumps(type, JSON_COMPACT | JSON_ENCODE_ANY);
        int code = text == NULL ? FIR_ENOMEM : fir_catalog_add(c, text, strlen(text), &e);
        free(text);
        if (code != 0) {
            code = usage_error(a, "%s: type %zu: %s", path, i + 1, e.message);
            json_decref(types);
            return code;
        }
    }
    json_decref(types);
    return 0;
}

/* The bytes of the file that the last diagnostic was about: a thousand diagnostics read it once. */
typedef struct source {
    const loaded *files;
    json_t *secrets; /* the diagnostics about literal secrets: lines that are not shown whole */
    char *name, *text;
    source_text lines;
} source;

static void forget(source *s)
{
    if (s->text != s->files->from_stdin) {
        free(s->text);
    }
    free(s->name);
    s->name = s->text = NULL;
}

static void remember(source *s, const char *file)
{
    if (s->name != NULL && strcmp(s->name, file) == 0) {
        return;
    }
    forget(s);
    s->name = strdup(file);
    if (strcmp(file, STDIN_NAME) == 0) {
        s->text = s->files->from_stdin;
        s->lines = (source_text){.text = s->text, .len = s->files->stdin_len};
    } else {
        size_t len = 0;
        s->text = read_whole(file, &len);
        s->lines = (source_text){.text = s->text, .len = len};
    }
}

/* From where on a literal secret stands in this line; 0: nowhere. */
static json_int_t secret_column(const json_t *secrets, const char *file, json_int_t line)
{
    size_t i;
    const json_t *d;
    json_int_t column = 0;
    json_array_foreach((json_t *)secrets, i, d)
    {
        json_int_t at = json_integer_value(json_object_get(d, "column"));
        if (json_integer_value(json_object_get(d, "line")) == line && strcmp(text_of(d, "file"), file) == 0 &&
            (column == 0 || at < column)) {
            column = at;
        }
    }
    return column;
}

/* Of all diagnostics those about literal secrets. */
static json_t *about_secrets(const json_t *all)
{
    json_t *secrets = json_array(), *d;
    size_t i;
    json_array_foreach((json_t *)all, i, d)
    {
        if (strcmp(text_of(d, "code"), LITERAL_SECRET) == 0) {
            json_array_append(secrets, d);
        }
    }
    return secrets;
}

static void show_text(const json_t *d, source *s)
{
    const char *file = text_of(d, "file"), *severity = text_of(d, "severity"), *hint = text_of(d, "hint");
    json_int_t line = json_integer_value(json_object_get(d, "line")), column = json_integer_value(json_object_get(d, "column"));
    bool colour = isatty(STDERR_FILENO) != 0;
    put_text(stderr, file);
    if (line > 0) {
        fprintf(stderr, ":%lld:%lld", (long long)line, (long long)column);
    }
    const char *paint = strcmp(severity, "error") == 0 ? "\x1b[1;31m" : "\x1b[1;33m";
    fprintf(stderr, ": %s%s%s %s: ", colour ? paint : "", severity, colour ? "\x1b[0m" : "", text_of(d, "code"));
    put_text(stderr, text_of(d, "message"));
    fputc('\n', stderr);
    remember(s, file);
    if (s->text != NULL) {
        put_source(stderr, &s->lines, line, column, secret_column(s->secrets, file, line));
    }
    if (hint[0] != '\0') {
        fputs("    hint: ", stderr);
        put_text(stderr, hint);
        fputc('\n', stderr);
    }
}

static int show_diagnostics(const arguments *a, const fir_compiler *k, show_style how, loaded *out)
{
    fir_buf text;
    fir_error e;
    source s = {.files = out};
    if (fir_compiler_diagnostics_json(k, &text, &e) != 0) {
        return impossible(a, "%s", e.message);
    }
    json_t *all = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, NULL), *d;
    size_t i;
    fir_buf_dispose(&text);
    s.secrets = about_secrets(all);
    json_array_foreach(all, i, d)
    {
        bool error = strcmp(text_of(d, "severity"), "error") == 0;
        out->errors += error;
        out->warnings += !error;
        if (how == SHOW_JSON) {
            put_json_line(d);
        } else {
            show_text(d, &s);
        }
    }
    forget(&s);
    json_decref(s.secrets);
    json_decref(all);
    return 0;
}

/* "-" is stdin, which can be read once. */
static int add_file(const arguments *a, fir_compiler *k, const char *file, loaded *l)
{
    fir_error e = {0};
    int code;
    if (strcmp(file, "-") != 0) {
        code = fir_compiler_add_file(k, file, &e);
    } else if (l->from_stdin != NULL) {
        return usage_error(a, "stdin was given twice");
    } else {
        l->from_stdin = read_all_of(stdin, &l->stdin_len);
        if (l->from_stdin == NULL) {
            return impossible(a, "stdin: %s", strerror(errno));
        }
        code = fir_compiler_add(k, STDIN_NAME, l->from_stdin, l->stdin_len, &e);
    }
    return code == 0 ? 0 : impossible(a, "%s: %s", file, e.message);
}

int make_catalog(const arguments *a, fir_catalog **out)
{
    fir_error e;
    if (fir_catalog_new(out, &e) != 0) {
        return impossible(a, "%s", e.message);
    }
    int code = add_types(a, *out);
    if (code != 0) {
        fir_catalog_unref(*out);
        *out = NULL;
    }
    return code;
}

int load_files(const arguments *a, const char *const *files, size_t n, show_style how, loaded *out)
{
    fir_error e = {0};
    fir_compiler *k = NULL;
    memset(out, 0, sizeof *out);
    int code = make_catalog(a, &out->catalog);
    if (code == 0 && fir_compiler_new(out->catalog, NULL, &k, &e) != 0) {
        code = impossible(a, "%s", e.message);
    }
    for (size_t i = 0; code == 0 && i < n; i++) {
        code = add_file(a, k, files[i], out);
    }
    if (code == 0) {
        int built = fir_compiler_build(k, &out->playbook, &e);
        code = built == 0 || built == FIR_ECOMPILE ? show_diagnostics(a, k, how, out) : impossible(a, "%s", e.message);
    }
    fir_compiler_free(k);
    if (code != 0) {
        unload(out);
    }
    return code;
}

static int load_given(const arguments *a, bool others, loaded *out)
{
    const char **files = calloc(a->n_options + 1, sizeof *files);
    size_t n = 0;
    int code = 0;
    if (files == NULL) {
        return impossible(a, "out of memory");
    }
    for (size_t i = 0; i < a->n_options; i++) {
        const option_spec *s = a->options[i].spec;
        if (others ? strcmp(s->name, "with") == 0 : s->letter == 'p' || s->letter == 'c') {
            files[n++] = a->options[i].value;
        }
    }
    bool alerts_from_stdin = a->n_operands == 0 || strcmp(a->operands[0], "-") == 0;
    for (size_t i = 0; code == 0 && i < n; i++) {
        if (strcmp(files[i], "-") == 0 && alerts_from_stdin) {
            code = usage_error(a, "stdin holds the playbook, so the alerts must come from a file");
        }
    }
    if (code == 0) {
        code = n == 0 ? usage_error(a, "no playbook was given: %s FILE", others ? "--with" : "-p")
                      : load_files(a, files, n, SHOW_TEXT, out);
    }
    free(files);
    if (code == 0 && out->playbook == NULL) {
        fprintf(stderr, "%s: the playbook has %zu error%s\n", a->program, out->errors, out->errors == 1 ? "" : "s");
        unload(out);
        code = EXIT_USAGE;
    }
    return code;
}

int load_playbooks(const arguments *a, loaded *out)
{
    return load_given(a, false, out);
}

int load_others(const arguments *a, loaded *out)
{
    return load_given(a, true, out);
}

void unload(loaded *l)
{
    fir_playbook_unref(l->playbook);
    fir_catalog_unref(l->catalog);
    free(l->from_stdin);
    memset(l, 0, sizeof *l);
}
