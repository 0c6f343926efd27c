/* SPDX-License-Identifier: Apache-2.0 */
/* Tags. Scalars stay text, so a core tag only says how the text is to be taken: as if quoted (!!str), or as if plain. */
#include "yaml/reader.h"

static bool is_null(fir_str s)
{
    return s.len == 0 || fir__str_eq(s, FIR__S("~")) || fir__str_eq(s, FIR__S("null")) || fir__str_eq(s, FIR__S("Null")) ||
           fir__str_eq(s, FIR__S("NULL"));
}

static bool is_bool(fir_str s)
{
    return fir__str_eq(s, FIR__S("true")) || fir__str_eq(s, FIR__S("false"));
}

static bool is_int(fir_str s)
{
    size_t i = s.len != 0 && (s.ptr[0] == '-' || s.ptr[0] == '+');
    for (size_t at = i; at < s.len; at++) {
        if (!fir__is_digit(s.ptr[at])) {
            return false;
        }
    }
    return s.len > i;
}

static size_t digits(fir_str s, size_t at)
{
    while (at < s.len && fir__is_digit(s.ptr[at])) {
        at++;
    }
    return at;
}

static bool is_float(fir_str s)
{
    size_t at = s.len != 0 && (s.ptr[0] == '-' || s.ptr[0] == '+'), start = at;
    at = digits(s, at);
    size_t found = at - start;
    if (at < s.len && s.ptr[at] == '.') {
        start = at + 1;
        at = digits(s, start);
        found += at - start;
    }
    if (found != 0 && at < s.len && fir__lower(s.ptr[at]) == 'e') {
        at++;
        at += at < s.len && (s.ptr[at] == '-' || s.ptr[at] == '+');
        start = at;
        at = digits(s, start);
        found = at - start;
    }
    return found != 0 && at == s.len;
}

static bool is_any(fir_str s)
{
    (void)s;
    return true;
}

/* The core tags; what they are called in a file is behind the name space. */
static const struct tag {
    const char *name;
    uint8_t type; /* of the value */
    bool (*fits)(fir_str text);
} tags[] = {
    {"str", FIR__DATA_TEXT, is_any},   {"int", FIR__DATA_INT, is_int},    {"float", FIR__DATA_DOUBLE, is_float},
    {"bool", FIR__DATA_BOOL, is_bool}, {"null", FIR__DATA_NULL, is_null}, {"seq", FIR__DATA_LIST, NULL},
    {"map", FIR__DATA_MAP, NULL},
};

/* NULL and a diagnostic for a tag that is none of them. */
static const struct tag *find(fir__yaml_reader *r, const yaml_char_t *text, fir__where at)
{
    fir_str tag = fir__cstr((const char *)text), space = FIR__S("tag:yaml.org,2002:");
    if (fir__str_starts(tag, space)) {
        for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
            if (fir__str_eq(fir__str_from(tag, space.len), fir__cstr(tags[i].name))) {
                return &tags[i];
            }
        }
    }
    bool core = fir__str_starts(tag, space);
    char shown[FIR__YAML_SHOWN];
    fir__yaml_report(r, FIR__Y_TAG, at, "remove the tag; a text that begins with ! must be quoted", "the tag %s%s is not supported",
                     core ? "!!" : "", fir__yaml_shown(fir__str_from(tag, core ? space.len : 0), shown));
    return NULL;
}

/* "!" alone says: take it as it is written, but guess no type. */
static bool is_plain_mark(const yaml_char_t *tag)
{
    return tag[0] == '!' && tag[1] == '\0';
}

void fir__yaml_check_tag(fir__yaml_reader *r, const yaml_char_t *tag, fir__where at, uint8_t type)
{
    if (tag == NULL || is_plain_mark(tag)) {
        return;
    }
    const struct tag *t = find(r, tag, at);
    if (t != NULL && t->type != type) {
        fir__yaml_report(r, FIR__Y_TAG_MISFIT, at, "remove the tag", "the tag !!%s stands before a %s", t->name,
                         type == FIR__DATA_LIST ? "list" : "mapping");
    }
}

static uint8_t style_of(yaml_scalar_style_t style)
{
    switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        return FIR__SINGLE_QUOTED;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return FIR__DOUBLE_QUOTED;
    case YAML_LITERAL_SCALAR_STYLE:
        return FIR__LITERAL;
    case YAML_FOLDED_SCALAR_STYLE:
        return FIR__FOLDED;
    default:
        return FIR__PLAIN;
    }
}

fir__data fir__yaml_scalar(fir__yaml_reader *r, const yaml_event_t *event, fir__where at, fir_str text)
{
    const yaml_char_t *tag = event->data.scalar.tag;
    fir__data d = {
        .type = FIR__DATA_TEXT,
        .style = style_of(event->data.scalar.style),
        .file = at.file,
        .line = at.line,
        .column = at.column,
        .s = text,
    };
    const struct tag *t = tag == NULL || is_plain_mark(tag) ? NULL : find(r, tag, at);
    if (t != NULL && (t->fits == NULL || !t->fits(text))) {
        char shown[FIR__YAML_SHOWN];
        fir__yaml_report(r, FIR__Y_TAG_MISFIT, at, "remove the tag, or correct the value", "the tag !!%s does not fit \"%s\"",
                         t->name, fir__yaml_shown(text, shown));
        return d;
    }
    uint8_t as = t != NULL ? t->type : tag == NULL && d.style == FIR__PLAIN && is_null(text) ? FIR__DATA_NULL : FIR__DATA_TEXT;
    if (as == FIR__DATA_NULL) {
        d.type = FIR__DATA_NULL;
        d.s = (fir_str){NULL, 0};
    } else if (tag != NULL) {
        bool quoted = as == FIR__DATA_TEXT;
        d.style = quoted && d.style == FIR__PLAIN ? FIR__DOUBLE_QUOTED : quoted ? d.style : FIR__PLAIN;
    }
    return d;
}
