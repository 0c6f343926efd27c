/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#include <string.h>

#include "show.h"

static const struct {
    const char *name;
    int32_t sink;
} sinks[] = {
    {"text", FIR_SINK_TEXT},   {"json", FIR_SINK_JSON}, {"url", FIR_SINK_URL},           {"header", FIR_SINK_HEADER},
    {"form", FIR_SINK_FORM},   {"argv", FIR_SINK_ARGV}, {"k8s-name", FIR_SINK_K8S_NAME}, {"k8s-label", FIR_SINK_K8S_LABEL},
    {"slack", FIR_SINK_SLACK}, {"html", FIR_SINK_HTML}, {"markdown", FIR_SINK_MARKDOWN}, {"raw", FIR_SINK_RAW},
};

const char *sink_name(size_t i)
{
    return i < sizeof sinks / sizeof sinks[0] ? sinks[i].name : NULL;
}

static int choose(const arguments *a, fir_template_options *o)
{
    const char *sink = value_of(a, "sink");
    if (given(a, "falco") && given(a, "talon")) {
        return usage_error(a, "--falco and --talon exclude each other");
    }
    o->syntax = given(a, "falco") ? FIR_SYNTAX_FALCO : given(a, "talon") ? FIR_SYNTAX_TALON : FIR_SYNTAX_FALCOIR;
    o->sink = FIR_SINK_TEXT;
    for (size_t i = 0; sink != NULL && i < sizeof sinks / sizeof sinks[0]; i++) {
        if (strcmp(sink, sinks[i].name) == 0) {
            o->sink = sinks[i].sink;
            sink = NULL;
        }
    }
    return sink == NULL ? 0 : usage_error(a, "there is no sink '%s'", sink);
}

/* One line an alert: a newline of the value is shown as \n. */
static void put_line(const fir_buf *text, bool raw)
{
    const char *p = text->ptr, *end = text->ptr + text->len;
    while (!raw && p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (newline == NULL) {
            break;
        }
        fwrite(p, 1, (size_t)(newline - p), stdout);
        fputs("\\n", stdout);
        p = newline + 1;
    }
    fwrite(p, 1, (size_t)(end - p), stdout);
    putchar('\n');
}

static int render_all(const arguments *a, const fir_template *t, input *in)
{
    int exit_code = EXIT_FINE;
    bool raw = given(a, "raw");
    while (input_next(in)) {
        fir_buf text;
        fir_error e;
        if (fir_template_render(t, input_event(in), &text, &e) != 0) {
            exit_code = impossible(a, "line %llu: %s", (unsigned long long)input_line(in), e.message);
            continue;
        }
        put_line(&text, raw);
        fir_buf_dispose(&text);
    }
    return exit_code;
}

int run_render(const arguments *a)
{
    fir_template_options o = {.size = sizeof o};
    fir_template *t;
    fir_error e;
    input *in;
    if (a->n_operands < 1 || a->n_operands > 2) {
        return usage_error(a, "wants a template, and at most one file");
    }
    int code = choose(a, &o);
    if (code != 0) {
        return code;
    }
    code = fir_template_compile(a->operands[0], strlen(a->operands[0]), &o, &t, &e);
    if (code != 0) {
        return code == FIR_ENOMEM ? impossible(a, "%s", e.message) : does_not_compile(a, a->operands[0], &e);
    }
    code = input_open(a, 1, &in);
    if (code == 0) {
        code = input_close(in, render_all(a, t, in));
    }
    fir_template_free(t);
    return code;
}
