/* SPDX-License-Identifier: Apache-2.0 */
/* Falco's plain text form: `HH:MM:SS.nnnnnnnnn: Priority message`, with ISO 8601 time on wish.
 *
 * Little of it can be trusted. Values stand in the message as they are, so what looks like `container_id=…` at its end may be a
 * file's name: nothing of it becomes a field. Newer versions escape the line as the content of a JSON string; a line that is
 * such content and holds an escape is taken for one, but a value may hold `\n` as two characters in an older version too.
 * Falco's own alerts are made of fixed words and numbers; those alone give a rule, a source and fields. */
#include "event/memory.h"

#include "base/priority.h"
#include "base/time.h"
#include "base/utf8.h"
#include "json/reader.h"

typedef struct prefix {
    fir_str time; /* the text of an ISO time; empty for a time of day */
    fir_str priority;
    size_t len; /* up to the message */
} prefix;

/* '9' stands for a digit, '+' for a sign; any other character for itself. */
static bool has_shape(fir_str s, fir_str shape)
{
    if (s.len < shape.len) {
        return false;
    }
    for (size_t i = 0; i < shape.len; i++) {
        char c = s.ptr[i], want = shape.ptr[i];
        if (want == '9' ? !fir__is_digit(c) : want == '+' ? c != '+' && c != '-' : c != want) {
            return false;
        }
    }
    return true;
}

static size_t count_digits(fir_str s)
{
    size_t n = 0;
    while (n < s.len && fir__is_digit(s.ptr[n])) {
        n++;
    }
    return n;
}

/* "Priority " and what is before it. The time's fraction has nine digits in every version; any number is read. */
static bool read_prefix(fir_str line, prefix *out)
{
    const fir_str iso = FIR__S("9999-99-99T99:99:99."), clock = FIR__S("99:99:99."), zone = FIR__S("+9999");
    bool dated = has_shape(line, iso);
    if (!dated && !has_shape(line, clock)) {
        return false;
    }
    size_t at = dated ? iso.len : clock.len;
    size_t digits = count_digits(fir__str_from(line, at));
    at += digits;
    if (dated && has_shape(fir__str_from(line, at), zone)) {
        at += zone.len;
    } else if (dated && has_shape(fir__str_from(line, at), FIR__S("Z"))) {
        at++;
    }
    int64_t ns;
    if (digits == 0 || !has_shape(fir__str_from(line, at), FIR__S(": ")) ||
        (dated && !fir__time_parse(fir__str_to(line, at), &ns))) {
        return false;
    }
    out->time = fir__str_to(line, dated ? at : 0);
    at += 2;
    size_t end = at;
    while (end < line.len && fir__is_alpha(line.ptr[end])) {
        end++;
    }
    out->priority = fir__str(line.ptr + at, end - at);
    out->len = end < line.len ? end + 1 : end;
    return (end == line.len || line.ptr[end] == ' ') && fir__priority_parse(out->priority) != FIR__PRIORITY_UNKNOWN;
}

bool fir__text_begins(fir_str line)
{
    prefix p;
    return read_prefix(line, &p);
}

/* The escaped form. */

static bool hex4(const char *p, const char *end, uint32_t *out)
{
    uint32_t v = 0;
    if (end - p < 4) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        char c = fir__lower(p[i]);
        if (!fir__is_digit(c) && (c < 'a' || c > 'f')) {
            return false;
        }
        v = v * 16 + (uint32_t)(fir__is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *out = v;
    return true;
}

/* Behind "\u": the code point, with its second half when it is a surrogate. */
static bool read_code_point(const char **at, const char *end, uint32_t *out)
{
    const char *p = *at;
    uint32_t low;
    if (!hex4(p, end, out)) {
        return false;
    }
    p += 4;
    if (*out >= 0xD800 && *out < 0xE000) {
        if (*out >= 0xDC00 || end - p < 6 || p[0] != '\\' || p[1] != 'u' || !hex4(p + 2, end, &low) || low < 0xDC00 ||
            low >= 0xE000) {
            return false;
        }
        *out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
        p += 6;
    }
    *at = p;
    return true;
}

/* Undoes the escapes of a JSON string's content; `to` has room for s.len bytes. False: it is no such content, or holds no escape.
 */
static bool unescape(fir_str s, char *to, size_t *len)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *p = s.ptr, *end = s.ptr + s.len;
    char *begin = to;
    bool any = false;
    while (p < end) {
        if ((unsigned char)*p < 0x20 || *p == '"') {
            return false;
        }
        if (*p != '\\') {
            *to++ = *p++;
            continue;
        }
        any = true;
        if (end - p < 2) {
            return false;
        }
        const char *letter = memchr(letters, p[1], sizeof letters - 1);
        uint32_t cp;
        p += 2;
        if (letter != NULL) {
            *to++ = meant[letter - letters];
        } else if (p[-1] == 'u' && read_code_point(&p, end, &cp)) {
            to += fir__utf8_encode(cp, to);
        } else {
            return false;
        }
    }
    *len = (size_t)(to - begin);
    return any;
}

