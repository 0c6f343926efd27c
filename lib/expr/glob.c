/* SPDX-License-Identifier: Apache-2.0 */
/* fnmatch, with a bound: only the last star is ever tried again, which is enough because a star takes anything. */
#include "expr/match.h"

/* What one step of a pattern says about a byte. */
typedef struct step {
    bool matches;
    size_t next; /* behind the step */
} step;

typedef struct glob {
    fir_str p;
    bool no_case;
} glob;

static unsigned char fold(const glob *g, char c)
{
    return (unsigned char)(g->no_case ? fir__lower(c) : c);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_print(char c)
{
    return c >= ' ' && c <= '~';
}

static bool is_xdigit(char c)
{
    return fir__is_digit(c) || (fir__lower(c) >= 'a' && fir__lower(c) <= 'f');
}

static bool in_class(fir_str name, char c)
{
    const bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
    const struct {
        const char *name;
        bool member;
    } classes[] = {
        {"alnum", fir__is_alnum(c)},
        {"alpha", upper || lower},
        {"blank", c == ' ' || c == '\t'},
        {"cntrl", (c >= 0 && c < ' ') || c == 0x7F},
        {"digit", fir__is_digit(c)},
        {"graph", is_print(c) && c != ' '},
        {"lower", lower},
        {"print", is_print(c)},
        {"punct", is_print(c) && c != ' ' && !fir__is_alnum(c)},
        {"space", is_space(c)},
        {"upper", upper},
        {"xdigit", is_xdigit(c)},
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (fir__str_eq(name, fir__cstr(classes[i].name))) {
            return classes[i].member;
        }
    }
    return false;
}

/* [:name:], [=c=] or [.c.] at i: its inside and the place behind it. */
static bool named_part(fir_str p, size_t i, fir_str *inside, size_t *next)
{
    if (i + 3 >= p.len || p.ptr[i] != '[' || memchr(":=.", p.ptr[i + 1], 3) == NULL) {
        return false;
    }
    const char close[2] = {p.ptr[i + 1], ']'};
    size_t n = fir__str_find(fir__str_from(p, i + 2), fir__str(close, 2));
    if (n == SIZE_MAX) {
        return false;
    }
    *inside = fir__str(p.ptr + i + 2, n);
    *next = i + 2 + n + 2;
    return true;
}

/* A member's character at *i, which moves behind it. False at the end of the pattern: the bracket does not close. */
static bool member_char(const glob *g, size_t *i, unsigned char *c)
{
    fir_str inside;
    size_t next;
    if (named_part(g->p, *i, &inside, &next) && g->p.ptr[*i + 1] != ':' && inside.len == 1) {
        *c = fold(g, inside.ptr[0]);
        *i = next;
        return true;
    }
    if (*i < g->p.len && g->p.ptr[*i] == '\\') {
        ++*i;
    }
    if (*i >= g->p.len) {
        return false;
    }
    *c = fold(g, g->p.ptr[(*i)++]);
    return true;
}

/* One member of a bracket at *i: a class, a character or a range. */
static bool member(const glob *g, size_t *i, char text, bool *matches)
{
    fir_str inside;
    size_t next;
    unsigned char low, high, c = fold(g, text);
    if (named_part(g->p, *i, &inside, &next) && g->p.ptr[*i + 1] == ':') {
        *matches |= in_class(inside, text);
        *i = next;
        return true;
    }
    if (!member_char(g, i, &low)) {
        return false;
    }
    high = low;
    if (*i < g->p.len && g->p.ptr[*i] == '-' && (*i + 1 == g->p.len || g->p.ptr[*i + 1] != ']')) {
        ++*i;
        if (!member_char(g, i, &high)) {
            return false;
        }
    }
    *matches |= c >= low && c <= high;
    return true;
}

/* A bracket expression at i, which holds '['; one that does not close is that character. */
static step bracket(const glob *g, size_t i, char text)
{
    size_t at = i + 1;
    bool matches = false, first = true;
    bool negated = at < g->p.len && (g->p.ptr[at] == '!' || g->p.ptr[at] == '^');
    at += negated;
    while (at < g->p.len && (first || g->p.ptr[at] != ']')) {
        first = false;
        if (!member(g, &at, text, &matches)) {
            return (step){false, i + 1}; /* ends behind a backslash or a dash: fits nothing */
        }
    }
    if (at >= g->p.len) {
        return (step){text == '[', i + 1};
    }
    return (step){matches != negated, at + 1};
}

/* The step at i, which is no star, against one byte. */
static step take(const glob *g, size_t i, char text)
{
    switch (g->p.ptr[i]) {
    case '?':
        return (step){true, i + 1};
    case '[':
        return bracket(g, i, text);
    case '\\':
        if (i + 1 == g->p.len) {
            return (step){false, i + 1};
        }
        return (step){fold(g, g->p.ptr[i + 1]) == fold(g, text), i + 2};
    default:
        return (step){fold(g, g->p.ptr[i]) == fold(g, text), i + 1};
    }
}

bool fir__glob(fir_str pattern, fir_str text, bool no_case)
{
    const glob g = {pattern, no_case};
    size_t p = 0, t = 0, star = SIZE_MAX, resume = 0; /* behind the last star; where its text would go on */
    while (t < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = ++p;
            resume = t;
            continue;
        }
        step s = p < pattern.len ? take(&g, p, text.ptr[t]) : (step){false, p};
        if (s.matches) {
            p = s.next;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}

bool fir__glob_is_pattern(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '?' || s.ptr[i] == '*' || s.ptr[i] == '[') {
            return true;
        }
    }
    return false;
}
