/* SPDX-License-Identifier: Apache-2.0 */
#include "action/mail/syslog_message.h"

#include "action/mail/line.h"
#include "base/time.h"
#include "base/utf8.h"

enum { MAX_HOST = 255, MAX_APP = 48, MAX_MSGID = 32, MAX_NAME = 32, MAX_TAG = 32, ELEMENT_OVERHEAD = MAX_NAME + 4 };

bool fir__syslog_name(fir_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c <= 0x20 || c > 0x7e || c == '=' || c == ']' || c == '"') {
            return false;
        }
    }
    return s.len != 0 && s.len <= MAX_NAME;
}

/* A field between blanks: visible ASCII, or "-" for none. */
static void put_field(fir__sbuf *out, fir_str s, size_t most)
{
    s = fir__str_to(s, most);
    if (s.len == 0 || fir__str_eq(s, FIR__S("<NA>"))) {
        s = FIR__S("-");
    }
    for (size_t i = 0; i < s.len; i++) {
        fir__sbuf_char(out, s.ptr[i] > 0x20 && s.ptr[i] <= 0x7e ? s.ptr[i] : '_');
    }
}

static void put_priority(const fir__syslog *m, fir__sbuf *out)
{
    fir__sbuf_printf(out, "<%u>", m->facility * 8 + m->severity);
}

/* One value of the structured data, at most so many bytes with its escapes. */
static void put_value(fir__sbuf *out, fir_str s, size_t most)
{
    fir__sbuf clean;
    fir__sbuf_init(&clean, &out->allocator, 4 * most + 16);
    (void)fir__mail_line(&clean, s, most);
    size_t used = 0;
    for (size_t i = 0; i < clean.len;) {
        uint32_t cp;
        size_t n = fir__utf8_decode(clean.ptr + i, clean.len - i, &cp);
        size_t escape = cp == '"' || cp == '\\' || cp == ']' ? 1 : 0;
        if (n == 0 || used + n + escape > most) {
            break;
        }
        fir__sbuf_put(out, "\\", escape);
        fir__sbuf_put(out, clean.ptr + i, n);
        used += n + escape;
        i += n;
    }
    out->status = out->status != 0 ? out->status : clean.status;
    fir__sbuf_free(&clean);
}

static void put_data(const fir__syslog *m, fir__sbuf *out)
{
    if (m->n_elements == 0) {
        fir__sbuf_char(out, '-');
        return;
    }
    size_t share = m->most / 2 / m->n_elements, most = share > ELEMENT_OVERHEAD + 8 ? share - ELEMENT_OVERHEAD : 8;
    fir__sbuf_char(out, '[');
    fir__sbuf_str(out, m->data_id);
    for (size_t i = 0; i < m->n_elements; i++) {
        fir__sbuf_char(out, ' ');
        fir__sbuf_str(out, m->elements[i].name);
        fir__sbuf_str(out, FIR__S("=\""));
        put_value(out, m->elements[i].value, most);
        fir__sbuf_char(out, '"');
    }
    fir__sbuf_char(out, ']');
}

static void put_message(const fir__syslog *m, fir__sbuf *out)
{
    if (out->len + 1 < m->most) {
        fir__sbuf_char(out, ' ');
        (void)fir__mail_line(out, m->message, m->most - out->len);
    }
}

void fir__syslog_5424(const fir__syslog *m, fir__sbuf *out)
{
    fir__calendar t = fir__time_calendar(m->time_ns);
    put_priority(m, out);
    fir__sbuf_printf(out, "1 %04d-%02u-%02uT%02u:%02u:%02u.%06uZ ", (int)t.year, t.month, t.day, t.hour, t.minute, t.second,
                     t.nanosecond / 1000);
    put_field(out, m->hostname, MAX_HOST);
    fir__sbuf_char(out, ' ');
    put_field(out, m->app_name, MAX_APP);
    fir__sbuf_str(out, FIR__S(" - ")); /* no process: it is not this one that the message is about */
    put_field(out, m->msgid, MAX_MSGID);
    fir__sbuf_char(out, ' ');
    put_data(m, out);
    put_message(m, out);
}

void fir__syslog_3164(const fir__syslog *m, fir__sbuf *out)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    fir__calendar t = fir__time_calendar(m->time_ns);
    put_priority(m, out);
    fir__sbuf_printf(out, "%.3s %2u %02u:%02u:%02u ", months + (size_t)3 * (t.month - 1), t.day, t.hour, t.minute, t.second);
    put_field(out, m->hostname, MAX_HOST);
    fir__sbuf_char(out, ' ');
    fir_str tag = fir__str_to(m->app_name, MAX_TAG);
    for (size_t i = 0; i < tag.len; i++) { /* it ends at the first character that is none of these */
        char c = tag.ptr[i];
        fir__sbuf_char(out, fir__is_alnum(c) || c == '_' || c == '-' || c == '.' || c == '/' ? c : '_');
    }
    fir__sbuf_char(out, ':');
    put_message(m, out);
}
