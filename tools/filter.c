/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#include <string.h>

#include "show.h"

typedef struct filter {
    fir_condition *condition;
    fir_evaluator *evaluator;
    uint64_t matched;
    bool printed; /* the bytes in hand */
} filter;

static void take(const arguments *a, filter *f, const input *in)
{
    f->matched++;
    if (!given(a, "count") && !f->printed) { /* an envelope is printed once, however many of its alerts match */
        fir_str text = input_text(in);
        fwrite(text.ptr, 1, text.len, stdout);
        putchar('\n');
        f->printed = true;
    }
}

static int judge_all(const arguments *a, filter *f, input *in)
{
    bool invert = given(a, "invert");
    while (input_next(in)) {
        int32_t verdict;
        fir_error e;
        if (!input_text_again(in)) {
            f->printed = false;
        }
        if (fir_condition_eval(f->condition, f->evaluator, input_event(in), &verdict, &e) != 0) {
            return impossible(a, "line %llu: %s", (unsigned long long)input_line(in), e.message);
        }
        if (verdict == FIR_UNDECIDED) {
            fprintf(stderr, "%s: line %llu: undecided, a regular expression hit its step limit\n", a->program,
                    (unsigned long long)input_line(in));
        } else if ((verdict == FIR_TRUE) != invert) {
            take(a, f, in);
        }
    }
    return EXIT_FINE;
}

int run_filter(const arguments *a)
{
    filter f = {0};
    input *in = NULL;
    fir_error e;
    if (a->n_operands < 1 || a->n_operands > 2) {
        return usage_error(a, "wants a condition, and at most one file");
    }
    const char *text = a->operands[0];
    int code = fir_condition_compile(text, strlen(text), NULL, &f.condition, &e);
    if (code != 0) {
        return code == FIR_ENOMEM ? impossible(a, "%s", e.message) : does_not_compile(a, text, &e);
    }
    fir_buf warnings;
    if (fir_condition_warnings_json(f.condition, &warnings, &e) == 0) {
        put_warnings(a, text, &warnings);
        fir_buf_dispose(&warnings);
    }
    code = fir_evaluator_new(NULL, &f.evaluator, &e) != 0 ? impossible(a, "%s", e.message) : input_open(a, 1, &in);
    if (code == 0) {
        code = judge_all(a, &f, in);
        if (code == EXIT_FINE && given(a, "count")) {
            printf("%llu\n", (unsigned long long)f.matched);
        }
        code = input_close(in, code != EXIT_FINE ? code : f.matched != 0 ? EXIT_FINE : EXIT_NO);
    }
    fir_evaluator_free(f.evaluator);
    fir_condition_free(f.condition);
    return code;
}
