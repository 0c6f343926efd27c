/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of the condition language. There is no token stream: what a word means depends on where it stands, so the parser asks
 * for the token that it wants. Each function takes it from the text, or takes nothing. */
#ifndef FIR__EXPR_LEX_H
#define FIR__EXPR_LEX_H

#include "base/error.h"
#include "base/str.h"

typedef struct fir__lexer {
    fir_str text;
    fir__place at; /* the next byte */
    size_t end;    /* offset behind the last token */
    fir_str last;  /* the last token as messages name it: a quoted one without its quotes, escapes resolved */
} fir__lexer;

static inline bool fir__is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\b' || c == '\r' || c == '\n';
}

/* What is not read yet. */
static inline fir_str fir__lex_rest(const fir__lexer *x)
{
    return fir__str_from(x->text, x->at.offset);
}

/* The byte at i from here; NUL behind the end. */
static inline char fir__lex_peek(const fir__lexer *x, size_t i)
{
    return i < x->text.len - x->at.offset ? x->text.ptr[x->at.offset + i] : '\0';
}

bool fir__lex_blank(fir__lexer *x);

/* Takes n bytes as a token. */
fir_str fir__lex_take(fir__lexer *x, size_t n);

/* The word, whatever follows it. */
bool fir__lex_word(fir__lexer *x, fir_str word);

/* Lengths of what stands here; 0: no such token. */
size_t fir__lex_ident_len(const fir__lexer *x);
size_t fir__lex_field_len(const fir__lexer *x);
size_t fir__lex_bare_len(const fir__lexer *x);
size_t fir__lex_arg_len(const fir__lexer *x);
size_t fir__lex_number_len(const fir__lexer *x); /* decimal or hexadecimal */
size_t fir__lex_quoted_len(const fir__lexer *x); /* with both quotes */

/* Whether the whole text would be read back as the one token. */
bool fir__lex_is_bare(fir_str s);
bool fir__lex_is_arg(fir_str s);

typedef enum fir__unescape {
    FIR__UNESCAPE_OK = 0,
    FIR__UNESCAPE_UNKNOWN,     /* \a */
    FIR__UNESCAPE_OTHER_QUOTE, /* \' between double quotes */
    FIR__UNESCAPE_SHORT_HEX,   /* \x4 at the end */
    FIR__UNESCAPE_BAD_HEX      /* \xZZ */
} fir__unescape;

/* The text between the quotes of `quoted`, escapes resolved, to `to`, which has room for quoted.len; *n is its length. On failure
 * *bad is the character behind the backslash. */
fir__unescape fir__lex_unescape(fir_str quoted, char *to, size_t *n, char *bad);

#endif
