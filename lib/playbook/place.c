/* SPDX-License-Identifier: Apache-2.0 */
/* From an offset in a scalar's text back to the line and column in the file.
 *
 * YAML folds lines, takes indentation off and resolves escapes, but it neither adds nor reorders what is not blank. So the
 * place is found by counting characters that are not blank, in the text and in the file. */
#include "playbook/load.h"

typedef struct walker {
    fir_str raw;
    size_t at;
    uint8_t style;
} walker;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool count_lines(fir__load *l, fir__source_file *f)
{
    if (f->lines != NULL) {
        return true;
    }
    size_t cap = 0;
    for (size_t i = 0; i < f->text.len; i++) {
        bool begins = i == 0 || f->text.ptr[i - 1] == '\n' || (f->text.ptr[i - 1] == '\r' && f->text.ptr[i] != '\n');
        if (begins) {
            if (!fir__load_grow(l, &f->lines, &cap, f->n_lines + 1, sizeof *f->lines)) {
                return false;
            }
            f->lines[f->n_lines++] = i;
        }
    }
    return f->lines != NULL;
}

/* What stands at `at` for one character of the text. */
typedef struct unit {
    size_t size;  /* bytes in the file */
    size_t solid; /* bytes in the text, when they are not blank; else 0 */
} unit;

static unit hex_escape(const walker *w, size_t digits)
{
    uint32_t cp = 0;
    for (size_t i = 0; i < digits && w->at + 2 + i < w->raw.len; i++) {
        char c = fir__lower(w->raw.ptr[w->at + 2 + i]);
        cp = cp << 4 | (uint32_t)(fir__is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    bool blank = cp < 0x80 && is_blank((char)cp);
    size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    return (unit){2 + digits, blank ? 0 : n};
}

static unit unit_at(const walker *w)
{
    char c = w->raw.ptr[w->at];
    char next = w->at + 1 < w->raw.len ? w->raw.ptr[w->at + 1] : '\0';
    if (w->style == FIR__SINGLE_QUOTED && c == '\'' && next == '\'') {
        return (unit){2, 1};
    }
    if (w->style != FIR__DOUBLE_QUOTED || c != '\\') {
        return (unit){1, !is_blank(c)};
    }
    static const struct {
        char letter;
        uint8_t digits;
    } hex[] = {{'x', 2}, {'u', 4}, {'U', 8}};
    for (size_t i = 0; i < sizeof hex / sizeof *hex; i++) {
        if (hex[i].letter == next) {
            return hex_escape(w, hex[i].digits);
        }
    }
    return (unit){2, next == '\0' || strchr("ntr \n\r\t", next) == NULL};
}

/* Where the characters of the text begin. False: not found, the scalar's own place must do. */
static bool enter(walker *w, const fir__source_file *f, const fir__data *scalar)
{
    if (scalar->line == 0 || scalar->line > f->n_lines) {
        return false;
    }
    w->at = f->lines[scalar->line - 1] + (scalar->column != 0 ? scalar->column - 1 : 0);
    if (scalar->style == FIR__LITERAL || scalar->style == FIR__FOLDED) {
        if (scalar->line == f->n_lines) {
            return false;
        }
        w->at = f->lines[scalar->line];
        return true;
    }
    static const char quotes[] = {[FIR__SINGLE_QUOTED] = '\'', [FIR__DOUBLE_QUOTED] = '"'};
    if (scalar->style == FIR__PLAIN) {
        return w->at < w->raw.len;
    }
    if (w->at >= w->raw.len || w->raw.ptr[w->at] != quotes[scalar->style]) {
        return false;
    }
    w->at++;
    return true;
}

static void walk(walker *w, size_t solid, bool to_next)
{
    while (w->at < w->raw.len && solid != 0) {
        unit u = unit_at(w);
        solid -= u.solid < solid ? u.solid : solid;
        w->at += u.size;
    }
    while (to_next && w->at < w->raw.len && unit_at(w).solid == 0) {
        w->at += unit_at(w).size;
    }
    if (w->at > w->raw.len) {
        w->at = w->raw.len;
    }
}

static fir__where where_of_offset(const fir__source_file *f, uint16_t file, size_t offset)
{
    size_t low = 0, high = f->n_lines;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (f->lines[middle] <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (fir__where){file, (uint32_t)(low + 1), (uint32_t)(offset - f->lines[low] + 1)};
}

static size_t solid_before(const fir__data *scalar, size_t offset)
{
    size_t n = 0;
    for (size_t i = 0; i < offset && i < scalar->s.len; i++) {
        n += !is_blank(scalar->s.ptr[i]);
    }
    return n;
}

fir__where fir__text_where(fir__load *l, const fir__data *scalar, size_t offset)
{
    if (scalar->type != FIR__DATA_TEXT || scalar->file >= l->n_files) {
        return fir__where_of(scalar);
    }
    fir__source_file *f = &l->files[scalar->file];
    walker w = {.raw = f->text, .style = scalar->style};
    if (!count_lines(l, f) || !enter(&w, f, scalar)) {
        return fir__where_of(scalar);
    }
    bool to_next = offset < scalar->s.len && !is_blank(scalar->s.ptr[offset]);
    walk(&w, solid_before(scalar, offset), to_next);
    return where_of_offset(f, scalar->file, w.at);
}