/* Falco's own alerts. */

typedef struct internal {
    const char *words; /* '#' stands for a number; '*', at the end, for anything */
    const char *rule;
} internal;

static const internal internals[] = {
    {"Falco internal: syscall event drop. # system calls dropped in last second.", "Falco internal: syscall event drop"},
    {"Falco internal: timeouts notification. # consecutive timeouts without event.", "Falco internal: timeouts notification"},
    {"Falco internal: capture size limit reached. Configured limit: # MB.", "Falco internal: capture size limit reached"},
    {"Falco internal: hot restart failure: *", "Falco internal: hot restart failure"},
    {"Falco metrics snapshot", "Falco internal: metrics snapshot"},
};

/* The length of the words at the front of the message; with '*', of all but the " ()" that ends it. SIZE_MAX: other words. */
static size_t match_words(const char *words, fir_str message)
{
    size_t at = 0;
    for (const char *w = words; *w != '\0'; w++) {
        fir_str rest = fir__str_from(message, at);
        if (*w == '*') {
            return fir__str_ends(rest, FIR__S(" ()")) ? message.len - 3 : SIZE_MAX;
        }
        size_t n = *w == '#' ? count_digits(rest) : (size_t)(rest.len != 0 && rest.ptr[0] == *w);
        if (n == 0) {
            return SIZE_MAX;
        }
        at += n;
    }
    return at;
}

/* A value: JSON, or (before 0.36, where texts had no quotes) a bare word. */
static bool read_value(fir__json_reader *r, fir__value *out)
{
    if (*r->at == '"') {
        fir_str s;
        bool ok = fir__json_read_string(r, &s);
        *out = fir__value_string(s);
        return ok;
    }
    char *end = r->at;
    while (end < r->end && *end != ' ' && *end != ')') {
        end++;
    }
    fir__json_reader trial = *r;
    fir_str word = fir__str(r->at, (size_t)(end - r->at));
    if (word.len != 0 && (memchr(word.ptr, '"', word.len) != NULL || memchr(word.ptr, '\\', word.len) != NULL)) {
        return false;
    }
    bool json = word.len != 0 && *r->at != '[' && *r->at != '{' && fir__json_read_scalar(&trial, out) && trial.at == end;
    if (!json) {
        *out = fir__value_string(word);
    }
    r->at = end;
    return true;
}

/* `k=v k2=v2)` to the end. FIR_ENOTFOUND: it is something else. */
static int read_pairs(fir_event *e, fir__json_reader *r, fir_error *err)
{
    if (*r->at == ')') {
        r->at++;
        return r->at == r->end ? 0 : FIR_ENOTFOUND;
    }
    for (;;) {
        char *key = r->at;
        while (r->at < r->end && *r->at != '=' && *r->at != ' ' && *r->at != ')') {
            r->at++;
        }
        fir_str name = fir__str(key, (size_t)(r->at - key));
        if (name.len == 0 || r->at == r->end || *r->at != '=') {
            return FIR_ENOTFOUND;
        }
        r->at++;
        fir__value value;
        if (!read_value(r, &value)) {
            return r->status == FIR_ENOMEM ? fir__no_memory(err) : FIR_ENOTFOUND;
        }
        int code = fir__event_add_field(e, name, value, err);
        if (code != 0) {
            return code;
        }
        char c = *r->at++;
        if (c == ')' && r->at == r->end) {
            return 0;
        }
        if (c != ' ') {
            return FIR_ENOTFOUND;
        }
    }
}

static void set_head(fir_event *e, const prefix *p)
{
    fir__event_set(e, FIR__PROP_PRIORITY, p->priority);
    if (p->time.len != 0) {
        fir__event_set(e, FIR__PROP_TIME, p->time);
    }
}

