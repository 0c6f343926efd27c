/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused before libyaml sees the text: other encodings, broken characters, directives. */
#include "yaml/reader.h"

#include "base/utf8.h"

/* How UTF-16 and UTF-32 texts begin, with a byte order mark and without: a YAML text begins with an ASCII character.
 * In a mark '0' is a NUL, 'x' a byte that is none, '.' any byte. */
static const struct shape {
    const char *name, *mark;
} shapes[] = {
    {"UTF-32", "\xFF\xFE\60\60"}, {"UTF-32", "00\xFE\xFF"}, {"UTF-16", "\xFF\xFE.."}, {"UTF-16", "\xFE\xFF.."},
    {"UTF-32", "x000"},           {"UTF-32", "000x"},       {"UTF-16", "x0.."},       {"UTF-16", "0x.."},
};

static bool fits(const char *mark, fir_str text)
{
    for (size_t i = 0; i < 4; i++) {
        if (i >= text.len) {
            return i == 2 && mark[2] == '.'; /* one character of UTF-16 */
        }
        char c = text.ptr[i];
        bool ok = mark[i] == '.' ? true : mark[i] == 'x' ? c != 0 : mark[i] == '0' ? c == 0 : c == mark[i];
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool check_encoding(fir__yaml_reader *r)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (fits(shapes[i].mark, r->text)) {
            fir__yaml_report(r, FIR__Y_ENCODING, (fir__where){r->file, 1, 1}, "save the file as UTF-8", "the text is %s, not UTF-8",
                             shapes[i].name);
            return false;
        }
    }
    return true;
}

/* The characters that YAML allows, without those that libyaml takes for line breaks and editors do not: a comment could
 * hide a rule behind one. */
static bool allowed(uint32_t cp)
{
    if (cp < 0xA0) {
        return cp == '\t' || cp == '\n' || cp == '\r' || (cp >= 0x20 && cp <= 0x7E);
    }
    return cp != 0x2028 && cp != 0x2029 && cp != 0xFFFE && cp != 0xFFFF;
}

static bool check_characters(fir__yaml_reader *r)
{
    for (size_t i = 0; i < r->text.len;) {
        unsigned char c = (unsigned char)r->text.ptr[i];
        if (c >= 0x20 && c < 0x7F) {
            i++;
            continue;
        }
        uint32_t cp;
        size_t n = fir__utf8_decode(r->text.ptr + i, r->text.len - i, &cp);
        if (n == 0) {
            fir__yaml_report(r, FIR__Y_BROKEN_UTF8, fir__yaml_where_offset(r, i), "save the file as UTF-8",
                             "the byte 0x%02x is not valid UTF-8 here", c);
            return false;
        }
        if (!allowed(cp)) {
            fir__yaml_report(r, FIR__Y_CONTROL, fir__yaml_where_offset(r, i), "write it as an escape between double quotes",
                             "the character U+%04X must not stand in the text as it is", (unsigned)cp);
            return false;
        }
        i += n;
    }
    return true;
}

/* `%YAML 1.1` or `%YAML 1.2` and nothing else; a comment may follow. */
static bool known_directive(fir_str line)
{
    if (!fir__str_starts(line, FIR__S("%YAML "))) {
        return false;
    }
    line = fir__str_trim(fir__str_from(line, 6));
    if (!fir__str_starts(line, FIR__S("1.1")) && !fir__str_starts(line, FIR__S("1.2"))) {
        return false;
    }
    fir_str rest = fir__str_from(line, 3), comment = fir__str_trim(rest);
    return rest.len == 0 || (comment.ptr != rest.ptr && comment.ptr[0] == '#');
}

/* Only the lines before the document; a directive after it belongs to a second document. Tag handles would cost libyaml
 * quadratic time, and have no use here. */
static bool check_directives(fir__yaml_reader *r)
{
    for (size_t at = 0; at < r->text.len;) {
        fir_str line = fir__yaml_line(r->text, at), content = fir__str_trim(line);
        if (line.len != 0 && line.ptr[0] == '%') {
            if (!known_directive(line)) {
                char shown[FIR__YAML_SHOWN];
                fir__yaml_report(r, FIR__Y_DIRECTIVE, fir__yaml_where_offset(r, at),
                                 "remove the line; a text that begins with % must be quoted",
                                 "the directive \"%s\" is not supported", fir__yaml_shown(content, shown));
                return false;
            }
        } else if (content.len != 0 && content.ptr[0] != '#') {
            return true;
        }
        at += line.len + 1;
    }
    return true;
}

bool fir__yaml_check_input(fir__yaml_reader *r)
{
    if (r->text.len > r->limits.max_bytes) {
        fir__yaml_report(r, FIR__Y_LIMIT_BYTES, (fir__where){r->file, 0, 0}, "split the file, or raise the limit",
                         "the text has %zu bytes; the limit is %llu bytes", r->text.len, (unsigned long long)r->limits.max_bytes);
        return false;
    }
    if (!check_encoding(r)) {
        return false;
    }
    if (fir__str_starts(r->text, FIR__S("\xEF\xBB\xBF"))) {
        r->text = fir__str_from(r->text, 3);
    }
    return check_characters(r) && check_directives(r);
}
