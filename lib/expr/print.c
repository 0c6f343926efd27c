/* SPDX-License-Identifier: Apache-2.0 */
/* A tree as text: as Falco prints it, or so that it can be read back. */
#include "base/utf8.h"
#include "expr/expr.h"
#include "expr/lex.h"

/* The letter of a character's escape, or 0. */
static char escape_letter(char c)
{
    static const char raw[] = "\b\f\n\r\t\\\"", letters[] = "bfnrt\\\"";
    const char *at = memchr(raw, c, sizeof raw - 1);
    return at != NULL ? letters[at - raw] : '\0';
}

/* A character that nobody would see, or that is none. */
static bool is_hidden(fir_str s, size_t i, size_t *step)
{
    unsigned char c = (unsigned char)s.ptr[i];
    uint32_t cp;
    *step = 1;
    if (c < 0x80) {
        return c < 0x20 || c == 0x7f;
    }
    size_t n = fir__utf8_decode(s.ptr + i, s.len - i, &cp);
    *step = n != 0 ? n : 1;
    return n == 0;
}

static void put_hex(fir__sbuf *b, char c)
{
    fir__sbuf_put(b, "\\x", 2);
    fir__sbuf_hex(b, (const uint8_t *)&c, 1);
}

static void put_quoted(fir__sbuf *b, fir_str s, bool safe)
{
    size_t step = 1;
    fir__sbuf_char(b, '"');
    for (size_t i = 0; i < s.len; i += step) {
        char letter = escape_letter(s.ptr[i]);
        bool hidden = is_hidden(s, i, &step);
        if (safe && s.ptr[i] == '\\' && i + 1 == s.len) {
            put_hex(b, '\\'); /* Falco takes the quote behind a backslash for an escaped one */
        } else if (letter != '\0') {
            fir__sbuf_char(b, '\\');
            fir__sbuf_char(b, letter);
        } else if (s.ptr[i] == '\0' || (safe && hidden)) {
            put_hex(b, s.ptr[i]);
        } else {
            fir__sbuf_put(b, s.ptr + i, step);
        }
    }
    fir__sbuf_char(b, '"');
}

/* What Falco puts in quotes: not all that needs them. */
static bool falco_quotes(fir_str s)
{
    static const char wanted[] = " =\b\f\n\r\t\\\"'";
    for (size_t i = 0; i < s.len; i++) {
        if (memchr(wanted, s.ptr[i], sizeof wanted) != NULL) { /* with its NUL */
            return true;
        }
    }
    return false;
}

void fir__expr_print_text(fir__sbuf *b, fir_str text, fir__print_style style)
{
    bool quote = style == FIR__PRINT_FALCO ? falco_quotes(text) : !fir__lex_is_bare(text);
    if (quote) {
        put_quoted(b, text, style == FIR__PRINT_SAFE);
    } else {
        fir__sbuf_str(b, text);
    }
}

static void put_text(fir__sbuf *b, const fir__operand *o, fir__print_style style)
{
    if (style == FIR__PRINT_SAFE && o->quoted) {
        put_quoted(b, o->text, true);
    } else {
        fir__expr_print_text(b, o->text, style);
    }
}

static void put_index(fir__sbuf *b, const fir__operand *o, fir__print_style style)
{
    if (!o->has_arg) {
        return;
    }
    bool quote = style == FIR__PRINT_FALCO ? o->arg.len == 0 || falco_quotes(o->arg) : o->arg_quoted || !fir__lex_is_arg(o->arg);
    fir__sbuf_char(b, '[');
    if (quote) {
        put_quoted(b, o->arg, style == FIR__PRINT_SAFE);
    } else {
        fir__sbuf_str(b, o->arg);
    }
    fir__sbuf_char(b, ']');
}

static void put_operand(fir__sbuf *b, const fir__operand *o, bool right, fir__print_style style);

