/* SPDX-License-Identifier: Apache-2.0 */
/* A pattern, a newline, a subject. Whatever the recogniser accepts, PCRE2 takes, unless it is too large; a verdict is the same
 * when asked again; a literal that is required stands in what matches. */
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "expr/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    fir_str in = {(const char *)p, n};
    size_t cut = fir__str_find(in, FIR__S("\n"));
    fir_str pattern = cut != SIZE_MAX ? fir__str_to(in, cut) : in;
    fir_str subject = cut != SIZE_MAX ? fir__str_from(in, cut + 1) : FIR__S("");
    fir__regex *r;
    fir__regex_scratch *s;
    fir_error err;
    int status = fir__regex_compile(pattern, 2000, &fir__default_allocator, &r, &err);
    if (status != 0) {
        must(r == NULL && (status == FIR_ECOMPILE || status == FIR_ELIMIT));
        must(status == FIR_ELIMIT || strstr(err.message, "; hint: ") != NULL || strlen(err.message) > 200);
        return 0;
    }
    must(fir__utf8_valid(pattern) == pattern.len);
    if (fir__utf8_valid(subject) == subject.len && fir__regex_scratch_new(&fir__default_allocator, &s) == 0) {
        int verdict = fir__regex_match(r, subject, s);
        const fir__regex_required *required = fir__regex_literal(r);
        must(verdict >= FIR_FALSE && verdict <= FIR_UNDECIDED && verdict == fir__regex_match(r, subject, s));
        must(verdict != FIR_TRUE || fir__str_find(subject, fir__str(required->bytes, required->len)) != SIZE_MAX);
        fir__regex_scratch_free(s);
    }
    fir__regex_free(r);
    return 0;
}
