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

/* How many bytes at `at` stand for one character of the text, and whether it is blank there. */
static size_t unit(const walker *w, bool *blank)
{
    char c = w->raw.ptr[w->at];
    char next = w->at + 1 < w->raw.len ? w->raw.ptr[w->at + 1] : '\0';
    *blank = is_blank(c);
    if (w->style == FIR__SINGLE_QUOTED && c == '\'' && next == '\'') {
        return 2;
    }
    if (w->style != FIR__DOUBLE_QUOTED || c != '\\') {
        return 1;
    }
    static const struct {
        char letter;
        uint8_t size;
    } hex[] = {{'x', 4}, {'u', 6}, {'U', 10}};
    for (size_t i = 0; i < sizeof hex / sizeof *hex; i++) {
        if (hex[i].letter == next) {
            return hex[i].size;
        }
    }
    *blank = next == 'n' || next == 't' || next == 'r' || next == ' ' || next == '\n' || next == '\r';
    return 2;
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
    bool blank;
    while (w->at < w->raw.len && solid != 0) {
        size_t n = unit(w, &blank);
        solid -= !blank;
        w->at += n;
    }
    while (to_next && w->at < w->raw.len) {
        size_t n = unit(w, &blank);
        if (!blank) {
            break;
        }
        w->at += n;
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

/* How many bytes of the text before the offset are not blank; an escaped multi-byte character is one unit, so bytes that go on a
 * character do not count where the file has escapes. */
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