static void put_args(fir__sbuf *b, const fir__operand *o, const char *comma, fir__print_style style)
{
    fir__sbuf_char(b, '(');
    for (uint32_t i = 0; i < o->n_args; i++) {
        fir__sbuf_str(b, fir__cstr(i != 0 ? comma : ""));
        put_operand(b, &o->args[i], false, style);
    }
    fir__sbuf_char(b, ')');
}

static void put_operand(fir__sbuf *b, const fir__operand *o, bool right, fir__print_style style)
{
    switch (o->kind) {
    case FIR__OPERAND_TEXT:
        put_text(b, o, style);
        break;
    case FIR__OPERAND_IDENT:
        fir__sbuf_str(b, o->text);
        break;
    case FIR__OPERAND_FIELD:
        fir__sbuf_str(b, right ? FIR__S("val(") : FIR__S(""));
        fir__sbuf_str(b, o->text);
        put_index(b, o, style);
        fir__sbuf_str(b, right ? FIR__S(")") : FIR__S(""));
        break;
    case FIR__OPERAND_CALL:
        fir__sbuf_str(b, fir__transformer_name(o->transformer));
        put_args(b, o, style == FIR__PRINT_FALCO ? "," : ", ", style);
        put_index(b, o, style);
        break;
    case FIR__OPERAND_LIST: /* of a check, or an argument of a transformer */
        put_args(b, o, right || style == FIR__PRINT_SAFE ? ", " : ",", style);
        break;
    }
}

static void put_check(fir__sbuf *b, const fir__ast *ast, fir__print_style style)
{
    put_operand(b, &ast->left, false, style);
    fir__sbuf_char(b, ' ');
    fir__sbuf_str(b, ast->op == FIR__OP_EQ && ast->twice ? FIR__S("==") : fir__op_name(ast->op));
    if (ast->op == FIR__OP_EXISTS) {
        return;
    }
    if (ast->modifier != FIR__MOD_NONE) {
        fir__sbuf_char(b, ' ');
        fir__sbuf_str(b, fir__modifier_name(ast->modifier));
    }
    fir__sbuf_char(b, ' ');
    put_operand(b, &ast->right, true, style);
}

static void put_node(fir__sbuf *b, const fir__ast *ast, bool parentheses, fir__print_style style);

static void put_chain(fir__sbuf *b, const fir__ast *ast, fir_str word, fir__print_style style)
{
    for (uint32_t i = 0; i < ast->n_children; i++) {
        fir__sbuf_str(b, i != 0 ? word : FIR__S(""));
        put_node(b, ast->children[i], fir__ast_needs_parentheses(ast->kind, ast->children[i]->kind), style);
    }
}

/* Falco puts every chain in parentheses and nothing else; safe is to have as few as the reader needs, so that what was read is
 * never nested deeper in print. */
static void put_node(fir__sbuf *b, const fir__ast *ast, bool parentheses, fir__print_style style)
{
    if (style == FIR__PRINT_FALCO) {
        parentheses = ast->kind == FIR__AST_AND || ast->kind == FIR__AST_OR;
    } else if (fir__ast_is_not(ast)) {
        parentheses = true;
    }
    fir__sbuf_str(b, parentheses ? FIR__S("(") : FIR__S(""));
    switch (ast->kind) {
    case FIR__AST_AND:
        put_chain(b, ast, FIR__S(" and "), style);
        break;
    case FIR__AST_OR:
        put_chain(b, ast, FIR__S(" or "), style);
        break;
    case FIR__AST_NOT:
        fir__sbuf_str(b, FIR__S("not "));
        put_chain(b, ast, FIR__S(""), style);
        break;
    case FIR__AST_IDENT:
        fir__sbuf_str(b, ast->name);
        break;
    case FIR__AST_CHECK:
        put_check(b, ast, style);
        break;
    }
    fir__sbuf_str(b, parentheses ? FIR__S(")") : FIR__S(""));
}

void fir__expr_print(fir__sbuf *b, const fir__ast *ast, fir__print_style style)
{
    put_node(b, ast, false, style);
}
