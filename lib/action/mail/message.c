/* SPDX-License-Identifier: Apache-2.0 */
#include "action/mail/message.h"

#include "action/mail/line.h"
#include "base/digest.h"
#include "base/time.h"
#include "base/utf8.h"
#include "transport/request.h"

enum {
    WORD_BYTES = 39, /* of an encoded word: 64 characters in all, so that the longest header's name fits before it */
    PLAIN_VALUE = 60,
    QUOTED_LINE = 76,
    ID_SHOWN = 40
};

/* ---- headers ---- */

static bool is_plain(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < 0x20 || s.ptr[i] > 0x7e) {
            return false;
        }
    }
    /* what looks like an encoded word would be decoded */
    return s.len <= PLAIN_VALUE && fir__str_find(s, FIR__S("=?")) == SIZE_MAX;
}

/* s as encoded words (RFC 2047), each on a line of its own, no character cut apart. */
static void write_words(fir__sbuf *out, fir_str s)
{
    for (bool first = true; s.len != 0; first = false) {
        size_t n = s.len <= WORD_BYTES ? s.len : fir__utf8_floor(s, WORD_BYTES);
        fir__sbuf_str(out, first ? FIR__S("=?UTF-8?B?") : FIR__S("\r\n =?UTF-8?B?"));
        fir__base64_encode(out, fir__str_to(s, n));
        fir__sbuf_str(out, FIR__S("?="));
        s = fir__str_from(s, n);
    }
}

static void write_text(fir__sbuf *out, fir_str s, size_t most)
{
    fir__sbuf line;
    fir__sbuf_init(&line, &out->allocator, most + 16);
    if (fir__mail_line(&line, s, most)) {
        fir__sbuf_str(&line, FIR__S("\xe2\x80\xa6"));
    }
    fir_str text = fir__sbuf_view(&line);
    if (line.status != 0) {
        out->status = out->status != 0 ? out->status : line.status;
    } else if (is_plain(text)) {
        fir__sbuf_str(out, text);
    } else {
        write_words(out, text);
    }
    fir__sbuf_free(&line);
}

static bool is_bare_name(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!fir__is_alnum(s.ptr[i]) && s.ptr[i] != ' ' && s.ptr[i] != '-') {
            return false;
        }
    }
    return s.len <= PLAIN_VALUE;
}

static void write_mailbox(fir__sbuf *out, const fir__mailbox *m)
{
    if (m->name.len == 0) {
        fir__sbuf_str(out, m->address);
        return;
    }
    if (is_bare_name(m->name)) {
        fir__sbuf_str(out, m->name);
    } else {
        fir_str name =
            fir__str_to(m->name, fir__utf8_floor(m->name, m->name.len < FIR__MAIL_MAX_NAME ? m->name.len : FIR__MAIL_MAX_NAME));
        write_words(out, name);
    }
    fir__sbuf_str(out, FIR__S("\r\n <"));
    fir__sbuf_str(out, m->address);
    fir__sbuf_char(out, '>');
}

static void write_mailboxes(fir__sbuf *out, fir_str header, fir__mailboxes all)
{
    for (size_t i = 0; i < all.n; i++) {
        fir__sbuf_str(out, i == 0 ? header : FIR__S(",\r\n "));
        write_mailbox(out, &all.items[i]);
    }
    fir__sbuf_str(out, all.n != 0 ? FIR__S("\r\n") : FIR__S(""));
}

static void write_date(fir__sbuf *out, int64_t ns)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    fir__calendar t = fir__time_calendar(ns);
    fir__sbuf_printf(out, "Date: %.3s, %u %.3s %04d %02u:%02u:%02u +0000\r\n", days + (size_t)3 * t.weekday, t.day,
                     months + (size_t)3 * (t.month - 1), (int)t.year, t.hour, t.minute, t.second);
}

bool fir__mailbox_parse(fir_str s, fir__mailbox *out)
{
    s = fir__str_trim(s);
    *out = (fir__mailbox){FIR__S(""), s};
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20 || c == 0x7f) {
            return false;
        }
    }
    size_t open = fir__str_find(s, FIR__S("<"));
    if (open != SIZE_MAX) {
        out->name = fir__str_trim(fir__str_to(s, open));
        out->address = fir__str_from(s, open + 1);
        if (!fir__str_ends(out->address, FIR__S(">"))) {
            return false;
        }
        out->address = fir__str_to(out->address, out->address.len - 1);
        if (out->name.len >= 2 && out->name.ptr[0] == '"' && fir__str_ends(out->name, FIR__S("\""))) {
            out->name = fir__str_from(fir__str_to(out->name, out->name.len - 1), 1);
        }
    }
    return fir__utf8_valid(out->name) == out->name.len && fir__mail_address(out->address);
}

