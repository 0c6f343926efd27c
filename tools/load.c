/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *read_whole(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return NULL;
    }
    char *p = NULL;
    size_t len = 0, cap = 0, got;
    do {
        if (len + 1 >= cap) {
            char *grown = realloc(p, cap = cap == 0 ? 1 << 16 : cap * 2);
            if (grown == NULL) {
                break;
            }
            p = grown;
        }
        got = fread(p + len, 1, cap - len - 1, f);
        len += got;
    } while (got != 0);
    bool bad = ferror(f) != 0 || p == NULL || len + 1 >= cap;
    int reason = errno;
    fclose(f);
    if (bad) {
        free(p);
        errno = reason;
        return NULL;
    }
    p[len] = '\0';
    *n = len;
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

/* The line of a file, for the caret. */
static bool line_of(const char *text, json_int_t line, const char **start, size_t *n)
{
    for (json_int_t i = 1; text != NULL && *text != '\0'; i++) {
        size_t len = strcspn(text, "\n");
        if (i == line) {
            *start = text;
            *n = len != 0 && text[len - 1] == '\r' ? len - 1 : len;
            return true;
        }
        text += len;
        text += *text == '\n';
    }
    return false;
}

/* A playbook may hold anything: a terminal gets no control characters. */
static void put_safe(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\t') {
            fputc(' ', stderr);
        } else if (c < 0x20 || c == 0x7f) {
            fprintf(stderr, "\\x%02x", c);
        } else {
            fputc(c, stderr);
        }
    }
}

static void put_source(const char *file, json_int_t line, json_int_t column)
{
    size_t n, len;
    char *text = read_whole(file, &len);
    const char *start;
    if (line > 0 && line_of(text, line, &start, &n) && n <= 400) {
        fputs("    ", stderr);
        put_safe(start, n);
        fputs("\n    ", stderr);
        for (json_int_t i = 1; i < column; i++) {
            fputc(' ', stderr);
        }
        fputs("^\n", stderr);
    }
    free(text);
}

static void show_text(const json_t *d)
{
    const char *file, *severity, *code, *message, *hint = "";
    json_int_t line = 0, column = 0;
    if (json_unpack((json_t *)d, "{s:s,s?I,s?I,s:s,s:s,s:s,s?s}", "file", &file, "line", &line, "column", &column, "severity",
                    &severity, "code", &code, "message", &message, "hint", &hint) != 0) {
        return;
    }
    bool colour = isatty(STDERR_FILENO) != 0;
    fprintf(stderr, "%s", file);
    if (line > 0) {
        fprintf(stderr, ":%lld:%lld", (long long)line, (long long)column);
    }
    const char *paint = strcmp(severity, "error") == 0 ? "\x1b[1;31m" : "\x1b[1;33m";
    fprintf(stderr, ": %s%s%s %s: ", colour ? paint : "", severity, colour ? "\x1b[0m" : "", code);
    put_safe(message, strlen(message));
    fputc('\n', stderr);
    put_source(file, line, column);
    if (hint[0] != '\0') {
        fputs("    hint: ", stderr);
        put_safe(hint, strlen(hint));
        fputc('\n', stderr);
    }
}

static int show_diagnostics(const arguments *a, const fir_compiler *k, show_style how, loaded *out)
{
    fir_buf text;
    fir_error e;
    if (fir_compiler_diagnostics_json(k, &text, &e) != 0) {
        return impossible(a, "%s", e.message);
    }
    json_t *all = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, NULL), *d;
    size_t i;
    fir_buf_dispose(&text);
    json_array_foreach(all, i, d)
    {
        const char *severity = json_string_value(json_object_get(d, "severity"));
        bool error = severity != NULL && strcmp(severity, "error") == 0;
        out->errors += error;
        out->warnings += !error;
        if (how == SHOW_JSON) {
            char *line = json_dumps(d, JSON_COMPACT | JSON_SORT_KEYS);
            puts(line != NULL ? line : "{}");
            free(line);
        } else {
            show_text(d);
        }
    }
    json_decref(all);
    return 0;
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
        if (fir_compiler_add_file(k, files[i], &e) != 0) {
            code = impossible(a, "%s: %s", files[i], e.message);
        }
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

int load_playbooks(const arguments *a, loaded *out)
{
    const char **files = calloc(a->n_options + 1, sizeof *files);
    size_t n = 0;
    if (files == NULL) {
        return impossible(a, "out of memory");
    }
    for (size_t i = 0; i < a->n_options; i++) {
        if (a->options[i].spec->letter == 'p' || a->options[i].spec->letter == 'c') {
            files[n++] = a->options[i].value;
        }
    }
    int code = n == 0 ? usage_error(a, "no playbook was given: -p FILE") : load_files(a, files, n, SHOW_TEXT, out);
    free(files);
    if (code == 0 && out->playbook == NULL) {
        fprintf(stderr, "%s: the playbook has %zu error%s\n", a->program, out->errors, out->errors == 1 ? "" : "s");
        unload(out);
        code = EXIT_USAGE;
    }
    return code;
}

void unload(loaded *l)
{
    fir_playbook_unref(l->playbook);
    fir_catalog_unref(l->catalog);
    l->playbook = NULL;
    l->catalog = NULL;
}
