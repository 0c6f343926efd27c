/* SPDX-License-Identifier: Apache-2.0 */
/* Places, and the writing of diagnostics. */
#include "yaml/reader.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

static void step(fir__yaml_cursor *c, fir_str text)
{
    unsigned char b = (unsigned char)text.ptr[c->offset];
    size_t width = b < 0x80 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
    c->offset += width <= text.len - c->offset ? width : text.len - c->offset;
    c->index++;
    bool crlf = b == '\r' && c->offset < text.len && text.ptr[c->offset] == '\n';
    if (b == '\n' || (b == '\r' && !crlf)) {
        c->line++;
        c->line_start = c->offset;
    }
}

static fir__where place(const fir__yaml_reader *r, const fir__yaml_cursor *c)
{
    return (fir__where){r->file, c->line, (uint32_t)(c->offset - c->line_start + 1)};
}

fir__where fir__yaml_where(fir__yaml_reader *r, const yaml_mark_t *mark, size_t *offset)
{
    if (mark->index < r->cursor.index) {
        r->cursor = (fir__yaml_cursor){.line = 1};
    }
    while (r->cursor.index < mark->index && r->cursor.offset < r->text.len) {
        step(&r->cursor, r->text);
    }
    if (offset != NULL) {
        *offset = r->cursor.offset;
    }
    return place(r, &r->cursor);
}

fir__where fir__yaml_where_offset(fir__yaml_reader *r, size_t offset)
{
    fir__yaml_cursor c = {.line = 1};
    while (c.offset < offset && c.offset < r->text.len) {
        step(&c, r->text);
    }
    return place(r, &c);
}

fir_str fir__yaml_line(fir_str text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] != '\n' && text.ptr[end] != '\r') {
        end++;
    }
    return fir__str(text.ptr + at, end - at);
}

const char *fir__yaml_shown(fir_str s, char out[FIR__YAML_SHOWN])
{
    enum { MOST = 60 };
    size_t n = s.len <= MOST ? s.len : fir__utf8_floor(s, MOST);
    for (size_t i = 0; i < n; i++) {
        out[i] = (unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7F ? '?' : s.ptr[i];
    }
    memcpy(out + n, "...", 4);
    if (n == s.len) {
        out[n] = '\0';
    }
    return out;
}

void fir__yaml_report(fir__yaml_reader *r, fir__yaml_code code, fir__where at, const char *hint, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const fir__yaml_code_def *def = &fir__yaml_codes[code];
    fir__diags_add(r->diags, def->code, def->severity, at, fir__cstr(hint), "%s", message);
}
