/* SPDX-License-Identifier: Apache-2.0 */
/* syslog:message: one message to a syslog server. */
#include "action/mail/endpoint.h"
#include "action/mail/syslog_message.h"
#include "action/types.h"
#include "base/priority.h"
#include "base/time.h"

enum { MOST_DATAGRAM = 2048, MOST_STREAM = 8192, MOST = 65000 };

/* By number; "" has none. */
static const char *const facilities[] = {"kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
                                         "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
                                         "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};

static uint32_t facility(const fir_call *c)
{
    fir_str name = fir__mail_text(c, FIR__S("facility"), FIR__S("user"));
    for (uint32_t i = 0; i < sizeof facilities / sizeof *facilities; i++) {
        if (fir__str_eq(name, fir__cstr(facilities[i]))) {
            return i;
        }
    }
    return 1;
}

/* Falco's priorities are syslog's severities; of an alert that has none it is notice. */
static uint32_t severity(const fir_call *c)
{
    int priority = fir__priority_parse(fir__mail_text(c, FIR__S("priority"), FIR__S("")));
    return priority == FIR__PRIORITY_UNKNOWN ? 5 : (uint32_t)priority;
}

static size_t most_bytes(const fir_call *c, bool udp)
{
    const fir__data *d = fir__call_data(c, FIR__S("max_bytes"));
    int64_t most = d != NULL && d->type == FIR__DATA_INT ? d->i : udp ? MOST_DATAGRAM : MOST_STREAM;
    return most < FIR__SYSLOG_LEAST ? FIR__SYSLOG_LEAST : most > MOST ? MOST : (size_t)most;
}

typedef struct elements {
    fir__syslog_element items[FIR__SYSLOG_MAX_ELEMENTS];
    size_t n;
} elements;

static void default_elements(fir_call *c, elements *e)
{
    const fir_str none = FIR__S("");
    const fir__syslog_element all[] = {{FIR__S("rule"), fir__mail_text(c, FIR__S("rule"), none)},
                                       {FIR__S("priority"), fir__mail_text(c, FIR__S("priority"), none)},
                                       {FIR__S("source"), fir__mail_text(c, FIR__S("msgid"), none)},
                                       {FIR__S("action_id"), c->action_id}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        e->items[e->n++] = all[i];
    }
}

static int take_elements(fir_call *c, elements *e)
{
    const fir__data *d = fir__call_data(c, FIR__S("structured_data"));
    e->n = 0;
    if (d == NULL) {
        default_elements(c, e);
    }
    if (!fir__syslog_name(fir__mail_text(c, FIR__S("structured_data_id"), FIR__S("falco@32473")))) {
        return FIR__CALL_FAIL(c, FIR_EINVAL, true, "structured_data_id is no name of structured data (name@number)");
    }
    for (uint32_t i = 0; d != NULL && d->type == FIR__DATA_MAP && i < d->count; i++) {
        const fir__entry *entry = &d->entries[i];
        if (e->n == FIR__SYSLOG_MAX_ELEMENTS || entry->value.type != FIR__DATA_TEXT || !fir__syslog_name(entry->key)) {
            return FIR__CALL_FAIL(c, FIR_EINVAL, true,
                                  "structured_data: at most 32 names of up to 32 visible characters without = ] and quotes");
        }
        e->items[e->n++] = (fir__syslog_element){entry->key, entry->value.s};
    }
    return 0;
}

/* The message with its end, in the call's memory. */
static int take_body(const fir__action_env *env, fir_call *c, bool udp, fir_str *body)
{
    elements *e = fir__arena_zalloc(&c->arena, sizeof *e);
    if (e == NULL) {
        return fir__arena_error(&c->arena);
    }
    int rc = take_elements(c, e);
    if (rc != 0) {
        return rc;
    }
    const fir_str none = FIR__S("");
    fir__syslog m = {.facility = facility(c),
                     .severity = severity(c),
                     .hostname = fir__mail_text(c, FIR__S("hostname"), none),
                     .app_name = fir__mail_text(c, FIR__S("app_name"), FIR__S("falco")),
                     .msgid = fir__mail_text(c, FIR__S("msgid"), none),
                     .message = fir__mail_text(c, FIR__S("message"), none),
                     .data_id = fir__mail_text(c, FIR__S("structured_data_id"), FIR__S("falco@32473")),
                     .elements = e->items,
                     .n_elements = e->n,
                     .most = most_bytes(c, udp)};
    if (!fir__time_parse(fir__mail_text(c, FIR__S("time"), none), &m.time_ns)) {
        m.time_ns = fir__mail_now(env);
    }
    fir__sbuf b, framed;
    fir__sbuf_init(&b, &c->wiping, 2 * MOST);
    fir__sbuf_init(&framed, &c->wiping, 3 * MOST);
    bool old = fir__str_eq(fir__mail_text(c, FIR__S("format"), none), FIR__S("rfc3164"));
    bool newline = fir__str_eq(fir__mail_text(c, FIR__S("framing"), none), FIR__S("newline"));
    (old ? fir__syslog_3164 : fir__syslog_5424)(&m, &b);
    if (!udp && !newline) {
        fir__sbuf_printf(&framed, "%zu ", b.len);
    }
    fir__sbuf_str(&framed, fir__sbuf_view(&b));
    fir__sbuf_put(&framed, "\n", !udp && newline ? 1 : 0);
    rc = b.status != 0 ? b.status : framed.status;
    if (rc == 0) {
        *body = fir__arena_str(&c->arena, fir__sbuf_view(&framed));
        rc = body->ptr == NULL ? fir__arena_error(&c->arena) : 0;
    }
    fir__sbuf_free(&b);
    fir__sbuf_free(&framed);
    return rc;
}

int fir__syslog_advance(void *self, fir_call *c)
{
    fir_http_result r;
    if (fir_call_response(c, &r) == 0) {
        return FIR_CALL_DONE;
    }
    fir_str protocol = fir__mail_text(c, FIR__S("protocol"), FIR__S("tls"));
    bool udp = fir__str_eq(protocol, FIR__S("udp")), tcp = fir__str_eq(protocol, FIR__S("tcp"));
    fir_http_request rq = {.size = sizeof rq};
    int rc = fir__mail_endpoint(c,
                                udp   ? FIR__S("udp://")
                                : tcp ? FIR__S("tcp://")
                                      : FIR__S("tls://"),
                                udp || tcp ? 514 : 6514, &rq);
    rc = rc != 0 ? rc : take_body(self, c, udp, &rq.body);
    rc = rc != 0 ? rc : fir_call_request(c, &rq);
    return rc != 0 ? rc : FIR_CALL_REQUEST;
}
