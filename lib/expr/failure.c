/* SPDX-License-Identifier: Apache-2.0 */
/* The parser's errors, in Falco's words. */
#include "base/utf8.h"
#include "expr/parser.h"

#define TRANSFORMERS "'tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt'"

static const char *const texts[FIR__FAIL_COUNT] = {
    [FIR__FAIL_EMPTY] = "filter input string is empty",
    [FIR__FAIL_AFTER_OR] = "expected blank or '(' after 'or'",
    [FIR__FAIL_AFTER_AND] = "expected blank or '(' after 'and'",
    [FIR__FAIL_PRIMARY] = "expected a '(' token, a field check, or an identifier",
    [FIR__FAIL_CLOSE] = "expected a ')' token",
    [FIR__FAIL_OPERATOR] = "expected a valid check operator: one of 'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', "
                           "'iglob', 'contains', 'icontains', 'bcontains', 'startswith', 'bstartswith', 'endswith', 'regex', "
                           "'intersects', 'in', 'pmatch'",
    [FIR__FAIL_NUMBER] = "expected a number value or a field with a valid transformer: 'val', " TRANSFORMERS,
    [FIR__FAIL_STRING] = "expected a string value or a field with a valid transformer: 'val', " TRANSFORMERS,
    [FIR__FAIL_ITEM] = "expected a string value",
    [FIR__FAIL_LIST] = "expected a list, an identifier, or a field with a valid transformer: 'val', " TRANSFORMERS,
    [FIR__FAIL_INDEX] = "expected a valid field argument: a quoted string or a bare string",
    [FIR__FAIL_BRACKET] = "expected a ']' token",
    [FIR__FAIL_VAL] = "expected a field within 'val' transformer",
    [FIR__FAIL_ARGUMENT] = "expected field transformer argument: field, transformer, quoted string, number, or transformer list",
    [FIR__FAIL_LIST_ARGUMENT] = "expected transformer list argument: field, transformer, quoted string, or number",
    [FIR__FAIL_CALL_CLOSE] = "expected a ')' token closing the transformer",
};

/* A token as a message shows it: valid UTF-8, the start of a long one. */
enum { SHOWN = 96, SHOWN_ROOM = SHOWN * 3 + 8 };

static void show(fir_str token, char to[SHOWN_ROOM])
{
    size_t n = 0;
    bool cut = token.len > SHOWN;
    if (cut) {
        token.len = fir__utf8_floor(token, SHOWN);
    }
    for (size_t i = 0; i < token.len;) {
        uint32_t cp = 0;
        size_t step = fir__utf8_decode(token.ptr + i, token.len - i, &cp);
        if (step == 0 || cp == 0) {
            step = 1;
            cp = 0xFFFD;
        }
        n += fir__utf8_encode(cp, to + n);
        i += step;
    }
    memcpy(to + n, cut ? "..." : "", cut ? 4 : 1);
}

/* The message up to the token, the token, the rest, the hint. */
static bool fail(fir__parser *p, fir__failure what, int32_t code, const char *before, const char *token, const char *after)
{
    char hint[FIR__HINT_ROOM];
    fir__parse_hint(p, what, hint);
    p->status = fir__fail_at(p->err, code, p->lex.at, "%s%s%s%s%s", before, token, after, hint[0] != '\0' ? "; hint: " : "", hint);
    return false;
}

bool fir__parse_fail(fir__parser *p, fir__failure what)
{
    char token[SHOWN_ROOM] = "";
    if (what == FIR__FAIL_UNEXPECTED) {
        show(p->lex.last, token);
        return fail(p, what, FIR_EPARSE, "unexpected token after '", token, "', expecting 'or', 'and'");
    }
    return fail(p, what, FIR_EPARSE, texts[what], "", "");
}

bool fir__parse_fail_escape(fir__parser *p, fir__unescape what, char quote, char bad)
{
    char sequence[SHOWN_ROOM], rest[] = " escape in \"-quoted string";
    show(fir__str(&bad, 1), sequence);
    switch (what) {
    case FIR__UNESCAPE_OTHER_QUOTE:
        rest[sizeof " escape in " - 1] = quote;
        return fail(p, FIR__FAIL_ESCAPE, FIR_EPARSE, "invalid \\", sequence, rest);
    case FIR__UNESCAPE_SHORT_HEX:
        return fail(p, FIR__FAIL_ESCAPE, FIR_EPARSE, "truncated hex char escape sequence", "", "");
    case FIR__UNESCAPE_BAD_HEX:
        return fail(p, FIR__FAIL_ESCAPE, FIR_EPARSE, "invalid hex char escape sequence", "", "");
    default:
        return fail(p, FIR__FAIL_ESCAPE, FIR_EPARSE, "unsupported string escape sequence: \\", sequence, "");
    }
}

bool fir__parse_fail_depth(fir__parser *p)
{
    p->status =
        fir__fail_at(p->err, FIR_ELIMIT, p->lex.at, "exceeded max depth limit of %u; hint: parentheses may be nested %u deep",
                     (unsigned)p->max_level, (unsigned)(p->max_level / FIR__LEVELS_PAREN - 1));
    return false;
}

bool fir__parse_fail_memory(fir__parser *p)
{
    p->status = fir__arena_error(p->arena);
    if (p->status == FIR_ELIMIT) {
        (void)fir__fail_at(p->err, FIR_ELIMIT, p->lex.at, "the condition needs more than %zu bytes of memory", p->arena->max);
    } else {
        (void)fir__no_memory(p->err);
    }
    return false;
}

bool fir__parse_fail_own(fir__parser *p, fir__place at, const char *message, fir_str about)
{
    char token[SHOWN_ROOM];
    show(about, token);
    p->status = fir__fail_at(p->err, FIR_EPARSE, at, "%s: '%s'", message, token);
    return false;
}
