/* SPDX-License-Identifier: Apache-2.0 */
/* A condition on the first line, on the following ones values for its slots in turn: a text as it stands, after '#' a number,
 * after '[' a list of words, after '!' null, after '-' nothing. The verdict is one, the same when asked again, and the same for
 * the condition as it is printed; the negation's is the opposite. */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "expr/condition.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { MOST_SLOTS = 200, MOST_WORDS = 20 };

typedef struct values {
    const fir__value *slots[MOST_SLOTS];
    fir__value made[MOST_SLOTS];
    fir__value words[MOST_SLOTS][MOST_WORDS];
} values;

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static fir_str next_piece(fir_str *rest, char separator)
{
    const char *end = rest->len != 0 ? memchr(rest->ptr, separator, rest->len) : NULL;
    size_t n = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
    fir_str piece = fir__str_to(*rest, n);
    *rest = fir__str_from(*rest, n + 1);
    return piece;
}

static void read_list(values *v, size_t i, fir_str line)
{
    uint32_t n = 0;
    while (line.len != 0 && n < MOST_WORDS) {
        v->words[i][n++] = fir__value_string(next_piece(&line, ' '));
    }
    v->made[i] = (fir__value){.type = FIR__LIST, .len = n, .items = v->words[i]};
}

static void read_value(values *v, size_t i, fir_str line)
{
    fir_str rest = fir__str_from(line, 1);
    v->slots[i] = &v->made[i];
    v->made[i] = fir__value_string(line);
    switch (line.len != 0 ? line.ptr[0] : '\0') {
    case '#':
        v->made[i] = fir__value_string(rest);
        if (fir__str_i64(rest, &v->made[i].i)) {
            v->made[i].type = FIR__INT;
        }
        break;
    case '[':
        read_list(v, i, rest);
        break;
    case '!':
        v->made[i].type = FIR__NULL;
        break;
    case '-':
        v->slots[i] = NULL;
        break;
    default:
        break;
    }
}

static int judge(const char *text, size_t n, fir_str lines, fir__expr_scratch *s)
{
    static values v;
    fir_condition_options o = {.size = sizeof o, .regex_steps = 500};
    fir_condition *c;
    int status = fir_condition_compile(text, n, &o, &c, NULL);
    if (status != 0) {
        return status;
    }
    memset(v.slots, 0, sizeof v.slots);
    for (size_t i = 0; i < c->slots.count && i < MOST_SLOTS && lines.len != 0; i++) {
        read_value(&v, i, next_piece(&lines, '\n'));
    }
    fir__frame frame = {v.slots, c->slots.count < MOST_SLOTS ? c->slots.count : MOST_SLOTS};
    int verdict = fir__program_run(c->program, &frame, s);
    must(verdict >= FIR_FALSE && verdict <= FIR_UNDECIDED && verdict == fir__program_run(c->program, &frame, s));
    must(verdict != FIR_UNDECIDED || fir__program_has_regex(c->program));
    fir_condition_free(c);
    return verdict;
}

static int judge_printed(const char *text, size_t n, fir_str lines, fir__expr_scratch *s)
{
    fir_condition_options o = {.size = sizeof o, .regex_steps = 500};
    fir_condition *c;
    fir_buf printed;
    must(fir_condition_compile(text, n, &o, &c, NULL) == 0);
    must(fir_condition_to_string(c, &printed, NULL) == 0);
    fir_condition_free(c);
    int verdict = judge(printed.ptr, printed.len, lines, s);
    fir_buf_dispose(&printed);
    return verdict;
}

static int judge_not(fir_str text, fir_str lines, fir__expr_scratch *s)
{
    char *negated = malloc(text.len + 8);
    memcpy(negated, "not (", 5);
    memcpy(negated + 5, text.ptr, text.len);
    memcpy(negated + 5 + text.len, ")", 1);
    int verdict = judge(negated, text.len + 6, lines, s);
    free(negated);
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    fir_str lines = {(const char *)p, n};
    fir_str text = next_piece(&lines, '\n');
    fir__expr_scratch *s;
    if (fir__utf8_valid(lines) != lines.len || fir__expr_scratch_new(&fir__default_allocator, &s) != 0) {
        return 0;
    }
    int verdict = judge(text.ptr, text.len, lines, s);
    if (verdict >= 0) {
        int negated = judge_not(text, lines, s);
        must(judge_printed(text.ptr, text.len, lines, s) == verdict);
        must(negated == FIR_ELIMIT || negated == FIR_EPARSE ||
             (verdict == FIR_UNDECIDED ? negated == FIR_UNDECIDED : negated == !verdict));
    }
    fir__expr_scratch_free(s);
    return 0;
}
