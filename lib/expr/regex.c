/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that includes PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/alloc.h"
#include "expr/regex.h"

enum {
    NEST_LIMIT = 500, /* of PCRE2's own parser: our groups and those that quantifiers add */
    HEAP_LIMIT_KIB = 16384,
    JIT_STACK_START = 32 << 10,
    JIT_STACK_MAX = 512 << 10,
    FULL_STEPS_LENGTH = 2048, /* a longer subject has proportionally fewer steps: one step may look at all of it */
    LEAST_STEPS = 50
};

struct fir__regex {
    fir_allocator allocator;
    pcre2_general_context *memory;
    pcre2_code *code;
    uint32_t steps;
    fir__regex_required required;
};

struct fir__regex_scratch {
    fir_allocator allocator;
    pcre2_general_context *memory;
    pcre2_match_context *context;
    pcre2_match_data *data;
    pcre2_jit_stack *stack;
};

static void *pcre2_allocate(PCRE2_SIZE n, void *allocator)
{
    return fir__alloc(allocator, n);
}

static void pcre2_release(void *p, void *allocator)
{
    fir__free(allocator, p);
}

/* PCRE2 refuses what it is given: only its own bounds are left as a reason. */
static int refused_by_pcre2(int code, fir_error *err)
{
    PCRE2_UCHAR8 message[120];
    if (code == PCRE2_ERROR_HEAP_FAILED) {
        return fir__no_memory(err);
    }
    (void)pcre2_get_error_message(code, message, sizeof message);
    return fir__fail(err, FIR_ECOMPILE,
                     "invalid regex pattern: pattern too large - compile failed; hint: %s; use smaller counts or fewer groups",
                     (const char *)message);
}

static int compile_code(fir__regex *r, fir_str text, fir_error *err)
{
    const uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_MULTILINE |
                             PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP | PCRE2_NO_AUTO_CAPTURE |
                             PCRE2_DOLLAR_ENDONLY;
    int code;
    PCRE2_SIZE at;
    pcre2_compile_context *context = pcre2_compile_context_create(r->memory);
    if (context == NULL) {
        return fir__no_memory(err);
    }
    (void)pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    (void)pcre2_set_bsr(context, PCRE2_BSR_ANYCRLF);
    (void)pcre2_set_parens_nest_limit(context, NEST_LIMIT);
    r->code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len, options, &code, &at, context);
    pcre2_compile_context_free(context);
    if (r->code == NULL) {
        return refused_by_pcre2(code, err);
    }
    /* Its memory is PCRE2's own: pages that may be executed. Where the system gives none, the interpreter runs the pattern. */
    (void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
    return 0;
}

static int compile_pattern(fir__regex *r, fir_str pattern, fir_error *err)
{
    fir__sbuf text;
    fir__sbuf_init(&text, &r->allocator, (size_t)FIR__REGEX_MAX * 32);
    fir__sbuf_put(&text, "", 0);
    int status = fir__regex_translate(pattern, &text, &r->required, err);
    if (status == 0) {
        fir_str translated = text.len != 0 ? fir__sbuf_view(&text) : FIR__S("");
        status = compile_code(r, translated, err);
    } else if (err != NULL && status == FIR_ECOMPILE) {
        fir_error own = *err;
        fir__place at = {own.offset, own.line, own.column};
        (void)fir__fail_at(err, own.code, at, "invalid regex pattern: %s", own.message);
    }
    fir__sbuf_free(&text);
    return status;
}

int fir__regex_compile(fir_str pattern, uint32_t steps, const fir_allocator *a, fir__regex **out, fir_error *err)
{
    *out = NULL;
    fir__regex *r = fir__zalloc(a, sizeof *r);
    if (r == NULL) {
        return fir__no_memory(err);
    }
    r->allocator = *a;
    r->steps = steps;
    r->memory = pcre2_general_context_create(pcre2_allocate, pcre2_release, &r->allocator);
    int status = r->memory != NULL ? compile_pattern(r, pattern, err) : fir__no_memory(err);
    if (status != 0) {
        fir__regex_free(r);
        return status;
    }
    *out = r;
    return 0;
}

void fir__regex_free(fir__regex *r)
{
    if (r != NULL) {
        fir_allocator a = r->allocator;
        pcre2_code_free(r->code);
        pcre2_general_context_free(r->memory);
        fir__free(&a, r);
    }
}

const fir__regex_required *fir__regex_literal(const fir__regex *r)
{
    return &r->required;
}

int fir__regex_scratch_new(const fir_allocator *a, fir__regex_scratch **out)
{
    *out = NULL;
    fir__regex_scratch *s = fir__zalloc(a, sizeof *s);
    if (s == NULL) {
        return FIR_ENOMEM;
    }
    s->allocator = *a;
    s->memory = pcre2_general_context_create(pcre2_allocate, pcre2_release, &s->allocator);
    if (s->memory != NULL) {
        s->context = pcre2_match_context_create(s->memory);
        s->data = pcre2_match_data_create(1, s->memory);
    }
    if (s->context == NULL || s->data == NULL) {
        fir__regex_scratch_free(s);
        return FIR_ENOMEM;
    }
    s->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, s->memory); /* NULL without JIT: not needed then */
    pcre2_jit_stack_assign(s->context, NULL, s->stack);
    (void)pcre2_set_heap_limit(s->context, HEAP_LIMIT_KIB);
    *out = s;
    return 0;
}

void fir__regex_scratch_free(fir__regex_scratch *s)
{
    if (s != NULL) {
        fir_allocator a = s->allocator;
        pcre2_jit_stack_free(s->stack);
        pcre2_match_data_free(s->data);
        pcre2_match_context_free(s->context);
        pcre2_general_context_free(s->memory);
        fir__free(&a, s);
    }
}

/* Steps times length is what a match can cost at most, so the product stays within that of FULL_STEPS_LENGTH. */
static uint32_t steps_for(const fir__regex *r, size_t length)
{
    if (length <= FULL_STEPS_LENGTH) {
        return r->steps;
    }
    uint64_t scaled = (uint64_t)r->steps * FULL_STEPS_LENGTH / length;
    uint64_t least = r->steps < LEAST_STEPS ? r->steps : LEAST_STEPS;
    return (uint32_t)(scaled > least ? scaled : least);
}

int fir__regex_match(const fir__regex *r, fir_str subject, fir__regex_scratch *s)
{
    if (r->required.len > 1 && fir__str_find(subject, fir__str(r->required.bytes, r->required.len)) == SIZE_MAX) {
        return FIR_FALSE;
    }
    uint32_t steps = steps_for(r, subject.len);
    (void)pcre2_set_match_limit(s->context, steps);
    (void)pcre2_set_depth_limit(s->context, steps);
    PCRE2_SPTR text = (PCRE2_SPTR)(subject.len != 0 ? subject.ptr : "");
    int code = pcre2_match(r->code, text, subject.len, 0, PCRE2_NO_UTF_CHECK, s->data, s->context);
    if (code >= 0) {
        return FIR_TRUE;
    }
    switch (code) {
    case PCRE2_ERROR_NOMATCH:
        return FIR_FALSE;
    case PCRE2_ERROR_NOMEMORY:
        return FIR_ENOMEM;
    default:
        return FIR_UNDECIDED;
    }
}
