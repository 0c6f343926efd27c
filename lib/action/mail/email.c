/* SPDX-License-Identifier: Apache-2.0 */
/* smtp:email: one mail to the people that the playbook names. */
#include <stdio.h>

#include "action/mail/endpoint.h"
#include "action/mail/message.h"
#include "action/types.h"
#include "transport/request.h"

typedef struct envelope {
    fir__mailbox from, boxes[FIR__MAIL_MAX_TO];
    fir_str to[FIR__MAIL_MAX_TO]; /* all of them, bare */
    size_t n, n_to, n_cc;         /* boxes: first those of to, then cc, then bcc */
} envelope;

/* Adds the mailboxes of one text: one, or several with commas between. */
static int add_mailboxes(fir_call *c, envelope *e, fir_str text)
{
    for (bool more = true; more;) {
        size_t comma = fir__str_find(text, FIR__S(","));
        more = comma != SIZE_MAX;
        if (e->n == FIR__MAIL_MAX_TO) {
            return FIR__CALL_FAIL(c, FIR_ELIMIT, true, "more than 100 recipients");
        }
        if (!fir__mailbox_parse(fir__str_to(text, comma), &e->boxes[e->n])) {
            return FIR__CALL_FAIL(c, FIR_EINVAL, true, "a recipient is not of the form a@example.org or Name <a@example.org>");
        }
        e->to[e->n] = e->boxes[e->n].address;
        e->n++;
        text = more ? fir__str_from(text, comma + 1) : text;
    }
    return 0;
}

static int add_list(fir_call *c, envelope *e, fir_str name)
{
    const fir__data *d = fir__call_data(c, name);
    for (uint32_t i = 0; d != NULL && d->type == FIR__DATA_LIST && i < d->count; i++) {
        int rc = add_mailboxes(c, e, d->items[i].type == FIR__DATA_TEXT ? d->items[i].s : FIR__S(""));
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static int take_envelope(fir_call *c, envelope *e)
{
    e->n = 0;
    if (!fir__mailbox_parse(fir__mail_text(c, FIR__S("from"), FIR__S("")), &e->from)) {
        return FIR__CALL_FAIL(c, FIR_EINVAL, true, "from is not of the form a@example.org or Name <a@example.org>");
    }
    int rc = add_list(c, e, FIR__S("to"));
    e->n_to = e->n;
    if (rc == 0 && e->n_to == 0) {
        rc = FIR__CALL_FAIL(c, FIR_EINVAL, true, "to names no recipient");
    }
    rc = rc != 0 ? rc : add_list(c, e, FIR__S("cc"));
    e->n_cc = e->n - e->n_to;
    return rc != 0 ? rc : add_list(c, e, FIR__S("bcc"));
}

static int take_body(const fir__action_env *env, fir_call *c, const envelope *e, fir_str *body)
{
    fir__sbuf b;
    const fir__message m = {.from = e->from,
                            .to = {e->boxes, e->n_to},
                            .cc = {e->boxes + e->n_to, e->n_cc},
                            .subject = fir__mail_text(c, FIR__S("subject"), FIR__S("Falco")),
                            .text = fir__mail_text(c, FIR__S("text"), FIR__S("")),
                            .html = fir__mail_text(c, FIR__S("html"), FIR__S("")),
                            .id = c->action_id,
                            .date_ns = fir__mail_now(env)};
    fir__sbuf_init(&b, &c->wiping, FIR__REQUEST_MAX_BODY);
    fir__message_write(&m, &b);
    int rc = b.status;
    if (rc == 0) {
        *body = fir__arena_str(&c->arena, fir__sbuf_view(&b));
        rc = body->ptr == NULL ? fir__arena_error(&c->arena) : 0;
    }
    fir__sbuf_free(&b);
    return rc == FIR_ELIMIT ? FIR__CALL_FAIL(c, FIR_ELIMIT, true, "the mail is too large") : rc;
}

static int send_mail(const fir__action_env *env, fir_call *c)
{
    const fir_str none = {NULL, 0};
    fir_str security = fir__mail_text(c, FIR__S("security"), FIR__S("starttls"));
    bool tls = fir__str_eq(security, FIR__S("tls"));
    envelope *e = fir__arena_zalloc(&c->arena, sizeof *e);
    if (e == NULL) {
        return fir__arena_error(&c->arena);
    }
    fir_http_request rq = {.size = sizeof rq,
                           .user = fir__mail_text(c, FIR__S("user"), none),
                           .password = fir__mail_text(c, FIR__S("password"), none),
                           .flags = fir__str_eq(security, FIR__S("none")) ? FIR_MAIL_PLAIN : 0u};
    int rc = fir__mail_endpoint(c, tls ? FIR__S("smtps://") : FIR__S("smtp://"), tls ? 465 : 587, &rq);
    rc = rc != 0 ? rc : take_envelope(c, e);
    rc = rc != 0 ? rc : take_body(env, c, e, &rq.body);
    rq.mail_from = e->from.address;
    rq.mail_to = e->to;
    rq.n_mail_to = e->n;
    rc = rc != 0 ? rc : fir_call_request(c, &rq);
    return rc != 0 ? rc : FIR_CALL_REQUEST;
}

static int judge(fir_call *c, const fir_http_result *r)
{
    if (r->status < 200 || r->status > 299) {
        return fir__call_fail(c, FIR_EACTION, true, "the mail server refused it: %.*s",
                              (int)(r->body.len < 200 ? r->body.len : 200), r->body.len != 0 ? r->body.ptr : "");
    }
    if (r->n_headers == 0) {
        return FIR_CALL_DONE;
    }
    const fir_http_header *h = &r->headers[0];
    return fir__call_fail(c, FIR_EACTION, true, "%zu recipients were refused, the others have it; the first: %.*s: %.*s",
                          r->n_headers, (int)(h->name.len < 60 ? h->name.len : 60), h->name.ptr,
                          (int)(h->value.len < 100 ? h->value.len : 100), h->value.ptr);
}

int fir__email_advance(void *self, fir_call *c)
{
    fir_http_result r;
    return fir_call_response(c, &r) == 0 ? judge(c, &r) : send_mail(self, c);
}
