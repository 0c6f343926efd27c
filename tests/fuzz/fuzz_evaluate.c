/* SPDX-License-Identifier: Apache-2.0 */
/* A condition on the first line, on the following ones values for its slots in turn: a text as it stands, after '#' a number,
 * after '[' a list of words, after '!' null, after '-' nothing. The verdict is one, the same when asked again, and the same for
 * the condition as it is printed; the negation's is the opposite. One input in eight has its patterns compiled to machine code. */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "expr/condition.h"
#include "jit.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { MOST_SLOTS = 200, MOST_WORDS = 20, LARGEST = 1 << 16 };

static fir__expr_scratch *scratch; /* one for all inputs, as an evaluator has it */

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

static int compile(const char *text, size_t n, fir_condition **out)
{
    fir_condition_options o = {.size = sizeof o, .regex_steps = 500};
    return fir_condition_compile(text, n, &o, out, NULL);
}

/* A compiled condition's verdict of the lines. */
static int run(const fir_condition *c, fir_str lines)
{
    static values v;
    memset(v.slots, 0, sizeof v.slots);
    for (size_t i = 0; i < c->slots.count && i < MOST_SLOTS && lines.len != 0; i++) {
        read_value(&v, i, next_piece(&lines, '\n'));
    }
    fir__frame frame = {v.slots, c->slots.count < MOST_SLOTS ? c->slots.count : MOST_SLOTS};
    int verdict = fir__program_run(c->program, &frame, scratch);
    must(verdict >= FIR_FALSE && verdict <= FIR_UNDECIDED && verdict == fir__program_run(c->program, &frame, scratch));
    must(verdict != FIR_UNDECIDED || fir__program_has_regex(c->program));
    return verdict;
}

static int judge(const char *text, size_t n, fir_str lines)
{
    fir_condition *c;
    int status = compile(text, n, &c);
    int verdict = status == 0 ? run(c, lines) : status;
    fir_condition_free(c);
    return verdict;
}

static int judge_not(fir_str text, fir_str lines)
{
    static char negated[LARGEST + 8];
    memcpy(negated, "not (", 5);
    memcpy(negated + 5, text.ptr, text.len);
    memcpy(negated + 5 + text.len, ")", 1);
    return judge(negated, text.len + 6, lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    fir_str lines = {(const char *)p, n};
    fir_str text = next_piece(&lines, '\n');
    fir_condition *c;
    fir_buf printed;
    if (n > LARGEST || fir__utf8_valid(lines) != lines.len) {
        return 0;
    }
    if (scratch == NULL) {
        must(fir__expr_scratch_new(&fir__default_allocator, &scratch) == 0);
    }
    fir_fuzz_jit = n % 8 == 0;
    if (compile(text.ptr, text.len, &c) != 0) {
        return 0;
    }
    int verdict = run(c, lines);
    must(fir_condition_to_string(c, &printed, NULL) == 0);
    if (fir_fuzz_jit && fir__program_has_regex(c->program)) { /* the interpreter counts other steps, and says nothing else */
        fir_fuzz_jit = false;
        int other = judge(text.ptr, text.len, lines);
        must(other == verdict || other == FIR_UNDECIDED || verdict == FIR_UNDECIDED);
        fir_fuzz_jit = true;
    }
    fir_condition_free(c);
    int negated = judge_not(text, lines);
    must(judge(printed.ptr, printed.len, lines) == verdict);
    must(negated == FIR_ELIMIT || negated == FIR_EPARSE ||
         (verdict == FIR_UNDECIDED ? negated == FIR_UNDECIDED : negated == !verdict));
    fir_buf_dispose(&printed);
    return 0;
}