/* One of Falco's own alerts. FIR_ENOTFOUND: another one. */
static int read_internal(fir_event *e, fir_str line, const prefix *p, fir_error *err)
{
    fir_str message = fir__str_from(line, p->len);
    const internal *k = internals, *end = internals + sizeof internals / sizeof *internals;
    size_t n = SIZE_MAX;
    for (; k < end && n == SIZE_MAX; k++) {
        n = match_words(k->words, message);
    }
    if (n == SIZE_MAX || !fir__str_starts(fir__str_from(message, n), FIR__S(" ("))) {
        return FIR_ENOTFOUND;
    }
    fir_str pairs = fir__str_from(message, n + 2);
    char *padded = fir__event_room(e, pairs.len + FIR__JSON_PADDING); /* read in place; the line may yet be wanted as it is */
    if (padded == NULL) {
        return fir__no_memory(err);
    }
    memcpy(padded, pairs.ptr, pairs.len);
    memset(padded + pairs.len, 0, FIR__JSON_PADDING);
    fir__json_reader r;
    fir__json_start(&r, padded, pairs.len, FIR__JSON_MOST_DEPTH, &e->memory->arena);
    e->memory->has_fields = true;
    int code = read_pairs(e, &r, err);
    if (code == FIR_ENOTFOUND) {
        e->n_fields = 0;
        e->memory->ascending = true;
        e->memory->has_fields = false;
    }
    if (code != 0) {
        return code;
    }
    e->info.flags |= (r.seen & FIR__JSON_SAW_NUL) != 0 ? (uint32_t)FIR_EVENT_HAS_NUL : 0;
    set_head(e, p);
    fir__event_set(e, FIR__PROP_RULE, fir__cstr(k[-1].rule));
    fir__event_set(e, FIR__PROP_SOURCE, FIR__S("internal"));
    fir__event_set(e, FIR__PROP_OUTPUT, fir__str_to(message, n)); /* without prefix and fields, as in JSON */
    return 0;
}

static void read_ordinary(fir_event *e, fir_str line, const prefix *p)
{
    set_head(e, p);
    fir__event_set(e, FIR__PROP_OUTPUT, line);
    fir__event_set(e, FIR__PROP_MESSAGE, fir__str_from(line, p->len));
}

/* A copy in the event's memory, with U+FFFD for what is no UTF-8. */
static int copy_clean(fir_event *e, fir_str line, fir_str *out, fir_error *err)
{
    fir__sbuf clean;
    fir__sbuf_init(&clean, &e->allocator, 3 * line.len);
    if (fir__utf8_valid(line) != line.len) {
        (void)fir__utf8_append_clean(&clean, line);
        e->info.flags |= FIR_EVENT_REPLACED_UTF8;
        line = fir__sbuf_view(&clean);
    }
    *out = (fir_str){clean.status == 0 ? fir__event_copy(e, line) : NULL, line.len};
    fir__sbuf_free(&clean);
    return out->ptr != NULL ? 0 : fir__no_memory(err);
}

static int read_line(fir_event *e, fir_str line, fir_error *err)
{
    prefix p = {0};
    char *plain = fir__event_room(e, line.len);
    if (plain == NULL) {
        return fir__no_memory(err);
    }
    (void)read_prefix(line, &p);
    e->info.form = FIR_FORM_TEXT;
    int code = read_internal(e, line, &p, err);
    size_t len;
    if (code == FIR_ENOTFOUND && unescape(line, plain, &len)) { /* the prefix holds nothing to escape: p stays right */
        e->info.form = FIR_FORM_ESCAPED;
        line = fir__str(plain, len);
        code = read_internal(e, line, &p, err);
    }
    if (code == FIR_ENOTFOUND) {
        read_ordinary(e, line, &p);
        code = 0;
    }
    e->info.flags |= memchr(line.ptr, '\0', line.len) != NULL ? (uint32_t)FIR_EVENT_HAS_NUL : 0;
    return code;
}

int fir__event_read_text(fir_event *e, fir_str line, fir_error *err)
{
    fir__event_reset(e);
    if (fir__str_starts(line, FIR__S("\xEF\xBB\xBF"))) {
        line = fir__str_from(line, 3);
    }
    if (fir__str_ends(line, FIR__S("\n"))) {
        line.len -= fir__str_ends(line, FIR__S("\r\n")) ? 2 : 1;
    }
    if (!fir__text_begins(line)) {
        return fir__fail_at(err, FIR_EPARSE, fir__place_of(line, 0),
                            "no Falco alert: neither JSON nor a line that begins with a time and a level");
    }
    int code = fir__event_check_size(e, line, err); /* the limit keeps lengths below 2^32 in values */
    code = code != 0 ? code : copy_clean(e, line, &line, err);
    code = code != 0 ? code : read_line(e, line, err);
    return code != 0 ? code : fir__event_finish(e, err);
}