/* ---- bodies ---- */

typedef struct quoted {
    fir__sbuf *out;
    size_t column;
} quoted;

static void put_quoted(quoted *q, const char *p, size_t n)
{
    if (q->column + n > QUOTED_LINE - 1) { /* a soft break: the line goes on */
        fir__sbuf_str(q->out, FIR__S("=\r\n"));
        q->column = 0;
    }
    fir__sbuf_put(q->out, p, n);
    q->column += n;
}

/* Whether the character at i ends a line, and how long the end is. */
static size_t line_end(fir_str s, size_t i)
{
    if (s.ptr[i] == '\n') {
        return 1;
    }
    return s.ptr[i] == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n' ? 2 : 0;
}

static bool is_literal(fir_str s, size_t i, size_t column)
{
    char c = s.ptr[i];
    bool last = i + 1 == s.len || line_end(s, i + 1) != 0; /* blanks at the end of a line get lost on the way */
    if (c == ' ' || c == '\t') {
        return !last;
    }
    return c > 0x20 && c < 0x7f && c != '=' && !(c == '.' && column == 0);
}

/* Quoted-printable (RFC 2045). Every "=" in it stands before two hexadecimal digits or a line's end, so "=_" cannot occur. */
static void write_quoted(fir__sbuf *out, fir_str s)
{
    static const char hex[] = "0123456789ABCDEF";
    quoted q = {out, 0};
    for (size_t i = 0; i < s.len;) {
        size_t end = line_end(s, i);
        if (end != 0) {
            fir__sbuf_str(out, FIR__S("\r\n"));
            q.column = 0;
            i += end;
            continue;
        }
        unsigned char c = (unsigned char)s.ptr[i];
        const char encoded[3] = {'=', hex[c >> 4], hex[c & 15]};
        if (is_literal(s, i, q.column)) {
            put_quoted(&q, &s.ptr[i], 1);
        } else {
            put_quoted(&q, encoded, 3);
        }
        i++;
    }
    if (q.column != 0 || s.len == 0) {
        fir__sbuf_str(out, FIR__S("\r\n"));
    }
}

static void write_part(fir__sbuf *out, const char *subtype, fir_str s)
{
    fir__sbuf clean;
    fir__sbuf_init(&clean, &out->allocator, FIR__REQUEST_MAX_BODY);
    (void)fir__utf8_append_clean(&clean, s);
    fir__sbuf_printf(out, "Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", subtype);
    write_quoted(out, fir__sbuf_view(&clean));
    out->status = out->status != 0 ? out->status : clean.status;
    fir__sbuf_free(&clean);
}

static void write_alternatives(fir__sbuf *out, const fir__message *m)
{
    int n = (int)(m->id.len < ID_SHOWN ? m->id.len : ID_SHOWN);
    fir__sbuf_printf(out, "Content-Type: multipart/alternative;\r\n boundary=\"=_%.*s\"\r\n\r\n--=_%.*s\r\n", n, m->id.ptr, n,
                     m->id.ptr);
    write_part(out, "plain", m->text);
    fir__sbuf_printf(out, "--=_%.*s\r\n", n, m->id.ptr);
    write_part(out, "html", m->html);
    fir__sbuf_printf(out, "--=_%.*s--\r\n", n, m->id.ptr);
}

void fir__message_write(const fir__message *m, fir__sbuf *out)
{
    write_date(out, m->date_ns);
    fir__sbuf_str(out, FIR__S("From: "));
    write_mailbox(out, &m->from);
    fir__sbuf_str(out, FIR__S("\r\n"));
    write_mailboxes(out, FIR__S("To: "), m->to);
    write_mailboxes(out, FIR__S("Cc: "), m->cc);
    fir__sbuf_str(out, FIR__S("Subject: "));
    write_text(out, m->subject, FIR__MAIL_MAX_SUBJECT);
    fir__sbuf_str(out, FIR__S("\r\nMessage-ID: <"));
    fir__sbuf_str(out, fir__str_to(m->id, ID_SHOWN));
    fir__sbuf_str(out, fir__str_from(m->from.address, fir__str_find(m->from.address, FIR__S("@"))));
    fir__sbuf_str(out, FIR__S(">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"));
    if (m->html.len != 0) {
        write_alternatives(out, m);
    } else {
        write_part(out, "plain", m->text);
    }
}
