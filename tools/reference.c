/* SPDX-License-Identifier: Apache-2.0 */
/* `fields`, `actions` and `version`: the reference, from the library's own tables. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "show.h"

/* Prints each element of an array, or those whose name is `only`. Gives how many. */
static size_t each(const json_t *all, const char *only, bool json, void (*show)(const json_t *, bool whole))
{
    size_t i, shown = 0;
    const json_t *one;
    json_array_foreach((json_t *)all, i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        if (only != NULL && (name == NULL || strcmp(name, only) != 0)) {
            continue;
        }
        shown++;
        if (json) {
            put_json_line(one);
        } else {
            show(one, only != NULL);
        }
    }
    return shown;
}

static size_t same_beginning(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] != '\0' && a[n] == b[n]) {
        n++;
    }
    return n;
}

/* For a name that is not there: those that begin most like it. */
static void show_near(const json_t *all, const char *wanted)
{
    enum { SHOWN = 6, WORTH_IT = 2 };
    size_t i, most = WORTH_IT, shown = 0;
    const json_t *one;
    json_array_foreach((json_t *)all, i, one)
    {
        size_t n = same_beginning(text_of(one, "name"), wanted);
        most = n > most ? n : most;
    }
    json_array_foreach((json_t *)all, i, one)
    {
        if (same_beginning(text_of(one, "name"), wanted) == most && shown < SHOWN) {
            fprintf(stderr, "%s%s", shown == 0 ? "; near it: " : ", ", text_of(one, "name"));
            shown++;
        }
    }
}

static void show_field(const json_t *f, bool whole)
{
    char type[64];
    snprintf(type, sizeof type, json_is_true(json_object_get(f, "list")) ? "LIST(%s)" : "%s", text_of(f, "type"));
    printf("%-40s %-16s %-12s %s\n", text_of(f, "name"), type, text_of(f, "class"), text_of(f, "argument"));
    if (whole) {
        printf("  sources: %s\n", text_of(f, "sources"));
    }
}

static int reference(const arguments *a, fir_buf *table, void (*show)(const json_t *, bool whole), const char *what)
{
    const char *only = a->n_operands > 0 ? a->operands[0] : NULL;
    json_t *all = json_loadb(table->ptr, table->len, 0, NULL);
    fir_buf_dispose(table);
    size_t shown = each(all, only, given(a, "json"), show);
    if (shown == 0 && only != NULL) {
        fprintf(stderr, "%s: there is no %s '", a->program, what);
        put_text(stderr, only);
        fputc('\'', stderr);
        show_near(all, only);
        fputc('\n', stderr);
    }
    json_decref(all);
    return shown == 0 ? EXIT_NO : EXIT_FINE;
}

int run_fields(const arguments *a)
{
    fir_buf table;
    fir_error e;
    if (a->n_operands > 1) {
        return usage_error(a, "wants at most one name");
    }
    if (fir_fields_to_json(&table, &e) != 0) {
        return impossible(a, "%s", e.message);
    }
    return reference(a, &table, show_field, "field");
}

static void show_parameter(const char *name, const json_t *p)
{
    char words[160] = "";
    size_t i;
    const json_t *choice;
    printf("  %-20s %-10s", name, text_of(p, "type"));
    if (json_is_true(json_object_get(p, "required"))) {
        printf(" required");
    }
    if (json_is_true(json_object_get(p, "secret"))) {
        printf(" secret");
    }
    if (text_of(p, "default")[0] != '\0') {
        printf(" default ");
        for (const char *c = text_of(p, "default"); *c != '\0'; c++) { /* one line, as YAML would have it in double quotes */
            fputs(*c == '\n' ? "\\n" : (const char[]){*c, '\0'}, stdout);
        }
    }
    json_array_foreach(json_object_get(p, "choices"), i, choice)
    {
        size_t n = strlen(words);
        snprintf(words + n, sizeof words - n, "%s%s", i == 0 ? " one of " : ", ", json_string_value(choice));
    }
    printf("%s\n      %s\n", words, text_of(p, "description"));
}

static void show_action(const json_t *t, bool whole)
{
    bool works = json_is_true(json_object_get(t, "works"));
    printf("%-28s %-12s %s%s%s\n", text_of(t, "name"), text_of(t, "effect"),
           json_is_true(json_object_get(t, "destructive")) ? "destructive; " : "", works ? "" : "not in this version; ",
           text_of(t, "description"));
    if (!whole) {
        return;
    }
    if (text_of(t, "undo")[0] != '\0') {
        printf("  undo: %s\n", text_of(t, "undo"));
    }
    const char *name;
    json_t *p;
    json_object_foreach(json_object_get(t, "parameters"), name, p)
    {
        show_parameter(name, p);
    }
}

int run_actions(const arguments *a)
{
    fir_catalog *catalog;
    fir_buf table;
    fir_error e;
    if (a->n_operands > 1) {
        return usage_error(a, "wants at most one type");
    }
    int code = make_catalog(a, &catalog);
    if (code != 0) {
        return code;
    }
    code = fir_catalog_to_json(catalog, &table, &e) != 0 ? impossible(a, "%s", e.message)
                                                         : reference(a, &table, show_action, "action type");
    fir_catalog_unref(catalog);
    return code;
}

/* What the build found (CMakeLists.txt). */
static const struct {
    const char *name, *version;
} parts[] = {
    {"compiler", FALCOIR_COMPILER}, {"jansson", FALCOIR_JANSSON}, {"libcrypto", FALCOIR_CRYPTO}, {"libcurl", FALCOIR_CURL},
    {"libyaml", FALCOIR_YAML},      {"pcre2", FALCOIR_PCRE2},     {"sqlite", FALCOIR_SQLITE},    {"zlib", FALCOIR_ZLIB},
};

int run_version(const arguments *a)
{
    if (a->n_operands != 0) {
        return usage_error(a, "takes no operand");
    }
    if (given(a, "json")) {
        json_t *built = json_object(), *all = json_object();
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            json_object_set_new(built, parts[i].name, json_string(parts[i].version));
        }
        json_object_set_new(all, "built_with", built);
        json_object_set_new(all, "version", json_string(fir_version_string()));
        put_json_line(all);
        json_decref(all);
        return EXIT_FINE;
    }
    printf("falcoir %s\n", fir_version_string());
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        printf("  %-10s %s\n", parts[i].name, parts[i].version);
    }
    return EXIT_FINE;
}
